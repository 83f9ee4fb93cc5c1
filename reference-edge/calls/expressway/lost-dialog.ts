import { createRequest } from '../../protocol/sip/message.ts'
import type { EdgeCall } from './call-table.ts'
import type { EdgeContext } from './edge-context.ts'
import { addHop } from './forwarding.ts'

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
