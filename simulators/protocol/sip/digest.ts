import { createHash, timingSafeEqual } from 'node:crypto'
import { isQuotedString, isToken, Malformed, quote, splitOutside, unquote } from './grammar.ts'

/** The parameters of a `Digest …` header value, names in lower case, values without quotes. */
export type DigestValues = Readonly<Record<string, string>>

export interface DigestInput {
  readonly user: string
  readonly realm: string
  readonly password: string
  readonly method: string
  readonly uri: string
  readonly nonce: string
  /** Present where qop=auth is used. */
  readonly auth?: { readonly cnonce: string; readonly nonceCount: string }
}

/** RFC 2617 §3.2.2 with MD5; with qop=auth where `auth` is given, else in the form of RFC 2069. */
export function digestResponse(input: DigestInput): string {
  const ha1 = md5(`${input.user}:${input.realm}:${input.password}`)
  const ha2 = md5(`${input.method}:${input.uri}`)
  const { auth } = input
  if (auth === undefined) return md5(`${ha1}:${input.nonce}:${ha2}`)
  return md5(`${ha1}:${input.nonce}:${auth.nonceCount}:${auth.cnonce}:auth:${ha2}`)
}

/** Reads WWW-Authenticate, Authorization and their Proxy- twins; undefined for a scheme other than Digest or bad form. */
export function parseDigest(value: string): DigestValues | undefined {
  const match = /^Digest\s+([\s\S]+)$/i.exec(value)
  if (match === null) return undefined
  try {
    const pairs = splitOutside(match[1]!, ',', 'RFC 3261 §20.44').map((part): [string, string] => {
      const equals = part.indexOf('=')
      const name = part.slice(0, Math.max(0, equals)).trim().toLowerCase()
      const text = part.slice(equals + 1).trim()
      if (!isToken(name) || !(isToken(text) || isQuotedString(text))) throw new Malformed('RFC 3261 §25.1', part)
      return [name, unquote(text)]
    })
    return new Set(pairs.map(([name]) => name)).size === pairs.length ? Object.fromEntries(pairs) : undefined
  } catch (error) {
    if (error instanceof Malformed) return undefined
    throw error
  }
}

export interface Challenge {
  readonly realm: string
  readonly nonce: string
  readonly isStale?: boolean
}

/** The value of WWW-Authenticate or Proxy-Authenticate. */
export function formatChallenge(challenge: Challenge): string {
  const stale = challenge.isStale === true ? ',stale=TRUE' : ''
  return `Digest realm=${quote(challenge.realm)},nonce=${quote(challenge.nonce)}${stale},algorithm=MD5,qop="auth"`
}

/** Client side: the value of Authorization or Proxy-Authorization for a challenge; undefined where MD5 is not offered. */
export function answerChallenge(
  challenge: DigestValues,
  request: { readonly method: string; readonly uri: string },
  credentials: { readonly user: string; readonly password: string; readonly cnonce: string; readonly count: number },
): string | undefined {
  const { realm, nonce, opaque, algorithm = 'MD5', qop } = challenge
  if (realm === undefined || nonce === undefined || algorithm.toUpperCase() !== 'MD5') return undefined
  const offered = qop?.split(',').map((each) => each.trim().toLowerCase())
  if (offered !== undefined && !offered.includes('auth')) return undefined
  const nonceCount = credentials.count.toString(16).padStart(8, '0')
  const auth = offered === undefined ? {} : { auth: { cnonce: credentials.cnonce, nonceCount } }
  const response = digestResponse({ ...credentials, ...request, realm, nonce, ...auth })
  const parts = [`username=${quote(credentials.user)}`, `realm=${quote(realm)}`, `nonce=${quote(nonce)}`]
  parts.push(`uri=${quote(request.uri)}`, `response="${response}"`, 'algorithm=MD5')
  if (offered !== undefined) parts.push(`cnonce=${quote(credentials.cnonce)}`, 'qop=auth', `nc=${nonceCount}`)
  if (opaque !== undefined) parts.push(`opaque=${quote(opaque)}`)
  return `Digest ${parts.join(',')}`
}

/** Server side: whether credentials answer for this password. Realm and nonce are checked by the caller. */
export function isRightAnswer(answer: DigestValues, expected: { method: string; password: string }): boolean {
  const { username, realm, nonce, uri, response, cnonce, nc, qop } = answer
  if (username === undefined || realm === undefined || nonce === undefined) return false
  if (uri === undefined || response === undefined) return false
  if (qop !== undefined && (qop !== 'auth' || cnonce === undefined || nc === undefined)) return false
  const auth = qop === undefined ? {} : { auth: { cnonce: cnonce!, nonceCount: nc! } }
  const wanted = digestResponse({ user: username, realm, nonce, uri, ...expected, ...auth })
  const given = response.toLowerCase()
  return given.length === wanted.length && timingSafeEqual(Buffer.from(given), Buffer.from(wanted))
}

function md5(text: string): string {
  return createHash('md5').update(text, 'utf8').digest('hex')
}
