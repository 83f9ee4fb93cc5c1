import { isUtf8 } from 'node:buffer'
import { parseAddress, parseAddressList } from './address.ts'
import { isToken, Malformed, splitOutside, trimBlanks } from './grammar.ts'
import { canonicalName, onlyOnce } from './header-names.ts'
import { parseUri } from './uri.ts'
import { parseViaList } from './via.ts'

export type HeaderLine = readonly [name: string, value: string]

export type StartLine =
  | { readonly kind: 'request'; readonly method: string; readonly uri: string }
  | { readonly kind: 'response'; readonly status: number; readonly reason: string }

/** A whole, checked message. Header names are canonical, folding is undone, values are trimmed but otherwise as written. */
export interface StrictMessage {
  readonly startLine: string
  readonly headers: readonly HeaderLine[]
  readonly body: Buffer
}

export interface StrictProblem {
  readonly ok: false
  /** The clause the text breaks, such as `RFC 3261 §8.1.1.5`. */
  readonly clause: string
  readonly problem: string
  /** The status to answer with, if what was refused is a request. */
  readonly status: number
  /** What could be read, for composing that answer; absent where not even the lines were sound. */
  readonly salvage?: { readonly startLine: string; readonly headers: readonly HeaderLine[] }
}

/**
 * Reads one message and checks everything the grammar says about what it holds: nothing is left to be found wrong
 * later. Bytes behind the body that Content-Length announces are ignored (RFC 3261 §18.3, datagrams).
 */
export function parseSipStrict(bytes: Buffer): { readonly ok: true; readonly message: StrictMessage } | StrictProblem {
  let salvage: StrictProblem['salvage']
  try {
    const { head, rest, isText } = splitHead(bytes)
    const [startLine, ...fields] = unfold(head)
    const headers = fields.map(parseHeaderLine)
    salvage = { startLine: startLine!, headers }
    if (!isText) throw new Malformed('RFC 3261 §7', 'the head is not UTF-8')
    checkHeaders(parseStartLine(startLine!), headers)
    return { ok: true, message: { startLine: startLine!, headers, body: cutBody(headers, rest) } }
  } catch (error) {
    if (!(error instanceof Malformed)) throw error
    const { clause, message: problem, status } = error
    return { ok: false, clause, problem, status, ...(salvage === undefined ? {} : { salvage }) }
  }
}

/** RFC 3261 §7.1 and §7.2: exactly one space between the three parts. */
export function parseStartLine(line: string): StartLine {
  return /^SIP\//i.test(line) ? parseStatusLine(line) : parseRequestLine(line)
}

/** The lines of a head (without the empty line at its end), continuation lines joined. RFC 3261 §7.3.1. */
export function unfold(head: string): string[] {
  const lines: string[] = []
  for (const line of head.split('\r\n')) {
    if (/[\r\n]/.test(line)) {
      throw new Malformed('RFC 3261 §7', 'a line is ended by something other than CRLF')
    }
    if (!/^[ \t]/.test(line)) lines.push(line)
    else if (lines.length > 1) lines[lines.length - 1] = continued(lines[lines.length - 1]!, line)
    else throw new Malformed('RFC 3261 §7.3.1', 'a continuation line before the first header field')
  }
  return lines
}

/** RFC 3261 §25.1 HCOLON: a line may be folded behind the colon, not before it. */
function continued(line: string, more: string): string {
  if (!line.includes(':')) throw new Malformed('RFC 3261 §25.1 HCOLON', 'a header field is folded before its colon')
  return `${line} ${trimBlanks(more)}`
}

/** A header line split at its colon; blanks before the colon are allowed (HCOLON). */
export function parseHeaderLine(line: string): HeaderLine {
  const colon = line.indexOf(':')
  const name = colon < 0 ? '' : trimBlanks(line.slice(0, colon))
  if (!isToken(name)) throw new Malformed('RFC 3261 §7.3.1', `"${line.slice(0, 60)}" is not a header field`)
  return [canonicalName(name), trimBlanks(line.slice(colon + 1))]
}

/** `isText`: the head is UTF-8; ill-formed bytes stand as U+FFFD in it, so that the lines can be salvaged. */
function splitHead(bytes: Buffer): { head: string; rest: Buffer; isText: boolean } {
  let start = 0
  // RFC 3261 §7.5: CRLF before a start line is ignored.
  while (bytes[start] === 0x0d && bytes[start + 1] === 0x0a) start += 2
  const end = bytes.indexOf('\r\n\r\n', start)
  if (end < 0) throw new Malformed('RFC 3261 §7', 'no empty line ends the header fields')
  const head = bytes.subarray(start, end)
  return { head: head.toString('utf8'), rest: bytes.subarray(end + 4), isText: isUtf8(head) }
}

function parseRequestLine(line: string): StartLine {
  const clause = 'RFC 3261 §7.1'
  const parts = line.split(' ')
  if (parts.length !== 3) throw new Malformed(clause, 'a request line has three parts with one space between them')
  const [method, uri, version] = parts as [string, string, string]
  if (!isToken(method)) throw new Malformed(clause, `"${method}" is not a method`)
  if (!/^SIP\/\d+\.\d+$/i.test(version)) throw new Malformed(clause, `"${version}" is not a version`)
  if (!/^SIP\/2\.0$/i.test(version)) throw new Malformed('RFC 3261 §21.5.6', `${version} is not spoken here`, 505)
  const sip = parseUri(uri)
  if (sip?.headers !== undefined) throw new Malformed('RFC 3261 §19.1.1 table 1', 'headers in a Request-URI')
  return { kind: 'request', method, uri }
}

