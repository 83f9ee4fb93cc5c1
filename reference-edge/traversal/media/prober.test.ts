import { expect, test } from 'vitest'
import type { Timer } from '#runtime/clock.ts'
import { seededRandom } from '#runtime/random.ts'
import type { MediaLeg } from './media-leg.ts'
import { Prober } from './prober.ts'

/** Timers that run when they are told to. */
class ManualTimers {
  #waiting: Array<{ action: () => void; isCancelled: boolean }> = []

  add(action: () => void): Timer {
    const entry = { action, isCancelled: false }
    this.#waiting.push(entry)
    return { cancel: () => void (entry.isCancelled = true) }
  }

  runAll(): void {
    const due = this.#waiting
    this.#waiting = []
    for (const entry of due) if (!entry.isCancelled) entry.action()
  }
}

function probing(openingCount: number) {
  const opening = new ManualTimers()
  const keepalive = new ManualTimers()
  const leg = {
    isHeard: false,
    probes: [] as Buffer[],
    sendProbe: ({ rtp }: { rtp: Buffer }) => void leg.probes.push(rtp),
  }
  const prober = new Prober({
    // Only these two members are used.
    leg: leg as unknown as MediaLeg,
    clocks: {
      monotonic: { now: () => 0n, after: (_ms, action) => opening.add(action) },
      wall: {
        now: () => new Date(0),
        after: (_ms, _name, action) => keepalive.add(action),
        every: (_ms, _name, action) => keepalive.add(action),
        correct: () => undefined,
      },
    },
    random: seededRandom(1),
    times: { openingMs: 200, openingCount, keepaliveMs: 20_000 },
  })
  return { opening, keepalive, leg, prober }
}

test('opens until something good comes back, then only keeps the way open', () => {
  const { opening, keepalive, leg, prober } = probing(100)
  prober.restart()
  for (let round = 0; round < 5; round++) opening.runAll()
  expect(leg.probes).toHaveLength(6)
  leg.isHeard = true
  for (let round = 0; round < 5; round++) opening.runAll()
  expect(leg.probes).toHaveLength(6)
  keepalive.runAll()
  expect(leg.probes).toHaveLength(7)
  const sequences = leg.probes.map((packet) => packet.readUInt16BE(2))
  expect(sequences).toEqual(sequences.map((_, index) => sequences[0]! + index))
})

test('gives up the opening after its count, and everything when stopped', () => {
  const { opening, keepalive, leg, prober } = probing(3)
  prober.restart()
  for (let round = 0; round < 9; round++) opening.runAll()
  expect(leg.probes).toHaveLength(3)
  prober.restart()
  prober.stop()
  opening.runAll()
  keepalive.runAll()
  expect(leg.probes).toHaveLength(4)
})
