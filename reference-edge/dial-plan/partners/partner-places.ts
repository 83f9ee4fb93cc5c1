import { isIPv4Text } from '../../certificates/alternative-name.ts'
import type { SipUri } from '../../protocol/sip/uri.ts'
import { NameNotResolved, type Resolver, type SrvTarget } from '#runtime/resolve.ts'

/** Where SIP for a domain may be brought to. */
export interface PartnerPlace {
  readonly address: string
  readonly port: number
  readonly transport: 'TLS' | 'TCP'
  /** The host that DNS named: what the certificate there may be for, beside the domain. */
  readonly name: string
}

/**
 * The places of a URI's domain in the order to try (RFC 3263 §4, without NAPTR): the targets of `_sips._tcp`, where that
 * record does not exist those of `_sip._tcp`, else TLS at the address of the domain. A URI with a port or an address says
 * itself where. Clear TCP never stands in for TLS that exists but fails. Empty where nothing resolves; at most 16.
 */
export async function partnerPlaces(
  { scheme, host, port, parameters }: SipUri,
  resolver: Pick<Resolver, 'addresses' | 'services'>,
): Promise<PartnerPlace[]> {
  const asked = scheme === 'sips' ? 'tls' : parameters.get('transport')?.toLowerCase()
  const transport = asked === 'tcp' ? 'TCP' : 'TLS'
  if (port !== undefined || isIPv4Text(host)) {
    return placesOf([{ name: host, port: port ?? defaultPorts[transport] }], transport, resolver)
  }
  const secure = asked === 'tcp' ? [] : await servicesOf(`_sips._tcp.${host}`, resolver)
  if (secure.length > 0) return placesOf(secure, 'TLS', resolver)
  const clear = asked === 'tls' ? [] : await servicesOf(`_sip._tcp.${host}`, resolver)
  if (clear.length > 0) return placesOf(clear, 'TCP', resolver)
  return placesOf([{ name: host, port: defaultPorts[transport] }], transport, resolver)
}

type Target = Pick<SrvTarget, 'name' | 'port'>

async function servicesOf(name: string, resolver: Pick<Resolver, 'services'>): Promise<Target[]> {
  const targets = await resolver.services(name).catch(unlessNotResolved)
  // RFC 2782: a single "." says that the service is decidedly not there.
  return targets.filter((target) => target.name !== '' && target.name !== '.')
}

async function placesOf(
  targets: readonly Target[],
  transport: PartnerPlace['transport'],
  resolver: Pick<Resolver, 'addresses'>,
): Promise<PartnerPlace[]> {
  const places: PartnerPlace[] = []
  for (const { name, port } of targets) {
    if (places.length >= mostPlaces) break
    const addresses = await resolver.addresses(name).catch(unlessNotResolved)
    places.push(...addresses.map((address) => ({ address, port, transport, name })))
  }
  return places.slice(0, mostPlaces)
}

function unlessNotResolved(error: unknown): never[] {
  if (error instanceof NameNotResolved) return []
  throw error
}

const defaultPorts = { TLS: 5061, TCP: 5060 } as const
const mostPlaces = 16