function parseStatusLine(line: string): StartLine {
  const match = /^SIP\/2\.0 ([1-6]\d\d) (.*)$/i.exec(line)
  if (match === null) throw new Malformed('RFC 3261 §7.2', 'not a status line of SIP/2.0')
  return { kind: 'response', status: Number(match[1]), reason: match[2]! }
}

function checkHeaders(start: StartLine, headers: readonly HeaderLine[]): void {
  const seen = new Set<string>()
  for (const [name, value] of headers) {
    if (onlyOnce.has(name) && seen.has(name)) throw new Malformed('RFC 3261 §7.3.1', `${name} appears twice`)
    seen.add(name)
    checkText(name, value)
    valueChecks[name]?.(value)
  }
  for (const name of ['Via', 'From', 'To', 'Call-ID', 'CSeq']) {
    if (!seen.has(name)) throw new Malformed('RFC 3261 §8.1.1', `${name} is missing`)
  }
  checkCSeqMethod(start, headers)
  const contacts = headers.filter(([name]) => name === 'Contact')
  if (contacts.length > 1 && contacts.some(([, value]) => value === '*')) {
    throw new Malformed('RFC 3261 §20.10', 'the star of Contact does not stand alone')
  }
}

function checkCSeqMethod(start: StartLine, headers: readonly HeaderLine[]): void {
  if (start.kind === 'response') return
  const method = headers.find(([name]) => name === 'CSeq')?.[1].split(/[ \t]+/)[1]
  if (method !== start.method) throw new Malformed('RFC 3261 §8.1.1.5', 'the method of CSeq is another one')
}

function checkText(name: string, value: string): void {
  // Controls may stand only behind a backslash (quoted-pair). RFC 3261 §25.1 TEXT-UTF8-TRIM.
  if (/[\x00-\x08\x0a-\x1f\x7f]/.test(value.replace(/\\[\x00-\x09\x0b\x0c\x0e-\x7f]/g, ''))) {
    throw new Malformed('RFC 3261 §25.1', `a control character in ${name}`)
  }
}

/** What is checked in a value as soon as it arrives, by header name. */
const valueChecks: Readonly<Record<string, (value: string) => void>> = {
  Via: (value) => void parseViaList(value),
  From: (value) => void parseAddress(value, 'RFC 3261 §20.20'),
  To: (value) => void parseAddress(value, 'RFC 3261 §20.39'),
  Contact: (value) => void (value === '*' || parseAddressList(value, 'RFC 3261 §20.10')),
  Route: (value) => void requireBrackets(value, 'RFC 3261 §20.34'),
  'Record-Route': (value) => void requireBrackets(value, 'RFC 3261 §20.30'),
  Path: (value) => void requireBrackets(value, 'RFC 3327 §4'),
  'Refer-To': (value) => void parseAddress(value, 'RFC 3515 §2.1'),
  'Call-ID': (value) => {
    if (!/^[^ \t@]+(?:@[^ \t@]+)?$/.test(value)) throw new Malformed('RFC 3261 §20.8', 'Call-ID is not word[@word]')
  },
  CSeq: (value) => {
    const match = /^(\d+)[ \t]+([^ \t]+)$/.exec(value)
    if (match === null || !isToken(match[2]!)) throw new Malformed('RFC 3261 §20.16', 'CSeq is not number and method')
    if (Number(match[1]) >= 2 ** 31) {
      throw new Malformed('RFC 3261 §8.1.1.5', 'the number of CSeq is 2^31 or more')
    }
  },
  'Max-Forwards': (value) => checkNumber(value, { clause: 'RFC 3261 §20.22', name: 'Max-Forwards', most: 255 }),
  'Content-Length': (value) =>
    checkNumber(value, { clause: 'RFC 3261 §20.14', name: 'Content-Length', most: 2 ** 31 - 1 }),
  Expires: (value) => checkNumber(value, { clause: 'RFC 3261 §20.19', name: 'Expires', most: 2 ** 32 - 1 }),
  'Content-Type': (value) => {
    const [type, ...parameters] = splitOutside(value, ';', 'RFC 3261 §20.15')
    if (!/^[^\s/]+\s*\/\s*[^\s/]+$/.test(type!) || parameters.includes('')) {
      throw new Malformed('RFC 3261 §20.15', 'Content-Type is not type/subtype')
    }
  },
  Date: (value) => {
    if (!/^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(value)) {
      throw new Malformed('RFC 3261 §20.17', 'Date is not an RFC 1123 date in GMT')
    }
  },
}

function requireBrackets(value: string, clause: string): void {
  for (const each of splitOutside(value, ',', clause)) {
    if (!each.includes('<')) throw new Malformed(clause, 'a route has to be in angle brackets')
    parseAddress(each, clause)
  }
}

function checkNumber(value: string, rule: { clause: string; name: string; most: number }): void {
  if (!/^\d{1,19}$/.test(value) || Number(value) > rule.most) {
    throw new Malformed(rule.clause, `${rule.name} is not a number from 0 to ${rule.most}`)
  }
}

function cutBody(headers: readonly HeaderLine[], rest: Buffer): Buffer {
  const announced = headers.find(([name]) => name === 'Content-Length')?.[1]
  if (announced === undefined) return rest
  const length = Number(announced)
  if (length > rest.length) throw new Malformed('RFC 3261 §18.3', `Content-Length is ${length}, ${rest.length} came`)
  return rest.subarray(0, length)
}
