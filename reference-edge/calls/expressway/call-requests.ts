import type { SipFlow } from '../../protocol/sip/flow.ts'
import type { SipMessage, SipRequest, SipResponse } from '../../protocol/sip/message.ts'
import type { ServerTransaction } from '../../protocol/sip/server-transaction.ts'
import type { MediaOffer, MediaSide } from './call-media.ts'
import type { EdgeCall } from './call-table.ts'
import { answerHere, type EdgeContext, logSipEvent } from './edge-context.ts'
import { ForwardedTransaction, type Refusal } from './forwarded-transaction.ts'
import type { CallWay } from './call-way.ts'
import { addHop } from './forwarding.ts'
import { callDialog } from './call-dialog.ts'
import { removeInternalHeaders } from './internal-headers.ts'
import { acknowledgeRefused, endRefused } from './refused-success.ts'

export interface Passage {
  readonly transaction: ServerTransaction
  /** A copy of the request that may be changed, routes and credentials already dealt with. */
  readonly request: SipRequest
  readonly from: MediaSide
  readonly way: CallWay
  readonly flow: SipFlow
  /** The answer where the other side cannot be reached. */
  readonly gone: Refusal
  /** `proxy-call-id`. */
  readonly id: string
  readonly call?: EdgeCall | undefined
  readonly onFinal?: (status: number, response: SipResponse | undefined) => void
  readonly onResponse?: (response: SipResponse) => void
}

/** Sends a request on; where it belongs to a call, its descriptions pass the media relay and its end frees the ports. */
export async function forward(context: EdgeContext, passage: Passage): Promise<void> {
  const { transaction, request, call } = passage
  const exchange = new MediaExchange(passage.from, call)
  if (call !== undefined) call.numbers[passage.from] = request.cseq?.number ?? call.numbers[passage.from]
  let hasEnded = false
  const forwarded = new ForwardedTransaction({
    layer: context.layer,
    clock: context.environment.clocks.monotonic,
    transaction,
    refuse: (refusal) => answerHere(context, transaction, refusal),
    change: async (response) => {
      passage.onResponse?.(response)
      if (passage.way.isToPartner && passage.from === 'client') removeInternalHeaders(response)
      const refused = await exchange.takeResponse(response)
      if (refused !== undefined && isSuccessOfInvite(response)) {
        acknowledgeRefused(context, passage, response)
        if (request.toTag === undefined && !hasEnded) endRefused(context, passage, response)
        hasEnded = true
      }
      return refused
    },
    onFinal: (status, response) => {
      if (call?.opening === forwarded) call.opening = undefined
      if (call !== undefined) followCall(context, call, { request, status, response })
      passage.onFinal?.(status, response)
    },
  })
  context.forwarded.set(transaction, forwarded)
  if (call !== undefined && request.method === 'INVITE' && call.connectedAt === undefined) call.opening = forwarded
  const refusal = await exchange.takeRequest(request).catch((error: Error) => {
    process.emitWarning(error)
    return unusableAnswer
  })
  if (forwarded.isOver) return
  if (refusal !== undefined) return forwarded.finish(refusal)
  hop(context, request, passage)
  forwarded.send(request, passage.flow, passage.gone)
}

/** An ACK for a 2xx: forwarded without a transaction (RFC 3261 §16.11), with the answer to a late offer in it. */
export function forwardAck(context: EdgeContext, passage: Omit<Passage, 'transaction' | 'gone'>): void {
  const { request, call, from } = passage
  if (call?.lateOffer !== undefined && hasDescription(request)) {
    const answered = call.media.answer(call.lateOffer, request.body)
    call.lateOffer = undefined
    if ('problem' in answered) return
    call.permit.established(mLinesOf(request.body))
    request.body = answered.body
  } else if (request.body.length > 0) new MediaExchange(from, call).dropDescription(request)
  hop(context, request, passage)
  passage.flow.send(request.toBuffer())
}

function hop(context: EdgeContext, request: SipRequest, { from, way, id }: Pick<Passage, 'from' | 'way' | 'id'>): void {
  const { client, control } = way.sides
  const [here, there] = from === 'client' ? [client, control] : [control, client]
  addHop(request, { from: here, to: there, callId: id, random: context.environment.network.random })
  if (way.isToPartner && from === 'control') removeInternalHeaders(request)
}

/** What a request's final answer means for its call. */
function followCall(
  context: EdgeContext,
  call: EdgeCall,
  final: { request: SipRequest; status: number; response: SipResponse | undefined },
): void {
  const { request, status, response } = final
  if (request.method === 'BYE') return context.calls.end(call, 'BYE')
  if (status >= 300 && mayOffer(request) && call.connectedAt !== undefined) call.permit.declined()
  if (request.method !== 'INVITE' || call.connectedAt !== undefined) return
  if (status >= 300) return context.calls.end(call, response?.reason ?? `${status}`, status)
  context.calls.connected(call)
  if (response !== undefined) call.dialog = callDialog(request, response, call.from, context.isOwnHost)
  if (call.mLines !== undefined) call.permit.established(call.mLines)
  logSipEvent(context, 'Call Connected', { flow: call.flow, message: request }, { 'Call-serial-number': call.id })
}

