import type { MonotonicClock, Timer } from '#runtime/clock.ts'
import { Histogram } from '../histogram.ts'

/** Somebody who sends a packet each 20 ms. */
export interface Paced {
  /** `atMs`: the moment, on the machine's monotonic clock. */
  sendNow(atMs: number): void
}

/**
 * Sends for many streams with one timer. Streams are spread over the slots of 20 ms, so that they do not leave as one
 * burst. A slot that the process was late for is made up for; one that it is far too late for is left out.
 */
export class Pacer {
  readonly #clock: MonotonicClock
  readonly #slots: Set<Paced>[] = Array.from({ length: slotCount }, () => new Set())
  /** How late slots began, milliseconds. */
  readonly lateness = new Histogram(1, 500)
  #next = 0
  #dueMs = 0
  #timer: Timer | undefined
  #joined = 0

  constructor(clock: MonotonicClock) {
    this.#clock = clock
  }

  /** Sends from now on, until the function that comes back is called. */
  join(stream: Paced): () => void {
    const slot = this.#slots[this.#joined++ % slotCount]!
    slot.add(stream)
    if (this.#timer === undefined) {
      this.#dueMs = this.#nowMs() + slotMs
      this.#arm()
    }
    return () => void slot.delete(stream)
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    for (const slot of this.#slots) slot.clear()
  }

  #arm(): void {
    this.#timer = this.#clock.after(Math.max(0, this.#dueMs - this.#nowMs()), () => this.#tick())
  }

  #tick(): void {
    const now = this.#nowMs()
    // One round at most: what arrives is to be read in between.
    for (let turn = 0; turn < slotCount && now >= this.#dueMs; turn++) {
      this.lateness.add(now - this.#dueMs)
      for (const stream of this.#slots[this.#next]!) stream.sendNow(now)
      this.#next = (this.#next + 1) % slotCount
      this.#dueMs += slotMs
    }
    if (now - this.#dueMs > mostBehindMs) this.#dueMs = now
    if (this.#slots.some((slot) => slot.size > 0)) this.#arm()
    else this.#timer = undefined
  }

  #nowMs(): number {
    return Number(this.#clock.now()) / 1e6
  }
}

const slotCount = 10
const slotMs = 20 / slotCount
const mostBehindMs = 200
