import type { MonotonicClock, Timer } from './clock.ts'

/** A monotonic clock for tests that stands still until it is moved. */
export class ManualClock implements MonotonicClock {
  #now = 0
  #serial = 0
  #pending: { due: number; serial: number; action: () => void }[] = []

  now(): bigint {
    return BigInt(this.#now) * 1_000_000n
  }

  after(milliseconds: number, action: () => void): Timer {
    const entry = { due: this.#now + milliseconds, serial: this.#serial++, action }
    this.#pending.push(entry)
    return { cancel: () => void (this.#pending = this.#pending.filter((other) => other !== entry)) }
  }

  /** Timers still running. */
  get pending(): number {
    return this.#pending.length
  }

  /** Moves on and runs what comes due, in order, timers set on the way included. */
  advance(milliseconds: number): void {
    const target = this.#now + milliseconds
    for (;;) {
      const due = this.#pending.filter((entry) => entry.due <= target)
      const next = due.sort((one, other) => one.due - other.due || one.serial - other.serial)[0]
      if (!next) break
      this.#pending = this.#pending.filter((entry) => entry !== next)
      this.#now = next.due
      next.action()
    }
    this.#now = target
  }
}
