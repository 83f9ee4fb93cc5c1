import { hash, timingSafeEqual } from 'node:crypto'
import { decimal, endOfQuoted, isBlank, isToken, quote, trimBlanks, unquote } from './characters.ts'

/**
 * Digest authentication of SIP (RFC 3261 §22.4, RFC 2617 §3.2, RFC 7616): MD5, with qop `auth` or without qop. Other
 * algorithms and auth-int are not understood. Weak by today's measure, and what the products of the guide speak.
 */
export interface DigestChallenge {
  readonly realm: string
  readonly nonce: string
  readonly opaque: string | undefined
  readonly isStale: boolean
  /** `auth` where offered; undefined for the form without qop. */
  readonly qop: 'auth' | undefined
}

export interface DigestCredentials {
  readonly username: string
  readonly realm: string
  readonly nonce: string
  readonly uri: string
  /** 32 hexadecimal digits. */
  readonly response: string
  readonly opaque: string | undefined
  /** Undefined for the form without qop, else with count and cnonce. */
  readonly quality: DigestQuality | undefined
}

export interface DigestQuality {
  readonly qop: 'auth'
  /** As written: 8 hexadecimal digits. */
  readonly nonceCount: string
  readonly cnonce: string
}

/** The secret of a user: the password, or H(username:realm:password) in hexadecimal where only that is kept. */
export type DigestSecret = { readonly password: string } | { readonly ha1: string }

/** The value of WWW-Authenticate or Proxy-Authenticate, in the order of the VCS. */
export function formatChallenge(challenge: DigestChallenge): string {
  const opaque = challenge.opaque === undefined ? '' : `, opaque=${quote(challenge.opaque)}`
  const qop = challenge.qop ? `, qop="${challenge.qop}"` : ''
  const stale = challenge.isStale ? 'TRUE' : 'FALSE'
  const { realm, nonce } = challenge
  return `Digest realm=${quote(realm)}, nonce=${quote(nonce)}${opaque}, stale=${stale}, algorithm=MD5${qop}`
}

/** A challenge of a server, or undefined where it is ill-formed or of a kind we do not speak. */
export function parseChallenge(text: string): DigestChallenge | undefined {
  const fields = parseDigestFields(text)
  const realm = fields?.get('realm')
  const nonce = fields?.get('nonce')
  if (!fields || realm === undefined || !nonce || !isMd5(fields)) return undefined
  const offered = fields
    .get('qop')
    ?.split(',')
    .map((option) => trimBlanks(option).toLowerCase())
  if (offered && !offered.includes('auth')) return undefined
  const isStale = fields.get('stale')?.toLowerCase() === 'true'
  return { realm, nonce, opaque: fields.get('opaque'), isStale, qop: offered && 'auth' }
}

/** The value of Authorization or Proxy-Authorization, or undefined where it is ill-formed or of another kind. */
export function parseCredentials(text: string): DigestCredentials | undefined {
  const fields = parseDigestFields(text)
  if (!fields || !isMd5(fields)) return undefined
  const [username, realm, nonce, uri, response] = ['username', 'realm', 'nonce', 'uri', 'response'].map((name) =>
    fields.get(name),
  )
  if (username === undefined || realm === undefined || !nonce || !uri || !response || !isHex(response, 32))
    return undefined
  const common = { username, realm, nonce, uri, response: response.toLowerCase(), opaque: fields.get('opaque') }
  if (!fields.has('qop')) return { ...common, quality: undefined }
  const nonceCount = fields.get('nc') ?? ''
  const cnonce = fields.get('cnonce')
  if (fields.get('qop')?.toLowerCase() !== 'auth' || !isHex(nonceCount, 8) || !cnonce) return undefined
  return { ...common, quality: { qop: 'auth', nonceCount, cnonce } }
}

/** Whether the credentials prove the secret for a request of this method. Takes the same time wherever they differ. */
export function isProven(credentials: DigestCredentials, method: string, secret: DigestSecret): boolean {
  const ha1 = 'ha1' in secret ? secret.ha1 : hashOfUser(credentials.username, credentials.realm, secret.password)
  const expected = digestResponse({ ...credentials, ha1, method })
  return timingSafeEqual(Buffer.from(expected, 'latin1'), Buffer.from(credentials.response, 'latin1'))
}

