import type { Timer } from '#runtime/clock.ts'
import type { ClientTransaction, ClientTransactionUser } from '../../protocol/sip/client-transaction.ts'
import type { SipFlow } from '../../protocol/sip/flow.ts'
import type { SipRequest, SipResponse } from '../../protocol/sip/message.ts'
import { createResponse } from '../../protocol/sip/message.ts'
import type { ServerTransaction } from '../../protocol/sip/server-transaction.ts'
import type { ControlMediaStatistics } from '../../traversal/media/control-media.ts'
import type { Side, SipPeer } from '../../control/sip-peer.ts'
import { otherSide } from '../../control/sip-peer.ts'
import type { CallRecord, CallState } from './call-record.ts'
import { componentsOf } from './call-record.ts'
import { CallType } from '../admission.ts'
import type { CallContext } from './b2bua.ts'
import type { CallLeg } from './call-leg.ts'
import { newLeg } from './call-leg.ts'
import { CallMedia } from './call-media.ts'
import type { Mapped } from './call-media.ts'
import { CallMessages, otherBody, reasonOf } from './call-messages.ts'
import { descriptionBody, descriptionOf } from './description.ts'
import type { OutgoingBody } from './dialog.ts'
import { Dialog } from './dialog.ts'
import { relayedHeaders } from './header-relay.ts'

/** An INVITE on its way from one leg to the other. */
interface InviteExchange {
  readonly kind: 'INVITE'
  readonly near: CallLeg
  readonly far: CallLeg
  readonly transaction: ServerTransaction
  /** True where the INVITE holds the offer; else the 2xx does and the ACK the answer. */
  readonly isEarlyOffer: boolean
  readonly isInitial: boolean
}

interface UpdateExchange {
  readonly kind: 'UPDATE'
  readonly near: CallLeg
}

export interface CallStatus extends CallRecord {
  readonly media: readonly { readonly label: string; readonly statistics: ControlMediaStatistics }[]
}

/**
 * One call through the B2BUA: two dialogs, an offer/answer exchange at a time between them (RFC 3261 §13, §14, RFC 3264),
 * media in the middle. The caller's leg answers with the far leg's words; both end together.
 */
export class Call {
  readonly id: string
  readonly #context: CallContext
  readonly #legs: Readonly<Record<Side, CallLeg>>
  readonly #callerSide: Side
  readonly #invite: SipRequest
  readonly #messages: CallMessages
  readonly #media: CallMedia
  readonly #startedAt: Date
  readonly #targetUri: string
  #state: CallState = 'Attempted'
  #connectedAt: Date | undefined
  #exchange: InviteExchange | UpdateExchange | undefined
  #answerLimit: Timer | undefined

