import { SaxesParser } from 'saxes'
import type { SaxesTagNS } from 'saxes'
import type { XmlElement, XmlNode } from './element.ts'
import { record } from './element.ts'

/** Text that is not well-formed, holds a DTD, is not UTF-8 or exceeds a limit. */
export class XmlRefused extends Error {
  readonly code: 'MRA_XML_MALFORMED' | 'MRA_XML_DTD' | 'MRA_XML_UTF8' | 'MRA_XML_LIMIT' | 'MRA_XML_RESTRICTED'

  constructor(message: string, code: XmlRefused['code'], cause?: unknown) {
    super(message, { cause })
    this.code = code
  }
}

export interface XmlLimits {
  /** Of a document, or of one element directly below the root of a stream; UTF-16 units. */
  readonly length: number
  readonly depth: number
  /** Elements within the same bound as `length`. */
  readonly elements: number
  /** Attributes of one element, namespace declarations included. */
  readonly attributes: number
}

export const documentLimits: XmlLimits = { length: 4 * 1024 * 1024, depth: 64, elements: 100_000, attributes: 100 }
export const streamLimits: XmlLimits = { length: 256 * 1024, depth: 64, elements: 10_000, attributes: 100 }

/** Reads a whole document. Throws `XmlRefused`. Comments and processing instructions are passed over. */
export function readXml(document: string | Uint8Array, limits: XmlLimits = documentLimits): XmlElement {
  const text = typeof document === 'string' ? document : decodeUtf8(document)
  if (text.length > limits.length) throw limitExceeded(`the document is longer than ${limits.length}`)
  let root: XmlElement | undefined
  const parser = new XmlEvents(limits, {
    comment: () => {},
    processingInstruction: () => {},
    closed: (made, depth) => {
      if (depth === 0) root = made
    },
  })
  parser.write(text)
  parser.close()
  if (root === undefined) throw new XmlRefused('there is no element', 'MRA_XML_MALFORMED')
  return root
}

export interface XmlStreamEvents {
  /** The root's start tag; it has no children. */
  onOpen(root: XmlElement): void
  /** A complete element directly below the root. */
  onElement(stanza: XmlElement): void
  /** The root's end tag. */
  onClose(): void
}

/**
 * Reads an endless document (RFC 6120 §4: an XML stream) as it arrives, in any cut of its bytes. Restricted XML
 * (RFC 6120 §11.1) is refused: DTD, comments, processing instructions, undefined entities, text between stanzas.
 */
export class XmlStream {
  readonly #decoder = new TextDecoder('utf-8', { fatal: true })
  readonly #parser: XmlEvents
  #isStopped = false

  constructor(events: XmlStreamEvents, limits: XmlLimits = streamLimits) {
    const refuse = (what: string) => () => {
      throw new XmlRefused(`${what} is not allowed in a stream`, 'MRA_XML_RESTRICTED')
    }
    this.#parser = new XmlEvents(limits, {
      comment: refuse('a comment'),
      processingInstruction: refuse('a processing instruction'),
      opened: (made, depth) => {
        if (depth === 0 && !this.#isStopped) events.onOpen(made)
      },
      closed: (made, depth) => {
        if (this.#isStopped || depth > 1) return
        if (depth === 0) return events.onClose()
        events.onElement(made)
      },
    })
  }

  /** Takes the next bytes; the events are called before it returns. Throws `XmlRefused`; nothing may be written after. */
  write(chunk: Uint8Array): void {
    if (this.#isStopped) return
    let text: string
    try {
      text = this.#decoder.decode(chunk, { stream: true })
    } catch (cause) {
      throw new XmlRefused('the bytes are not UTF-8', 'MRA_XML_UTF8', cause)
    }
    this.#parser.write(text)
  }

  /** No further event; for an element behind which another protocol begins. */
  stop(): void {
    this.#isStopped = true
  }
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new XmlRefused('the bytes are not UTF-8', 'MRA_XML_UTF8', cause)
  }
}

interface Events {
  opened?(made: XmlElement, depth: number): void
  closed(made: XmlElement, depth: number): void
  comment(): void
  processingInstruction(): void
}

interface OpenElement {
  readonly made: XmlElement
  readonly children: XmlNode[]
}

