import type { MonotonicClock, Timer } from '#runtime/clock.ts'
import type { StreamFramer } from './framer.ts'

/**
 * The absolute limit on receiving one message: it runs from the first byte of a message to its last and is not
 * prolonged by more bytes, so that one byte every few seconds does not hold a connection.
 */
export class MessageDeadline {
  readonly #options: { clock: MonotonicClock; milliseconds: number; onExpired: () => void }
  #timer: Timer | undefined
  #messageCount = 0

  constructor(options: { clock: MonotonicClock; milliseconds: number; onExpired: () => void }) {
    this.#options = options
  }

  /** To be called after each push into the framer. */
  follow(framer: StreamFramer): void {
    const isSameMessage = framer.messageCount === this.#messageCount
    if (!framer.headPending || !isSameMessage) this.stop()
    this.#messageCount = framer.messageCount
    if (framer.headPending)
      this.#timer ??= this.#options.clock.after(this.#options.milliseconds, this.#options.onExpired)
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }
}
