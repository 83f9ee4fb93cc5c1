import type { Parameters } from './grammar.ts'
import { formatParameters, Malformed, parameter, trimBlanks } from './grammar.ts'

/** A sip or sips URI. `user` and parameters are kept as written, escapes included. */
export interface SipUri {
  readonly scheme: 'sip' | 'sips'
  readonly user: string | undefined
  readonly password: string | undefined
  readonly host: string
  readonly port: number | undefined
  readonly parameters: Parameters
  /** What follows the question mark, as written. */
  readonly headers: string | undefined
}

const clause = 'RFC 3261 §19.1.1'
const escaped = '%[0-9A-Fa-f]{2}'
const userPattern = new RegExp(`^(?:[A-Za-z0-9\\-_.!~*'()&=+$,;?/]|${escaped})+$`)
const passwordPattern = new RegExp(`^(?:[A-Za-z0-9\\-_.!~*'()&=+$,]|${escaped})*$`)
const uriParameterPattern = new RegExp(`^(?:[A-Za-z0-9\\-_.!~*'()\\[\\]/:&+$]|${escaped})+$`)
const uriHeadersPattern = new RegExp(`^(?:[A-Za-z0-9\\-_.!~*'()\\[\\]/?:+$&=]|${escaped})+$`)
const absolutePattern = new RegExp(
  `^[A-Za-z][A-Za-z0-9+\\-.]*:(?:[A-Za-z0-9\\-_.!~*'();/?:@&=+$,\\[\\]#]|${escaped})+$`,
)
const hostnamePattern = /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)*[A-Za-z](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.?$/
const ipv4Pattern = /^\d{1,3}(?:\.\d{1,3}){3}$/
const ipv6Pattern = /^\[[0-9A-Fa-f:.]+\]$/

/** Checks any URI and reads it where it is a sip or sips URI; undefined for other schemes (tel, http …). */
export function parseUri(text: string): SipUri | undefined {
  const scheme = /^(sips?):/i.exec(text)?.[1]?.toLowerCase()
  if (scheme === 'sip' || scheme === 'sips') return parseSipUri(scheme, text.slice(scheme.length + 1))
  if (!absolutePattern.test(text)) throw new Malformed('RFC 3261 §25.1 absoluteURI', `"${text}" is not a URI`)
  return undefined
}

export function formatUri(uri: SipUri): string {
  const password = uri.password === undefined ? '' : `:${uri.password}`
  const user = uri.user === undefined ? '' : `${uri.user}${password}@`
  const port = uri.port === undefined ? '' : `:${uri.port}`
  const headers = uri.headers === undefined ? '' : `?${uri.headers}`
  return `${uri.scheme}:${user}${uri.host}${port}${formatParameters(uri.parameters)}${headers}`
}

/** The user part with its escapes resolved, for looking a number or name up. */
export function uriUser(uri: SipUri): string | undefined {
  if (uri.user === undefined) return undefined
  try {
    return decodeURIComponent(uri.user)
  } catch {
    // Escapes that are no UTF-8 are legal in the grammar; such a user matches nothing but itself.
    return uri.user
  }
}

export function isLooseRoute(uri: SipUri): boolean {
  return parameter(uri.parameters, 'lr') !== undefined
}

/** Reads `host[:port]`. */
export function parseHostPort(text: string, where: string): { host: string; port: number | undefined } {
  const match = /^(\[[^\]]*\]|[^:[\]]+)(?:[ \t]*:[ \t]*(\d{1,5}))?$/.exec(text)
  if (match === null) throw new Malformed(where, `"${text}" is not host[:port]`)
  const host = trimBlanks(match[1]!)
  if (!isHost(host)) throw new Malformed(where, `"${host}" is not a host`)
  const port = match[2] === undefined ? undefined : Number(match[2])
  if (port !== undefined && port > 65_535) throw new Malformed(where, `port ${port} is out of range`)
  return { host, port }
}

function isHost(text: string): boolean {
  if (ipv4Pattern.test(text)) return text.split('.').every((part) => Number(part) <= 255)
  return ipv6Pattern.test(text) || hostnamePattern.test(text)
}

function parseSipUri(scheme: 'sip' | 'sips', rest: string): SipUri {
  const at = rest.indexOf('@')
  const [user, password] = at < 0 ? [undefined, undefined] : parseUserInfo(rest.slice(0, at))
  const afterUser = at < 0 ? rest : rest.slice(at + 1)
  const question = afterUser.indexOf('?')
  const headers = question < 0 ? undefined : afterUser.slice(question + 1)
  if (headers !== undefined && !uriHeadersPattern.test(headers)) {
    throw new Malformed(clause, 'the headers of a URI are malformed')
  }
  const [hostPort, ...parameters] = (question < 0 ? afterUser : afterUser.slice(0, question)).split(';')
  if (/[ \t]/.test(hostPort!)) throw new Malformed(clause, 'white space inside a URI')
  return {
    scheme,
    user,
    password,
    ...parseHostPort(hostPort!, clause),
    parameters: parameters.map(uriParameter),
    headers,
  }
}

function parseUserInfo(text: string): [string, string | undefined] {
  const colon = text.indexOf(':')
  const user = colon < 0 ? text : text.slice(0, colon)
  const password = colon < 0 ? undefined : text.slice(colon + 1)
  if (!userPattern.test(user)) throw new Malformed(clause, `"${user}" is not a user part`)
  if (password !== undefined && !passwordPattern.test(password)) {
    throw new Malformed(clause, 'the password part of a URI is malformed')
  }
  return [user, password]
}

function uriParameter(part: string): readonly [string, string | undefined] {
  const equals = part.indexOf('=')
  const name = equals < 0 ? part : part.slice(0, equals)
  const value = equals < 0 ? undefined : part.slice(equals + 1)
  if (!uriParameterPattern.test(name) || (value !== undefined && !uriParameterPattern.test(value))) {
    throw new Malformed(clause, `"${part}" is not a URI parameter`)
  }
  return [name, value]
}
