import type { SipRequest, SipResponse } from '../../protocol/sip/message.ts'
import { createResponse } from '../../protocol/sip/message.ts'
import type { ServerTransaction } from '../../protocol/sip/server-transaction.ts'
import type { Side } from '../../control/sip-peer.ts'
import { nextMaxForwards } from '../../control/hop.ts'
import { otherSide, statusOfUnreachable } from '../../control/sip-peer.ts'
import { acknowledge, awaitAck, sendBye } from './call-leg.ts'
import type { CallLeg } from './call-leg.ts'
import type { Mapped } from './call-media.ts'
import { otherBody, reasonOf } from './call-messages.ts'
import type { CallParts, InviteExchange } from './call-parts.ts'
import { refuseOverlap, statusFor } from './call-parts.ts'
import type { Described } from './description.ts'
import { descriptionBody, descriptionOf } from './description.ts'
import { relayedHeaders } from './header-relay.ts'

/** What the call does at the turning points of its first INVITE. */
export interface InviteEvents {
  /** Opens the callee's leg; rejects where it cannot be reached. */
  openCallee(far: CallLeg): Promise<void>
  /** The callee's leg is open, its INVITE was refused and another one follows. */
  callAgain(far: CallLeg): void
  connected(): void
}

/** Takes each INVITE of a call from one leg to the other, and what answers it back (RFC 3261 §13, §14). */
export class InviteRelay {
  readonly #parts: CallParts
  readonly #events: InviteEvents

  constructor(parts: CallParts, events: InviteEvents) {
    this.#parts = parts
    this.#events = events
  }

