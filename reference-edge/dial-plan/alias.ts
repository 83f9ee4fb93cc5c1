import type { SipUri } from '../protocol/sip/uri.ts'
import { formatUri, parseUri, uriWith } from '../protocol/sip/uri.ts'

/** What search rules see of a request URI: `user@host`, or the host where there is no user; no scheme, port or parameter. */
export function aliasOf({ user, host }: Pick<SipUri, 'user' | 'host'>): string {
  return user === undefined ? host : `${user}@${host}`
}

/**
 * The request URI for an alias that a rule may have changed; undefined where it is no URI any more. Port and parameters
 * belong to the host that was asked for and stay only with it.
 */
export function uriForAlias(alias: string, asked: SipUri): string | undefined {
  if (alias === aliasOf(asked)) return formatUri(asked)
  const uri = parseUri(`${asked.scheme}:${alias}`)
  if (uri === undefined) return undefined
  if (uri.host.toLowerCase() !== asked.host.toLowerCase()) return formatUri(uri)
  return formatUri(uriWith(asked, { user: uri.user }))
}
