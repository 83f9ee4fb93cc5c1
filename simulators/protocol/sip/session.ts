import type { MonotonicClock } from '#runtime/clock.ts'
import type { Content, ResponseParts } from './build.ts'
import type { ClientTransaction, ClientTransactionUser } from './client-transaction.ts'
import { cancelOf } from './client-transaction.ts'
import { Dialog } from './dialog.ts'
import type { SipLink } from './link.ts'
import type { SipRequest, SipResponse } from './message.ts'
import { cseq, toTag } from './message.ts'
import type { ServerTransaction } from './server-transaction.ts'
import type { HeaderLine } from './strict-parser.ts'
import type { TransactionLayer } from './transaction-layer.ts'
import { UntilAcknowledged } from './until-acknowledged.ts'

/** Why a session ended that we did not end: a BYE, no ACK to our 2xx, a failed request (RFC 3261 §12.2.1.2). */
export type SessionEnd = { readonly by: 'peer'; readonly request: SipRequest } | { readonly by: 'no-ack' | 'failure' }

/** What a session tells its user. After `onRefused`, `onCancelled` or `onEnded` nothing more comes. */
export interface SessionUser {
  /** Outgoing: a provisional response other than 100. */
  onProgress?(response: SipResponse): void
  /** Outgoing: the 2xx to the INVITE. The user calls `acknowledge`. */
  onAnswered?(response: SipResponse): void
  /** Outgoing: refused, or 408 without answer, or 503 where the connection failed. */
  onRefused?(status: number, response: SipResponse | undefined): void
  /** Incoming: the caller gave up; the INVITE is already answered 487. */
  onCancelled?(): void
  /** The ACK to a 2xx of ours; it may carry the answer to our offer. */
  onAcknowledged?(request: SipRequest): void
  /** A request inside the dialog other than ACK, BYE, CANCEL; it has to be answered (INVITE by `answerInvite`). */
  onRequest?(request: SipRequest, transaction: ServerTransaction): void
  onEnded(end: SessionEnd): void
}

export interface RequestContent {
  readonly extra?: readonly HeaderLine[]
  readonly content?: Content
}

/** What a session needs of the agent it belongs to. */
export interface SessionAgent {
  readonly clock: MonotonicClock
  readonly transactions: TransactionLayer
  /** Requests of its dialog go to the session from now on. */
  register(session: Session): void
  unregister(session: Session): void
  /** The open connection for a request inside the dialog, or a new one. */
  linkForRequest(request: SipRequest): Promise<SipLink>
}

/** One INVITE usage from its INVITE to its BYE. RFC 3261 §13 to §15. */
export class Session {
  readonly localTag: string
  readonly #agent: SessionAgent
  readonly #user: SessionUser
  #link: SipLink
  #state: 'early' | 'confirmed' | 'ended' = 'early'
  #dialog: Dialog | undefined
  #inviteClient: ClientTransaction | undefined
  #inviteServer: ServerTransaction | undefined
  #isCancelled = false
  #hasProvisional = false
  #pendingAnswer: UntilAcknowledged | undefined
  #lastAck: SipRequest | undefined
  #invitedSequence = 0

  /** Only through `SipAgent.call` and `SipAgent.accept…`. */
  constructor(agent: SessionAgent, options: { user: SessionUser; link: SipLink; localTag: string }) {
    this.#agent = agent
    this.#user = options.user
    this.#link = options.link
    this.localTag = options.localTag
  }

  get dialog(): Dialog | undefined {
    return this.#dialog
  }

  /** The INVITE of an incoming session. */
  get invite(): ServerTransaction | undefined {
    return this.#inviteServer
  }

  get isEnded(): boolean {
    return this.#state === 'ended'
  }

  get isConfirmed(): boolean {
    return this.#state === 'confirmed'
  }

  get link(): SipLink {
    return this.#link
  }

  // --- our side calls ---