  async relay(near: CallLeg, transaction: ServerTransaction, options: { isInitial: boolean }): Promise<void> {
    const { media, legs, permit } = this.#parts
    const { isInitial } = options
    const { request } = transaction
    const far = legs[otherSide(near.side)]
    const described = descriptionOf(request)
    const isEarlyOffer = described.kind === 'sdp'
    const exchange: InviteExchange = { kind: 'INVITE', near, far, transaction, isEarlyOffer, isInitial }
    near.incoming = transaction
    this.#parts.exchange = exchange
    if (isInitial) transaction.respond(createResponse(request, 100, 'Trying'))
    if (described.kind === 'unreadable') return this.#refuse(exchange, { status: 400, why: described.says })
    if (isEarlyOffer && !isInitial && !permit.mayCarry(described.sdp.media.length)) {
      return this.#refuse(exchange, { status: 488, why: 'license limit reached' })
    }
    const offer = isEarlyOffer ? await media.offer(near.side, described.sdp) : undefined
    if (!this.#isOpen(exchange)) return
    if (offer?.ok === false) {
      const headers = [this.#parts.messages.warning(offer.says)]
      return this.#refuse(exchange, { status: offer.status, why: offer.says, headers })
    }
    if (isInitial && !(await this.#reachCallee(exchange))) return
    this.#send(exchange, offer)
  }

  async reinvite(near: CallLeg, transaction: ServerTransaction): Promise<void> {
    if (!near.isEstablished || this.#parts.exchange !== undefined) return refuseOverlap(this.#parts, near, transaction)
    near.dialog!.refreshTarget(transaction.request)
    await this.relay(near, transaction, { isInitial: false })
  }

  /** The ACK of a 2xx of ours; with a late offer it brings the answer. */
  receiveAck(side: Side, ack: SipRequest): void {
    const { legs, media, permit, end } = this.#parts
    const near = legs[side]
    const awaited = near.awaitedAck
    if (awaited === undefined || awaited.number !== ack.cseq?.number) return
    near.awaitedAck = undefined
    awaited.limit.cancel()
    if (awaited.farInvite === undefined) return
    const far = legs[otherSide(side)]
    this.#parts.exchange = undefined
    const described = descriptionOf(ack)
    const mapped = described.kind === 'sdp' ? media.answer(side, described.sdp) : undefined
    if (mapped?.ok === true) {
      permit.established(mapped.sdp.media.length)
      acknowledge(far, awaited.farInvite, descriptionBody(mapped.sdp))
      return media.settle()
    }
    // The far end's 2xx must be acknowledged, although without an answer the call cannot go on (RFC 3261 §13.2.2.4).
    acknowledge(far, awaited.farInvite)
    end('No answer in ACK')
  }

  async #reachCallee(exchange: InviteExchange): Promise<boolean> {
    try {
      await this.#events.openCallee(exchange.far)
    } catch (error) {
      this.#refuse(exchange, { status: statusOfUnreachable(error), why: (error as Error).message })
    }
    return this.#isOpen(exchange)
  }

  #send(exchange: InviteExchange, offer: Mapped | undefined): void {
    const { context, messages } = this.#parts
    const { far, transaction, isInitial } = exchange
    const body = offer?.ok === true ? descriptionBody(offer.sdp) : otherBody(transaction.request)
    const invite = far.dialog!.request('INVITE', relayedHeaders(transaction.request), body)
    if (isInitial) {
      for (const route of messages.recordRoutes(far)) invite.add('Record-Route', route)
      // A call that comes back is another call here; its hops end it (RFC 3261 §16.3 step 3).
      invite.set('Max-Forwards', String(nextMaxForwards(transaction.request) ?? 0))
    }
    far.outgoing = context.layer.request(invite, far.flow!, {
      onResponse: (response) => this.#take(exchange, invite, response),
      onTimeout: () => this.#refuse(exchange, { status: 408, why: 'Request Timeout' }),
      onTransportError: () => {
        far.givenUp?.cancel()
        this.#refuse(exchange, { status: 503, why: 'Connection lost' })
      },
    })
    if (far.outgoing === undefined) this.#refuse(exchange, { status: 503, why: 'Too many transactions' })
  }

  #take(exchange: InviteExchange, invite: SipRequest, response: SipResponse): void {
    const { far } = exchange
    if (response.status < 200) return this.#passProvisional(exchange, response)
    far.outgoing = undefined
    far.givenUp?.cancel()
    if (response.status >= 300) return this.#passRefusal(exchange, response)
    const number = invite.cseq!.number
    if (far.lastAck?.number === number) return void far.flow?.send(far.lastAck.bytes)
    // Repeated before its ACK is due: the near leg has been told (RFC 3261 §13.2.2.4).
    if (far.answeredInvite === number) return
    far.answeredInvite = number
    if (!this.#isOpen(exchange)) return this.#endUnwanted(exchange, response, number)
    this.#passSuccess(exchange, response, number).catch((error: unknown) => {
      process.emitWarning(error instanceof Error ? error : new Error(String(error)))
      this.#parts.end('Fault while connecting media', 500)
    })
  }

  /** Early media are not carried: 183 goes on as 180, nothing has a description. */
  #passProvisional(exchange: InviteExchange, response: SipResponse): void {
    if (response.status === 100 || !this.#isOpen(exchange)) return
    const { near, far, transaction, isInitial } = exchange
    if (isInitial) far.dialog?.confirm(response)
    const headers = relayedHeaders(response)
    const { status, reason } = response.status === 183 ? { status: 180, reason: 'Ringing' } : response
    transaction.respond(this.#parts.messages.response(near, transaction.request, { status, reason, headers }))
  }

  #passRefusal(exchange: InviteExchange, response: SipResponse): void {
    const other = this.#otherOffer(exchange, response)
    if (other !== undefined) {
      this.#events.callAgain(exchange.far)
      return this.#send(exchange, other)
    }
    const status = statusFor(exchange.far, response.status)
    const why = response.reason
    if (status !== response.status) return this.#refuse(exchange, { status, why })
    this.#refuse(exchange, { status, why, reason: response.reason, headers: relayedHeaders(response) })
  }

  /** What may be offered instead where the far end did not like the media. */
  #otherOffer(exchange: InviteExchange, { status }: SipResponse): Mapped | undefined {
    const isRefusedOffer = status === 488 && exchange.isEarlyOffer && exchange.isInitial
    return isRefusedOffer && this.#isOpen(exchange) ? this.#parts.media.offerWithoutEncryption() : undefined
  }

