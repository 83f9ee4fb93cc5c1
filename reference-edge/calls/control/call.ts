import type { Timer } from '#runtime/clock.ts'
import type { SipFlow } from '../../protocol/sip/flow.ts'
import type { SipRequest } from '../../protocol/sip/message.ts'
import type { ServerTransaction } from '../../protocol/sip/server-transaction.ts'
import type { Side, SipPeer } from '../../control/sip-peer.ts'
import { otherSide } from '../../control/sip-peer.ts'
import type { CallPermit, CallType } from '../admission.ts'
import type { CallRecord, CallState } from '../call-history.ts'
import { componentsOf, endedCall } from '../call-history.ts'
import type { CallContext, CallStatus, RunningCall } from './call-context.ts'
import type { CallLeg } from './call-leg.ts'
import { giveUp, newLeg, sendBye } from './call-leg.ts'
import { CallMedia } from './call-media.ts'
import { CallMessages } from './call-messages.ts'
import type { CallParts } from './call-parts.ts'
import { answer } from './call-parts.ts'
import { Dialog } from './dialog.ts'
import type { DialogReference } from './dialog-references.ts'
import { InDialogRelay } from './in-dialog-relay.ts'
import { InviteRelay } from './invite-relay.ts'

export interface CallOptions {
  readonly context: CallContext
  readonly from: SipPeer
  readonly to: SipPeer
  readonly invite: SipRequest
  /** Request URI of the INVITE to the callee. */
  readonly targetUri: string
  readonly callType: CallType
  /** Given back by whoever got it. */
  readonly permit: CallPermit
}

/**
 * One call through the B2BUA: two dialogs, one offer/answer exchange at a time between them (RFC 3264), media in the
 * middle. The caller's leg answers with the far leg's words; both end together.
 */
export class Call implements RunningCall {
  readonly id: string
  readonly #options: CallOptions
  readonly #parts: CallParts
  readonly #invites: InviteRelay
  readonly #others: InDialogRelay
  readonly #startedAt: Date
  #state: CallState = 'Attempted'
  #connectedAt: Date | undefined
  #answerLimit: Timer | undefined

