import type { WallClock } from '#runtime/clock.ts'

interface Cookie {
  readonly name: string
  readonly value: string
  readonly domain: string
  /** Without a Domain attribute only the very host that set it gets it back. */
  readonly isHostOnly: boolean
  readonly path: string
  readonly isSecure: boolean
  readonly expires: Date | undefined
}

/** A cookie the jar refused, and why: the cause of a whole class of failed sign-ins. */
export interface RefusedCookie {
  readonly name: string
  readonly says: string
}

/** Cookies by the rules of RFC 6265 §5.3 and §5.4, as far as a client without scripts needs them. */
export class CookieJar {
  readonly #clock: WallClock
  #cookies: Cookie[] = []

  constructor(clock: WallClock) {
    this.#clock = clock
  }

  /** Takes one Set-Cookie header of `host`; says why where it is not stored. */
  take(header: string, host: string): RefusedCookie | undefined {
    const [pair = '', ...attributes] = header.split(';').map((part) => part.trim())
    const [name, value] = splitOnce(pair)
    const attribute = (wanted: string) => attributes.map(splitOnce).find(([key]) => key.toLowerCase() === wanted)?.[1]
    const domain = attribute('domain')?.replace(/^\./, '').toLowerCase() ?? ''
    if (domain !== '' && !isWithin(host, domain)) return { name, says: `its domain .${domain} does not hold ${host}` }
    const expires = expiryOf(attribute('max-age'), attribute('expires'), this.#clock.now())
    const path = attribute('path')
    this.#cookies = this.#cookies.filter((cookie) => cookie.name !== name)
    if (expires !== undefined && expires <= this.#clock.now())
      return { name, says: `it expired ${expires.toISOString()}` }
    this.#cookies.push({
      name,
      value,
      domain: domain === '' ? host.toLowerCase() : domain,
      isHostOnly: domain === '',
      path: path?.startsWith('/') === true ? path : '/',
      isSecure: attributes.some((text) => text.toLowerCase() === 'secure'),
      expires,
    })
    return undefined
  }

  /** The Cookie header for a request, or undefined where no cookie fits. */
  header(host: string, path: string, isSecure: boolean): string | undefined {
    const now = this.#clock.now()
    const fitting = this.#cookies.filter(
      (cookie) =>
        (cookie.isHostOnly ? cookie.domain === host.toLowerCase() : isWithin(host, cookie.domain)) &&
        path.startsWith(cookie.path) &&
        (isSecure || !cookie.isSecure) &&
        (cookie.expires === undefined || cookie.expires > now),
    )
    if (fitting.length === 0) return undefined
    return fitting.map(({ name, value }) => `${name}=${value}`).join('; ')
  }

  clear(): void {
    this.#cookies = []
  }
}

/** RFC 6265 §5.1.3: the same, or a suffix behind a dot. */
function isWithin(host: string, domain: string): boolean {
  return host.toLowerCase() === domain || host.toLowerCase().endsWith(`.${domain}`)
}

function expiryOf(maxAge: string | undefined, expires: string | undefined, now: Date): Date | undefined {
  if (maxAge !== undefined && /^-?\d+$/.test(maxAge)) return new Date(now.getTime() + Number(maxAge) * 1_000)
  const date = expires === undefined ? Number.NaN : Date.parse(expires)
  return Number.isNaN(date) ? undefined : new Date(date)
}

function splitOnce(text: string): [string, string] {
  const at = text.indexOf('=')
  return at === -1 ? [text.trim(), ''] : [text.slice(0, at).trim(), text.slice(at + 1).trim()]
}
