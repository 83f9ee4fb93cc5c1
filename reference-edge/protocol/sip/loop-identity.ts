import { hash } from 'node:crypto'
import type { SipRequest } from './message.ts'

/** What makes a request the same one again at a hop: 32 hexadecimal digits (RFC 3261 §16.6 step 8). */
export function loopIdentity(request: SipRequest): string {
  const { requestUri, callId, fromTag, toTag, cseq } = request
  const fields = [requestUri, callId, fromTag, toTag, cseq?.number, ...request.all('route')]
  return hash('md5', JSON.stringify(fields), 'hex')
}
