import { createRequest, type SipRequest, type SipResponse } from './message.ts'
import { TimerSet, type TransactionContext } from './transaction.ts'

/** What the user of a client transaction learns. After `onTimeout` or `onTransportError` nothing more comes. */
export interface ClientTransactionUser {
  /** Every provisional response, the final one, and every 2xx to an INVITE (RFC 6026 §8.4), repeated ones included. */
  onResponse(response: SipResponse): void
  onTimeout(): void
  onTransportError(): void
}

export type ClientState = 'calling' | 'trying' | 'proceeding' | 'accepted' | 'completed' | 'terminated'

/** The diagrams of RFC 3261 §17.1.1 with RFC 6026 §8.4, and of §17.1.2. One function per event and state. */
export class ClientTransaction {
  readonly request: SipRequest
  readonly #context: TransactionContext
  readonly #user: ClientTransactionUser
  /** Kept only where it may have to be repeated. */
  #bytes: Buffer | undefined
  readonly #timers: TimerSet
  readonly #isInvite: boolean
  #state: ClientState
  #interval: number
  #acknowledgement: Buffer | undefined
  #whenProceeding: (() => void) | undefined

  /** Made by the transaction layer, which calls `start` once it is in the table. */
  constructor(request: SipRequest, context: TransactionContext, user: ClientTransactionUser) {
    this.request = request
    this.#context = context
    this.#user = user
    this.#timers = new TimerSet(context.clock)
    this.#isInvite = request.method === 'INVITE'
    this.#state = this.#isInvite ? 'calling' : 'trying'
    this.#interval = context.timers.t1
  }

  get state(): ClientState {
    return this.#state
  }

  get key(): string {
    return this.#context.key
  }

  get flow() {
    return this.#context.flow
  }

  /** Timers A and B, or E and F. */
  start(): void {
    const { timers, flow } = this.#context
    this.#timers.start(this.#isInvite ? 'B' : 'F', timers.timeout, () => this.#timeout())
    const bytes = this.request.toBuffer()
    if (!flow.reliable) {
      this.#bytes = bytes
      this.#repeatLater()
    }
    this.#transmit(bytes)
  }

  receive(response: SipResponse): void {
    switch (this.#state) {
      case 'calling':
        return this.#receiveCalling(response)
      case 'trying':
        return this.#receiveTrying(response)
      case 'proceeding':
        return this.#isInvite ? this.#receiveCalling(response) : this.#receiveTrying(response)
      case 'accepted':
        return isSuccess(response) ? this.#user.onResponse(response) : undefined
      case 'completed':
        return this.#receiveCompleted(response)
      case 'terminated':
        return undefined
      default:
        return this.#state satisfies never
    }
  }

  /** Runs `action` once a provisional response is there: at once, later, or never (RFC 3261 §9.1, CANCEL must wait). */
  whenProceeding(action: () => void): void {
    if (this.#state === 'proceeding') action()
    else if (this.#state === 'calling') this.#whenProceeding = action
  }

  /** The connection is gone. What is only waiting for repetitions ends without a word. */
  fail(): void {
    const isWaiting = this.#state === 'calling' || this.#state === 'trying' || this.#state === 'proceeding'
    this.end()
    if (isWaiting) this.#user.onTransportError()
  }

  /** Ends at once and tells nobody. */
  end(): void {
    if (this.#state === 'terminated') return
    this.#state = 'terminated'
    this.#timers.stopAll()
    this.#context.onTerminated()
  }

  /** INVITE, calling and proceeding. */
  #receiveCalling(response: SipResponse): void {
    if (response.status < 200) return this.#enterProceeding(response)
    this.#timers.stopAll()
    if (isSuccess(response)) {
      this.#state = 'accepted'
      this.#timers.start('M', this.#context.timers.timeout, () => this.end())
    } else {
      this.#state = 'completed'
      this.#acknowledgement = createAckForRefusal(this.request, response).toBuffer()
      if (!this.#transmit(this.#acknowledgement)) return
      this.#endAfter('D', this.#context.timers.d)
    }
    this.#user.onResponse(response)
  }

  /** Other methods, trying and proceeding. */
  #receiveTrying(response: SipResponse): void {
    if (response.status < 200) return this.#enterProceeding(response)
    this.#timers.stopAll()
    this.#state = 'completed'
    this.#endAfter('K', this.#context.timers.t4)
    this.#user.onResponse(response)
  }

  #enterProceeding(response: SipResponse): void {
    if (this.#isInvite) this.#timers.stopAll()
    this.#state = 'proceeding'
    this.#user.onResponse(response)
    const action = this.#whenProceeding
    this.#whenProceeding = undefined
    if (this.#state === 'proceeding') action?.()
  }

  /** A repeated refusal of an INVITE is acknowledged again; everything else is absorbed. */
  #receiveCompleted(response: SipResponse): void {
    if (this.#acknowledgement && response.status >= 300) this.#transmit(this.#acknowledgement)
  }

  /** Timer A doubles without end; timer E doubles up to T2 and is T2 once a provisional response is there. */
  #repeatLater(): void {
    const letter = this.#isInvite ? 'A' : 'E'
    this.#timers.start(letter, this.#interval, () => {
      const { t2 } = this.#context.timers
      const doubled = this.#interval * 2
      this.#interval = this.#isInvite ? doubled : this.#state === 'proceeding' ? t2 : Math.min(doubled, t2)
      this.#repeatLater()
      if (this.#bytes) this.#transmit(this.#bytes)
    })
  }

  #endAfter(letter: string, milliseconds: number): void {
    if (this.#context.flow.reliable) this.end()
    else this.#timers.start(letter, milliseconds, () => this.end())
  }

  #timeout(): void {
    this.end()
    this.#user.onTimeout()
  }

  #transmit(bytes: Buffer): boolean {
    if (this.#context.flow.send(bytes)) return true
    this.end()
    this.#user.onTransportError()
    return false
  }
}

const isSuccess = (response: SipResponse): boolean => response.status >= 200 && response.status < 300

/** The ACK of RFC 3261 §17.1.1.3: same branch as the INVITE, To of the response. */
export function createAckForRefusal(invite: SipRequest, response: SipResponse): SipRequest {
  return sameHopRequest('ACK', invite, response.first('to') ?? '')
}

/** The CANCEL of RFC 3261 §9.1 for an INVITE sent by us. */
export function createCancel(invite: SipRequest): SipRequest {
  return sameHopRequest('CANCEL', invite, invite.first('to') ?? '')
}

function sameHopRequest(method: string, invite: SipRequest, to: string): SipRequest {
  const routes = invite.headers.linesOf('route').map((line): [string, string] => ['Route', line.value])
  return createRequest({
    method,
    requestUri: invite.requestUri,
    headers: [
      ['Via', invite.first('via') ?? ''],
      ...routes,
      ['Max-Forwards', '70'],
      ['From', invite.first('from') ?? ''],
      ['To', to],
      ['Call-ID', invite.callId ?? ''],
      ['CSeq', `${invite.cseq?.number ?? 0} ${method}`],
    ],
  })
}
