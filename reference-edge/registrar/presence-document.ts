import type { XmlElement } from '../protocol/xml/element.ts'
import { childElements } from '../protocol/xml/element.ts'
import { readXml } from '../protocol/xml/read.ts'
import type { XmlText } from '../protocol/xml/write.ts'
import { XmlText as Markup, escapeXml, xml } from '../protocol/xml/write.ts'

/** A PIDF document that was published (RFC 3863): its elements below `presence`, or undefined where it is none. */
export function readPresence(body: Buffer): readonly XmlElement[] | undefined {
  let root: XmlElement
  try {
    root = readXml(body, limits)
  } catch {
    return undefined
  }
  return root.local === 'presence' && root.namespace === pidf ? childElements(root) : undefined
}

/**
 * One document of everything that is published for an alias, the latest first (RFC 3856 §6.8 leaves composition to the
 * server). A device may use the tuple ids of another: they are numbered anew. Nothing published is "closed".
 */
export function composePresence(aor: string, published: ReadonlyArray<readonly XmlElement[]>): string {
  const elements = published.flatMap((document, place) =>
    document.map((element) => markup(renamed(element, `p${place}-`), pidf)),
  )
  const content = elements.length === 0 ? [nothingPublished] : elements
  const document = xml`<presence xmlns="${pidf}" entity="sip:${aor}">${content}</presence>`
  return `<?xml version="1.0" encoding="UTF-8"?>\n${String(document)}\n`
}

export const presenceType = 'application/pidf+xml'

const pidf = 'urn:ietf:params:xml:ns:pidf'
const limits = { length: 32 * 1024, depth: 16, elements: 500, attributes: 20 }

const nothingPublished = xml`<tuple id="t0"><status><basic>closed</basic></status></tuple>`

function renamed(element: XmlElement, prefix: string): XmlElement {
  const { id } = element.attributes
  return id === undefined ? element : { ...element, attributes: { ...element.attributes, id: prefix + id } }
}

/** Without prefixes: each element declares its namespace where it is not that of its parent. */
function markup({ local, namespace, attributes, children }: XmlElement, inherited: string): XmlText {
  const declared = namespace === inherited ? '' : ` xmlns="${escapeXml(namespace)}"`
  const own = Object.entries(attributes)
    .filter(([name]) => !name.includes(':') || name.startsWith('xml:'))
    .map(([name, value]) => ` ${name}="${escapeXml(value)}"`)
  const content = children.map((node) => (typeof node === 'string' ? escapeXml(node) : markup(node, namespace)))
  return new Markup(`<${local}${declared}${own.join('')}>${content.join('')}</${local}>`)
}
