import type { SipMessage } from '../../protocol/sip/message.ts'
import { descriptionOf } from '../control/description.ts'

/** How many m-lines a message describes, whatever their ports; undefined where it describes none. */
export function mediaLines(message: SipMessage): number | undefined {
  const described = descriptionOf(message)
  return described.kind === 'sdp' ? described.sdp.media.length : undefined
}
