import type { Element } from '@xmpp/xml'
import { Parser } from '@xmpp/xml'

export interface StreamParserEvents {
  /** The root has opened. */
  onHeader(root: Element): void
  /** A child of the root is complete. */
  onElement(element: Element): void
  /** The root has closed. */
  onEnd(): void
}

export interface StreamParserLimits {
  /** Bytes of one child of the root. */
  readonly elementBytes: number
  /** Keep the root's own text, which an XMPP stream throws away. */
  readonly keepsText?: boolean
}

/** Reads a stream of elements with ltx, which by itself takes DTDs, any text and bytes without limit. */
export class StreamParser {
  readonly #parser = new RootTextParser()
  readonly #decoder = new TextDecoder('utf-8', { fatal: true })
  readonly #limits: StreamParserLimits
  #isBroken = false
  #hasBegun = false
  #bytes = 0
  #held: string[] = []
  /** The last characters, in case a declaration is cut in two. */
  #tail = ''

  constructor(events: StreamParserEvents, limits: StreamParserLimits) {
    this.#limits = limits
    this.#parser.keepsText = limits.keepsText === true
    this.#parser.on('start', (element) => {
      this.#bytes = 0
      events.onHeader(element)
    })
    this.#parser.on('element', (element) => {
      this.#bytes = 0
      if (!this.#isBroken) events.onElement(element)
    })
    this.#parser.on('end', () => !this.#isBroken && events.onEnd())
    this.#parser.on('error', () => (this.#isBroken = true))
  }

  /** False: not well-formed, a DTD, a comment in a stream, or too long; nothing more is read. */
  write(bytes: Uint8Array): boolean {
    if (this.#isBroken) return false
    try {
      const text = this.#decoder.decode(bytes, { stream: true })
      // RFC 6120 §11.1: neither a DTD nor, in a stream, a comment.
      const forbidden = this.#limits.keepsText === true ? declaration : declarationOrComment
      if (forbidden.test(this.#tail + text)) this.#isBroken = true
      // Ahead of the root only white space may come.
      if (!this.#hasBegun && !/^\s*(?:<|$)/.test(text)) this.#isBroken = true
      this.#hasBegun ||= text.includes('<')
      this.#tail = (this.#tail + text).slice(-3)
      this.#bytes += bytes.length
      if (!this.#isBroken) this.#feed(text)
    } catch {
      this.#isBroken = true
    }
    // Counted from the last complete element of an earlier piece: at most one piece too generous.
    if (this.#bytes > this.#limits.elementBytes) this.#isBroken = true
    return !this.#isBroken
  }

  /**
   * ltx searches the whole rest again for each character of a text whose end it has not got yet, so it gets whole
   * tags only.
   */
  #feed(text: string): void {
    const end = text.lastIndexOf('>') + 1
    if (end === 0) return void this.#held.push(text)
    const ready = this.#held.join('') + text.slice(0, end)
    this.#held = [text.slice(end)]
    this.#parser.write(ready)
  }

  stop(): void {
    this.#isBroken = true
  }
}

class RootTextParser extends Parser {
  keepsText = false
  #depth = 0

  override onStartElement(name: string, attrs: Record<string, string>): void {
    // Elements are written and searched by recursion.
    if (++this.#depth > deepest) throw new Error('elements too deep')
    super.onStartElement(name, attrs)
  }

  override onEndElement(name: string): void {
    this.#depth--
    super.onEndElement(name)
  }

  override onText(text: string): void {
    if (this.cursor !== null && (this.cursor !== this.root || this.keepsText)) return super.onText(text)
    if (text.trim() !== '') this.emit('error', new Error('text between stanzas'))
  }
}

const declaration = /<!(?!\[CDATA\[)[A-Z]/
const declarationOrComment = /<!(?:--|(?!\[CDATA\[)[A-Z])/

const deepest = 100
