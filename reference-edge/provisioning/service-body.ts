import { SaxesParser } from 'saxes'

/** What the Expressway asks the Control about: one use of digest credentials (RFC 7616 names). */
export interface CredentialCheck {
  readonly username: string
  readonly realm: string
  readonly nonce: string
  readonly qop: string
  readonly cnonce: string
  readonly nc: string
  readonly response: string
  readonly uri: string
  readonly method: string
  /** Tells checks apart in logs. */
  readonly id: string
  /** The host of the request's URI. */
  readonly sipDomain: string
}

/** The multipart body of a SERVICE request (wire facts §6.2): the method call, then the certificate that signed it. */
export function writeCredentialCheck(
  check: CredentialCheck,
  certificatePem: string,
  boundary: string,
): { contentType: string; body: string } {
  const parameters = parameterNames.map((name) => `<${name}>${escapeXml(check[name])}</${name}>`)
  const call =
    `<?xml version="1.0" encoding="utf-8"?><methodCall><params>${parameters.join('')}` +
    '<caching-enabled>true</caching-enabled><reqtype>collab-edge</reqtype></params>' +
    `<methodName>DigestAuth</methodName><version>1.0</version><msgid>${escapeXml(check.id)}</msgid>` +
    `<sipdomain>${escapeXml(check.sipDomain)}</sipdomain></methodCall>`
  const part = (type: string, content: string) => `--${boundary}\r\nContent-Type: ${type}\r\n\r\n${content}\r\n`
  return {
    contentType: `multipart/mixed;boundary=${boundary}`,
    body: `${part('application/text', call)}${part('application/x-x509-ca-cert', certificatePem)}--${boundary}--\r\n`,
  }
}

/** The two parts of a SERVICE body; undefined where it is not of that shape. */
export function readCredentialCheck(
  contentType: string,
  body: string,
): { check: CredentialCheck; certificatePem: string } | undefined {
  const parts = partsOf(contentType, body)
  const call = parts?.get('application/text')
  const certificatePem = parts?.get('application/x-x509-ca-cert')
  const texts = call === undefined ? undefined : textElements(call)
  if (texts === undefined || certificatePem === undefined || texts.get('methodName') !== 'DigestAuth') return undefined
  const check: Record<string, string> = { sipDomain: texts.get('sipdomain') ?? '' }
  for (const name of parameterNames) {
    const text = texts.get(name)
    if (text === undefined) return undefined
    check[name] = text
  }
  return { check: check as unknown as CredentialCheck, certificatePem }
}

/** The body of a 200 to SERVICE. HA1 travels over the mutually authenticated zone only, and never into a log. */
export function writeCredentialAnswer(answer: { ha1: string }): { contentType: string; body: string } {
  const body =
    '<?xml version="1.0" encoding="utf-8"?><methodResponse><params>' +
    `<authenticated>true</authenticated><ha1>${escapeXml(answer.ha1)}</ha1></params></methodResponse>`
  return { contentType: 'application/text', body }
}

/** HA1 of such an answer: 32 lower-case hexadecimal digits (MD5), or undefined. */
export function readCredentialAnswer(body: string): { ha1: string } | undefined {
  const ha1 = textElements(body)?.get('ha1')
  return ha1 !== undefined && ha1.length === 32 && Buffer.from(ha1, 'hex').toString('hex') === ha1 ? { ha1 } : undefined
}

const parameterNames = ['username', 'realm', 'nonce', 'qop', 'cnonce', 'nc', 'response', 'uri', 'method', 'id'] as const

/** Content by content type. Two parts of one type are no body of ours. */
function partsOf(contentType: string, body: string): Map<string, string> | undefined {
  const boundary = boundaryOf(contentType)
  if (boundary === undefined) return undefined
  const pieces = `\r\n${body}`.split(`\r\n--${boundary}`)
  if (pieces.length < 3 || pieces.length > 8 || !pieces.at(-1)!.startsWith('--')) return undefined
  const parts = new Map<string, string>()
  for (const piece of pieces.slice(1, -1)) {
    const headEnd = piece.indexOf('\r\n\r\n')
    if (headEnd === -1) return undefined
    const type = partType(piece.slice(0, headEnd))
    if (type === undefined || parts.has(type)) return undefined
    parts.set(type, piece.slice(headEnd + 4))
  }
  return parts
}

function boundaryOf(contentType: string): string | undefined {
  const [type, ...parameters] = contentType.split(';').map((text) => text.trim())
  if (type?.toLowerCase() !== 'multipart/mixed') return undefined
  const found = parameters.find((text) => text.toLowerCase().startsWith('boundary='))?.slice('boundary='.length)
  const boundary = found?.startsWith('"') ? found.slice(1, -1) : found
  return boundary === undefined || boundary === '' || boundary.length > 70 ? undefined : boundary
}

function partType(head: string): string | undefined {
  const line = head.split('\r\n').find((text) => text.toLowerCase().startsWith('content-type:'))
  return line
    ?.slice(line.indexOf(':') + 1)
    .split(';', 1)[0]!
    .trim()
    .toLowerCase()
}

/** Element name → text of the elements without children; undefined for what is no such document or has a DTD. */
function textElements(xml: string): Map<string, string> | undefined {
  const parser = new SaxesParser()
  const texts = new Map<string, string>()
  let text = ''
  let isLeaf = false
  let problem = false
  parser.on('error', () => (problem = true))
  parser.on('doctype', () => (problem = true))
  parser.on('opentag', () => {
    text = ''
    isLeaf = true
  })
  parser.on('text', (more) => (text += more))
  parser.on('closetag', ({ name }) => {
    if (isLeaf) texts.set(name, text)
    isLeaf = false
  })
  parser.write(xml.trim()).close()
  return problem ? undefined : texts
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