/** saxes with the limits applied; elements below the root become trees, those of the root are not kept by a stream. */
class XmlEvents {
  readonly #parser = new SaxesParser({ xmlns: true, position: true })
  readonly #limits: XmlLimits
  readonly #events: Events
  readonly #open: OpenElement[] = []
  #unitStart = 0
  #elements = 0

  constructor(limits: XmlLimits, events: Events) {
    this.#limits = limits
    this.#events = events
    const parser = this.#parser
    // saxes looks entities up in a plain object, where `&constructor;` would be found.
    parser.ENTITIES = record(Object.entries({ amp: '&', gt: '>', lt: '<', quot: '"', apos: "'" }))
    parser.on('doctype', () => {
      throw new XmlRefused('a DTD is not allowed', 'MRA_XML_DTD')
    })
    parser.on('comment', () => events.comment())
    parser.on('processinginstruction', () => events.processingInstruction())
    parser.on('text', (text) => this.#text(text))
    parser.on('cdata', (text) => this.#text(text))
    parser.on('attribute', () => this.#countAttribute())
    parser.on('opentagstart', () => (this.#attributes = 0))
    parser.on('opentag', (tag) => this.#opened(tag))
    parser.on('closetag', () => this.#closed())
    parser.on('error', (error) => {
      throw new XmlRefused(error.message, 'MRA_XML_MALFORMED', error)
    })
  }

  #attributes = 0

  write(text: string): void {
    this.#parser.write(text)
    this.#checkLength()
  }

  close(): void {
    this.#parser.close()
  }

  #checkLength(): void {
    const { length } = this.#limits
    if (this.#parser.position - this.#unitStart > length) throw limitExceeded(`a unit is longer than ${length}`)
  }

  #countAttribute(): void {
    this.#attributes += 1
    if (this.#attributes > this.#limits.attributes) throw limitExceeded('an element has too many attributes')
  }

  #opened(tag: SaxesTagNS): void {
    const depth = this.#open.length
    this.#elements += 1
    if (depth >= this.#limits.depth) throw limitExceeded(`nesting exceeds ${this.#limits.depth}`)
    if (this.#elements > this.#limits.elements) throw limitExceeded(`there are over ${this.#limits.elements} elements`)
    const children: XmlNode[] = []
    const made = elementOf(tag, children)
    this.#open.push({ made, children })
    if (depth === 0 && this.#events.opened !== undefined) {
      this.#events.opened(made, depth)
      this.#startUnit()
    }
  }

  #closed(): void {
    const { made } = this.#open.pop()!
    const depth = this.#open.length
    // A stream's root (the one that is told of its opening) keeps nothing.
    const isStanza = depth === 1 && this.#events.opened !== undefined
    if (isStanza) this.#checkLength()
    else this.#open.at(-1)?.children.push(made)
    this.#events.closed(made, depth)
    if (isStanza) this.#startUnit()
  }

  #startUnit(): void {
    this.#unitStart = this.#parser.position
    this.#elements = 0
  }

  #text(text: string): void {
    const { length } = this.#open
    if (length === 0) return
    if (length === 1 && this.#events.opened !== undefined) {
      if (text.trim() !== '') throw new XmlRefused('text between stanzas', 'MRA_XML_RESTRICTED')
      return this.#startUnit()
    }
    this.#open.at(-1)!.children.push(text)
  }
}

function elementOf(tag: SaxesTagNS, children: readonly XmlNode[]): XmlElement {
  const attributes = Object.values(tag.attributes).filter(({ uri }) => uri !== declarationNamespace)
  const prefixed = [tag, ...attributes].filter(({ prefix }) => prefix !== '' && prefix !== 'xml')
  return {
    name: tag.name,
    local: tag.local,
    namespace: tag.uri,
    attributes: record(attributes.map(({ name, value }) => [name, value])),
    prefixes: record(prefixed.map(({ prefix, uri }) => [prefix, uri])),
    children,
  }
}

const declarationNamespace = 'http://www.w3.org/2000/xmlns/'

function limitExceeded(message: string): XmlRefused {
  return new XmlRefused(message, 'MRA_XML_LIMIT')
}
