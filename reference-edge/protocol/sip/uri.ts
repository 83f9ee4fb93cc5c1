import { alphanumericBytes, byteTable, consistsOf, decimal, isToken } from './characters.ts'
import { Parameters, type Parameter } from './parameters.ts'

/** A sip: or sips: URI (RFC 3261 §19.1). Texts are as written, escapes included; unknown parameters are kept. */
export interface SipUri {
  readonly scheme: 'sip' | 'sips'
  readonly user: string | undefined
  readonly password: string | undefined
  /** A name, an IPv4 address, or an IPv6 address in brackets. */
  readonly host: string
  readonly port: number | undefined
  readonly parameters: Parameters
  /** What follows `?`, as written, or undefined. */
  readonly headers: string | undefined
}

/** A SIP URI, or undefined where the text is none. */
export function parseUri(text: string): SipUri | undefined {
  const colon = text.indexOf(':')
  const scheme = colon === -1 ? '' : text.slice(0, colon).toLowerCase()
  if (scheme !== 'sip' && scheme !== 'sips') return undefined
  if (!isUriText(text)) return undefined
  const at = text.indexOf('@', colon)
  const userInfo = at === -1 ? undefined : parseUserInfo(text.slice(colon + 1, at))
  if (at !== -1 && !userInfo) return undefined
  const hostStart = at === -1 ? colon + 1 : at + 1
  const query = text.indexOf('?', hostStart)
  const parametersEnd = query === -1 ? text.length : query
  if (text.lastIndexOf('@', parametersEnd) > at && at !== -1) return undefined
  const semicolon = text.indexOf(';', hostStart)
  const hostEnd = semicolon === -1 || semicolon > parametersEnd ? parametersEnd : semicolon
  const hostPort = parseHostPort(text.slice(hostStart, hostEnd))
  const parameters = parseUriParameters(text.slice(hostEnd, parametersEnd))
  if (!hostPort || !parameters) return undefined
  const headers = query === -1 ? undefined : text.slice(query + 1)
  return { scheme, user: userInfo?.user, password: userInfo?.password, ...hostPort, parameters, headers }
}

/** `host[:port]`; an IPv6 address stands in brackets. */
export function parseHostPort(text: string): { host: string; port: number | undefined } | undefined {
  const bracket = text.charCodeAt(0) === 91 ? text.indexOf(']') : 0
  if (bracket === -1) return undefined
  const colon = text.indexOf(':', bracket)
  const host = colon === -1 ? text : text.slice(0, colon)
  const port = colon === -1 ? undefined : decimal(text.slice(colon + 1), 65535)
  if (colon !== -1 && port === undefined) return undefined
  return isHost(host) ? { host, port } : undefined
}

/** Whether a text is a host name, an IPv4 address or an IPv6 address in brackets. */
export function isHost(text: string): boolean {
  if (text.charCodeAt(0) !== 91) return consistsOf(hostBytes, text)
  return text.endsWith(']') && consistsOf(addressBytes, text.slice(1, -1))
}

export function formatUri(uri: SipUri): string {
  const password = uri.password === undefined ? '' : `:${uri.password}`
  const user = uri.user === undefined ? '' : `${uri.user}${password}@`
  const port = uri.port === undefined ? '' : `:${uri.port}`
  const headers = uri.headers === undefined ? '' : `?${uri.headers}`
  return `${uri.scheme}:${user}${uri.host}${port}${uri.parameters}${headers}`
}

/** A URI with `changes` made to it. */
export function uriWith(uri: SipUri, changes: Partial<SipUri>): SipUri {
  return { ...uri, ...changes }
}

/** A URI from its parts. */
export function sipUri(parts: { host: string } & Partial<SipUri>): SipUri {
  const empty = { scheme: 'sip', user: undefined, password: undefined, port: undefined, headers: undefined } as const
  return { ...empty, parameters: Parameters.none, ...parts }
}

