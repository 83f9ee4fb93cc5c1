import type { MonotonicClock, Timer } from '#runtime/clock.ts'
import { t1 } from './client-transaction.ts'

/** RFC 3261 §17.1.2.2: the longest distance between two repetitions, milliseconds. */
const t2 = 4_000

/**
 * RFC 3261 §13.3.1.4: a 2xx to INVITE is repeated by its user agent at T1, doubling up to T2, until the ACK comes;
 * after 64·T1 without one it gives up. Also over reliable transports, since a later hop may be unreliable.
 */
export class UntilAcknowledged {
  readonly #clock: MonotonicClock
  readonly #repeat: () => void
  readonly #giveUp: Timer
  #next: Timer
  #interval = t1

  constructor(options: { clock: MonotonicClock; repeat: () => void; onExpired: () => void }) {
    this.#clock = options.clock
    this.#repeat = options.repeat
    this.#next = this.#clock.after(this.#interval, () => this.#again())
    this.#giveUp = this.#clock.after(64 * t1, () => {
      this.stop()
      options.onExpired()
    })
  }

  stop(): void {
    this.#next.cancel()
    this.#giveUp.cancel()
  }

  #again(): void {
    this.#repeat()
    this.#interval = Math.min(2 * this.#interval, t2)
    this.#next = this.#clock.after(this.#interval, () => this.#again())
  }
}
