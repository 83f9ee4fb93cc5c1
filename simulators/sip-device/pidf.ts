import { descendant, escapeXML, parseDocument } from '#simulators/protocol/xml/element.ts'

export interface Presence {
  readonly basic: 'open' | 'closed'
  readonly note?: string
}

export const pidfType = 'application/pidf+xml'

/** A presence document (RFC 3863 §4) with one tuple; `entity` is the address of record with scheme. */
export function writePidf(entity: string, { basic, note }: Presence): string {
  const remark = note === undefined ? '' : `<note>${escapeXML(note)}</note>`
  return (
    '<?xml version="1.0" encoding="UTF-8"?>\r\n' +
    `<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="${escapeXML(entity.replace(/^sips?:/, 'pres:'))}">` +
    `<tuple id="device"><status><basic>${basic}</basic></status>` +
    `<contact>${escapeXML(entity)}</contact>${remark}</tuple></presence>\r\n`
  )
}

/** What a presence document says; undefined where it cannot be read or says nothing. */
export function readPidf(text: string): Presence | undefined {
  const document = parseDocument(text)
  const basic = descendant(document, 'basic')?.getText().trim()
  if (basic !== 'open' && basic !== 'closed') return undefined
  const note = descendant(document, 'note')?.getText()
  return { basic, ...(note === undefined ? {} : { note }) }
}
