import type { SipConnection } from '../../protocol/sip/connection.ts'
import type { SipRequest } from '../../protocol/sip/message.ts'
import type { MediaSide } from './call-media.ts'
import { CallMedia } from './call-media.ts'
import type { EdgeCall } from './call-table.ts'
import type { CallWay } from './call-way.ts'
import type { EdgeContext, LocalAnswer } from './edge-context.ts'
import { logSipEvent } from './edge-context.ts'

/** A new call in the table, or why there is none: licences and resources are judged here and nowhere else. */
export function openAdmittedCall(
  context: EdgeContext,
  asked: {
    readonly flow: SipConnection
    readonly from: MediaSide
    readonly request: SipRequest
    readonly way: CallWay
  },
): EdgeCall | { readonly refusal: LocalAnswer } {
  const { calls, relay, environment, admission } = context
  const { flow, request } = asked
  const verdict = admission.admit({ type: asked.way.callType })
  if (!verdict.admitted) {
    const { status, reason } = verdict
    logSipEvent(context, 'License Limit Reached', { flow, message: request }, { Reason: reason })
    const details = { Reason: reason, 'Response-code': status }
    logSipEvent(context, 'Call Rejected', { flow, message: request }, details)
    return { refusal: { status, reason: 'Service Unavailable', why: reason } }
  }
  const id = environment.network.random.uuid()
  logSipEvent(context, 'Call Attempted', { flow, message: request }, { 'Call-serial-number': id })
  const towards = asked.way.control()?.local.address
  const media = new CallMedia(
    { open: (stream) => relay.open({ ...stream, ...(towards === undefined ? {} : { innerAddress: towards }) }) },
    id,
  )
  return calls.open({ ...asked, id, media, permit: verdict.permit })
}
