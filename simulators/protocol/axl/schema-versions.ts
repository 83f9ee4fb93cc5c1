import type { HttpRequest } from '#runtime/network.ts'

const known = ['7.0', '7.1', '8.0', '8.5', '9.0', '9.1', '10.0', '10.5', '11.0', '11.5'] as const

/** The AXL schemas a release speaks: its own and those before it, down to 7.0. */
export function schemasOf(release: string): readonly string[] {
  const last = known.indexOf(release as (typeof known)[number])
  return last < 0 ? [] : known.slice(0, last + 1)
}

/** What a request asks for: `SOAPAction: "CUCM:DB ver=9.1 listPhone"` and the namespace of its element. */
export function schemasAskedFor(request: HttpRequest, namespace: string): string[] {
  const action = /ver=([\d.]+)/.exec(String(request.headers['soapaction'] ?? ''))?.[1]
  const ofNamespace = namespace.slice(namespace.lastIndexOf('/') + 1)
  return action === undefined ? [ofNamespace] : [action, ofNamespace]
}

/** As the product's page says it, for example `… are 9.0 and 9.1`. */
export function incorrectVersion(supported: readonly string[]): string {
  const [last, ...others] = [...supported].reverse()
  const list = others.length === 0 ? last : `${others.reverse().join(', ')} and ${last}`
  return `Incorrect axl version. Supported axl versions are ${list}`
}
