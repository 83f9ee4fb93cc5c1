import type { Random } from '#runtime/random.ts'
import type { SipRequest, SipResponse } from '../protocol/sip/message.ts'
import { createResponse } from '../protocol/sip/message.ts'
import { newTag } from '../protocol/sip/branch.ts'
import type { ServerTransaction } from '../protocol/sip/server-transaction.ts'
import type { TransactionLayer } from '../protocol/sip/transaction-layer.ts'
import type { OwnSipNames, SipPeer } from './sip-peer.ts'
import { statusOfUnreachable } from './sip-peer.ts'
import { nextMaxForwards, viaTowards } from './hop.ts'
import { loopIdentity } from '../protocol/sip/loop-identity.ts'

/** What relaying needs of its VCS. */
export interface RelayContext {
  readonly layer: TransactionLayer
  readonly own: OwnSipNames
  readonly random: Random
}

export interface RelayOptions {
  readonly transaction: ServerTransaction
  readonly to: SipPeer
  /** What the relay changes in the copy that goes on. */
  readonly change?: (request: SipRequest) => void
  /** What it changes in each response on its way back. */
  readonly changeResponse?: (response: SipResponse) => void
  /** The final status sent back, ours included. */
  readonly onFinal?: (status: number, response: SipResponse) => void
}

/** Sends a request other than INVITE on and its responses back (RFC 3261 §16.6, §16.7 with one target). */
export async function relay(context: RelayContext, options: RelayOptions): Promise<void> {
  const { transaction, to } = options
  const { request } = transaction
  const maxForwards = nextMaxForwards(request)
  if (maxForwards === undefined) return finish(options, refusal(context, request, 483, 'Too Many Hops'))
  let flow
  try {
    flow = await to.connect()
  } catch (error) {
    const status = statusOfUnreachable(error)
    return finish(options, refusal(context, request, status, status === 404 ? 'Not Found' : 'Service Unavailable'))
  }
  const forwarded = request.clone()
  forwarded.set('Max-Forwards', String(maxForwards))
  if (!forwarded.has('x-taatag')) forwarded.add('X-TAATag', context.random.uuid())
  options.change?.(forwarded)
  forwarded.addOnTop('Via', viaTowards(to, context.own, context.random, context.random.uuid(), loopIdentity(forwarded)))
  const sent = context.layer.request(forwarded, flow, {
    onResponse: (response) => passBack(options, response),
    onTimeout: () => finish(options, refusal(context, request, 408, 'Request Timeout')),
    onTransportError: () => finish(options, refusal(context, request, 503, 'Service Unavailable')),
  })
  if (sent === undefined) finish(options, refusal(context, request, 503, 'Service Unavailable'))
}

function passBack(options: RelayOptions, received: SipResponse): void {
  if (received.status === 100) return
  const response = received.clone()
  response.removeFirst('via')
  options.changeResponse?.(response)
  if (response.status < 200) options.transaction.respond(response)
  else finish(options, response)
}

function finish(options: RelayOptions, response: SipResponse): void {
  options.onFinal?.(response.status, response)
  options.transaction.respond(response)
}

function refusal(context: RelayContext, request: SipRequest, status: number, reason: string): SipResponse {
  return createResponse(request, status, reason, { toTag: newTag(context.random) })
}
