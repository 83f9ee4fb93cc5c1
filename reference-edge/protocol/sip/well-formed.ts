import { decimal, isToken } from './characters.ts'
import { isSingleHeader } from './header-names.ts'
import type { SipMessage, SipRequest } from './message.ts'

/** What is wrong with a message, and whether its end can no longer be known. */
export interface Fault {
  readonly text: string
  readonly isFramingLost: boolean
}

/** Syntax checks made on every message before anybody decides about it; undefined where it is well-formed. */
export function findFault(message: SipMessage, limits: { linesOfOneName: number; viaHops: number }): Fault | undefined {
  const length = findLengthFault(message)
  if (length) return { text: length, isFramingLost: true }
  const text =
    findCountFault(message, limits) ??
    findMandatoryFault(message, limits.viaHops) ??
    findOptionalFault(message) ??
    (message.kind === 'request' ? findRequestFault(message) : undefined)
  return text === undefined ? undefined : { text, isFramingLost: false }
}

/** More than one Content-Length, or one that is no number: whoever reads on would choose where the next message begins. */
function findLengthFault(message: SipMessage): string | undefined {
  let seen = 0
  for (const line of message.headers.lines) if (line.key === 'content-length') seen++
  if (seen > 1) return 'more than one Content-Length'
  return seen === 1 && message.contentLength === undefined ? 'Content-Length' : undefined
}

function findCountFault(message: SipMessage, limits: { linesOfOneName: number; viaHops: number }): string | undefined {
  const { lines } = message.headers
  // Few lines are compared with each other; for many, a map keeps it linear.
  if (lines.length <= 48) {
    for (let index = 1; index < lines.length; index++) {
      const { key } = lines[index]!
      if (!isSingleHeader(key)) continue
      for (let earlier = 0; earlier < index; earlier++) if (lines[earlier]!.key === key) return `more than one ${key}`
    }
    return undefined
  }
  const counts = new Map<string, number>()
  for (const { key } of lines) {
    const count = (counts.get(key) ?? 0) + 1
    if (count > 1 && isSingleHeader(key)) return `more than one ${key}`
    if (count > (key === 'via' ? limits.viaHops : limits.linesOfOneName)) return `too many lines of ${key}`
    counts.set(key, count)
  }
  return undefined
}

/** RFC 3261 §8.1.1. Max-Forwards may be missing: §16.3 has the proxy add it. */
function findMandatoryFault(message: SipMessage, viaHops: number): string | undefined {
  const vias = message.vias()
  if (!vias) return 'Via'
  if (vias.length === 0) return 'no Via'
  if (vias.length > viaHops) return 'too many Via'
  if (!message.from) return 'From'
  if (!message.to) return 'To'
  if (!isCallId(message.callId)) return 'Call-ID'
  return message.cseq && isToken(message.cseq.method) ? undefined : 'CSeq'
}

function isCallId(text: string | undefined): boolean {
  return text !== undefined && text !== '' && !text.includes(' ') && !text.includes('\t')
}

function findOptionalFault(message: SipMessage): string | undefined {
  if (message.isWildcardContact) {
    // RFC 3261 §20.10: the star stands alone.
    if (message.headers.linesOf('contact').length > 1) return 'Contact'
  } else if (!message.addresses('contact')) return 'Contact'
  for (const name of ['route', 'record-route', 'path'] as const) if (!areBracketed(message, name)) return name
  if (message.has('expires') && message.expires === undefined) return 'Expires'
  for (const contact of message.isWildcardContact ? [] : message.addresses('contact')!) {
    const expires = contact.parameters.get('expires')
    if (expires !== undefined && decimal(expires, 4_294_967_295) === undefined) return 'expires of a Contact'
  }
  return undefined
}

/** RFC 3261 §20.34: a route is a name-addr; without brackets `;lr` would belong to the header, not to the URI. */
function areBracketed(message: SipMessage, name: 'route' | 'record-route' | 'path'): boolean {
  if (!message.has(name)) return true
  return message.addresses(name) !== undefined && message.all(name).every((route) => route.includes('<'))
}

function findRequestFault(request: SipRequest): string | undefined {
  if (request.cseq!.method !== request.method) return 'CSeq of another method'
  if (request.has('max-forwards') && request.maxForwards === undefined) return 'Max-Forwards'
  return isRequestUri(request) ? undefined : 'Request-URI'
}

/** RFC 3261 §7.1: no blanks, no brackets. A sip URI has no headers part here (§19.1.1, table 1). */
function isRequestUri(request: SipRequest): boolean {
  const text = request.requestUri
  const colon = text.indexOf(':')
  if (colon < 1 || !isToken(text.slice(0, colon))) return false
  const scheme = text.slice(0, colon).toLowerCase()
  if (scheme === 'sip' || scheme === 'sips') return request.sipUri !== undefined && request.sipUri.headers === undefined
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code <= 32 || code === 34 || code === 60 || code === 62) return false
  }
  return true
}
