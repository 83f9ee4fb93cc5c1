import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mostSources, replayWindowPackets, SourceState, SourceTable } from './source-state.ts'

/** Takes a packet as a receiver does: the roll-over counter it guessed, or undefined for a replay. */
function take(state: SourceState, sequence: number): number | undefined {
  const rollover = state.guessRollover(sequence)
  if (state.isReplay(rollover, sequence)) return undefined
  state.accept(rollover, sequence)
  return rollover
}

describe('roll-over counter', () => {
  test('counts up where the sequence number wraps and takes stragglers from before', () => {
    const state = new SourceState()
    expect([65534, 65535, 0, 1].map((sequence) => take(state, sequence))).toEqual([0, 0, 1, 1])
    const straggling = new SourceState()
    expect([65533, 65535, 1, 65534, 0, 2].map((sequence) => take(straggling, sequence))).toEqual([0, 0, 1, 0, 1, 1])
  })

  test('a packet from before the first counter is a replay', () => {
    const state = new SourceState()
    expect(take(state, 3)).toBe(0)
    expect(state.guessRollover(65535)).toBe(-1)
    expect(take(state, 65535)).toBeUndefined()
  })

  test('follows any walk that never leaves the window', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 65_535 }),
        fc.array(fc.oneof(fc.integer({ min: -100, max: 130 }), fc.integer({ min: 1, max: 3_000 })), {
          maxLength: 300,
          size: 'max',
        }),
        (start, steps) => {
          const state = new SourceState()
          const seen = new Set([start])
          let highest = start
          take(state, start)
          for (const step of steps) {
            const index = highest + step
            if (index < start) continue
            const taken = take(state, index & 0xffff)
            expect(taken).toBe(seen.has(index) ? undefined : Math.floor(index / 65_536))
            seen.add(index)
            highest = Math.max(highest, index)
          }
        },
      ),
      { numRuns: 200 },
    )
  })
})

describe('replay window', () => {
  test('takes each packet once, as far back as the window goes', () => {
    const state = new SourceState()
    take(state, 1000)
    expect(take(state, 1000)).toBeUndefined()
    take(state, 2000)
    expect(take(state, 2000 - replayWindowPackets + 1)).toBe(0)
    expect(take(state, 2000 - replayWindowPackets + 1)).toBeUndefined()
    expect(take(state, 2000 - replayWindowPackets)).toBeUndefined()
  })
})

test('a table holds so many sources and no more', () => {
  const table = new SourceTable()
  for (let ssrc = 0; ssrc < mostSources; ssrc++) table.claim(ssrc).accept(0, 1)
  expect(table.mayAdd(mostSources)).toBe(false)
  expect(table.mayAdd(3)).toBe(true)
  expect(table.peek(3).isReplay(0, 1)).toBe(true)
  expect(table.peek(99).isReplay(0, 1)).toBe(false)
})