  begin(request: SipRequest): void {
    this.#invitedSequence = cseq(request).number
    this.#inviteClient = this.#agent.transactions.send(request, this.#link, {
      onProvisional: (response) => this.#progress(request, response),
      onFinal: (response) => this.#final(request, response),
      onRepeatedAnswer: () => this.#lastAck !== undefined && this.#link.send(this.#lastAck),
      onFailure: (why) => this.#refused(why === 'timeout' ? 408 : 503, undefined),
    })
  }

  /** Gives up an outgoing INVITE. RFC 3261 §9.1: the CANCEL waits for the first provisional response. */
  cancel(): void {
    if (this.#state !== 'early' || this.#inviteClient === undefined || this.#isCancelled) return
    this.#isCancelled = true
    if (this.#hasProvisional) this.#sendCancel()
  }

  /** ACK to the last 2xx, with the answer where that 2xx carried the offer. */
  acknowledge(content?: Content): void {
    const dialog = this.#requireDialog()
    const ack = dialog.request('ACK', {
      sequence: this.#invitedSequence,
      ...(content === undefined ? {} : { content }),
    })
    this.#lastAck = this.#agent.transactions.withVia(ack, this.#link)
    this.#link.send(this.#lastAck)
  }

  // --- the other side calls ---

  receiveInvite(transaction: ServerTransaction): void {
    this.#inviteServer = transaction
    this.#dialog = Dialog.asCallee(transaction.request, this.localTag)
    this.#agent.register(this)
  }

  /** A provisional or final response to the INVITE of an incoming session. */
  respond(parts: ResponseParts): void {
    const transaction = this.#inviteServer
    if (transaction === undefined || this.#state !== 'early') return
    if (parts.status < 200) transaction.respond({ toTag: this.localTag, ...parts })
    else if (parts.status < 300) {
      this.#state = 'confirmed'
      this.answerInvite(transaction, parts)
    } else {
      transaction.respond({ toTag: this.localTag, ...parts })
      this.#end()
    }
  }

  /** A 2xx to an INVITE (first or repeated within the dialog), repeated until its ACK. */
  answerInvite(transaction: ServerTransaction, parts: ResponseParts): void {
    const response = transaction.respond({ toTag: this.localTag, ...parts })
    this.#pendingAnswer?.stop()
    this.#pendingAnswer = new UntilAcknowledged({
      clock: this.#agent.clock,
      repeat: () => transaction.repeat(response),
      onExpired: () => this.#unacknowledged(),
    })
  }

  // --- both ---

  /** A request in the dialog. A re-INVITE's 2xx has to be acknowledged by `acknowledge`. */
  request(method: string, more: RequestContent, user: ClientTransactionUser): void {
    const request = this.#requireDialog().request(method, more)
    if (method === 'INVITE') this.#invitedSequence = cseq(request).number
    void this.#sendInDialog(request, {
      ...user,
      onFinal: (response) => {
        const isRefresh = method === 'INVITE' || method === 'UPDATE'
        if (isRefresh && response.status < 300) this.#dialog?.refreshTarget(response)
        user.onFinal(response)
        // RFC 3261 §12.2.1.2: the other side no longer knows the dialog. A NOTIFY has a usage of its own (RFC 5057 §5.1).
        if (method !== 'NOTIFY' && (response.status === 481 || response.status === 408)) this.#failed()
      },
      onFailure: (why) => {
        user.onFailure(why)
        this.#failed()
      },
    })
  }

  /** Ends the session from our side, whatever its state. */
  end(more: RequestContent & { readonly status?: number } = {}): void {
    if (this.#state === 'ended') return
    if (this.#state === 'early' && this.#inviteClient !== undefined) return this.cancel()
    if (this.#state === 'early') return this.respond({ status: more.status ?? 480 })
    const bye = this.#requireDialog().request('BYE', more)
    this.#end()
    void this.#sendInDialog(bye, { onProvisional: () => {}, onFinal: () => {}, onFailure: () => {} })
  }

  /** From the agent: a request whose dialog is this session's. */
  receive(request: SipRequest, transaction: ServerTransaction): void {
    if (this.#dialog?.accepts(request) !== true) {
      transaction.respond({ status: 500, extra: [['Retry-After', '1']] })
    } else if (request.method === 'BYE') {
      transaction.respond({ status: 200 })
      if (this.#state === 'early') this.#inviteServer?.respond({ status: 487, toTag: this.localTag })
      this.#end()
      this.#user.onEnded({ by: 'peer', request })
    } else {
      if (request.method === 'INVITE' || request.method === 'UPDATE') this.#dialog.refreshTarget(request)
      if (this.#user.onRequest === undefined) transaction.respond({ status: 405 })
      else this.#user.onRequest(request, transaction)
    }
  }

  receiveAck(request: SipRequest): void {
    if (this.#pendingAnswer === undefined) return
    this.#pendingAnswer.stop()
    this.#pendingAnswer = undefined
    this.#user.onAcknowledged?.(request)
  }

  receiveCancel(): void {
    if (this.#state !== 'early') return
    this.respond({ status: 487 })
    this.#user.onCancelled?.()
  }

  #progress(request: SipRequest, response: SipResponse): void {
    this.#hasProvisional = true
    if (this.#isCancelled) return this.#sendCancel()
    if (response.status === 100) return
    if (toTag(response) !== undefined && this.#dialog === undefined) this.#formDialog(request, response)
    this.#user.onProgress?.(response)
  }

  #final(request: SipRequest, response: SipResponse): void {
    if (response.status >= 300) return this.#refused(response.status, response)
    this.#agent.unregister(this)
    this.#formDialog(request, response)
    this.#state = 'confirmed'
    if (!this.#isCancelled) return this.#user.onAnswered?.(response)
    // The 2xx crossed our CANCEL: the call is taken and ended at once. RFC 3261 §9.1, §15.
    this.acknowledge()
    this.end()
    this.#user.onRefused?.(487, undefined)
  }

  #formDialog(request: SipRequest, response: SipResponse): void {
    this.#dialog = Dialog.asCaller(request, response)
    this.#agent.register(this)
  }

  #refused(status: number, response: SipResponse | undefined): void {
    if (this.#state !== 'early') return
    this.#end()
    this.#user.onRefused?.(status, response)
  }

  #sendCancel(): void {
    const invite = this.#inviteClient
    if (invite?.state === 'proceeding') this.#agent.transactions.sendCancel(cancelOf(invite.request), this.#link)
  }

  #unacknowledged(): void {
    if (this.#state === 'ended') return
    this.end()
    this.#user.onEnded({ by: 'no-ack' })
  }

  #failed(): void {
    if (this.#state === 'ended') return
    this.#end()
    this.#user.onEnded({ by: 'failure' })
  }

  #end(): void {
    this.#state = 'ended'
    this.#pendingAnswer?.stop()
    this.#agent.unregister(this)
  }

  async #sendInDialog(request: SipRequest, user: ClientTransactionUser): Promise<void> {
    try {
      if (!this.#link.isOpen) this.#link = await this.#agent.linkForRequest(request)
      this.#agent.transactions.send(request, this.#link, user)
    } catch {
      // No way to the next hop is the same to the user as a connection that breaks under the request.
      user.onFailure('connection')
    }
  }

  #requireDialog(): Dialog {
    if (this.#dialog === undefined) throw new Error('the session has no dialog yet')
    return this.#dialog
  }
}
