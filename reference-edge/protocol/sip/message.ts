import { decimal, splitOutside, trimBlanks } from './characters.ts'
import { type HeaderLine, HeaderLines } from './header-lines.ts'
import { parseNameAddress, type NameAddress } from './name-address.ts'
import { parseUri, type SipUri } from './uri.ts'
import { parseVia, type Via } from './via.ts'

/**
 * A SIP message over the bytes it came in. Header lines are found once, decoded when asked for, and those that nobody
 * changed leave as the bytes they were. Typed accessors give undefined for what is missing or ill-formed; of a message
 * that `parseMessage` accepted, `topVia`, `from`, `to`, `callId` and `cseq` are always there.
 */
export type SipMessage = SipRequest | SipResponse

export interface CSeq {
  readonly number: number
  readonly method: string
}

/** RFC 3261 §8.1.1.5: less than 2^31. */
export const highestCSeq = 2_147_483_647

abstract class MessageWithHeaders {
  readonly headers: HeaderLines
  body: Buffer

  constructor(headers: HeaderLines, body: Buffer) {
    this.headers = headers
    this.body = body
  }

  abstract get startLine(): string

  /** The first element of a list header, the whole value of any other. */
  first(name: string): string | undefined {
    return this.headers.first(name)
  }

  all(name: string): string[] {
    return this.headers.all(name)
  }

  has(name: string): boolean {
    return this.headers.line(name) !== undefined
  }

  set(name: string, value: string): this {
    this.headers.set(name, value)
    return this
  }

  add(name: string, value: string): this {
    this.headers.add(name, value)
    return this
  }

  addOnTop(name: string, value: string): this {
    this.headers.addOnTop(name, value)
    return this
  }

  removeFirst(name: string): string | undefined {
    return this.headers.removeFirst(name)
  }

  replaceFirst(name: string, value: string): string | undefined {
    return this.headers.replaceFirst(name, value)
  }

  remove(name: string): this {
    this.headers.remove(name)
    return this
  }

  get topVia(): Via | undefined {
    return this.vias('first')?.[0]
  }

  /** Every hop, topmost first, or undefined where one of them is ill-formed. */
  vias(which: 'all' | 'first' = 'all'): readonly Via[] | undefined {
    return this.#parsedList('via', parseVia, which)
  }

  get from(): NameAddress | undefined {
    return this.#parsed('from', parseNameAddress)
  }

  get to(): NameAddress | undefined {
    return this.#parsed('to', parseNameAddress)
  }

  /** Tags are tokens compared without regard to case in theory; everybody copies them, so they are given as written. */
  get fromTag(): string | undefined {
    return this.from?.parameters.get('tag')
  }

  get toTag(): string | undefined {
    return this.to?.parameters.get('tag')
  }

  get callId(): string | undefined {
    return this.headers.line('call-id')?.value
  }

  get cseq(): CSeq | undefined {
    return this.#parsed('cseq', parseCSeq)
  }

  /** Addresses of Contact, Route, Record-Route, Path or Service-Route; undefined where one is ill-formed. */
  addresses(name: string): readonly NameAddress[] | undefined {
    return this.#parsedList(name, parseNameAddress, 'all')
  }

  /** `Contact: *`, which only removes registrations (RFC 3261 §10.2.2). */
  get isWildcardContact(): boolean {
    return this.headers.line('contact')?.value === '*'
  }

  get maxForwards(): number | undefined {
    return this.#number('max-forwards', 255)
  }

  /** Seconds; RFC 3261 §20.19. */
  get expires(): number | undefined {
    return this.#number('expires', 4_294_967_295)
  }

  /** The length announced, which need not be the length of the body. */
  get contentLength(): number | undefined {
    return this.#number('content-length', Number.MAX_SAFE_INTEGER)
  }

  /** The message as it goes out, with the Content-Length of its body. */
  toBuffer(): Buffer {
    return serialise(this.startLine, this.headers, this.contentLength, this.body)
  }

  #number(name: string, most: number): number | undefined {
    const line = this.headers.line(name)
    return line && decimal(line.value, most)
  }

  #parsed<Value>(name: string, parse: (text: string) => Value | undefined): Value | undefined {
    const line = this.headers.line(name)
    if (!line) return undefined
    // One key is always parsed by one function, so what is remembered has its type.
    return (line.parsed ??= parse(line.value)) as Value | undefined
  }

  #parsedList<Value>(
    name: string,
    parse: (text: string) => Value | undefined,
    which: 'all' | 'first',
  ): readonly Value[] | undefined {
    const lines = this.headers.linesOf(name)
    if (lines.length === 1 || (which === 'first' && lines.length > 1)) return parsedElements(lines[0]!, parse)
    const values: Value[] = []
    for (const line of lines) {
      const elements = parsedElements(line, parse)
      if (!elements) return undefined
      values.push(...elements)
    }
    return values
  }
}

export class SipRequest extends MessageWithHeaders {
  readonly kind = 'request'
  readonly method: string
  #requestUri: string
  #parsedUri: SipUri | undefined

  constructor(line: { method: string; requestUri: string }, headers: HeaderLines, body: Buffer) {
    super(headers, body)
    this.method = line.method
    this.#requestUri = line.requestUri
  }

