import type { SipUri } from '../protocol/sip/uri.ts'
import { unescape } from '../protocol/sip/uri.ts'

/**
 * The canonical form that bindings and presence states are kept under (RFC 3261 §10.3 step 5): `user@domain` without
 * escapes, parameters and port. Aliases of a VCS are the same in capitals. Undefined where there is no user.
 */
export function addressOfRecord(uri: SipUri | undefined): string | undefined {
  const user = unescape(uri?.user)
  return uri === undefined || user === undefined || user === '' ? undefined : `${user}@${uri.host}`.toLowerCase()
}