/**
 * Credentials that answer a challenge. Only for the realm they belong to: whoever calls has compared it with the realm
 * expected, or somebody else's challenge would be answered with our password (CVE-2021-41158).
 */
export function answerChallenge(
  challenge: DigestChallenge,
  request: { method: string; uri: string },
  user: { username: string; secret: DigestSecret },
  count: { nonceCount: number; cnonce: string },
): string {
  const { realm, nonce, opaque, qop } = challenge
  const { secret, username } = user
  const ha1 = 'ha1' in secret ? secret.ha1 : hashOfUser(username, realm, secret.password)
  const nonceCount = count.nonceCount.toString(16).padStart(8, '0')
  const quality = qop && { qop, nonceCount, cnonce: count.cnonce }
  const response = digestResponse({ ha1, nonce, uri: request.uri, method: request.method, quality })
  return (
    `Digest username=${quote(username)}, realm=${quote(realm)}, nonce=${quote(nonce)}, uri=${quote(request.uri)}, ` +
    `response="${response}", algorithm=MD5` +
    (quality ? `, qop=auth, cnonce=${quote(quality.cnonce)}, nc=${quality.nonceCount}` : '') +
    (opaque === undefined ? '' : `, opaque=${quote(opaque)}`)
  )
}

/** H(A1) of RFC 2617 §3.2.2.2. */
export function hashOfUser(username: string, realm: string, password: string): string {
  return md5(`${username}:${realm}:${password}`)
}

/** H(A2) of RFC 2617 §3.2.2.3 for qop auth and none. */
export function hashOfRequest(method: string, uri: string): string {
  return md5(`${method}:${uri}`)
}

/** request-digest of RFC 2617 §3.2.2.1. */
export function digestResponse(input: {
  ha1: string
  method: string
  uri: string
  nonce: string
  quality: DigestQuality | undefined
}): string {
  const { ha1, nonce, quality } = input
  const ha2 = hashOfRequest(input.method, input.uri)
  if (!quality) return md5(`${ha1}:${nonce}:${ha2}`)
  return md5(`${ha1}:${nonce}:${quality.nonceCount}:${quality.cnonce}:${quality.qop}:${ha2}`)
}

function md5(text: string): string {
  return hash('md5', text, 'hex')
}

function isMd5(fields: ReadonlyMap<string, string>): boolean {
  return (fields.get('algorithm') ?? 'MD5').toUpperCase() === 'MD5'
}

function isHex(text: string, length: number): boolean {
  if (text.length !== length) return false
  for (const digit of text) if (decimal(digit, 9) === undefined && !'abcdefABCDEF'.includes(digit)) return false
  return true
}

/** `Digest name=value, …` with every name once; names in lower case, values without quotes. */
function parseDigestFields(text: string): Map<string, string> | undefined {
  const fields = new Map<string, string>()
  if (text.slice(0, 6).toLowerCase() !== 'digest' || !isBlank(text.charCodeAt(6))) return undefined
  let at = 7
  while (at < text.length) {
    const equals = text.indexOf('=', at)
    const name = trimBlanks(text.slice(at, equals)).toLowerCase()
    if (equals === -1 || !isToken(name) || fields.has(name)) return undefined
    let start = equals + 1
    while (isBlank(text.charCodeAt(start))) start++
    const isQuoted = text.charCodeAt(start) === 34
    const quotedEnd = isQuoted ? endOfQuoted(text, start) : start
    const comma = quotedEnd === -1 ? -1 : text.indexOf(',', quotedEnd)
    const end = comma === -1 ? text.length : comma
    const value = trimBlanks(text.slice(start, end))
    if (quotedEnd === -1 || (isQuoted ? value.length !== quotedEnd - start : !isToken(value))) return undefined
    fields.set(name, unquote(value))
    at = end + 1
  }
  return fields.size === 0 ? undefined : fields
}
