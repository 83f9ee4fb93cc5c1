import type { MonotonicClock, Timer } from '#runtime/clock.ts'
import type { FloorMessage } from './messages.ts'

interface Pending {
  readonly settle: (response: FloorMessage | undefined) => void
  timer: Timer
}

/** Requests over UDP: sent again until their answer comes (RFC 8855 §8.3.1), and the other side's told apart from repeats. */
export class FloorTransactions {
  readonly #clock: MonotonicClock
  readonly #send: (message: FloorMessage) => void
  readonly #pending = new Map<number, Pending>()
  #answered: { readonly key: string; readonly response: FloorMessage }[] = []
  #last = 0
  retransmissions = 0

  constructor(clock: MonotonicClock, send: (message: FloorMessage) => void) {
    this.#clock = clock
    this.#send = send
  }

  /** The answer; undefined where none came to the last repeat either, or all was closed. */
  request(message: Omit<FloorMessage, 'transaction' | 'isResponse'>): Promise<FloorMessage | undefined> {
    this.#last = (this.#last % 0xffff) + 1
    const sent = { ...message, transaction: this.#last, isResponse: false }
    return new Promise((settle) => {
      const repeat = (waitMs: number, left: number): Timer =>
        this.#clock.after(waitMs, () => {
          if (left === 0) return this.#settle(sent.transaction, undefined)
          this.retransmissions++
          this.#send(sent)
          pending.timer = repeat(2 * waitMs, left - 1)
        })
      const pending: Pending = { settle, timer: repeat(firstRepeatMs, mostRepeats) }
      this.#pending.set(sent.transaction, pending)
      this.#send(sent)
    })
  }

  /** A response of the other side; false where nothing waits for it. */
  takeResponse(message: FloorMessage): boolean {
    return this.#settle(message.transaction, message)
  }

  /** Answers a request of the other side, a repeated one with the same answer as before. */
  answer(request: FloorMessage, make: () => Omit<FloorMessage, 'transaction' | 'isResponse'> | undefined): void {
    const key = `${request.user}/${request.transaction}/${request.primitive}`
    const known = this.#answered.find((one) => one.key === key)
    if (known !== undefined) return this.#send(known.response)
    const made = make()
    if (made === undefined) return
    const response = { ...made, transaction: request.transaction, isResponse: true }
    this.#answered = [...this.#answered.slice(-mostRemembered), { key, response }]
    this.#send(response)
  }

  close(): void {
    for (const transaction of [...this.#pending.keys()]) this.#settle(transaction, undefined)
  }

  #settle(transaction: number, response: FloorMessage | undefined): boolean {
    const pending = this.#pending.get(transaction)
    if (pending === undefined) return false
    this.#pending.delete(transaction)
    pending.timer.cancel()
    pending.settle(response)
    return true
  }
}

/** Timer T1 and its repeats. */
const firstRepeatMs = 500
const mostRepeats = 3
const mostRemembered = 16
