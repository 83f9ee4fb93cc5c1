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
