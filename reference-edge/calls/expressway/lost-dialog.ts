import type { SipRequest, SipResponse } from '../../protocol/sip/message.ts'
import { createRequest } from '../../protocol/sip/message.ts'
import type { MediaSide } from './call-media.ts'
import type { EdgeCall } from './call-table.ts'
import type { EdgeContext } from './edge-context.ts'
import { addHop } from './forwarding.ts'

/** An answered call as the client outside sees its dialog: enough to say goodbye in its stead. */
export interface ClientDialog {
  /** From and To of the client's requests, tags included. */
  readonly from: string
  readonly to: string
  readonly target: string
  readonly routes: readonly string[]
}

/** RFC 3261 §12.1: what the first INVITE and its 2xx say; undefined where they make no dialog. */
export function clientDialog(
  request: SipRequest,
  response: SipResponse,
  caller: MediaSide,
  isOwnHost: (host: string) => boolean,
): ClientDialog | undefined {
  const isCaller = caller === 'client'
  const target = (isCaller ? response : request).addresses('contact')?.[0]?.uri
  const [from, to] = [request.first('from'), response.first('to')]
  if (target === undefined || from === undefined || to === undefined) return undefined
  const recorded = response.addresses('record-route') ?? []
  const routes = response.all('record-route').filter((_, index) => {
    const host = recorded[index]?.sipUri?.host
    return host === undefined || !isOwnHost(host)
  })
  // RFC 3261 §12.1.2: who called reads them from the end.
  return isCaller ? { from, to, target, routes: routes.toReversed() } : { from: to, to: from, target, routes }
}

/**
 * The client's connection is gone: nobody outside will ever end the call, so the Expressway tells the inside. BYE where the
 * call was answered; a call that rings ends by what becomes of its INVITE.
 */
export function sayGoodbye(context: EdgeContext, call: EdgeCall): void {
  const control = call.way.control()
  const { dialog } = call
  if (control === undefined || dialog === undefined) return
  const number = call.clientNumber + 1
  const bye = createRequest({
    method: 'BYE',
    requestUri: dialog.target,
    headers: [
      ...dialog.routes.map((route) => ['Route', route] as const),
      ['From', dialog.from],
      ['To', dialog.to],
      ['Call-ID', call.callId],
      ['CSeq', `${number} BYE`],
      ['Reason', 'SIP;cause=503;text="Client connection lost"'],
    ],
  })
  const { client, control: there } = call.way.sides
  addHop(bye, { from: client, to: there, callId: call.id, random: context.environment.network.random })
  const ignored = () => undefined
  context.layer.request(bye, control, { onResponse: ignored, onTimeout: ignored, onTransportError: ignored })
}