  constructor(context: CallContext, from: SipPeer, to: SipPeer, invite: SipRequest, targetUri: string) {
    this.id = context.random.uuid()
    this.#context = context
    this.#callerSide = from.side
    this.#invite = invite
    this.#targetUri = targetUri
    this.#startedAt = context.clocks.wall.now()
    const legs = [newLeg(from.side, from), newLeg(otherSide(from.side), to)]
    this.#legs = {
      outside: legs.find(({ side }) => side === 'outside')!,
      inside: legs.find(({ side }) => side === 'inside')!,
    }
    const { own, random } = context
    this.#messages = new CallMessages({ id: this.id, own, random, callerSide: from.side, invite })
    this.#media = new CallMedia({ media: context.media, address: own.address, label: this.id })
  }

  get isOver(): boolean {
    return this.#state === 'Disconnected' || this.#state === 'Rejected'
  }

  /** The initial INVITE: makes the caller's dialog and calls the other side. */
  async start(transaction: ServerTransaction): Promise<void> {
    const caller = this.#legs[this.#callerSide]
    caller.flow = transaction.flow
    caller.dialog = Dialog.asCallee(this.#messages.dialogParts(caller), this.#invite)
    this.#context.register(caller.dialog.id, this, caller.side)
    this.#log('Call Attempted', { Protocol: caller.peer.transport, 'Call-id': this.#invite.callId })
    this.#startAnswerLimit()
    await this.#relayInvite(caller, transaction, true)
  }

  /** A request in one of the call's dialogs; ACK and CANCEL have their own ways. */
  async receive(side: Side, transaction: ServerTransaction): Promise<void> {
    const leg = this.#legs[side]
    const { request } = transaction
    const dialog = leg.dialog!
    if (dialog.remoteTag !== undefined && dialog.remoteTag !== request.fromTag) return this.#answer(transaction, 481)
    if (!dialog.admits(request)) return this.#answer(transaction, 500)
    switch (request.method) {
      case 'BYE':
        return this.#bye(leg, transaction)
      case 'INVITE':
        return this.#reinvite(leg, transaction)
      case 'UPDATE':
        return this.#update(leg, transaction)
      case 'PRACK':
        return this.#answer(transaction, 481)
      case 'REGISTER':
        return this.#answer(transaction, 405)
      default:
        return this.#relayInDialog(leg, transaction)
    }
  }

  /** The ACK of a 2xx of ours; with a late offer it brings the answer. */
  receiveAck(side: Side, ack: SipRequest): void {
    const near = this.#legs[side]
    const awaited = near.awaitedAck
    if (awaited === undefined || awaited.number !== ack.cseq?.number) return
    near.awaitedAck = undefined
    awaited.limit.cancel()
    if (awaited.farInvite === undefined) return
    const far = this.#legs[otherSide(side)]
    this.#exchange = undefined
    const described = descriptionOf(ack)
    const mapped = described.kind === 'sdp' ? this.#media.answer(side, described.sdp) : undefined
    if (mapped?.ok === true) {
      this.#acknowledge(far, awaited.farInvite, descriptionBody(mapped.sdp))
      this.#media.settle()
      return
    }
    // The far end's 2xx must be acknowledged, although without an answer the call cannot go on (RFC 3261 §13.2.2.4).
    this.#acknowledge(far, awaited.farInvite)
    this.end('No answer in ACK')
  }

  /** The caller gave up, or a re-INVITE was taken back. The CANCEL itself has been answered. */
  cancel(invite: ServerTransaction): void {
    const exchange = this.#exchange
    if (exchange?.kind !== 'INVITE' || exchange.transaction !== invite) return
    if (exchange.isInitial) return this.end('Request Terminated', 487)
    if (exchange.far.outgoing !== undefined) this.#giveUp(exchange.far, exchange.far.outgoing)
  }

  /** A connection has gone: what went over it cannot be told any more, the other side is. */
  flowClosed(flow: SipFlow): void {
    for (const leg of Object.values(this.#legs)) {
      if (leg.flow?.id !== flow.id) continue
      leg.isEstablished = false
      this.end(`Connection of ${leg.peer.zoneName} lost`, 503)
    }
  }

  /** Ends both legs, whatever state they are in: BYE, CANCEL or a final response. */
  end(reason: string, status = 480, closed?: { readonly saidGoodbye: Side }): void {
    if (this.isOver) return
    const wasConnected = this.#state === 'Connected'
    this.#state = wasConnected || status === 487 ? 'Disconnected' : 'Rejected'
    this.#answerLimit?.cancel()
    this.#exchange = undefined
    for (const leg of Object.values(this.#legs)) this.#endLeg(leg, status, closed?.saidGoodbye === leg.side)
    const details = { Reason: reason, ...(wasConnected ? {} : { 'Response-code': status }) }
    this.#log(this.#state === 'Rejected' ? 'Call Rejected' : 'Call Disconnected', details)
    this.#context.ended(this, {
      ...this.#record(),
      endedAt: this.#context.clocks.wall.now().toISOString(),
      reason,
      ...(wasConnected ? {} : { responseCode: status }),
    })
    void this.#media.close()
  }

  status(): CallStatus {
    const media = this.#media.streams.map((stream) => ({ label: stream.label, statistics: stream.statistics() }))
    return { ...this.#record(), media }
  }

  #record(): CallRecord {
    const caller = this.#legs[this.#callerSide]
    const callee = this.#legs[otherSide(this.#callerSide)]
    return {
      id: this.id,
      callType: CallType.unifiedCmRemoteSession,
      source: this.#invite.from?.uri ?? '',
      destination: this.#invite.to?.uri ?? this.#invite.requestUri,
      state: this.#state,
      startedAt: this.#startedAt.toISOString(),
      ...(this.#connectedAt === undefined ? {} : { connectedAt: this.#connectedAt.toISOString() }),
      components: componentsOf(caller.peer.zoneName, callee.peer.zoneName),
    }
  }

  // INVITE

  async #reinvite(leg: CallLeg, transaction: ServerTransaction): Promise<void> {
    if (!leg.isEstablished || this.#exchange !== undefined) return this.#refuseOverlap(leg, transaction)
    leg.dialog!.refreshTarget(transaction.request)
    await this.#relayInvite(leg, transaction, false)
  }

  /** RFC 3261 §14.2: 500 with Retry-After while the same side's INVITE is open, 491 while the other side's is. */
  #refuseOverlap(leg: CallLeg, transaction: ServerTransaction): void {
    if (this.#exchange !== undefined && this.#exchange.near !== leg) return this.#answer(transaction, 491)
    const retryAfter = String(this.#context.random.integer(0, 10))
    this.#answer(transaction, 500, [['Retry-After', retryAfter]])
  }

  async #relayInvite(near: CallLeg, transaction: ServerTransaction, isInitial: boolean): Promise<void> {
    const { request } = transaction
    const far = this.#legs[otherSide(near.side)]
    const described = descriptionOf(request)
    const isEarlyOffer = described.kind === 'sdp'
    const exchange: InviteExchange = { kind: 'INVITE', near, far, transaction, isEarlyOffer, isInitial }
    near.incoming = transaction
    this.#exchange = exchange
    if (isInitial) transaction.respond(createResponse(request, 100, 'Trying'))
    if (described.kind === 'unreadable') return this.#refuseInvite(exchange, 400, described.says)
    const offer = isEarlyOffer ? await this.#media.offer(near.side, described.sdp) : undefined
    if (this.#exchange !== exchange) return
    if (offer?.ok === false) return this.#refuseInvite(exchange, offer.status, offer.says)
    if (isInitial && !(await this.#openCallee(exchange))) return
    this.#sendInvite(exchange, offer)
  }

  async #openCallee(exchange: InviteExchange): Promise<boolean> {
    const { far } = exchange
    try {
      far.flow = await far.peer.connect()
    } catch (error) {
      if (this.#exchange === exchange) this.#refuseInvite(exchange, 503, (error as Error).message)
      return false
    }
    if (this.#exchange !== exchange) return false
    far.dialog = Dialog.asCaller(this.#messages.dialogParts(far), this.#targetUri)
    this.#context.register(far.dialog.id, this, far.side)
    return true
  }

  #sendInvite(exchange: InviteExchange, offer: Mapped | undefined): void {
    const { far, transaction, isInitial } = exchange
    const body = offer?.ok === true ? descriptionBody(offer.sdp) : otherBody(transaction.request)
    const headers = relayedHeaders(transaction.request)
    const invite = far.dialog!.request('INVITE', headers, body)
    if (isInitial) for (const route of this.#messages.recordRoutes(far)) invite.add('Record-Route', route)
    far.outgoing = this.#context.layer.request(invite, far.flow!, {
      onResponse: (response) => void this.#inviteAnswered(exchange, invite, response),
      onTimeout: () => this.#refuseInvite(exchange, 408, 'Request Timeout'),
      onTransportError: () => {
        far.givenUp?.cancel()
        this.#refuseInvite(exchange, 503, 'Service Unavailable')
      },
    })
    if (far.outgoing === undefined) this.#refuseInvite(exchange, 503, 'Service Unavailable')
  }

  async #inviteAnswered(exchange: InviteExchange, invite: SipRequest, response: SipResponse): Promise<void> {
    const { far } = exchange
    if (response.status < 200) return this.#passProvisional(exchange, response)
    far.outgoing = undefined
    far.givenUp?.cancel()
    const number = invite.cseq!.number
    if (response.status < 300) {
      if (far.lastAck?.number === number) return void far.flow?.send(far.lastAck.bytes)
      // Repeated before its ACK is due: the near leg has been told (RFC 3261 §13.2.2.4).
      if (far.answeredInvite === number) return
      far.answeredInvite = number
      if (this.#exchange !== exchange) return this.#endUnwanted(exchange, response, number)
      return this.#passSuccess(exchange, response, number)
    }
    if (this.#exchange !== exchange) return
    const status = this.#statusFor(far, response.status)
    const isAsReceived = status === response.status
    const headers = isAsReceived ? relayedHeaders(response) : []
    this.#refuseInvite(exchange, status, response.reason, headers, isAsReceived ? response.reason : undefined)
  }

  /** Early media are not carried: 183 goes on as 180, nothing has a description. */
  #passProvisional(exchange: InviteExchange, response: SipResponse): void {
    if (response.status === 100 || this.#exchange !== exchange) return
    if (exchange.isInitial) exchange.far.dialog?.confirm(response)
    const isRinging = response.status === 183 || response.status === 180
    const status = isRinging ? 180 : response.status
    const reason = isRinging ? 'Ringing' : response.reason
    exchange.transaction.respond(
      this.#messages.response(exchange.near, exchange.transaction.request, {
        status,
        reason,
        headers: relayedHeaders(response),
      }),
    )
  }

  async #passSuccess(exchange: InviteExchange, response: SipResponse, number: number): Promise<void> {
    const { near, far, isEarlyOffer, isInitial } = exchange
    if (isInitial) far.dialog!.confirm(response)
    else far.dialog!.refreshTarget(response)
    far.isEstablished = true
    const described = descriptionOf(response)
    if (isEarlyOffer) this.#acknowledge(far, number)
    const mapped = await this.#mapFrom(far, isEarlyOffer, described)
    if (this.#exchange !== exchange) return isEarlyOffer ? undefined : this.#acknowledge(far, number)
    if (!mapped.ok) {
      if (!isEarlyOffer) this.#acknowledge(far, number)
      return this.#refuseInvite(exchange, mapped.status, mapped.says)
    }
    near.incoming = undefined
    near.isEstablished = true
    this.#awaitAck(near, exchange.transaction.request, isEarlyOffer ? undefined : number)
    if (isEarlyOffer) this.#exchange = undefined
    exchange.transaction.respond(
      this.#messages.response(near, exchange.transaction.request, {
        status: response.status,
        reason: response.reason,
        headers: relayedHeaders(response),
        body: descriptionBody(mapped.sdp),
      }),
    )
    if (isEarlyOffer) this.#media.settle()
    if (isInitial) this.#connected()
  }

  async #mapFrom(far: CallLeg, isEarlyOffer: boolean, described: ReturnType<typeof descriptionOf>): Promise<Mapped> {
    if (described.kind !== 'sdp') return { ok: false, status: 488, says: 'no usable description in the answer' }
    return isEarlyOffer ? this.#media.answer(far.side, described.sdp) : this.#media.offer(far.side, described.sdp)
  }

  /** A 2xx that came although the call was given up: acknowledged and ended (RFC 3261 §9.1, §15). */
  #endUnwanted(exchange: InviteExchange, response: SipResponse, number: number): void {
    const { far } = exchange
    if (exchange.isInitial) far.dialog!.confirm(response)
    this.#acknowledge(far, number)
    if (exchange.isInitial && this.isOver) this.#sendBye(far)
  }

  /** A final refusal to the near leg. The initial INVITE's ends the call, a later one leaves it as it was. */
  #refuseInvite(
    exchange: InviteExchange,
    status: number,
    why: string,
    headers: [string, string][] = [],
    reason = reasonOf(status),
  ): void {
    const { near, far, transaction } = exchange
    if (this.#exchange !== exchange) return
    this.#exchange = undefined
    this.#media.abandon()
    far.outgoing = undefined
    near.incoming = undefined
    transaction.respond(this.#messages.response(near, transaction.request, { status, reason, headers }))
    // RFC 3261 §12.2.1.2: no answer, or no such call, and the dialog is over.
    if (exchange.isInitial || status === 408 || status === 481) this.end(why, status)
  }

  #acknowledge(leg: CallLeg, number: number, body?: OutgoingBody): void {
    const bytes = leg.dialog!.ack(number, body).toBuffer()
    leg.lastAck = { number, bytes }
    leg.flow?.send(bytes)
  }

  #awaitAck(leg: CallLeg, invite: SipRequest, farInvite: number | undefined): void {
    leg.awaitedAck?.limit.cancel()
    const limit = this.#context.clocks.monotonic.after(acknowledgementMs, () => {
      leg.awaitedAck = undefined
      if (farInvite !== undefined && !this.isOver) this.#acknowledge(this.#legs[otherSide(leg.side)], farInvite)
      this.end('No ACK received')
    })
    leg.awaitedAck = { number: invite.cseq?.number, limit, farInvite }
  }

  #connected(): void {
    this.#answerLimit?.cancel()
    this.#state = 'Connected'
    this.#connectedAt = this.#context.clocks.wall.now()
    this.#log('Call Connected')
  }

  /** As timer C of a proxy (RFC 3261 §16.6): a call that nobody answers does not stay for ever. */
  #startAnswerLimit(): void {
    this.#answerLimit = this.#context.clocks.monotonic.after(answerMs, () => this.end('Not answered', 408))
  }

  // Other requests

  #bye(leg: CallLeg, transaction: ServerTransaction): void {
    this.#answer(transaction, 200)
    this.end('Call cleared', 487, { saidGoodbye: leg.side })
  }

  async #update(near: CallLeg, transaction: ServerTransaction): Promise<void> {
    const described = descriptionOf(transaction.request)
    if (described.kind === 'none') {
      near.dialog!.refreshTarget(transaction.request)
      return this.#relayInDialog(near, transaction)
    }
    if (described.kind === 'unreadable') return this.#answer(transaction, 400)
    if (this.#exchange !== undefined || near.awaitedAck?.farInvite !== undefined || !near.isEstablished) {
      return this.#refuseOverlap(near, transaction)
    }
    near.dialog!.refreshTarget(transaction.request)
    const exchange: UpdateExchange = { kind: 'UPDATE', near }
    this.#exchange = exchange
    const offer = await this.#media.offer(near.side, described.sdp)
    if (this.#exchange !== exchange) return this.#answer(transaction, 481)
    if (!offer.ok) {
      this.#exchange = undefined
      return this.#answer(transaction, offer.status)
    }
    this.#send(near, transaction, descriptionBody(offer.sdp), (response) => {
      this.#exchange = undefined
      return this.#updateAnswered(near, transaction, response)
    })
  }

  #updateAnswered(near: CallLeg, transaction: ServerTransaction, response: SipResponse): void {
    const far = this.#legs[otherSide(near.side)]
    const described = descriptionOf(response)
    if (response.status >= 300 || described.kind !== 'sdp') {
      this.#media.abandon()
      return this.#passFinal(near, transaction, response)
    }
    far.dialog!.refreshTarget(response)
    const mapped = this.#media.answer(far.side, described.sdp)
    if (!mapped.ok) return this.#answer(transaction, mapped.status)
    this.#passFinal(near, transaction, response, descriptionBody(mapped.sdp))
    this.#media.settle()
  }

  /** INFO, NOTIFY, REFER, OPTIONS …: body and meaning are the far end's business. */
  #relayInDialog(near: CallLeg, transaction: ServerTransaction): void {
    const { request } = transaction
    this.#send(near, transaction, otherBody(request), (response) =>
      this.#passFinal(near, transaction, response, otherBody(response)),
    )
  }

  #send(
    near: CallLeg,
    transaction: ServerTransaction,
    body: OutgoingBody | undefined,
    onFinal: (response: SipResponse) => void,
  ): void {
    const far = this.#legs[otherSide(near.side)]
    const { request } = transaction
    if (far.flow === undefined || far.dialog?.remoteTag === undefined) {
      return onFinal(createResponse(request, 500, 'Server Internal Error'))
    }
    const fail = (status: number) => onFinal(createResponse(request, status, reasonOf(status)))
    const user: ClientTransactionUser = {
      onResponse: (response) => void (response.status >= 200 && onFinal(response)),
      onTimeout: () => fail(408),
      onTransportError: () => fail(503),
    }
    const relayed = far.dialog.request(request.method, relayedHeaders(request), body)
    if (this.#context.layer.request(relayed, far.flow, user) === undefined) fail(503)
  }

  #passFinal(near: CallLeg, transaction: ServerTransaction, response: SipResponse, body?: OutgoingBody): void {
    const { request } = transaction
    const status = this.#statusFor(this.#legs[otherSide(near.side)], response.status)
    const isAsReceived = status === response.status
    const reason = isAsReceived ? response.reason : reasonOf(status)
    const headers = isAsReceived ? relayedHeaders(response) : []
    transaction.respond(
      this.#messages.response(near, request, { status, reason, headers, body: isAsReceived ? body : undefined }),
    )
    if (response.status === 481) this.end('Call does not exist at the other side')
  }

  // Parts

  /** A challenge of the Expressway cannot be answered by the B2BUA: the inside learns 500 (guide, zone policy). */
  #statusFor(far: CallLeg, status: number): number {
    if (far.side === 'outside' && (status === 401 || status === 407)) return 500
    return status >= 300 && status < 400 ? 500 : status
  }

  #endLeg(leg: CallLeg, status: number, saidGoodbye: boolean): void {
    leg.awaitedAck?.limit.cancel()
    leg.awaitedAck = undefined
    const { incoming, outgoing } = leg
    leg.incoming = undefined
    leg.outgoing = undefined
    if (incoming !== undefined) {
      incoming.respond(this.#messages.response(leg, incoming.request, { status }))
    }
    if (outgoing !== undefined) this.#giveUp(leg, outgoing)
    if (leg.dialog !== undefined) this.#context.unregister(leg.dialog.id)
    if (leg.isEstablished && !saidGoodbye) this.#sendBye(leg)
    leg.isEstablished = false
  }

  /** RFC 3261 §9.1: an INVITE that has no final response 64*T1 after its CANCEL is taken for cancelled. */
  #giveUp(leg: CallLeg, invite: ClientTransaction): void {
    const { layer, clocks } = this.#context
    layer.cancel(invite)
    leg.givenUp?.cancel()
    leg.givenUp = clocks.monotonic.after(acknowledgementMs, () => invite.fail())
  }

  #sendBye(leg: CallLeg): void {
    if (leg.flow === undefined || leg.dialog?.remoteTag === undefined) return
    this.#context.layer.request(leg.dialog.request('BYE'), leg.flow, deaf)
  }

  #answer(transaction: ServerTransaction, status: number, headers: [string, string][] = []): void {
    transaction.respond(createResponse(transaction.request, status, reasonOf(status), { headers }))
  }

  #log(event: string, details: Record<string, unknown> = {}): void {
    this.#context.log.info(event, {
      Service: 'SIP',
      'Src-alias-type': 'SIP',
      'Src-alias': this.#invite.from?.uri,
      'Dst-alias-type': 'SIP',
      'Dst-alias': this.#invite.to?.uri,
      'Call-serial-number': this.id,
      Tag: this.#invite.first('x-taatag'),
      ...details,
    })
  }
}

/** 64*T1: how long the ACK of a 2xx may take (RFC 3261 §13.3.1.4). */
const acknowledgementMs = 32_000
/** RFC 3261 §16.6 point 11: more than three minutes. */
const answerMs = 200_000

const deaf: ClientTransactionUser = {
  onResponse: () => undefined,
  onTimeout: () => undefined,
  onTransportError: () => undefined,
}
