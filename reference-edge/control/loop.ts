import { loopIdentity } from '../protocol/sip/loop-identity.ts'
import type { SipRequest } from '../protocol/sip/message.ts'
import type { OwnSipNames } from './sip-peer.ts'

/** RFC 3261 §16.3 step 4: a Via of this VCS with the same identity means that nothing has changed since: 482. */
export function isLooped(request: SipRequest, own: OwnSipNames): boolean {
  const identity = loopIdentity(request)
  const vias = request.vias() ?? []
  return vias.some((via) => via.host === own.address && via.parameters.get('branch')?.endsWith(`.${identity}`) === true)
}
