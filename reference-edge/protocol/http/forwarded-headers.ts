/** Name, value, name, value …: the form of Node's `rawHeaders`. */
export type RawHeaders = readonly string[]

/**
 * The headers a proxy may pass on, under their names as received; repeated ones become a list. Left out: hop-by-hop
 * headers (RFC 9110 §7.6.1), those the Connection header names, Content-Length (written anew), and `more`
 * (lower-case names).
 */
export function endToEndHeaders(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
  more: readonly string[] = [],
): Record<string, string | readonly string[]> {
  const dropped = new Set([...hopByHop, ...more, ...connectionTokens(headers)])
  const kept: Record<string, string | readonly string[]> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && !dropped.has(name.toLowerCase())) kept[name] = value
  }
  return kept
}

/** Headers of an answer by name; the spelling of the first occurrence stays, values are in order. */
export function headerRecord(raw: RawHeaders): Record<string, string | readonly string[]> {
  const byName = new Map<string, { name: string; values: string[] }>()
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index]!
    const entry = byName.get(name.toLowerCase())
    if (entry === undefined) byName.set(name.toLowerCase(), { name, values: [raw[index + 1]!] })
    else entry.values.push(raw[index + 1]!)
  }
  return Object.fromEntries(
    [...byName.values()].map(({ name, values }) => [name, values.length === 1 ? values[0]! : values]),
  )
}

/** An answer to HEAD, and 304, tell the length of a body they do not have (RFC 9110 §8.6). */
export function lengthWithoutBody(
  method: string,
  answer: { status: number; headers: Readonly<Record<string, string | string[] | undefined>> },
): Record<string, string> {
  const length = answer.headers['content-length']
  const mayTell = method === 'HEAD' || answer.status === 304
  return mayTell && typeof length === 'string' ? { 'Content-Length': length } : {}
}

/** One value of a header that may stand once. */
export function headerText(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value
}

function connectionTokens(headers: Readonly<Record<string, string | readonly string[] | undefined>>): string[] {
  return Object.entries(headers)
    .filter(([name]) => name.toLowerCase() === 'connection')
    .flatMap(([, value]) => String(value).split(','))
    .map((token) => token.trim().toLowerCase())
}

const hopByHop = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'content-length',
  'expect',
]
