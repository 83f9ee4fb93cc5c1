/** Text that is XML already; everything else is escaped when it enters a template. */
export class Xml {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }

  toString(): string {
    return this.text
  }
}

export type XmlValue = Xml | string | number | boolean | undefined | readonly XmlValue[]

/** `xml\`<name>${value}</name>\``: values are escaped, `Xml` is put in as it is, lists are joined, undefined is nothing. */
export function xml(parts: TemplateStringsArray, ...values: readonly XmlValue[]): Xml {
  return new Xml(parts.reduce((text, part, index) => text + textOf(values[index - 1]) + part))
}

/** A document with its declaration. */
export function xmlDocument(content: Xml): string {
  return `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n${content.text}`
}

function textOf(value: XmlValue): string {
  if (value === undefined) return ''
  if (value instanceof Xml) return value.text
  if (Array.isArray(value)) return value.map(textOf).join('')
  return escape(String(value))
}

function escape(text: string): string {
  return (
    text
      .replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
      // Characters XML 1.0 cannot hold at all (section 2.2).
      .replace(
        /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g,
        '\ufffd',
      )
  )
}
