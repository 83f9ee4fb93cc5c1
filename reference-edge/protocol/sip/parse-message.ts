import { isUtf8 } from 'node:buffer'
import { BACKSLASH, CR, COLON, decimal, isBlank, isToken, LF, textBytes, tokenBytes } from './characters.ts'
import { HeaderLine, HeaderLines } from './header-lines.ts'
import { headerKeyAt } from './header-names.ts'
import { createResponse, SipRequest, SipResponse, type SipMessage } from './message.ts'
import { findFault } from './well-formed.ts'

/** Bounds on what is accepted; bytes, and header lines of one name. */
export interface MessageLimits {
  readonly messageBytes: number
  readonly headBytes: number
  readonly linesOfOneName: number
  readonly viaHops: number
}

/** 32768 bytes is the message limit of the VCS (wire facts §6.6); the others are ours. */
export const defaultLimits: MessageLimits = {
  messageBytes: 32_768,
  headBytes: 65_536,
  linesOfOneName: 100,
  viaHops: 256,
}

/**
 * Why bytes are no message. `message` holds what could be read of it, so that a request can be answered. After a fault
 * in the line structure the end of the message cannot be trusted: `isFramingLost`, close the connection.
 */
export interface Refusal {
  readonly ok: false
  readonly status: number
  readonly reason: string
  /** What is wrong, for a Warning or the log. */
  readonly fault: string
  readonly message: SipMessage | undefined
  readonly isFramingLost: boolean
}

export type ParseResult = { readonly ok: true; readonly message: SipMessage } | Refusal

/** One whole message in a datagram: without Content-Length the body is all that follows (RFC 3261 §18.3). */
export function parseMessage(bytes: Buffer, limits: MessageLimits = defaultLimits): ParseResult {
  let start = 0
  while (bytes[start] === CR && bytes[start + 1] === LF) start += 2
  if (bytes.length - start > limits.messageBytes) return messageTooLarge(undefined)
  const headEnd = bytes.indexOf('\r\n\r\n', start)
  if (headEnd === -1) return badRequest('no blank line behind the headers', undefined, true)
  const head = parseHead(bytes.subarray(start, headEnd + 4), limits)
  if (!head.ok) return head
  const { message } = head
  const available = bytes.length - headEnd - 4
  const length = message.contentLength ?? available
  if (length > available) return badRequest('body shorter than Content-Length', message, true)
  message.body = bytes.subarray(headEnd + 4, headEnd + 4 + length)
  return head
}

/** The start line and headers up to and with the blank line; the message has no body yet. */
export function parseHead(head: Buffer, limits: MessageLimits = defaultLimits): ParseResult {
  if (head.length > limits.headBytes) return messageTooLarge(undefined)
  const lineEnd = head.indexOf('\r\n')
  const lines: HeaderLine[] = []
  const broken = scanHeaders(head, lineEnd + 2, lines)
  const start = parseStartLine(head.toString('utf8', 0, lineEnd), new HeaderLines(lines))
  const { message } = start
  if (broken) return badRequest(broken, message, true)
  if (start.fault) return { ...badRequest(start.fault, message), ...(start.isOtherVersion ? versionNotSupported : {}) }
  // RFC 3261 §7: SIP is UTF-8. What one reader replaces and another cuts off would be two messages.
  if (!isUtf8(head)) return badRequest('bytes that are not UTF-8', message)
  const fault = findFault(message!, limits)
  return fault ? badRequest(fault.text, message, fault.isFramingLost) : { ok: true, message: message! }
}

/** The answer to a refused request, or undefined where there is none to give: responses, ACK, and no Via to follow. */
export function responseToRefused(refusal: Refusal, toTag: string): SipResponse | undefined {
  const { message } = refusal
  if (message?.kind !== 'request' || message.method === 'ACK' || !message.has('via')) return undefined
  return createResponse(message, refusal.status, refusal.reason, { toTag })
}

