import type { MonotonicClock, Timer } from '#runtime/clock.ts'
import type { ResponseParts } from './build.ts'
import { makeResponse } from './build.ts'
import { t1 } from './client-transaction.ts'
import type { SipLink } from './link.ts'
import type { SipRequest, SipResponse } from './message.ts'

type ServerState = 'proceeding' | 'accepted' | 'completed' | 'terminated'

/** RFC 3261 §17.2 and RFC 6026 §7.1 over a reliable transport: Timers G, I and J are zero. */
export class ServerTransaction {
  readonly request: SipRequest
  readonly link: SipLink
  readonly #clock: MonotonicClock
  readonly #onTerminated: () => void
  #state: ServerState = 'proceeding'
  #last: SipResponse | undefined
  #timer: Timer | undefined

  constructor(options: { request: SipRequest; link: SipLink; clock: MonotonicClock; onTerminated: () => void }) {
    this.request = options.request
    this.link = options.link
    this.#clock = options.clock
    this.#onTerminated = options.onTerminated
  }

  get isAnswered(): boolean {
    return this.#state !== 'proceeding'
  }

  /** Builds the response and sends it; a second final response is not sent (RFC 3261 §17.2.1). */
  respond(parts: ResponseParts): SipResponse {
    const response = makeResponse(this.request, parts)
    this.send(response)
    return response
  }

  send(response: SipResponse): void {
    if (this.#state !== 'proceeding') return
    this.#last = response
    if (response.status >= 200) this.#final(response)
    this.link.send(response)
  }

  /** A 2xx repeated by the transaction user until its ACK comes (RFC 3261 §13.3.1.4). */
  repeat(response: SipResponse): void {
    if (this.#state === 'accepted') this.link.send(response)
  }

  /** The same request again: its last response is repeated. */
  receiveAgain(): void {
    if (this.#last !== undefined && (this.#state === 'proceeding' || this.#state === 'completed')) {
      this.link.send(this.#last)
    }
  }

  /** ACK for a refusal; one for a 2xx belongs to the dialog and is answered false. */
  takesAck(): boolean {
    if (this.#state !== 'completed') return false
    this.terminate()
    return true
  }

  terminate(): void {
    if (this.#state === 'terminated') return
    this.#state = 'terminated'
    this.#timer?.cancel()
    this.#onTerminated()
  }

  #final(response: SipResponse): void {
    if (this.request.method !== 'INVITE') return this.terminate()
    this.#state = response.status < 300 ? 'accepted' : 'completed'
    // Timer L (RFC 6026 §7.1) or H (RFC 3261 §17.2.1): the time in which the ACK has to come.
    this.#timer = this.#clock.after(64 * t1, () => this.terminate())
  }
}
