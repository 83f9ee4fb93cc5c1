import type { SipFlow } from '../protocol/sip/flow.ts'
import type { SipRequest, SipResponse } from '../protocol/sip/message.ts'
import { createResponse } from '../protocol/sip/message.ts'
import { formatChallenge } from '../protocol/sip/digest.ts'
import type { NonceBook } from '../protocol/sip/nonce.ts'

/** The Authentication policy field of a zone. */
export const AuthenticationPolicy = {
  doNotCheck: 'Do not check credentials',
  treatAsAuthenticated: 'Treat as authenticated',
  check: 'Check credentials',
} as const
export type AuthenticationPolicy = (typeof AuthenticationPolicy)[keyof typeof AuthenticationPolicy]

/**
 * What a zone's policy says to a call that comes in through it: undefined lets it pass. With "Check credentials" it is
 * challenged; the local database of this VCS holds no endpoints, so that credentials do not help either.
 */
export function policyRefusal(
  policy: AuthenticationPolicy,
  call: { request: SipRequest; flow: SipFlow; realm: string; nonces: NonceBook; toTag: string },
): SipResponse | undefined {
  if (policy !== AuthenticationPolicy.check || call.request.method !== 'INVITE') return undefined
  const { realm, nonces, flow, request, toTag } = call
  const nonce = nonces.issue(flow.remote.address)
  const challenge = formatChallenge({ realm, nonce, opaque: undefined, isStale: false, qop: 'auth' })
  return createResponse(request, 407, 'Proxy Authentication Required', {
    toTag,
    headers: [['Proxy-Authenticate', challenge]],
  })
}