export function badRequest(fault: string, message: SipMessage | undefined, isFramingLost = false): Refusal {
  return { ok: false, status: 400, reason: 'Bad Request', fault, message, isFramingLost }
}

export function messageTooLarge(message: SipMessage | undefined): Refusal {
  const fault = 'message longer than the limit'
  return { ok: false, status: 513, reason: 'Message Too Large', fault, message, isFramingLost: true }
}

const versionNotSupported = { status: 505, reason: 'Version Not Supported' }

/**
 * Finds the header lines in one pass. Returns what is wrong, or undefined. A bare CR or LF is refused: what we copy
 * through as one header, the next hop could read as two.
 */
function scanHeaders(head: Buffer, from: number, lines: HeaderLine[]): string | undefined {
  let at = from
  const end = head.length
  while (at < end && head[at] !== CR) {
    const start = at
    while (tokenBytes[head[at]!] === 1) at++
    const nameEnd = at
    while (isBlank(head[at]!)) at++
    if (nameEnd === start || head[at] !== COLON) return 'line that is no header'
    const valueStart = ++at
    at = endOfLine(head, at)
    if (at === -1) return 'line break that is not CRLF, or a control character'
    const key = headerKeyAt(head, start, nameEnd)
    lines.push(new HeaderLine(key, { source: head, start, end: at, valueStart }))
  }
  return at === end - 2 && head[at + 1] === LF ? undefined : 'line break that is not CRLF'
}

/**
 * The index behind the CRLF that ends a header, folded lines included, or -1. A control character may stand only
 * behind a backslash (RFC 3261 §25.1 quoted-pair): others end a text early for some readers.
 */
function endOfLine(head: Buffer, from: number): number {
  let at = from
  const end = head.length
  for (;;) {
    while (textBytes[head[at]!] === 1) at++
    if (isQuotedControl(head, at)) {
      at++
      continue
    }
    if (head[at] !== CR || head[at + 1] !== LF) return -1
    at += 2
    if (at >= end || !isBlank(head[at]!)) return at
  }
}

function isQuotedControl(head: Buffer, at: number): boolean {
  return head[at] !== CR && head[at] !== LF && at < head.length && head[at - 1] === BACKSLASH
}

interface StartLine {
  readonly message: SipMessage | undefined
  readonly fault?: string
  readonly isOtherVersion?: boolean
}

function parseStartLine(line: string, headers: HeaderLines): StartLine {
  return line.slice(0, 4).toUpperCase() === 'SIP/' ? parseStatusLine(line, headers) : parseRequestLine(line, headers)
}

function parseStatusLine(line: string, headers: HeaderLines): StartLine {
  const digits = line.slice(8, 11)
  const status = digits.length === 3 ? decimal(digits, 699) : undefined
  const reason = line.slice(12)
  const message = new SipResponse({ status: status ?? 0, reason }, headers, Buffer.alloc(0))
  if (line.slice(4, 8) !== '2.0 ') return { message, fault: 'version other than SIP/2.0', isOtherVersion: true }
  if (status === undefined || status < 100) return { message, fault: 'status code out of range' }
  if (line.length > 11 && line[11] !== ' ') return { message, fault: 'status line' }
  return reason.includes('\r') || reason.includes('\n') ? { message, fault: 'line break in the reason' } : { message }
}

function parseRequestLine(line: string, headers: HeaderLines): StartLine {
  const first = line.indexOf(' ')
  const last = line.lastIndexOf(' ')
  const method = line.slice(0, Math.max(first, 0))
  if (!isToken(method)) return { message: undefined, fault: 'request line' }
  const requestUri = line.slice(first + 1, Math.max(last, first + 1))
  const version = line.slice(last + 1)
  const message = new SipRequest({ method, requestUri }, headers, Buffer.alloc(0))
  if (version.toUpperCase() === 'SIP/2.0') return first === last ? { message, fault: 'request line' } : { message }
  const isOtherVersion = version.toUpperCase().startsWith('SIP/')
  return { message, fault: isOtherVersion ? 'version other than SIP/2.0' : 'request line', isOtherVersion }
}
