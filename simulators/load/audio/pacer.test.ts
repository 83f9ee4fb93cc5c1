import { expect, it } from 'vitest'
import type { MonotonicClock } from '#runtime/clock.ts'
import { Pacer } from './pacer.ts'

/** A clock that stands until it is moved; what is due runs then. */
class HandClock implements MonotonicClock {
  #nowNs = 0n
  #due: { readonly at: bigint; readonly action: () => void }[] = []

  now(): bigint {
    return this.#nowNs
  }

  after(milliseconds: number, action: () => void) {
    const entry = { at: this.#nowNs + BigInt(Math.round(milliseconds * 1e6)), action }
    this.#due.push(entry)
    return { cancel: () => void (this.#due = this.#due.filter((each) => each !== entry)) }
  }

  move(milliseconds: number): void {
    this.#nowNs += BigInt(milliseconds * 1e6)
    const ready = this.#due.filter(({ at }) => at <= this.#nowNs)
    this.#due = this.#due.filter(({ at }) => at > this.#nowNs)
    for (const { action } of ready) action()
  }
}

function sending(count: number) {
  const clock = new HandClock()
  const pacer = new Pacer(clock)
  const sent = Array.from({ length: count }, () => 0)
  const leave = sent.map((_, index) => pacer.join({ sendNow: () => void sent[index]!++ }))
  return { clock, pacer, sent, leave }
}

it('sends for each stream 50 times a second, spread over the 20 ms', () => {
  const { clock, sent } = sending(20)
  clock.move(2)
  expect(sent.reduce((sum, each) => sum + each)).toBe(2)
  for (let turn = 1; turn < 500; turn++) clock.move(2)
  expect(sent).toEqual(sent.map(() => 50))
})

it('makes up for what it was late for, and not for half a second', () => {
  const { clock, sent, pacer } = sending(10)
  clock.move(20)
  expect(sent).toEqual(sent.map(() => 1))
  clock.move(500)
  clock.move(20)
  for (let turn = 0; turn < 10; turn++) clock.move(2)
  expect(Math.max(...sent)).toBeLessThan(6)
  expect(pacer.lateness.percentiles().max).toBeGreaterThan(450)
})

it('stops for who leaves', () => {
  const { clock, sent, leave } = sending(2)
  leave[0]!()
  for (let turn = 0; turn < 10; turn++) clock.move(2)
  expect(sent).toEqual([0, 1])
})
