import type { MonotonicClock, Timer } from '#runtime/clock.ts'
import type { SipFlow } from './flow.ts'
import type { TransactionTimers } from './timers.ts'

/** What every transaction works with. */
export interface TransactionContext {
  readonly key: string
  readonly flow: SipFlow
  readonly clock: MonotonicClock
  readonly timers: TransactionTimers
  /** Takes the transaction out of the table. */
  onTerminated(): void
}

/** The timers of one transaction by their letter in RFC 3261; all stop when the transaction ends. */
export class TimerSet {
  readonly #clock: MonotonicClock
  readonly #running = new Map<string, Timer>()

  constructor(clock: MonotonicClock) {
    this.#clock = clock
  }

  start(letter: string, milliseconds: number, action: () => void): void {
    this.stop(letter)
    const timer = this.#clock.after(milliseconds, () => {
      this.#running.delete(letter)
      action()
    })
    this.#running.set(letter, timer)
  }

  stop(letter: string): void {
    this.#running.get(letter)?.cancel()
    this.#running.delete(letter)
  }

  stopAll(): void {
    for (const timer of this.#running.values()) timer.cancel()
    this.#running.clear()
  }
}
