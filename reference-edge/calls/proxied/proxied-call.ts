import type { Clocks } from '#runtime/clock.ts'
import type { Log } from '#runtime/log.ts'
import type { Random } from '#runtime/random.ts'
import { nextMaxForwards, recordRouteTowards, removeOwnRoutes, viaTowards } from '../../control/hop.ts'
import { loopIdentity } from '../../protocol/sip/loop-identity.ts'
import type { OwnSipNames, SipPeer } from '../../control/sip-peer.ts'
import { statusOfUnreachable } from '../../control/sip-peer.ts'
import { newTag } from '../../protocol/sip/branch.ts'
import type { SipFlow } from '../../protocol/sip/flow.ts'
import type { SipRequest, SipResponse } from '../../protocol/sip/message.ts'
import { createResponse } from '../../protocol/sip/message.ts'
import type { ServerTransaction } from '../../protocol/sip/server-transaction.ts'
import type { TransactionLayer } from '../../protocol/sip/transaction-layer.ts'
import type { CallPermit, CallType } from '../admission.ts'
import type { CallRecord, CallState, EndedCall } from '../call-history.ts'
import { endedCall } from '../call-history.ts'
import { ForwardedTransaction } from '../expressway/forwarded-transaction.ts'
import { DialogEnd } from './dialog-end.ts'
import { mediaLines } from './media-lines.ts'

/** What proxied calls stand on. */
export interface ProxiedCallContext {
  readonly layer: TransactionLayer
  readonly own: OwnSipNames
  readonly random: Random
  readonly clocks: Clocks
  readonly log: Log
}

export interface ProxiedCallOptions {
  readonly context: ProxiedCallContext
  readonly invite: ServerTransaction
  readonly from: SipPeer
  readonly to: SipPeer
  /** Request URI for the callee. */
  readonly targetUri: string
  readonly callType: CallType
  readonly permit: CallPermit
  readonly onEnded: (call: ProxiedCall, ended: EndedCall) => void
}

interface Party {
  readonly peer: SipPeer
  flow: SipFlow | undefined
  readonly end: DialogEnd
}

/** One call whose messages pass this VCS and whose media do not: a call-stateful proxy (RFC 3261 §16). */
export class ProxiedCall {
  readonly id: string
  readonly #options: ProxiedCallOptions
  readonly #caller: Party
  readonly #callee: Party
  readonly #startedAt: Date
  /** Requests on their way, by the transaction that brought them. */
  readonly #forwarded = new Map<ServerTransaction, ForwardedTransaction>()
  #state: CallState = 'Attempted'
  #connectedAt: Date | undefined

  constructor(options: ProxiedCallOptions) {
    const { context, invite, from, to } = options
    const { own, random } = context
    this.id = random.uuid()
    this.#options = options
    this.#startedAt = context.clocks.wall.now()
    const dialog = { own, random, proxyCallId: this.id }
    this.#caller = { peer: from, flow: invite.flow, end: DialogEnd.ofCaller(dialog, from, invite.request) }
    this.#callee = { peer: to, flow: undefined, end: DialogEnd.ofCallee(dialog, to, invite.request) }
  }

  async start(): Promise<void> {
    const { context, invite, to, from, targetUri } = this.#options
    this.#log('Call Attempted', { Protocol: from.transport, 'Call-id': invite.request.callId })
    invite.respond(createResponse(invite.request, 100, 'Trying'))
    try {
      this.#callee.flow = await to.connect()
    } catch (error) {
      const status = statusOfUnreachable(error)
      this.#answer(invite, status, reasonOf(status))
      return this.#ended((error as Error).message, status)
    }
    if (this.#isOver) return
    if (invite.state === 'terminated') return this.#ended('Connection of the caller lost', 503)
    const request = invite.request.clone()
    request.requestUri = targetUri
    for (const party of [this.#caller, this.#callee]) {
      request.addOnTop('Record-Route', recordRouteTowards(party.peer, context.own, this.id))
    }
    this.#forward(invite, request, this.#callee, (status, response) => {
      if (status >= 300 || response === undefined) return this.#ended(response?.reason ?? reasonOf(status), status)
      this.#connected(response)
    })
  }

