import type { ClientTransactionUser } from '../../protocol/sip/client-transaction.ts'
import type { SipRequest, SipResponse } from '../../protocol/sip/message.ts'
import { createResponse } from '../../protocol/sip/message.ts'
import type { ServerTransaction } from '../../protocol/sip/server-transaction.ts'
import { otherSide } from '../../control/sip-peer.ts'
import type { CallLeg } from './call-leg.ts'
import { otherBody, reasonOf } from './call-messages.ts'
import type { CallParts, UpdateExchange } from './call-parts.ts'
import { answer, refuseOverlap, statusFor } from './call-parts.ts'
import { descriptionBody, descriptionOf } from './description.ts'
import type { OutgoingBody } from './dialog.ts'
import type { Rename } from './dialog-references.ts'
import { renameInReferTo, renameInRemoteControl } from './dialog-references.ts'
import { relayedHeaders } from './header-relay.ts'

/** Takes requests other than INVITE, ACK and BYE from one dialog of a call to the other. */
export class InDialogRelay {
  readonly #parts: CallParts

  constructor(parts: CallParts) {
    this.#parts = parts
  }

  /** INFO, NOTIFY, REFER, OPTIONS …: body and meaning are the far end's business. */
  relay(near: CallLeg, transaction: ServerTransaction): void {
    const { request } = transaction
    this.#send(near, transaction, this.#bodyBeyond(near, request), (response) =>
      this.#passBack(near, transaction, response, otherBody(response)),
    )
  }

  /** RFC 3311: a description in it is an offer, and the one in its 2xx the answer. */
  async update(near: CallLeg, transaction: ServerTransaction): Promise<void> {
    const { media, permit } = this.#parts
    const described = descriptionOf(transaction.request)
    if (described.kind === 'unreadable') return answer(transaction, 400)
    if (described.kind === 'none') {
      near.dialog!.refreshTarget(transaction.request)
      return this.relay(near, transaction)
    }
    if (this.#parts.exchange !== undefined || !near.isEstablished) return refuseOverlap(this.#parts, near, transaction)
    near.dialog!.refreshTarget(transaction.request)
    if (!permit.mayCarry(described.sdp.media.length)) return answer(transaction, 488)
    const exchange: UpdateExchange = { kind: 'UPDATE', near }
    this.#parts.exchange = exchange
    const offer = await media.offer(near.side, described.sdp)
    if (this.#parts.exchange !== exchange) return answer(transaction, 481)
    if (!offer.ok) {
      this.#parts.exchange = undefined
      permit.declined()
      return answer(transaction, offer.status)
    }
    this.#send(near, transaction, descriptionBody(offer.sdp), (response) => {
      if (this.#parts.exchange === exchange) this.#parts.exchange = undefined
      this.#updateAnswered(near, transaction, response)
    })
  }

  #updateAnswered(near: CallLeg, transaction: ServerTransaction, response: SipResponse): void {
    const { media, legs, permit } = this.#parts
    const far = legs[otherSide(near.side)]
    const described = descriptionOf(response)
    if (response.status >= 300 || described.kind !== 'sdp') {
      media.abandon()
      permit.declined()
      return this.#passBack(near, transaction, response)
    }
    far.dialog!.refreshTarget(response)
    const mapped = media.answer(far.side, described.sdp)
    if (!mapped.ok) {
      permit.declined()
      return answer(transaction, mapped.status)
    }
    permit.established(mapped.sdp.media.length)
    this.#passBack(near, transaction, response, descriptionBody(mapped.sdp))
    media.settle()
  }

  #send(
    near: CallLeg,
    transaction: ServerTransaction,
    body: OutgoingBody | undefined,
    onFinal: (response: SipResponse) => void,
  ): void {
    const { legs, context } = this.#parts
    const far = legs[otherSide(near.side)]
    const { request } = transaction
    const fail = (status: number) => onFinal(createResponse(request, status, reasonOf(status)))
    if (far.flow === undefined || far.dialog?.remoteTag === undefined) return fail(500)
    const user: ClientTransactionUser = {
      onResponse: (response) => void (response.status >= 200 && onFinal(response)),
      onTimeout: () => fail(408),
      onTransportError: () => fail(503),
    }
    const relayed = far.dialog.request(request.method, this.#headersBeyond(near, request), body)
    if (context.layer.request(relayed, far.flow, user) === undefined) fail(503)
  }

  /** A REFER may speak of another dialog, which has another name at the far end. */
  #headersBeyond(near: CallLeg, request: SipRequest): [string, string][] {
    return relayedHeaders(request).map(([name, value]) =>
      name.toLowerCase() === 'refer-to' ? [name, renameInReferTo(value, this.#rename(near))] : [name, value],
    )
  }

  #bodyBeyond(near: CallLeg, request: SipRequest): OutgoingBody | undefined {
    const body = otherBody(request)
    if (body === undefined || !/^application\/x-cisco-remotecc-request\+xml\b/i.test(body.type)) return body
    return { ...body, content: renameInRemoteControl(body.content.toString(), this.#rename(near)) }
  }

  #rename(near: CallLeg): Rename {
    return (reference) => this.#parts.context.counterpart(reference, near.side)
  }

  #passBack(near: CallLeg, transaction: ServerTransaction, response: SipResponse, body?: OutgoingBody): void {
    const { messages, legs, end } = this.#parts
    const { request } = transaction
    const status = statusFor(legs[otherSide(near.side)], response.status)
    const passed =
      status === response.status
        ? { status, reason: response.reason, headers: relayedHeaders(response), body }
        : { status }
    transaction.respond(messages.response(near, request, passed))
    // RFC 5057 §5.1: a 481 to these means the call, to NOTIFY or REFER only their subscription.
    const isAboutCall = request.method === 'UPDATE' || request.method === 'INFO'
    if (isAboutCall && response.status === 481) end('Call does not exist at the other side')
  }
}