  get startLine(): string {
    return `${this.method} ${this.#requestUri} SIP/2.0\r\n`
  }

  get requestUri(): string {
    return this.#requestUri
  }

  set requestUri(uri: string) {
    if (uri.includes('\r') || uri.includes('\n') || uri.includes(' ')) throw new Error('blank in a request URI')
    this.#requestUri = uri
    this.#parsedUri = undefined
  }

  /** The request URI parsed, or undefined for another scheme than sip and sips. */
  get sipUri(): SipUri | undefined {
    return (this.#parsedUri ??= parseUri(this.#requestUri))
  }

  /** A copy that can be changed without changing this one. The body is shared: bodies are replaced, not written into. */
  clone(): SipRequest {
    return new SipRequest({ method: this.method, requestUri: this.#requestUri }, this.headers.copy(), this.body)
  }
}

export class SipResponse extends MessageWithHeaders {
  readonly kind = 'response'
  readonly status: number
  readonly reason: string

  constructor(line: { status: number; reason: string }, headers: HeaderLines, body: Buffer) {
    super(headers, body)
    this.status = line.status
    this.reason = line.reason
  }

  get startLine(): string {
    return `SIP/2.0 ${this.status} ${this.reason}\r\n`
  }

  clone(): SipResponse {
    return new SipResponse({ status: this.status, reason: this.reason }, this.headers.copy(), this.body)
  }
}

/** `headers` in the order to be sent; Content-Length is added by itself. */
export interface NewRequest {
  readonly method: string
  readonly requestUri: string
  readonly headers: ReadonlyArray<readonly [name: string, value: string]>
  readonly body?: Buffer | string
}

export function createRequest(parts: NewRequest): SipRequest {
  const request = new SipRequest({ method: parts.method, requestUri: '' }, new HeaderLines([]), bodyOf(parts.body))
  request.requestUri = parts.requestUri
  for (const [name, value] of parts.headers) request.add(name, value)
  return request
}

/**
 * A response with the headers that RFC 3261 §8.2.6.2 copies (Via, From, To, Call-ID, CSeq, and Timestamp into a 100),
 * as far as the request has them. `toTag` is added where the request has no To tag and the status is above 100.
 */
export function createResponse(
  request: SipRequest,
  status: number,
  reason: string,
  options: { toTag?: string; headers?: NewRequest['headers']; body?: Buffer | string } = {},
): SipResponse {
  const headers = new HeaderLines([])
  for (const key of ['via', 'from', 'to', 'call-id', 'cseq']) headers.takeOver(request.headers.linesOf(key))
  if (status === 100) headers.takeOver(request.headers.linesOf('timestamp'))
  const to = headers.line('to')?.value
  if (to && options.toTag && status > 100 && request.toTag === undefined)
    headers.set('To', `${to};tag=${options.toTag}`)
  const response = new SipResponse({ status, reason }, headers, bodyOf(options.body))
  for (const [name, value] of options.headers ?? []) response.add(name, value)
  return response
}

function bodyOf(body: Buffer | string | undefined): Buffer {
  return body === undefined ? emptyBody : typeof body === 'string' ? Buffer.from(body) : body
}

const emptyBody = Buffer.alloc(0)

/** `number method`, with any blanks between (RFC 3261 §20.16). */
export function parseCSeq(text: string): CSeq | undefined {
  let end = 0
  while (text.charCodeAt(end) >= 48 && text.charCodeAt(end) <= 57) end++
  const number = decimal(text.slice(0, end), highestCSeq)
  const method = trimBlanks(text.slice(end))
  return number === undefined || method === '' || end + method.length === text.length ? undefined : { number, method }
}

function parsedElements<Value>(
  line: HeaderLine,
  parse: (text: string) => Value | undefined,
): readonly Value[] | undefined {
  if (line.parsed !== undefined) return line.parsed as readonly Value[]
  const values: Value[] = []
  for (const element of splitOutside(line.value, ',')) {
    const value = parse(element)
    if (value === undefined) return undefined
    values.push(value)
  }
  line.parsed = values
  return values
}

/** Runs of untouched lines are copied with one copy; what is ours is written between them. */
function serialise(startLine: string, headers: HeaderLines, announced: number | undefined, body: Buffer): Buffer {
  const isLengthRight = announced === body.length
  let bound = startLine.length * 3 + body.length + 40
  for (const line of headers.lines) bound += line.source ? line.end - line.start : line.text.length * 3
  const out = Buffer.allocUnsafe(bound)
  let at = out.write(startLine, 0)
  let source: Buffer | undefined
  let runStart = 0
  let runEnd = 0
  for (const line of headers.lines) {
    if (line.key === 'content-length' && !isLengthRight) continue
    if (line.source && line.source === source && line.start === runEnd) {
      runEnd = line.end
      continue
    }
    if (source) at += source.copy(out, at, runStart, runEnd)
    source = line.source
    if (source) {
      runStart = line.start
      runEnd = line.end
    } else at += out.write(line.text, at)
  }
  if (source) at += source.copy(out, at, runStart, runEnd)
  at += out.write(isLengthRight ? '\r\n' : `Content-Length: ${body.length}\r\n\r\n`, at, 'latin1')
  at += body.copy(out, at)
  return out.subarray(0, at)
}
