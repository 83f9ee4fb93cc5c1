/** What the first segment of a request's path says; `rest` is everything behind it, with its slash. */
export type EdgePath =
  | { readonly kind: 'edge'; readonly domain: string; readonly rest: string }
  | ({ readonly kind: 'origin'; readonly domain: string; readonly rest: string } & Origin)
  | { readonly kind: 'malformed'; readonly why: string }

/** A server inside, as the client named it. */
export interface Origin {
  readonly scheme: 'http' | 'https'
  readonly host: string
  readonly port: number
}

/**
 * Decodes `/<base64 of domain[/scheme/host/port]>/rest`. The base64 is of the standard or the URL alphabet, not of
 * both, correctly padded or not padded at all, with nothing in its trailing bits; its text is printable ASCII of one
 * or four fields. Pure: looks nothing up.
 */
export function decodeEdgePath(target: string): EdgePath {
  if (!printable.test(target) || !target.startsWith('/')) return malformed('not a path of printable characters')
  const [, segment = '', rest = ''] = /^\/([^/?#]*)(.*)$/.exec(target) ?? []
  const text = decodeBase64(segment)
  if (text === undefined) return malformed('the first segment is not base64 of text')
  const [domain = '', scheme, host, port, ...more] = text.split('/')
  if (!isName(domain)) return malformed('the first field is not a domain')
  if (scheme === undefined) return { kind: 'edge', domain: domain.toLowerCase(), rest }
  if (host === undefined || port === undefined || more.length > 0) return malformed('neither one nor four fields')
  if (scheme !== 'http' && scheme !== 'https') return malformed('the second field is not http or https')
  if (!isHost(host)) return malformed('the third field is not a host')
  if (!isPort(port)) return malformed('the fourth field is not a port')
  return { kind: 'origin', domain: domain.toLowerCase(), scheme, host: host.toLowerCase(), port: Number(port), rest }
}

/** The canonical first segment: standard alphabet, no padding. */
export function encodeEdgeSegment(domain: string, origin?: Origin): string {
  const text = origin === undefined ? domain : `${domain}/${origin.scheme}/${origin.host}/${origin.port}`
  return Buffer.from(text, 'ascii').toString('base64').replace(/=+$/, '')
}

const printable = /^[\x21-\x7e]{1,32768}$/

function malformed(why: string): EdgePath {
  return { kind: 'malformed', why }
}

function decodeBase64(segment: string): string | undefined {
  const [, digits = '', padding = ''] = /^([A-Za-z0-9+/_-]{2,1024})(={0,2})$/.exec(segment) ?? []
  if (digits === '' || digits.length % 4 === 1) return undefined
  if (padding !== '' && (digits.length + padding.length) % 4 !== 0) return undefined
  if (/[+/]/.test(digits) && /[-_]/.test(digits)) return undefined
  const bytes = Buffer.from(digits, 'base64')
  const standard = digits.replaceAll('-', '+').replaceAll('_', '/')
  // Writing it again shows bits that no byte took up.
  if (bytes.toString('base64').replace(/=+$/, '') !== standard) return undefined
  const text = bytes.toString('latin1')
  return printable.test(text) ? text : undefined
}

/** LDH labels (underscores occur in the field), at most 253 characters. */
function isName(text: string): boolean {
  return text.length <= 253 && /^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$/i.test(text)
}

/** A name, or an IPv4 address in its one usual form: no octal, hexadecimal or short forms (URL standard, "ends in a number"). */
function isHost(text: string): boolean {
  if (!isName(text)) return false
  const last = text.slice(text.lastIndexOf('.') + 1)
  return /^(\d+|0x[0-9a-f]*)$/i.test(last) ? isIpv4(text) : true
}

function isIpv4(text: string): boolean {
  const parts = text.split('.')
  return parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255)
}

function isPort(text: string): boolean {
  return /^[1-9]\d{0,4}$/.test(text) && Number(text) <= 65_535
}
