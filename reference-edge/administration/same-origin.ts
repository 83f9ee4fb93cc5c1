/** Headers that tell where a request was made. */
export interface OriginFacts {
  readonly host: string | undefined
  readonly origin: string | undefined
  readonly secFetchSite: string | undefined
}

/**
 * Whether a changing request comes from our own pages, as far as the browser tells (Fetch Metadata, RFC 6454 Origin).
 * Programs tell nothing: what they send is judged by its token or its login.
 */
export function isSameOrigin({ host, origin, secFetchSite }: OriginFacts): boolean {
  if (secFetchSite !== undefined && secFetchSite !== 'same-origin' && secFetchSite !== 'none') return false
  if (origin === undefined) return true
  const own = `https://${host ?? ''}`
  if (!URL.canParse(origin) || !URL.canParse(own)) return false
  return new URL(origin).origin === new URL(own).origin
}
