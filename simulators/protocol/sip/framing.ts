import { Malformed } from './grammar.ts'
import { parseHeaderLine, unfold } from './strict-parser.ts'

export type Framed =
  | { readonly kind: 'message'; readonly bytes: Buffer }
  /** CRLF CRLF between messages, as RFC 5626 §3.5.1 uses it. */
  | { readonly kind: 'ping' }
  /** Nothing behind it can be read any more: the connection has to be closed. `head` is what came of the message. */
  | { readonly kind: 'problem'; readonly clause: string; readonly problem: string; readonly head: Buffer }

export interface FramingLimits {
  /** Largest message, head and body together. */
  readonly maxMessageBytes: number
}

const emptyLine = Buffer.from('\r\n\r\n')

/** Cuts a byte stream into messages by Content-Length. RFC 3261 §18.3; the result never depends on TCP's cuts. */
export class StreamFramer {
  readonly #limits: FramingLimits
  #held: Buffer = Buffer.alloc(0)
  #isBroken = false

  constructor(limits: FramingLimits) {
    this.#limits = limits
  }

  /** Whether a message has begun and is not complete. */
  get hasPartial(): boolean {
    return this.#held.some((octet) => octet !== 0x0d && octet !== 0x0a)
  }

  push(chunk: Buffer): Framed[] {
    if (this.#isBroken) return []
    this.#held = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk])
    const framed: Framed[] = []
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      framed.push(next)
      if (next.kind === 'problem') this.#isBroken = true
      if (this.#isBroken) break
    }
    return framed
  }

  #next(): Framed | undefined {
    const blank = this.#skipBlankLines()
    if (blank !== undefined) return blank
    const end = this.#held.indexOf(emptyLine)
    if (end < 0) return this.#held.length > this.#limits.maxMessageBytes ? this.#tooLarge() : undefined
    const length = contentLength(this.#held.subarray(0, end))
    if (typeof length !== 'number') return { kind: 'problem', ...length, head: this.#take(this.#held.length) }
    const total = end + emptyLine.length + length
    if (total > this.#limits.maxMessageBytes) return this.#tooLarge()
    return this.#held.length < total ? undefined : { kind: 'message', bytes: this.#take(total) }
  }

  #skipBlankLines(): Framed | undefined {
    if (this.#held.length >= 4 && this.#held.subarray(0, 4).equals(emptyLine)) {
      this.#take(4)
      return { kind: 'ping' }
    }
    // A single CRLF may be half a ping: it is skipped only once something else follows.
    if (this.#held.length > 3 && this.#held[0] === 0x0d && this.#held[1] === 0x0a) this.#take(2)
    return undefined
  }

  #tooLarge(): Framed {
    const problem = `a message of more than ${this.#limits.maxMessageBytes} bytes`
    return { kind: 'problem', clause: 'RFC 3261 §21.5.7', problem, head: this.#take(this.#held.length) }
  }

  #take(length: number): Buffer {
    const taken = this.#held.subarray(0, length)
    this.#held = this.#held.subarray(length)
    return taken
  }
}

function contentLength(head: Buffer): number | { clause: string; problem: string } {
  const clause = 'RFC 3261 §18.3'
  try {
    const values = unfold(head.toString('latin1'))
      .slice(1)
      .map(parseHeaderLine)
      .filter(([name]) => name === 'Content-Length')
      .map(([, value]) => value)
    if (values.length === 0) return { clause, problem: 'no Content-Length on a stream' }
    if (values.length > 1) return { clause, problem: 'more than one Content-Length' }
    if (!/^\d{1,9}$/.test(values[0]!)) return { clause, problem: 'Content-Length is not a number' }
    return Number(values[0])
  } catch (error) {
    if (!(error instanceof Malformed)) throw error
    return { clause: error.clause, problem: error.message }
  }
}
