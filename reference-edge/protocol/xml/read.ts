import { SaxesParser } from 'saxes'
import type { SaxesTagNS } from 'saxes'
import type { XmlElement, XmlNode } from './element.ts'
import { record } from './element.ts'

/** Text that is not well-formed, holds a DTD, is not UTF-8 or exceeds a limit. */
export class XmlRefused extends Error {
  readonly code: 'MRA_XML_MALFORMED' | 'MRA_XML_DTD' | 'MRA_XML_UTF8' | 'MRA_XML_LIMIT'

  constructor(message: string, code: XmlRefused['code'], cause?: unknown) {
    super(message, { cause })
    this.code = code
  }
}

export interface XmlLimits {
  /** UTF-16 units. */
  readonly length: number
  readonly depth: number
  readonly elements: number
  /** Attributes of one element, namespace declarations included. */
  readonly attributes: number
}

const documentLimits: XmlLimits = { length: 4 * 1024 * 1024, depth: 64, elements: 100_000, attributes: 100 }

/** Reads a whole document. Throws `XmlRefused`. Comments and processing instructions are passed over. */
export function readXml(document: string | Uint8Array, limits: XmlLimits = documentLimits): XmlElement {
  const text = typeof document === 'string' ? document : decodeUtf8(document)
  if (text.length > limits.length) throw limitExceeded(`the document is longer than ${limits.length}`)
  const { root } = new TreeReader(text, limits)
  if (root === undefined) throw new XmlRefused('there is no element', 'MRA_XML_MALFORMED')
  return root
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new XmlRefused('the bytes are not UTF-8', 'MRA_XML_UTF8', cause)
  }
}

interface OpenElement {
  readonly made: XmlElement
  readonly children: XmlNode[]
}

/** saxes with the limits applied. */
class TreeReader {
  root: XmlElement | undefined
  readonly #limits: XmlLimits
  readonly #open: OpenElement[] = []
  #elements = 0
  #attributes = 0

  constructor(text: string, limits: XmlLimits) {
    this.#limits = limits
    const parser = new SaxesParser({ xmlns: true, position: true })
    // saxes looks entities up in a plain object, where `&constructor;` would be found.
    parser.ENTITIES = record(Object.entries({ amp: '&', gt: '>', lt: '<', quot: '"', apos: "'" }))
    parser.on('doctype', () => {
      throw new XmlRefused('a DTD is not allowed', 'MRA_XML_DTD')
    })
    parser.on('text', (content) => this.#text(content))
    parser.on('cdata', (content) => this.#text(content))
    parser.on('attribute', () => this.#countAttribute())
    parser.on('opentagstart', () => (this.#attributes = 0))
    parser.on('opentag', (tag) => this.#opened(tag))
    parser.on('closetag', () => this.#closed())
    parser.on('error', (error) => {
      throw new XmlRefused(error.message, 'MRA_XML_MALFORMED', error)
    })
    parser.write(text).close()
  }

  #countAttribute(): void {
    this.#attributes += 1
    if (this.#attributes > this.#limits.attributes) throw limitExceeded('an element has too many attributes')
  }

  #opened(tag: SaxesTagNS): void {
    this.#elements += 1
    if (this.#open.length >= this.#limits.depth) throw limitExceeded(`nesting exceeds ${this.#limits.depth}`)
    if (this.#elements > this.#limits.elements) throw limitExceeded(`there are over ${this.#limits.elements} elements`)
    const children: XmlNode[] = []
    this.#open.push({ made: elementOf(tag, children), children })
  }

  #closed(): void {
    const { made } = this.#open.pop()!
    const parent = this.#open.at(-1)
    if (parent === undefined) this.root = made
    else parent.children.push(made)
  }

  #text(text: string): void {
    this.#open.at(-1)?.children.push(text)
  }
}

function elementOf(tag: SaxesTagNS, children: readonly XmlNode[]): XmlElement {
  const attributes = Object.values(tag.attributes).filter(({ uri }) => uri !== declarationNamespace)
  return {
    name: tag.name,
    local: tag.local,
    namespace: tag.uri,
    attributes: record(attributes.map(({ name, value }) => [name, value])),
    children,
  }
}

const declarationNamespace = 'http://www.w3.org/2000/xmlns/'

function limitExceeded(message: string): XmlRefused {
  return new XmlRefused(message, 'MRA_XML_LIMIT')
}