/** The offer and answer of one transaction (RFC 3264, RFC 3261 §13.2.1). */
class MediaExchange {
  readonly #from: MediaSide
  readonly #call: EdgeCall | undefined
  #offer: MediaOffer | undefined
  #refusal: Refusal | undefined
  #isSettled = false

  constructor(from: MediaSide, call: EdgeCall | undefined) {
    this.#from = from
    this.#call = call
  }

  async takeRequest(request: SipRequest): Promise<Refusal | undefined> {
    if (this.#call === undefined || !mayOffer(request)) return undefined
    if (!hasDescription(request)) return hasHiddenDescription(request) ? unsupportedBody : undefined
    if (!this.#mayCarry(request)) return notAcceptable
    const offered = await this.#call.media.offer(this.#from, request.body)
    if ('problem' in offered) return notAcceptable
    this.#offer = offered.offer
    request.body = offered.body
    return undefined
  }

  async takeResponse(response: SipResponse): Promise<Refusal | undefined> {
    const method = response.cseq?.method
    if (this.#call === undefined || (method !== 'INVITE' && method !== 'UPDATE')) return undefined
    if (!hasDescription(response)) return hasHiddenDescription(response) ? unusableAnswer : undefined
    if (response.status >= 300) return undefined
    // A repeated 2xx is not judged again.
    this.#refusal ??= await (this.#offer === undefined
      ? this.#takeLateOffer(response)
      : this.#takeAnswer(this.#offer, response))
    return this.#refusal
  }

  dropDescription(message: SipMessage): void {
    if (!hasDescription(message) && !hasHiddenDescription(message)) return
    message.body = Buffer.alloc(0)
    message.remove('content-type')
  }

  #takeAnswer(offer: MediaOffer, response: SipResponse): Refusal | undefined {
    const answered = this.#call!.media.answer(offer, response.body)
    if ('problem' in answered) return unusableAnswer
    this.#count(response)
    response.body = answered.body
    return undefined
  }

  /** A 2xx may carry the offer; what stands in a provisional response without an offer is early media of no use here. */
  async #takeLateOffer(response: SipResponse): Promise<Refusal | undefined> {
    if (response.status < 200) {
      this.dropDescription(response)
      return undefined
    }
    if (!this.#mayCarry(response)) return notAcceptable
    const offered = await this.#call!.media.offer(this.#from === 'client' ? 'control' : 'client', response.body)
    if ('problem' in offered) return unusableAnswer
    this.#call!.lateOffer = offered.offer
    response.body = offered.body
    return undefined
  }

  /** The licence of a call in set-up is enough for any m-lines; later ones may need more than is left. */
  #mayCarry({ body }: SipMessage): boolean {
    const call = this.#call!
    return call.connectedAt === undefined || call.permit.mayCarry(mLinesOf(body))
  }

  /** A repeated 2xx must not undo what was agreed after it. */
  #count({ status, body }: SipResponse): void {
    const call = this.#call!
    if (this.#isSettled) return
    this.#isSettled = status >= 200
    call.mLines = mLinesOf(body)
    if (this.#isSettled && call.connectedAt !== undefined) call.permit.established(call.mLines)
  }
}

const isSuccessOfInvite = ({ status, cseq }: SipResponse): boolean =>
  status >= 200 && status < 300 && cseq?.method === 'INVITE'

const mayOffer = ({ method }: SipRequest): boolean => method === 'INVITE' || method === 'UPDATE'

function hasDescription(message: SipMessage): boolean {
  return message.body.length > 0 && contentType(message) === 'application/sdp'
}

/** Of a description that the media have read. */
function mLinesOf(description: Buffer): number {
  return description.toString('latin1').match(/^m=/gm)?.length ?? 0
}

/** A description inside a multipart body would get past the relay. */
function hasHiddenDescription(message: SipMessage): boolean {
  return contentType(message).startsWith('multipart/') && message.body.toString('latin1').includes('application/sdp')
}

function contentType(message: SipMessage): string {
  return (message.first('content-type') ?? '').split(';', 1)[0]!.trim().toLowerCase()
}

const notAcceptable: Refusal = { status: 488, reason: 'Not Acceptable Here' }
const unsupportedBody: Refusal = { status: 415, reason: 'Unsupported Media Type' }
const unusableAnswer: Refusal = { status: 500, reason: 'Server Internal Error' }
