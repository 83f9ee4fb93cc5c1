import { createRequest } from '../../protocol/sip/message.ts'
import type { MediaSide } from './call-media.ts'
import type { EdgeCall } from './call-table.ts'
import type { EdgeContext } from './edge-context.ts'
import { addHop } from './forwarding.ts'
import { removeInternalHeaders } from './internal-headers.ts'

/** This VCS gives up every call: both sides are told, and where nobody has answered yet caller and callee are. */
export function dropCalls(context: EdgeContext, why: string): void {
  for (const call of context.calls.calls) {
    sayGoodbye(context, call, 'client', why)
    sayGoodbye(context, call, 'control', why)
    call.opening?.giveUp({ status: 503, reason: 'Service Unavailable' })
    context.calls.end(call, why)
  }
}

/**
 * The connection of one side is gone: nobody there will ever end the call, so the Expressway tells the other side. BYE
 * where the call was answered; a call that rings ends by what becomes of its INVITE. `why` stands in the Reason header.
 */
export function sayGoodbye(context: EdgeContext, call: EdgeCall, to: MediaSide, why?: string): void {
  const flow = to === 'control' ? call.way.control() : call.flow
  const dialog = call.dialog?.[to]
  if (flow === undefined || !flow.isOpen || dialog === undefined) return
  const lost = to === 'control' ? 'client' : 'control'
  const bye = createRequest({
    method: 'BYE',
    requestUri: dialog.target,
    headers: [
      ...dialog.routes.map((route) => ['Route', route] as const),
      ['From', dialog.from],
      ['To', dialog.to],
      ['Call-ID', call.callId],
      ['CSeq', `${call.numbers[lost] + 1} BYE`],
      [
        'Reason',
        `SIP;cause=503;text="${why ?? (lost === 'client' ? 'Client connection lost' : 'Traversal zone lost')}"`,
      ],
    ],
  })
  const { sides, isToPartner } = call.way
  addHop(bye, { from: sides[lost], to: sides[to], callId: call.id, random: context.environment.network.random })
  if (isToPartner && to === 'client') removeInternalHeaders(bye)
  const ignored = () => undefined
  context.layer.request(bye, flow, { onResponse: ignored, onTimeout: ignored, onTransportError: ignored })
}