  /** Whether a request inside a dialog is one of this call's, from whoever may send it. */
  owns(request: SipRequest, flow: SipFlow): boolean {
    const sender = this.#senderOf(request)
    return sender?.flow?.remote.address === flow.remote.address
  }

  /** A request inside the dialog other than ACK and CANCEL. */
  receive(transaction: ServerTransaction): void {
    const { request } = transaction
    const sender = this.#senderOf(request)!
    const receiver = sender === this.#caller ? this.#callee : this.#caller
    sender.flow = transaction.flow
    sender.end.heard(request)
    const lines = mediaLines(request)
    if (lines !== undefined && !this.#options.permit.mayCarry(lines)) {
      return this.#answer(transaction, 488, 'Not Acceptable Here')
    }
    this.#forward(transaction, request.clone(), receiver, (status, response) => {
      if (request.method === 'BYE') return this.#ended('Call cleared', 487)
      const isOffer = request.method === 'INVITE' || request.method === 'UPDATE'
      if (isOffer && status < 300 && response !== undefined) {
        receiver.end.heard(response)
        const agreed = mediaLines(response)
        if (agreed !== undefined) this.#options.permit.established(agreed)
      } else if (lines !== undefined && status >= 300) this.#options.permit.declined()
      // RFC 5057 §5.1: no such call there, or nobody any more.
      if (isOffer && (status === 481 || status === 408)) this.end('Call does not exist at the other side', status)
    })
  }

  /** The ACK of a 2xx is forwarded without a transaction (RFC 3261 §16.11). */
  receiveAck(ack: SipRequest): void {
    const receiver = this.#senderOf(ack) === this.#caller ? this.#callee : this.#caller
    const forwarded = ack.clone()
    removeOwnRoutes(forwarded, this.#options.context.own)
    if (this.#addHop(forwarded, receiver)) receiver.flow?.send(forwarded.toBuffer())
  }

  cancel(invite: ServerTransaction): void {
    this.#forwarded.get(invite)?.cancel()
    if (this.#callee.flow !== undefined || invite !== this.#options.invite) return
    this.#answer(invite, 487, 'Request Terminated')
    this.#ended('Request Terminated', 487)
  }

  /** A connection has gone: who is still there learns that the call is over. */
  flowClosed(flow: SipFlow): void {
    const lost = [this.#caller, this.#callee].find((party) => party.flow?.id === flow.id)
    if (lost === undefined || this.#state !== 'Connected') return
    lost.flow = undefined
    this.end(`Connection of ${lost.peer.zoneName} lost`, 503)
  }

  /** Ends the call for both: a BYE to each as from the other, or the INVITE cancelled and refused with `status`. */
  end(reason: string, status = 480): void {
    if (this.#isOver) return
    const { invite, context } = this.#options
    if (this.#state === 'Connected') {
      this.#caller.end.sayGoodbye(context.layer, this.#caller.flow, this.#callee.end)
      this.#callee.end.sayGoodbye(context.layer, this.#callee.flow, this.#caller.end)
    } else {
      this.#forwarded.get(invite)?.cancel()
      this.#answer(invite, status, reasonOf(status))
    }
    this.#ended(reason, status)
  }

  status(): CallRecord & { readonly media: readonly [] } {
    return { ...this.#record(), media: [] }
  }

  get #isOver(): boolean {
    return this.#state === 'Disconnected' || this.#state === 'Rejected'
  }

  #senderOf(request: SipRequest): Party | undefined {
    const { callId, fromTag, toTag } = request
    return [this.#caller, this.#callee].find(({ end }) => end.sent(callId, fromTag, toTag))
  }

  #forward(
    transaction: ServerTransaction,
    request: SipRequest,
    receiver: Party,
    onFinal: (status: number, response: SipResponse | undefined) => void,
  ): void {
    const { layer, clocks } = this.#options.context
    const forwarded = new ForwardedTransaction({
      layer,
      clock: clocks.monotonic,
      transaction,
      refuse: ({ status, reason }) => this.#answer(transaction, status, reason),
      onFinal: (status, response) => {
        this.#forwarded.delete(transaction)
        onFinal(status, response)
      },
    })
    this.#forwarded.set(transaction, forwarded)
    if (!this.#addHop(request, receiver)) return forwarded.finish({ status: 483, reason: 'Too Many Hops' })
    const gone = { status: 503, reason: 'Service Unavailable' }
    if (receiver.flow === undefined) return forwarded.finish(gone)
    forwarded.send(request, receiver.flow, gone)
  }

  /** False where the request has no hop left. */
  #addHop(request: SipRequest, { peer }: Party): boolean {
    const { own, random } = this.#options.context
    const maxForwards = nextMaxForwards(request)
    if (maxForwards === undefined) return false
    request.set('Max-Forwards', String(maxForwards))
    if (!request.has('x-taatag')) request.add('X-TAATag', random.uuid())
    const identity = loopIdentity(request)
    request.addOnTop('Via', viaTowards(peer, own, random, this.id, identity))
    return true
  }

  #connected(response: SipResponse): void {
    this.#callee.end.heard(response)
    this.#caller.end.answeredBy(response)
    this.#state = 'Connected'
    this.#connectedAt = this.#options.context.clocks.wall.now()
    this.#options.permit.established(mediaLines(response) ?? mediaLines(this.#options.invite.request) ?? 1)
    this.#log('Call Connected')
  }

  #answer(transaction: ServerTransaction, status: number, reason: string): void {
    const toTag = newTag(this.#options.context.random)
    transaction.respond(createResponse(transaction.request, status, reason, { toTag }))
  }

  #ended(reason: string, status: number): void {
    if (this.#isOver) return
    const ended = endedCall(this.#record(), {
      at: this.#options.context.clocks.wall.now(),
      reason,
      responseCode: status,
    })
    this.#state = ended.state
    const details = { Reason: reason, 'Response-code': ended.responseCode }
    this.#log(ended.state === 'Rejected' ? 'Call Rejected' : 'Call Disconnected', details)
    this.#options.onEnded(this, ended)
  }

  #record(): CallRecord {
    const { from, to, invite, callType } = this.#options
    const { request } = invite
    return {
      id: this.id,
      callType,
      source: request.from?.uri ?? '',
      destination: request.to?.uri ?? request.requestUri,
      state: this.#state,
      startedAt: this.#startedAt.toISOString(),
      ...(this.#connectedAt === undefined ? {} : { connectedAt: this.#connectedAt.toISOString() }),
      components: [{ type: 'VCS', source: from.zoneName, destination: to.zoneName }],
    }
  }

  #log(event: string, details: Record<string, unknown> = {}): void {
    const { context, invite } = this.#options
    context.log.info(event, {
      Service: 'SIP',
      'Src-alias-type': 'SIP',
      'Src-alias': invite.request.from?.uri,
      'Dst-alias-type': 'SIP',
      'Dst-alias': invite.request.to?.uri,
      'Call-serial-number': this.id,
      Tag: invite.request.first('x-taatag'),
      ...details,
    })
  }
}

function reasonOf(status: number): string {
  const reasons: Readonly<Record<number, string>> = {
    404: 'Not Found',
    408: 'Request Timeout',
    480: 'Temporarily Unavailable',
    481: 'Call/Transaction Does Not Exist',
    487: 'Request Terminated',
    503: 'Service Unavailable',
  }
  return reasons[status] ?? 'Call failed'
}
