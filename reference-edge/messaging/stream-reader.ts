import { SaxesParser } from 'saxes'
import type { Stanza, StanzaAttribute } from './stanza.ts'
import type { StreamCondition } from './stream-condition.ts'

export interface StreamLimits {
  /** Bytes of one stanza, and of the stream's header. */
  readonly stanzaBytes: number
  /** Elements within each other, the stanza itself counted. */
  readonly depth: number
}

export interface StreamEvents {
  /** The stream's header; its children are the stanzas, in its default namespace where they declare none. */
  onHeader(header: Stanza, contentNamespace: string): void
  /** `isLast`: the bytes read so far end with this stanza. */
  onStanza(element: Stanza, isLast: boolean): void
  /** `</stream:stream>` */
  onEnd(): void
}

interface OpenElement extends Stanza {
  readonly children: Array<Stanza | string>
}

/** Ends the parser from within its events. */
class StreamBroken extends Error {
  readonly condition: StreamCondition

  constructor(condition: StreamCondition) {
    super(condition)
    this.condition = condition
  }
}

/**
 * Reads one XML stream (RFC 6120 §4) as it arrives, cut anywhere. Only well-formed UTF-8 and the XML subset of §11.1:
 * no DTD, processing instruction or comment. After a refusal the reader takes no more bytes.
 */
export class StreamReader {
  readonly #events: StreamEvents
  readonly #limits: StreamLimits
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  readonly #parser = new SaxesParser({ xmlns: true, position: false })
  readonly #open: OpenElement[] = []
  #hasHeader = false
  #isEnded = false
  #prolog = ''
  #chunk = ''
  #lastByte = 0
  /** Where the chunk begins in the parser's count of characters. */
  #chunkStart = 0
  /** Up to where the chunk's characters are counted. */
  #counted = 0
  #bytes = 0

  constructor(events: StreamEvents, limits: StreamLimits) {
    this.#events = events
    this.#limits = limits
    this.#listen()
  }

  /** Undefined: go on. Otherwise the stream has to be closed with this condition. */
  write(bytes: Uint8Array): StreamCondition | undefined {
    if (this.#isEnded) return undefined
    const condition = this.#read(bytes)
    if (condition !== undefined) this.#isEnded = true
    return condition
  }

  /** Nothing more is read, not even the rest of the bytes being read now. */
  stop(): void {
    this.#isEnded = true
  }

  #read(bytes: Uint8Array): StreamCondition | undefined {
    try {
      this.#chunk = this.#decoder.decode(bytes, { stream: true })
    } catch {
      return 'not-well-formed'
    }
    if (!this.#hasHeader && this.#hasForbiddenProlog()) return 'restricted-xml'
    this.#lastByte = bytes.at(-1) ?? 0
    this.#counted = 0
    try {
      this.#parser.write(this.#chunk)
      this.#count(this.#chunk.length)
    } catch (error) {
      if (error instanceof StreamBroken) return error.condition
      throw error
    }
    this.#chunkStart += this.#chunk.length
    return undefined
  }

  /** The parser tells of a DTD at its end only, which may never come. */
  #hasForbiddenProlog(): boolean {
    this.#prolog = (this.#prolog + this.#chunk).slice(0, prologChars)
    return /^\s*(?:<\?xml[^>]*>\s*)?<!/.test(this.#prolog)
  }

  #listen(): void {
    const parser = this.#parser
    const refuse = (condition: StreamCondition) => () => {
      if (!this.#isEnded) throw new StreamBroken(condition)
    }
    // RFC 6120 §11.1: restricted XML
    parser.on('doctype', refuse('restricted-xml'))
    parser.on('comment', refuse('restricted-xml'))
    parser.on('processinginstruction', refuse('restricted-xml'))
    // A DTD behind the header is an error already, told at its first word.
    parser.on('error', ({ message }) => refuse(message.includes('doctype') ? 'restricted-xml' : 'not-well-formed')())
    parser.on('text', (text) => this.#takeText(text))
    parser.on('cdata', (text) => this.#takeText(text))
    parser.on('opentag', (tag) => {
      if (this.#isEnded) return
      const attributes = Object.values(tag.attributes).filter(isAttribute).map(attributeFrom)
      const element = { name: tag.local, namespace: tag.uri, attributes, children: [] }
      this.#takeOpening(element, tag.ns?.[''] ?? '')
    })
    parser.on('closetag', () => !this.#isEnded && this.#takeClosing())
  }

  #takeOpening(element: OpenElement, declaredNamespace: string): void {
    if (!this.#hasHeader) {
      this.#hasHeader = true
      this.#markStanzaEnd()
      return this.#events.onHeader(element, declaredNamespace)
    }
    if (this.#open.length >= this.#limits.depth) throw new StreamBroken('policy-violation')
    this.#open.at(-1)?.children.push(element)
    this.#open.push(element)
  }

  #takeClosing(): void {
    const element = this.#open.pop()
    if (element === undefined) {
      this.#isEnded = true
      return this.#events.onEnd()
    }
    if (this.#open.length > 0) return
    const end = this.#markStanzaEnd()
    const isLast = end >= this.#chunk.length && this.#lastByte === closingBracket
    this.#events.onStanza(element, isLast)
  }

  #takeText(text: string): void {
    if (this.#isEnded) return
    const parent = this.#open.at(-1)
    if (parent !== undefined) return void parent.children.push(text)
    // Between stanzas only whitespace is legal: keepalives (RFC 6120 §4.6.1).
    if (/[^ \t\r\n]/.test(text)) throw new StreamBroken('bad-format')
  }

  /** Counts the stanza just read and starts the next one's count; where in the chunk it ended. */
  #markStanzaEnd(): number {
    const end = this.#parser.position - this.#chunkStart
    this.#count(end)
    this.#bytes = 0
    return end
  }

  #count(end: number): void {
    this.#bytes += Buffer.byteLength(this.#chunk.slice(this.#counted, end))
    this.#counted = end
    if (!this.#isEnded && this.#bytes > this.#limits.stanzaBytes) throw new StreamBroken('policy-violation')
  }
}

const closingBracket = 0x3e
const prologChars = 512

interface SaxesAttribute {
  readonly local: string
  readonly prefix: string
  readonly uri: string
  readonly value: string
  readonly name: string
}

function isAttribute({ name, prefix }: SaxesAttribute): boolean {
  return name !== 'xmlns' && prefix !== 'xmlns'
}

function attributeFrom({ local, uri, value }: SaxesAttribute): StanzaAttribute {
  return { name: local, namespace: uri, value }
}
