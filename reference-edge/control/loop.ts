import { createHash } from 'node:crypto'
import type { SipRequest } from '../protocol/sip/message.ts'
import type { OwnSipNames } from './sip-peer.ts'

/** What makes a request the same one again at this VCS: 32 hexadecimal digits (RFC 3261 §16.6 step 8). */
export function loopIdentity(request: SipRequest): string {
  const { requestUri, callId, fromTag, toTag, cseq } = request
  const fields = [requestUri, callId, fromTag, toTag, cseq?.number, ...request.all('route')]
  return createHash('md5').update(JSON.stringify(fields)).digest('hex')
}

/** RFC 3261 §16.3 step 4: a Via of this VCS with the same identity means that nothing has changed since: 482. */
export function isLooped(request: SipRequest, own: OwnSipNames): boolean {
  const identity = loopIdentity(request)
  const vias = request.vias() ?? []
  return vias.some((via) => via.host === own.address && via.parameters.get('branch')?.endsWith(`.${identity}`) === true)
}
