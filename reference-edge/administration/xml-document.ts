/** What `GET /getxml` can show, by the first step of a location: `Status`, `Configuration`. */
export type Documents = Readonly<Record<string, unknown>>

/**
 * A part of a document as XML, in the manner of `GET /getxml?location=/Status/Zones`: elements named after the fields,
 * list members numbered. Undefined where there is nothing at that place.
 */
export function xmlAt(product: string, documents: Documents, location: string): string | undefined {
  const [first = '', ...path] = location.split('/').filter((step) => step !== '')
  const root = Object.keys(documents).find((key) => isSameName(key, first))
  if (root === undefined) return undefined
  let value = documents[root]
  for (const step of path) {
    const found = isRecord(value) ? Object.keys(value).find((key) => isSameName(key, step)) : undefined
    if (found === undefined) return undefined
    value = (value as Record<string, unknown>)[found]
  }
  const content = path.reduceRight((inner, step) => element(nameOf(step), inner), contentOf(value))
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root} product="${escapeXml(product)}">${content}</${root}>\n`
}

function contentOf(value: unknown): string {
  if (Array.isArray(value)) return value.map((item, index) => element('Item', contentOf(item), index + 1)).join('')
  if (!isRecord(value)) return value === undefined || value === null ? '' : escapeXml(String(value))
  return Object.entries(value)
    .map(([key, inner]) => element(nameOf(key), contentOf(inner)))
    .join('')
}

function element(name: string, content: string, item?: number): string {
  return `<${name}${item === undefined ? '' : ` item="${item}"`}>${content}</${name}>`
}

/** `mediaPortsInUse` → `MediaPortsInUse`; what may not stand in a name becomes `_`. */
function nameOf(key: string): string {
  const safe = key.replaceAll(/[^A-Za-z0-9_.-]/g, '_')
  return /^[A-Za-z_]/.test(safe) ? safe[0]!.toUpperCase() + safe.slice(1) : `_${safe}`
}

function isSameName(key: string, step: string): boolean {
  return key.toLowerCase() === step.toLowerCase()
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function escapeXml(text: string): string {
  const escaped = text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
  // XML 1.0 §2.2: other control characters cannot stand in a document at all.
  return escaped.replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')
}
