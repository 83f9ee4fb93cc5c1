/** Values of all cookies of that name in a Cookie header (RFC 6265 §4.2.1). */
export function cookieValues(header: string | undefined, name: string): string[] {
  return pairs(header)
    .filter((pair) => nameOf(pair) === name)
    .map((pair) => pair.slice(pair.indexOf('=') + 1).trim())
}

/** The header without that cookie; undefined where none is left. */
export function withoutCookie(header: string | undefined, name: string): string | undefined {
  const kept = pairs(header).filter((pair) => nameOf(pair) !== name)
  return kept.length === 0 ? undefined : kept.join('; ')
}

function pairs(header: string | undefined): string[] {
  return (header ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair !== '')
}

function nameOf(pair: string): string {
  const equals = pair.indexOf('=')
  return (equals < 0 ? '' : pair.slice(0, equals)).trim()
}
