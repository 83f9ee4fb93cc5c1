import type { Address } from './address.ts'
import { parseAddress, parseAddressList, tagOf } from './address.ts'
import { Malformed, splitOutside } from './grammar.ts'
import { canonicalName } from './header-names.ts'
import type { HeaderLine, StrictMessage, StrictProblem } from './strict-parser.ts'
import { parseSipStrict, parseStartLine } from './strict-parser.ts'
import type { Via } from './via.ts'
import { parseViaList } from './via.ts'

export interface SipRequest {
  readonly kind: 'request'
  readonly method: string
  readonly uri: string
  readonly headers: readonly HeaderLine[]
  readonly body: Buffer
}

export interface SipResponse {
  readonly kind: 'response'
  readonly status: number
  readonly reason: string
  readonly headers: readonly HeaderLine[]
  readonly body: Buffer
}

export type SipMessage = SipRequest | SipResponse

/** Headers whose comma-separated values become one header line each, so that lists are worked on line by line. */
const lists = new Set(['Via', 'Route', 'Record-Route', 'Contact', 'Path'])

/** Reads and checks one message; a problem names the clause. */
export function parseMessage(bytes: Buffer): { readonly ok: true; readonly message: SipMessage } | StrictProblem {
  const parsed = parseSipStrict(bytes)
  return parsed.ok ? { ok: true, message: messageOf(parsed.message) } : parsed
}

/** The bytes of a message: every header written anew, Content-Length computed. */
export function serialise(message: SipMessage): Buffer {
  const start =
    message.kind === 'request'
      ? `${message.method} ${message.uri} SIP/2.0`
      : `SIP/2.0 ${message.status} ${message.reason}`
  const lines = message.headers
    .filter(([name]) => name !== 'Content-Length')
    .map(([name, value]) => `${name}: ${value}`)
  const head = [start, ...lines, `Content-Length: ${message.body.length}`, '', ''].join('\r\n')
  return Buffer.concat([Buffer.from(head, 'utf8'), message.body])
}

/** The first value of a header, undefined where it is absent. Names are matched in any spelling. */
export function header(message: { readonly headers: readonly HeaderLine[] }, name: string): string | undefined {
  const wanted = canonicalName(name).toLowerCase()
  return message.headers.find(([each]) => each.toLowerCase() === wanted)?.[1]
}

export function headers(message: { readonly headers: readonly HeaderLine[] }, name: string): string[] {
  const wanted = canonicalName(name).toLowerCase()
  return message.headers.filter(([each]) => each.toLowerCase() === wanted).map(([, value]) => value)
}

/** The tokens of a comma-separated header such as Supported or Allow, in lower case. */
export function tokens(message: SipMessage, name: string): string[] {
  return headers(message, name)
    .flatMap((value) => value.split(','))
    .map((token) => token.trim().toLowerCase())
    .filter((token) => token !== '')
}

/** One more line of a header, above all others of the message (Via, Record-Route). */
export function withHeaderOnTop<M extends SipMessage>(message: M, name: string, value: string): M {
  return { ...message, headers: [[canonicalName(name), value], ...message.headers] }
}

export function vias(message: SipMessage): Via[] {
  return headers(message, 'Via').flatMap(parseViaList)
}

export function topVia(message: SipMessage): Via {
  return vias(message)[0]!
}

export function from(message: SipMessage): Address {
  return parseAddress(header(message, 'From')!, 'RFC 3261 §20.20')
}

export function to(message: SipMessage): Address {
  return parseAddress(header(message, 'To')!, 'RFC 3261 §20.39')
}

export function fromTag(message: SipMessage): string | undefined {
  return tagOf(from(message))
}

export function toTag(message: SipMessage): string | undefined {
  return tagOf(to(message))
}

export function callId(message: SipMessage): string {
  return header(message, 'Call-ID')!
}

export function cseq(message: SipMessage): { readonly number: number; readonly method: string } {
  const [number, method] = header(message, 'CSeq')!.split(/[ \t]+/) as [string, string]
  return { number: Number(number), method }
}

/** The addresses of Contact; `*` is answered as undefined. */
export function contacts(message: SipMessage): Address[] | undefined {
  const values = headers(message, 'Contact')
  if (values.includes('*')) return undefined
  return values.flatMap((value) => parseAddressList(value, 'RFC 3261 §20.10'))
}

export function addresses(message: SipMessage, name: 'Route' | 'Record-Route' | 'Path'): Address[] {
  return headers(message, name).flatMap((value) => parseAddressList(value, `${name} of RFC 3261 §20`))
}

/** One line for ladders and logs: `INVITE sip:2001@cucm1` or `200 OK (INVITE)`. */
export function summarise(message: SipMessage): string {
  if (message.kind === 'request') return `${message.method} ${message.uri}`
  return `${message.status} ${message.reason} (${cseq(message).method})`
}

function messageOf(strict: StrictMessage): SipMessage {
  const start = parseStartLine(strict.startLine)
  const lines = strict.headers.flatMap(([name, value]): HeaderLine[] => {
    if (!lists.has(name) || value === '*') return [[name, value]]
    return splitOutside(value, ',', 'RFC 3261 §7.3.1').map((each) => [name, each])
  })
  return { ...start, headers: lines, body: strict.body }
}

/** A header value a message of ours carries; line ends would smuggle in further headers. */
export function safeValue(value: string): string {
  if (/[\r\n]/.test(value)) throw new Malformed('RFC 3261 §7.3.1', 'a line end inside a header value')
  return value
}
