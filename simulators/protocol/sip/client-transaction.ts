import type { MonotonicClock, Timer } from '#runtime/clock.ts'
import type { SipLink } from './link.ts'
import type { SipRequest, SipResponse } from './message.ts'
import { addresses, cseq, from, header, headers, to } from './message.ts'
import { makeRequest } from './build.ts'

export interface ClientTransactionUser {
  onProvisional(response: SipResponse): void
  /** Once; a repeated 2xx to INVITE comes through `onRepeatedAnswer`. */
  onFinal(response: SipResponse): void
  onRepeatedAnswer?(response: SipResponse): void
  /** No final response: Timer B or F (RFC 3261 §17.1.1.2, §17.1.2.2), or the connection is gone. */
  onFailure(why: 'timeout' | 'connection'): void
}

type ClientState = 'calling' | 'proceeding' | 'accepted' | 'terminated'

/**
 * RFC 3261 §17.1 and RFC 6026 §7.2 over a reliable transport: nothing is retransmitted (Timers A and E), and
 * Timers D and K are zero, so that Completed is left as it is entered.
 */
export class ClientTransaction {
  readonly request: SipRequest
  readonly link: SipLink
  readonly #clock: MonotonicClock
  readonly #user: ClientTransactionUser
  readonly #onTerminated: () => void
  #state: ClientState = 'calling'
  #timer: Timer

  constructor(options: {
    request: SipRequest
    link: SipLink
    clock: MonotonicClock
    user: ClientTransactionUser
    onTerminated: () => void
  }) {
    this.request = options.request
    this.link = options.link
    this.#clock = options.clock
    this.#user = options.user
    this.#onTerminated = options.onTerminated
    this.#timer = this.#clock.after(64 * t1, () => this.#fail('timeout'))
  }

  get state(): ClientState {
    return this.#state
  }

  start(): void {
    if (!this.link.send(this.request)) queueMicrotask(() => this.#fail('connection'))
  }

  receive(response: SipResponse): void {
    switch (this.#state) {
      case 'calling':
      case 'proceeding':
        return response.status < 200 ? this.#provisional(response) : this.#final(response)
      case 'accepted':
        if (response.status >= 200 && response.status < 300) this.#user.onRepeatedAnswer?.(response)
        return
      case 'terminated':
        return
      default:
        this.#state satisfies never
    }
  }

  linkClosed(): void {
    if (this.#state === 'calling' || this.#state === 'proceeding') this.#fail('connection')
    else this.terminate()
  }

  terminate(): void {
    if (this.#state === 'terminated') return
    this.#state = 'terminated'
    this.#timer.cancel()
    this.#onTerminated()
  }

  #provisional(response: SipResponse): void {
    this.#state = 'proceeding'
    // RFC 3261 §17.1.1.2: an INVITE that was answered at all may ring for as long as its user likes.
    if (this.request.method === 'INVITE') this.#timer.cancel()
    this.#user.onProvisional(response)
  }

  #final(response: SipResponse): void {
    const isInvite = this.request.method === 'INVITE'
    if (isInvite && response.status < 300) {
      this.#state = 'accepted'
      this.#timer.cancel()
      // Timer M, RFC 6026 §7.2.
      this.#timer = this.#clock.after(64 * t1, () => this.terminate())
    } else {
      if (isInvite) this.link.send(refusalAck(this.request, response))
      this.terminate()
    }
    this.#user.onFinal(response)
  }

  #fail(why: 'timeout' | 'connection'): void {
    if (this.#state === 'terminated') return
    this.terminate()
    this.#user.onFailure(why)
  }
}

/** RFC 3261 §17.1.1.1: the estimate of a round trip, milliseconds. */
export const t1 = 500

/** RFC 3261 §17.1.1.3: ACK to a 3xx-6xx belongs to the transaction and carries its Via. */
function refusalAck(request: SipRequest, response: SipResponse): SipRequest {
  const ack = makeRequest({
    method: 'ACK',
    uri: request.uri,
    from: from(request),
    to: to(response),
    callId: header(request, 'Call-ID')!,
    cseq: cseq(request).number,
    routes: addresses(request, 'Route'),
  })
  return { ...ack, headers: [['Via', headers(request, 'Via')[0]!], ...ack.headers] }
}

/** RFC 3261 §9.1: CANCEL has the top Via, Request-URI, routes and CSeq number of the INVITE. */
export function cancelOf(request: SipRequest): SipRequest {
  const cancel = makeRequest({
    method: 'CANCEL',
    uri: request.uri,
    from: from(request),
    to: to(request),
    callId: header(request, 'Call-ID')!,
    cseq: cseq(request).number,
    routes: addresses(request, 'Route'),
  })
  return { ...cancel, headers: [['Via', headers(request, 'Via')[0]!], ...cancel.headers] }
}
