import type { SipFlow } from '../../protocol/sip/flow.ts'
import type { SipRequest, SipResponse } from '../../protocol/sip/message.ts'
import { createRequest } from '../../protocol/sip/message.ts'
import type { MediaSide } from './call-media.ts'
import type { CallWay } from './call-way.ts'
import type { EdgeContext } from './edge-context.ts'
import { addHop } from './forwarding.ts'

/** An INVITE on its way. */
interface SentInvite {
  /** As it was sent on. */
  readonly request: SipRequest
  readonly from: MediaSide
  readonly way: CallWay
  readonly flow: SipFlow
  /** `proxy-call-id`. */
  readonly id: string
}

/**
 * A 2xx to an INVITE whose description cannot be carried went no further: nobody but the Expressway acknowledges it. The
 * ACK carries no answer, so that a call whose offer came late ends there (RFC 3261 §13.2.2.4).
 */
export function acknowledgeRefused(context: EdgeContext, sent: SentInvite, response: SipResponse): void {
  const ack = requestBehind('ACK', context, sent, response)
  sent.flow.send(ack.toBuffer())
}

/** Where that 2xx opened the dialog, nobody else has one with its sender: the call is over. */
export function endRefused(context: EdgeContext, sent: SentInvite, response: SipResponse): void {
  const bye = requestBehind('BYE', context, sent, response)
  const ignored = () => undefined
  context.layer.request(bye, sent.flow, { onResponse: ignored, onTimeout: ignored, onTransportError: ignored })
}

/** In the name of whoever sent the INVITE. */
function requestBehind(
  method: 'ACK' | 'BYE',
  context: EdgeContext,
  sent: SentInvite,
  response: SipResponse,
): SipRequest {
  const { request: invite, from, way, id } = sent
  const number = (invite.cseq?.number ?? 0) + (method === 'BYE' ? 1 : 0)
  const request = createRequest({
    method,
    requestUri: response.addresses('contact')?.[0]?.uri ?? invite.requestUri,
    headers: [
      ...routesTo(invite, response, context.isOwnHost).map((route) => ['Route', route] as const),
      ['From', invite.first('from') ?? ''],
      ['To', response.first('to') ?? ''],
      ['Call-ID', invite.callId ?? ''],
      ['CSeq', `${number} ${method}`],
    ],
  })
  const { client, control } = way.sides
  const [here, there] = from === 'client' ? [client, control] : [control, client]
  addHop(request, { from: here, to: there, callId: id, random: context.environment.network.random })
  return request
}

/** Those of the dialog; while it opens, whoever has recorded itself behind the Expressway (RFC 3261 §12.1.2). */
function routesTo(invite: SipRequest, response: SipResponse, isOwnHost: (host: string) => boolean): string[] {
  if (invite.toTag !== undefined) return invite.all('route')
  const recorded = response.addresses('record-route') ?? []
  const own = recorded.findIndex(({ sipUri }) => sipUri !== undefined && isOwnHost(sipUri.host))
  return response
    .all('record-route')
    .slice(0, own === -1 ? undefined : own)
    .toReversed()
}