  constructor(options: CallOptions) {
    const { context, from, to, invite, permit } = options
    const { own, random } = context
    this.id = random.uuid()
    this.#options = options
    this.#startedAt = context.clocks.wall.now()
    const legs = [newLeg(from.side, from), newLeg(otherSide(from.side), to)] as const
    const [outside, inside] = from.side === 'outside' ? legs : [legs[1], legs[0]]
    this.#parts = {
      context,
      legs: { outside, inside },
      messages: new CallMessages({ id: this.id, own, random, callerSide: from.side, invite }),
      media: new CallMedia({
        media: context.media,
        address: own.address,
        label: this.id,
        mode: context.mediaEncryption(),
      }),
      permit,
      exchange: undefined,
      isOver: () => this.#isOver,
      end: (reason, status) => this.end(reason, status),
    }
    this.#invites = new InviteRelay(this.#parts, {
      openCallee: (far) => this.#openCallee(far),
      callAgain: (far) => far.dialog?.beginAnew(options.targetUri),
      connected: () => this.#connected(),
    })
    this.#others = new InDialogRelay(this.#parts)
  }

  /** The initial INVITE: makes the caller's dialog and calls the other side. */
  async start(transaction: ServerTransaction): Promise<void> {
    const { context, from, invite } = this.#options
    const { messages, legs } = this.#parts
    const caller = legs[from.side]
    caller.flow = transaction.flow
    caller.dialog = Dialog.asCallee(messages.dialogParts(caller), invite)
    context.register(caller.dialog.id, this, caller.side)
    this.#log('Call Attempted', { Protocol: from.transport, 'Call-id': invite.callId })
    // As timer C of a proxy (RFC 3261 §16.6): a call that nobody answers does not stay for ever.
    this.#answerLimit = context.clocks.monotonic.after(answerMs, () => this.end('Not answered', 408))
    await this.#invites.relay(caller, transaction, { isInitial: true })
  }

  /** A request in one of the call's dialogs; ACK and CANCEL have their own ways. */
  async receive(side: Side, transaction: ServerTransaction): Promise<void> {
    const leg = this.#parts.legs[side]
    const { request } = transaction
    const dialog = leg.dialog!
    if (dialog.remoteTag !== undefined && dialog.remoteTag !== request.fromTag) return answer(transaction, 481)
    if (!dialog.admits(request)) return answer(transaction, 500)
    switch (request.method) {
      case 'BYE':
        answer(transaction, 200)
        return this.end('Call cleared', 487, { saidGoodbye: side })
      case 'INVITE':
        return this.#invites.reinvite(leg, transaction)
      case 'UPDATE':
        return this.#others.update(leg, transaction)
      case 'PRACK':
        return answer(transaction, 481)
      case 'REGISTER':
        return answer(transaction, 405)
      default:
        return this.#others.relay(leg, transaction)
    }
  }

  receiveAck(side: Side, ack: SipRequest): void {
    this.#invites.receiveAck(side, ack)
  }

  /** The caller gave up, or a re-INVITE was taken back. The CANCEL itself has been answered. */
  cancel(invite: ServerTransaction): void {
    const { exchange, context } = this.#parts
    if (exchange?.kind !== 'INVITE' || exchange.transaction !== invite) return
    if (exchange.isInitial) return this.end('Request Terminated', 487)
    const { far } = exchange
    if (far.outgoing === undefined) return
    giveUp(far, far.outgoing, { layer: context.layer, clock: context.clocks.monotonic })
  }

  /** A connection has gone: what went over it cannot be told any more, the other side is. */
  flowClosed(flow: SipFlow): void {
    for (const leg of Object.values(this.#parts.legs)) {
      if (leg.flow?.id !== flow.id) continue
      leg.isEstablished = false
      this.end(`Connection of ${leg.peer.zoneName} lost`, 503)
    }
  }

  isNamedBy(side: Side, tag: string): boolean {
    return this.#parts.legs[side].dialog?.remoteTag === tag
  }

  dialogBeyond(side: Side): DialogReference | undefined {
    const { dialog } = this.#parts.legs[otherSide(side)]
    if (dialog?.remoteTag === undefined) return undefined
    const { callId, localTag } = dialog.parts
    return { callId, localTag, remoteTag: dialog.remoteTag }
  }

  /** Ends both legs, whatever state they are in: by BYE, CANCEL or a final response of `status`. */
  end(reason: string, status = 480, closed?: { readonly saidGoodbye: Side }): void {
    if (this.#isOver) return
    const { context, legs, media } = this.#parts
    const ended = endedCall(this.#record(), { at: context.clocks.wall.now(), reason, responseCode: status })
    this.#state = ended.state
    this.#answerLimit?.cancel()
    this.#parts.exchange = undefined
    for (const leg of Object.values(legs)) this.#endLeg(leg, status, closed?.saidGoodbye === leg.side)
    const details = { Reason: reason, 'Response-code': ended.responseCode }
    this.#log(ended.state === 'Rejected' ? 'Call Rejected' : 'Call Disconnected', details)
    context.ended(this, ended)
    void media.close()
  }

  status(): CallStatus {
    const { streams } = this.#parts.media
    return {
      ...this.#record(),
      media: streams.map((stream) => ({ label: stream.label, statistics: stream.statistics() })),
    }
  }

  get #isOver(): boolean {
    return this.#state === 'Disconnected' || this.#state === 'Rejected'
  }

  async #openCallee(far: CallLeg): Promise<void> {
    const { context, targetUri } = this.#options
    far.flow = await far.peer.connect()
    if (this.#isOver) return
    far.dialog = Dialog.asCaller(this.#parts.messages.dialogParts(far), targetUri)
    context.register(far.dialog.id, this, far.side)
  }

  #connected(): void {
    this.#answerLimit?.cancel()
    this.#state = 'Connected'
    this.#connectedAt = this.#options.context.clocks.wall.now()
    this.#log('Call Connected')
  }

  #endLeg(leg: CallLeg, status: number, saidGoodbye: boolean): void {
    const { context, messages } = this.#parts
    const { layer, clocks } = context
    const { incoming, outgoing } = leg
    leg.awaitedAck?.limit.cancel()
    leg.awaitedAck = undefined
    leg.incoming = undefined
    leg.outgoing = undefined
    if (incoming !== undefined) incoming.respond(messages.response(leg, incoming.request, { status }))
    if (outgoing !== undefined) giveUp(leg, outgoing, { layer, clock: clocks.monotonic })
    if (leg.dialog !== undefined) context.unregister(leg.dialog.id)
    if (leg.isEstablished && !saidGoodbye) sendBye(leg, layer)
    leg.isEstablished = false
  }

  #record(): CallRecord {
    const { from, to, invite, callType } = this.#options
    return {
      id: this.id,
      callType,
      source: invite.from?.uri ?? '',
      destination: invite.to?.uri ?? invite.requestUri,
      state: this.#state,
      startedAt: this.#startedAt.toISOString(),
      ...(this.#connectedAt === undefined ? {} : { connectedAt: this.#connectedAt.toISOString() }),
      components: componentsOf(from.zoneName, to.zoneName),
    }
  }

  #log(event: string, details: Record<string, unknown> = {}): void {
    const { context, invite } = this.#options
    context.log.info(event, {
      Service: 'SIP',
      'Src-alias-type': 'SIP',
      'Src-alias': invite.from?.uri,
      'Dst-alias-type': 'SIP',
      'Dst-alias': invite.to?.uri,
      'Call-serial-number': this.id,
      Tag: invite.first('x-taatag'),
      ...details,
    })
  }
}

/** RFC 3261 §16.6 point 11: more than three minutes. */
const answerMs = 200_000
