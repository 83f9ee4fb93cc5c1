import type { XmlElement } from './element.ts'

/** Text that is markup already: the template inserts it as it is, and escapes everything else. */
export class XmlText {
  readonly #markup: string

  constructor(markup: string) {
    this.#markup = markup
  }

  toString(): string {
    return this.#markup
  }
}

type Inserted = string | number | XmlText | readonly XmlText[]

/** Writes markup: xml`<name id="${id}">${text}</name>`. Inserted strings are escaped, `XmlText` is not. */
export function xml(parts: TemplateStringsArray, ...values: readonly Inserted[]): XmlText {
  return new XmlText(parts.reduce((markup, part, index) => markup + inserted(values[index - 1]!) + part))
}

/** Escaped for content and for attribute values in either quotes; characters XML 1.0 cannot hold become U+FFFD. */
export function escapeXml(text: string): string {
  return text
    .toWellFormed()
    .replace(notXml, '\uFFFD')
    .replace(special, (character) => escapes[character]!)
}

/** Namespace of each prefix already declared around an element; the default namespace stands under ''. */
export type NamespaceScope = Readonly<Record<string, string>>

/**
 * Writes an element anew, declaring each namespace where it is not in scope. `scope` is what surrounds it, for a
 * stanza `{ '': 'jabber:client', stream: 'http://etherx.jabber.org/streams' }`.
 */
export function writeXml(element: XmlElement, scope: NamespaceScope = { '': '' }): string {
  const needed: Record<string, string> = { ...element.prefixes }
  if (!element.name.includes(':')) needed[''] = element.namespace
  const missing = Object.entries(needed).filter(([prefix, namespace]) => scope[prefix] !== namespace)
  const declarations = missing.map(
    ([prefix, namespace]) => ` xmlns${prefix === '' ? '' : `:${prefix}`}="${escapeXml(namespace)}"`,
  )
  const attributes = Object.entries(element.attributes).map(([name, value]) => ` ${name}="${escapeXml(value)}"`)
  const start = `<${element.name}${declarations.join('')}${attributes.join('')}`
  if (element.children.length === 0) return `${start}/>`
  const inner = missing.length === 0 ? scope : { ...scope, ...Object.fromEntries(missing) }
  const content = element.children.map((node) => (typeof node === 'string' ? escapeXml(node) : writeXml(node, inner)))
  return `${start}>${content.join('')}</${element.name}>`
}

function inserted(value: Inserted): string {
  if (value instanceof XmlText) return value.toString()
  if (typeof value === 'object') return value.join('')
  return escapeXml(String(value))
}

/** RFC: XML 1.0 §2.2 (Char) and, for values that must survive normalisation, §3.3.3. */
const notXml = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu
const special = /[&<>"'\r]/g
const escapes: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\r': '&#13;',
}
