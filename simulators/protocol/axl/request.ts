import { SaxesParser } from 'saxes'

export interface AxlRequest {
  /** `listProcessNode` … */
  readonly name: string
  readonly namespace: string
  readonly sequence: string | undefined
  /** Text of the elements inside, by local name; the first of each. */
  readonly fields: Readonly<Record<string, string>>
}

const soap = 'http://schemas.xmlsoap.org/soap/envelope/'

/** Reads a SOAP 1.1 envelope with one AXL request in its body. A DTD is refused. */
export function readAxlRequest(
  text: string,
): { readonly ok: true; readonly request: AxlRequest } | { readonly ok: false; readonly problem: string } {
  const parser = new SaxesParser({ xmlns: true })
  const open: string[] = []
  const fields: Record<string, string> = Object.create(null) as Record<string, string>
  let found: Omit<AxlRequest, 'fields'> | undefined
  let problem: string | undefined
  const isEnvelope = (depth: number, uri: string, local: string) =>
    uri === soap && local === ['Envelope', 'Body'][depth]
  parser.on('error', (error) => void (problem ??= error.message))
  parser.on('doctype', () => void (problem ??= 'a DTD is not taken'))
  parser.on('opentag', ({ local, uri, attributes }) => {
    if (open.length === 0 && !isEnvelope(0, uri, local)) problem ??= 'not a SOAP 1.1 envelope'
    if (open.length === 2 && open[1] === 'Body') {
      if (found !== undefined || !uri.startsWith('http://www.cisco.com/AXL/API/')) problem ??= 'not one AXL request'
      found ??= { name: local, namespace: uri, sequence: attributes['sequence']?.value }
    }
    if (open.length > 2 && Object.keys(fields).length < 100) fields[local] ??= ''
    open.push(local)
    if (open.length > 32) problem ??= 'nested too deeply'
  })
  parser.on('text', (part) => {
    const name = open.at(-1)
    if (open.length > 3 && name !== undefined && name in fields) fields[name] += part
  })
  parser.on('closetag', () => void open.pop())
  parser.write(text).close()
  if (problem !== undefined) return { ok: false, problem }
  if (found === undefined) return { ok: false, problem: 'the body holds no request' }
  const trimmed = Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, value.trim()]))
  return { ok: true, request: { ...found, fields: trimmed } }
}