  async #passSuccess(exchange: InviteExchange, response: SipResponse, number: number): Promise<void> {
    const { near, far, isEarlyOffer, isInitial, transaction } = exchange
    if (isInitial) far.dialog!.confirm(response)
    else far.dialog!.refreshTarget(response)
    far.isEstablished = true
    if (isEarlyOffer) acknowledge(far, number)
    const mapped = await this.#mapped(exchange, descriptionOf(response))
    if (!isEarlyOffer && (!this.#isOpen(exchange) || !mapped.ok)) acknowledge(far, number)
    if (!this.#isOpen(exchange)) return
    if (!mapped.ok) return this.#refuse(exchange, { status: mapped.status, why: mapped.says })
    near.incoming = undefined
    near.isEstablished = true
    this.#awaitAck(exchange, number)
    if (isEarlyOffer) {
      this.#parts.exchange = undefined
      this.#parts.permit.established(mapped.sdp.media.length)
    }
    const { status, reason } = response
    const [headers, body] = [relayedHeaders(response), descriptionBody(mapped.sdp)]
    transaction.respond(this.#parts.messages.response(near, transaction.request, { status, reason, headers, body }))
    if (isEarlyOffer) this.#parts.media.settle()
    if (isInitial) this.#events.connected()
  }

  async #mapped({ far, isEarlyOffer, isInitial }: InviteExchange, described: Described): Promise<Mapped> {
    const { media, permit } = this.#parts
    if (described.kind !== 'sdp') return { ok: false, status: 488, says: 'no usable description in the 2xx' }
    if (isEarlyOffer) return media.answer(far.side, described.sdp)
    if (!isInitial && !permit.mayCarry(described.sdp.media.length)) {
      return { ok: false, status: 488, says: 'license limit reached' }
    }
    return media.offer(far.side, described.sdp)
  }

  #awaitAck({ near, far, isEarlyOffer, transaction }: InviteExchange, number: number): void {
    const { context, isOver, end } = this.#parts
    const answered = { number: transaction.request.cseq?.number, farInvite: isEarlyOffer ? undefined : number }
    awaitAck(near, context.clocks.monotonic, answered, () => {
      if (!isEarlyOffer && !isOver()) acknowledge(far, number)
      end('No ACK received')
    })
  }

  /** A 2xx that came although the call was given up: acknowledged and ended (RFC 3261 §9.1, §15). */
  #endUnwanted({ far, isInitial }: InviteExchange, response: SipResponse, number: number): void {
    if (isInitial) far.dialog!.confirm(response)
    acknowledge(far, number)
    if (isInitial && this.#parts.isOver()) sendBye(far, this.#parts.context.layer)
  }

  /** A final refusal to the near leg. The initial INVITE's ends the call, a later one leaves it as it was. */
  #refuse(
    exchange: InviteExchange,
    refusal: { status: number; why: string; reason?: string; headers?: [string, string][] },
  ): void {
    if (!this.#isOpen(exchange)) return
    const { near, far, transaction, isInitial } = exchange
    const { status, why, reason = reasonOf(status), headers = [] } = refusal
    this.#parts.exchange = undefined
    this.#parts.media.abandon()
    this.#parts.permit.declined()
    far.outgoing = undefined
    near.incoming = undefined
    transaction.respond(this.#parts.messages.response(near, transaction.request, { status, reason, headers }))
    // RFC 3261 §12.2.1.2: no answer, or no such call, and the dialog is over.
    if (isInitial || status === 408 || status === 481) this.#parts.end(why, status)
  }

  #isOpen(exchange: InviteExchange): boolean {
    return this.#parts.exchange === exchange
  }
}
