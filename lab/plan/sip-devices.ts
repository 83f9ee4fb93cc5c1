import type { HostSpecification } from '#runtime/host.ts'
import type { DnsRecord } from '../dns/start.ts'
import type { Topology, TopologyDevice } from '../topology/topology.ts'
import type { PlanFacts } from './plan-facts.ts'
import { fqdnOf } from './plan-facts.ts'

export function domainOf({ alias }: TopologyDevice): string {
  return alias.slice(alias.indexOf('@') + 1)
}

/** Name of a device's host in its own domain. */
export function deviceFqdn(device: TopologyDevice): string {
  return `${device.host ?? device.id}.${domainOf(device)}`
}

/** Devices of other companies. */
export function partnerDevices({ devices, domain }: Topology): TopologyDevice[] {
  return devices.filter((device) => domainOf(device) !== domain)
}

/** Its certificate where it takes SIP over TLS: another company's is from a public authority and names its domain too. */
export function deviceIdentity(device: TopologyDevice, facts: PlanFacts): HostSpecification['identity'] {
  if (device.listens.tls === undefined) return undefined
  const fqdn = deviceFqdn(device)
  const isPartner = partnerDevices(facts.topology).includes(device)
  const authority = isPartner ? facts.publicAuthority() : facts.authority
  return authority.issue({ commonName: fqdn, names: [fqdn, domainOf(device)] })
}

/** What its program is configured with beside its name and password. */
export function deviceSettings(device: TopologyDevice, topology: Topology): Record<string, unknown> {
  const { listens: listen, registersAt, peer, transport, answersFor, encryption } = device
  const server = (host: string) => ({ host: fqdnOf(host, topology), transport })
  return {
    listen,
    answersFor,
    encryption,
    callsBy: registersAt !== undefined ? 'registrar' : peer !== undefined ? 'peer' : 'dns',
    ...(registersAt === undefined ? {} : { registrar: server(registersAt) }),
    ...(peer === undefined ? {} : { peer: server(peer) }),
  }
}

/** Addresses of the devices that listen, for the DNS server of their place. */
export function deviceAddresses(devices: readonly TopologyDevice[], { fabric }: PlanFacts): DnsRecord[] {
  return devices
    .filter(({ listens }) => listens.tcp !== undefined || listens.tls !== undefined)
    .map((device) => ({ name: deviceFqdn(device), type: 'A', address: fabric.address(device.place, device.number) }))
}

/** What another company's public DNS says of its SIP hosts (RFC 3263 §4.2). */
export function partnerServices(topology: Topology): DnsRecord[] {
  return partnerDevices(topology).flatMap((device) => {
    const { tls, tcp } = device.listens
    const target = deviceFqdn(device)
    const record = (name: string, port: number): DnsRecord => {
      return { name: `${name}._tcp.${domainOf(device)}`, type: 'SRV', priority: 10, weight: 10, port, target }
    }
    return [...(tls === undefined ? [] : [record('_sips', tls)]), ...(tcp === undefined ? [] : [record('_sip', tcp)])]
  })
}
