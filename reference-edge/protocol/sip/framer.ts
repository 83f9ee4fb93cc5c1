import { CR, LF } from './characters.ts'
import type { SipMessage } from './message.ts'
import {
  badRequest,
  defaultLimits,
  messageTooLarge,
  parseHead,
  type MessageLimits,
  type Refusal,
} from './parse-message.ts'

/**
 * What the bytes of a stream contain, in order. A `refused` with `isFramingLost` is the last event of a stream: answer
 * it where it can be answered, then close. A `ping` (RFC 5626 §4.4.1) is answered with one CRLF.
 */
export type StreamEvent =
  | { readonly kind: 'message'; readonly message: SipMessage }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'ping' }
  | { readonly kind: 'pong' }

export interface FramerOptions {
  readonly limits?: MessageLimits
  /** Who accepted the connection receives pings (CRLF CRLF), who opened it receives pongs (CRLF). */
  readonly keepalive?: 'pings' | 'pongs'
}

/** Cuts a stream into messages. The events do not depend on how the stream was cut into chunks; the work is linear. */
export class StreamFramer {
  readonly #limits: MessageLimits
  readonly #keepalive: 'pings' | 'pongs'
  /** Bytes received and not consumed: `#buffer[#start, #end)`. Never written to once handed out. */
  #buffer: Buffer = nothing
  #start = 0
  #end = 0
  /** Up to here the end of a head has been looked for. */
  #searched = 0
  #lineBreaks = 0
  #head: PendingHead | undefined
  #isOwnBuffer = false
  #messages = 0
  #isLost = false

  constructor(options: FramerOptions = {}) {
    this.#limits = options.limits ?? defaultLimits
    this.#keepalive = options.keepalive ?? 'pings'
  }

  /** A message has begun and is not complete. */
  get headPending(): boolean {
    if (this.#isLost) return false
    const isCarriageReturn = this.#end - this.#start === 1 && this.#buffer[this.#start] === CR
    return this.#head !== undefined || (this.#end > this.#start && !isCarriageReturn)
  }

  /** Messages completed so far; a deadline on a message is over when this has grown. */
  get messageCount(): number {
    return this.#messages
  }

  /** The events that `chunk` completes. The framer may keep the chunk: it must not be changed afterwards. */
  push(chunk: Buffer): StreamEvent[] {
    const events: StreamEvent[] = []
    if (this.#isLost) return events
    this.#append(chunk)
    while (!this.#isLost && this.#takeNext(events)) continue
    if (this.#isLost || this.#start === this.#end) this.#forget()
    return events
  }

  /** Consumes one thing; false when more bytes are needed. */
  #takeNext(events: StreamEvent[]): boolean {
    if (this.#head) return this.#takeBody(this.#head, events)
    return this.#takeLineBreak(events) || this.#takeHead(events)
  }

  #takeLineBreak(events: StreamEvent[]): boolean {
    if (this.#end - this.#start < 2) return false
    if (this.#buffer[this.#start] !== CR || this.#buffer[this.#start + 1] !== LF) {
      this.#lineBreaks = 0
      return false
    }
    this.#consume(2)
    if (this.#keepalive === 'pongs') events.push({ kind: 'pong' })
    else if (++this.#lineBreaks === 2) {
      this.#lineBreaks = 0
      events.push({ kind: 'ping' })
    }
    return true
  }

  #takeHead(events: StreamEvent[]): boolean {
    const most = Math.min(this.#limits.headBytes, this.#limits.messageBytes)
    const found = this.#searchHeadEnd()
    if (found === -1 ? this.#end - this.#start > most : found - this.#start > most) {
      return this.#lose(messageTooLarge(undefined), events)
    }
    if (found === -1) return false
    const head = this.#buffer.subarray(this.#start, found)
    this.#consume(head.length)
    const result = parseHead(head, this.#limits)
    if (!result.ok && (result.isFramingLost || !result.message)) return this.#lose(result, events)
    const message = result.message!
    const length = bodyLength(message)
    if (length === undefined) return this.#lose(badRequest('no Content-Length on a stream', message, true), events)
    if (head.length + length > this.#limits.messageBytes) return this.#lose(messageTooLarge(message), events)
    this.#head = { message, refusal: result.ok ? undefined : result, length }
    return true
  }

  /** The index behind CRLF CRLF, or -1. */
  #searchHeadEnd(): number {
    const from = Math.max(this.#start, this.#searched - 3)
    const place = this.#buffer.subarray(0, this.#end).indexOf('\r\n\r\n', from, 'latin1')
    this.#searched = this.#end
    return place === -1 ? -1 : place + 4
  }

  #takeBody(head: PendingHead, events: StreamEvent[]): boolean {
    if (this.#end - this.#start < head.length) return false
    head.message.body = this.#buffer.subarray(this.#start, this.#start + head.length)
    this.#consume(head.length)
    this.#head = undefined
    this.#messages++
    if (head.refusal) events.push({ kind: 'refused', refusal: head.refusal })
    else events.push({ kind: 'message', message: head.message })
    return true
  }

  #lose(refusal: Refusal, events: StreamEvent[]): false {
    events.push({ kind: 'refused', refusal: { ...refusal, isFramingLost: true } })
    this.#isLost = true
    return false
  }

  #consume(count: number): void {
    this.#start += count
    this.#searched = this.#start
  }

  /** Takes the chunk as it is where nothing is pending, else copies it behind what is, into a buffer that doubles. */
  #append(chunk: Buffer): void {
    const pending = this.#end - this.#start
    if (pending === 0) {
      this.#buffer = chunk
      this.#isOwnBuffer = false
      this.#start = this.#searched = 0
      this.#end = chunk.length
      return
    }
    if (this.#end + chunk.length > this.#buffer.length || !this.#isOwnBuffer) this.#grow(pending + chunk.length)
    chunk.copy(this.#buffer, this.#end)
    this.#end += chunk.length
  }

  #grow(needed: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(1024, needed * 2))
    this.#buffer.copy(larger, 0, this.#start, this.#end)
    this.#searched -= this.#start
    this.#end -= this.#start
    this.#start = 0
    this.#buffer = larger
    this.#isOwnBuffer = true
  }

  #forget(): void {
    this.#buffer = nothing
    this.#start = this.#end = this.#searched = 0
    this.#isOwnBuffer = false
  }
}

interface PendingHead {
  readonly message: SipMessage
  readonly refusal: Refusal | undefined
  /** Of the body. */
  readonly length: number
}

const nothing = Buffer.alloc(0)

/** RFC 3261 §20.14: on a stream Content-Length is mandatory. */
function bodyLength(message: SipMessage): number | undefined {
  // COMPAT(jssip): its responses over TCP have no Content-Length; they never have a body either.
  if (message.kind === 'response' && !message.has('content-length')) return 0
  return message.contentLength
}
