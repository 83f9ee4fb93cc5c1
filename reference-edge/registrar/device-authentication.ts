import type { AuthenticationPolicy } from '../control/authentication-policy.ts'
import { formatChallenge, isProven, parseCredentials } from '../protocol/sip/digest.ts'
import type { SipFlow } from '../protocol/sip/flow.ts'
import type { SipRequest, SipResponse } from '../protocol/sip/message.ts'
import { createResponse } from '../protocol/sip/message.ts'
import type { NonceBook } from '../protocol/sip/nonce.ts'

export interface DeviceAuthenticationOptions {
  /** Authentication policy of the Default Subzone, read for each request. */
  readonly policy: () => AuthenticationPolicy
  /** Of a name in the local authentication database. */
  readonly password: (name: string) => string | undefined
  /** FQDN of this VCS. */
  readonly realm: string
  readonly nonces: NonceBook
  /** Credentials were there and not good. */
  readonly onFailure: (request: SipRequest, flow: SipFlow) => void
}

/** What the policy says to a request: whether it counts as authenticated, or the challenge it is answered with. */
export type AuthenticationVerdict =
  | { readonly passes: true; readonly isAuthenticated: boolean }
  | { readonly passes: false; readonly challenge: (toTag: string) => SipResponse }

/** The policy of the Default Subzone for devices, with digest against the local authentication database. */
export class DeviceAuthentication {
  readonly #options: DeviceAuthenticationOptions

  constructor(options: DeviceAuthenticationOptions) {
    this.#options = options
  }

  /** REGISTER is challenged by 401, everything else by 407 (RFC 3261 §22.2, §22.3). */
  judge(request: SipRequest, flow: SipFlow): AuthenticationVerdict {
    const policy = this.#options.policy()
    if (policy !== 'Check credentials') return { passes: true, isAuthenticated: policy === 'Treat as authenticated' }
    const given = request
      .all(request.method === 'REGISTER' ? 'authorization' : 'proxy-authorization')
      .map(parseCredentials)
      .find((credentials) => credentials?.realm === this.#options.realm)
    const isStale = given === undefined ? false : this.#judge(given, request, flow)
    return isStale === 'good'
      ? { passes: true, isAuthenticated: true }
      : { passes: false, challenge: (toTag) => this.#challenge(request, flow, isStale, toTag) }
  }

  /** `good`, or whether the nonce was too old only. */
  #judge(
    given: NonNullable<ReturnType<typeof parseCredentials>>,
    request: SipRequest,
    flow: SipFlow,
  ): 'good' | boolean {
    const { password, nonces, onFailure } = this.#options
    const secret = password(given.username)
    const isRight = secret !== undefined && isProven(given, request.method, { password: secret })
    if (!isRight) {
      onFailure(request, flow)
      return false
    }
    const verdict = nonces.use(given.nonce, given.quality?.nonceCount, flow.remote.address)
    return verdict === 'good' ? 'good' : verdict === 'stale'
  }

  #challenge(request: SipRequest, flow: SipFlow, isStale: boolean, toTag: string): SipResponse {
    const { realm, nonces } = this.#options
    const nonce = nonces.issue(flow.remote.address)
    const value = formatChallenge({ realm, nonce, opaque: undefined, isStale, qop: 'auth' })
    return request.method === 'REGISTER'
      ? createResponse(request, 401, 'Unauthorized', { toTag, headers: [['WWW-Authenticate', value]] })
      : createResponse(request, 407, 'Proxy Authentication Required', {
          toTag,
          headers: [['Proxy-Authenticate', value]],
        })
  }
}
