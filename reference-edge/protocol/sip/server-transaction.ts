import { createResponse, type SipRequest, type SipResponse } from './message.ts'
import { TimerSet, type TransactionContext } from './transaction.ts'

/** What the user of a server transaction may want to learn; set with `observe`. */
export interface ServerTransactionObserver {
  /** No ACK came for a refusal of an INVITE (timer H). */
  onTimeout?(): void
  /** A response could not be sent. */
  onTransportError?(): void
}

export type ServerState = 'trying' | 'proceeding' | 'accepted' | 'completed' | 'confirmed' | 'terminated'

/** The diagrams of RFC 3261 §17.2.1 with RFC 6026 §8.7, and of §17.2.2. One function per event and state. */
export class ServerTransaction {
  readonly request: SipRequest
  readonly #context: TransactionContext
  readonly #timers: TimerSet
  readonly #isInvite: boolean
  #observer: ServerTransactionObserver = {}
  #divert: ((refusal: SipResponse) => boolean) | undefined
  #state: ServerState
  #interval: number
  #lastResponse: Buffer | undefined
  #hasProgressed = false

  /** Made by the transaction layer for a request that belongs to no transaction yet. */
  constructor(request: SipRequest, context: TransactionContext) {
    this.request = request
    this.#context = context
    this.#timers = new TimerSet(context.clock)
    this.#isInvite = request.method === 'INVITE'
    this.#state = this.#isInvite ? 'proceeding' : 'trying'
    this.#interval = context.timers.t1
    if (this.#isInvite) {
      this.#timers.start('100', context.timers.trying, () => void this.respond(createResponse(request, 100, 'Trying')))
    }
  }

  get state(): ServerState {
    return this.#state
  }

  /** Whoever asked has been told more than 100: somebody is being alerted. */
  get hasProgressed(): boolean {
    return this.#hasProgressed
  }

  get flow() {
    return this.#context.flow
  }

  observe(observer: ServerTransactionObserver): void {
    this.#observer = observer
  }

  /**
   * Asked about each refusal before it is sent. Where `take` gives true it is not sent and the transaction stays open:
   * whoever searches on answers it (RFC 3261 §16.7 step 5).
   */
  divertRefusals(take: ((refusal: SipResponse) => boolean) | undefined): void {
    this.#divert = take
  }

  /** Sends a response. False where the state allows none any more, or where the flow took no bytes. */
  respond(response: SipResponse): boolean {
    switch (this.#state) {
      case 'trying':
      case 'proceeding':
        if (response.status >= 300 && this.#divert?.(response) === true) return true
        return this.#respondProceeding(response)
      case 'accepted':
        return response.status >= 200 && response.status < 300 && this.#transmit(response.toBuffer())
      case 'completed':
      case 'confirmed':
      case 'terminated':
        return false
      default:
        return this.#state satisfies never
    }
  }

  /** The same request once more. */
  receiveRepetition(): void {
    switch (this.#state) {
      case 'proceeding':
      case 'completed':
        return this.#repeatResponse()
      case 'trying':
      case 'accepted':
      case 'confirmed':
      case 'terminated':
        return undefined
      default:
        return this.#state satisfies never
    }
  }

  /** An ACK with the branch of the INVITE; true where it was for a refusal and ends here. */
  receiveAck(): boolean {
    if (this.#state === 'completed') {
      this.#state = 'confirmed'
      this.#timers.stopAll()
      this.#endAfter('I', this.#context.timers.t4)
    }
    return this.#state !== 'accepted'
  }

  /** The connection is gone. */
  fail(): void {
    if (this.#state === 'terminated') return
    this.end()
    this.#observer.onTransportError?.()
  }

  /** Ends at once and tells nobody. */
  end(): void {
    if (this.#state === 'terminated') return
    this.#state = 'terminated'
    this.#timers.stopAll()
    this.#context.onTerminated()
  }

  #respondProceeding(response: SipResponse): boolean {
    this.#timers.stop('100')
    const bytes = response.toBuffer()
    this.#lastResponse = bytes
    if (response.status > 100 && response.status < 200) this.#hasProgressed = true
    if (response.status < 200) this.#state = 'proceeding'
    else if (this.#isInvite) this.#enterFinal(response.status)
    else {
      this.#state = 'completed'
      const isSent = this.#transmit(bytes)
      this.#endAfter('J', this.#context.timers.timeout)
      return isSent
    }
    return this.#transmit(bytes)
  }

  /** The final answer to an INVITE. Repeating a 2xx until its ACK is the user's work (RFC 6026 §8.7), a refusal ours. */
  #enterFinal(status: number): void {
    const { timers, flow } = this.#context
    if (status < 300) {
      this.#state = 'accepted'
      this.#lastResponse = undefined
      this.#timers.start('L', timers.timeout, () => this.end())
      return
    }
    this.#state = 'completed'
    if (!flow.reliable) this.#repeatLater()
    this.#timers.start('H', timers.timeout, () => {
      this.end()
      this.#observer.onTimeout?.()
    })
  }

  /** Timer G: doubles up to T2. */
  #repeatLater(): void {
    this.#timers.start('G', this.#interval, () => {
      this.#interval = Math.min(this.#interval * 2, this.#context.timers.t2)
      this.#repeatLater()
      this.#repeatResponse()
    })
  }

  #repeatResponse(): void {
    if (this.#lastResponse) this.#transmit(this.#lastResponse)
  }

  #endAfter(letter: string, milliseconds: number): void {
    if (this.#context.flow.reliable) this.end()
    else this.#timers.start(letter, milliseconds, () => this.end())
  }

  #transmit(bytes: Buffer): boolean {
    if (this.#state === 'terminated') return false
    if (this.#context.flow.send(bytes)) return true
    this.fail()
    return false
  }
}