/** Equivalence of RFC 3261 §19.1.4: no defaults are filled in, parameters known to one side only mostly do not count. */
export function sameUri(one: SipUri, other: SipUri): boolean {
  return (
    one.scheme === other.scheme &&
    unescape(one.user) === unescape(other.user) &&
    unescape(one.password) === unescape(other.password) &&
    one.host.toLowerCase() === other.host.toLowerCase() &&
    one.port === other.port &&
    sameParameters(one.parameters, other.parameters) &&
    sameHeaders(one.headers, other.headers)
  )
}

/** The user part as its owner spells it: escapes resolved, ill-formed ones left. */
export function unescape(text: string | undefined): string | undefined {
  if (text === undefined || !text.includes('%')) return text
  const bytes: number[] = []
  const source = Buffer.from(text)
  for (let index = 0; index < source.length; index++) {
    const value = source[index] === 37 ? hexPair(source.toString('latin1', index + 1, index + 3)) : undefined
    bytes.push(value ?? source[index]!)
    if (value !== undefined) index += 2
  }
  return Buffer.from(bytes).toString()
}

const hostBytes = byteTable('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._')
const addressBytes = byteTable('abcdefABCDEF0123456789:.')
const userBytes = byteTable("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.!~*'()%&=+$,;?/#[]|^")
const passwordBytes = byteTable("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.!~*'()%&=+$,")

/** Parameters whose presence on one side only makes two URIs differ. */
const decisiveParameters = new Set(['user', 'ttl', 'method', 'maddr'])

/** Visible ASCII without quotes and brackets, and every % followed by two hexadecimal digits. */
function isUriText(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code <= 32 || code >= 127 || code === 34 || code === 60 || code === 62) return false
    if (code === 37 && hexPair(text.slice(index + 1, index + 3)) === undefined) return false
  }
  return true
}

function hexPair(text: string): number | undefined {
  if (text.length !== 2 || !consistsOf(alphanumericBytes, text)) return undefined
  const value = Number(`0x${text}`)
  return Number.isNaN(value) ? undefined : value
}

function parseUserInfo(text: string): { user: string; password: string | undefined } | undefined {
  const colon = text.indexOf(':')
  const user = colon === -1 ? text : text.slice(0, colon)
  const password = colon === -1 ? undefined : text.slice(colon + 1)
  if (!consistsOf(userBytes, user)) return undefined
  return password && !consistsOf(passwordBytes, password) ? undefined : { user, password }
}

function parseUriParameters(text: string): Parameters | undefined {
  if (text.length === 0) return Parameters.none
  const entries: Parameter[] = []
  for (const part of text.slice(1).split(';')) {
    const equals = part.indexOf('=')
    const name = equals === -1 ? part : part.slice(0, equals)
    // Names may hold the characters of param-unreserved, which tokens do not have (RFC 3261 §25.1).
    if (!isToken(name) && !consistsOf(parameterNameBytes, name)) return undefined
    entries.push({ name, value: equals === -1 ? undefined : part.slice(equals + 1) })
  }
  return new Parameters(entries)
}

const parameterNameBytes = byteTable("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.!~*'()%[]/:&+$`")

function sameParameters(one: Parameters, other: Parameters): boolean {
  return isCoveredBy(one, other) && isCoveredBy(other, one)
}

function isCoveredBy(one: Parameters, other: Parameters): boolean {
  for (const [name, value] of one.entries()) {
    const opposite = other.get(name)
    if (opposite === undefined) {
      if (decisiveParameters.has(name)) return false
    } else if (unescape(opposite)?.toLowerCase() !== unescape(value ?? '')?.toLowerCase()) return false
  }
  return true
}

function sameHeaders(one: string | undefined, other: string | undefined): boolean {
  return sortedHeaders(one) === sortedHeaders(other)
}

function sortedHeaders(headers: string | undefined): string {
  if (!headers) return ''
  const pairs = headers.split('&').map((pair) => {
    const equals = pair.indexOf('=')
    const name = equals === -1 ? pair : pair.slice(0, equals)
    return `${unescape(name)?.toLowerCase()}=${equals === -1 ? '' : unescape(pair.slice(equals + 1))}`
  })
  return pairs.sort().join('&')
}
