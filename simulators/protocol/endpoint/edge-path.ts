/** First segment of the path at the edge: base64 of the fields, without padding (wire facts §2.2). */
export function edgeSegment(...fields: string[]): string {
  return Buffer.from(fields.join('/')).toString('base64').replace(/=+$/, '')
}

/** Where a client sends a request for `url`, for example `/ZXhh…/cucm-uds/version`. */
export function edgeTarget(domain: string, url: URL): string {
  const scheme = url.protocol.slice(0, -1)
  const port = url.port === '' ? (scheme === 'https' ? '443' : '80') : url.port
  return `/${edgeSegment(domain, scheme, url.hostname, port)}${url.pathname}${url.search}`
}
