/** RFC 3261 §20 and the registrations behind it that gave a header a compact form. */
const compactForms: Readonly<Record<string, string>> = {
  a: 'Accept-Contact',
  b: 'Referred-By',
  c: 'Content-Type',
  d: 'Request-Disposition',
  e: 'Content-Encoding',
  f: 'From',
  i: 'Call-ID',
  j: 'Reject-Contact',
  k: 'Supported',
  l: 'Content-Length',
  m: 'Contact',
  n: 'Identity-Info',
  o: 'Event',
  r: 'Refer-To',
  s: 'Subject',
  t: 'To',
  u: 'Allow-Events',
  v: 'Via',
  x: 'Session-Expires',
  y: 'Identity',
}

const spelled = new Map(
  [
    ...Object.values(compactForms),
    'Accept',
    'Alert-Info',
    'Allow',
    'Authorization',
    'CSeq',
    'Call-Info',
    'Content-Disposition',
    'Date',
    'Expires',
    'MIME-Version',
    'Max-Forwards',
    'Min-Expires',
    'Min-SE',
    'P-Asserted-Identity',
    'Proxy-Authenticate',
    'Proxy-Authorization',
    'Proxy-Require',
    'Reason',
    'Record-Route',
    'Remote-Party-ID',
    'Replaces',
    'Require',
    'Retry-After',
    'Route',
    'Server',
    'Subscription-State',
    'Timestamp',
    'Unsupported',
    'User-Agent',
    'WWW-Authenticate',
    'Warning',
  ].map((name) => [name.toLowerCase(), name]),
)

/** Compact forms written out and known names in their usual spelling; unknown names as they came. */
export function canonicalName(name: string): string {
  const lower = name.toLowerCase()
  return compactForms[lower] ?? spelled.get(lower) ?? name
}

/** Header fields of which a message may hold only one. RFC 3261 §7.3.1. */
export const onlyOnce: ReadonlySet<string> = new Set([
  'CSeq',
  'Call-ID',
  'Content-Disposition',
  'Content-Length',
  'Content-Type',
  'Date',
  'Event',
  'Expires',
  'From',
  'Max-Forwards',
  'Min-Expires',
  'Refer-To',
  'Session-Expires',
  'To',
])
