import { join } from 'node:path'
import type { HostSpecification } from '#runtime/host.ts'
import type { HostPlan } from '../roles/role.ts'
import type { HostRole, Place, Topology, TopologyDevice } from '../topology/topology.ts'
import { configurationOf } from './configurations.ts'
import type { PlanFacts } from './plan-facts.ts'
import { addressOf, fqdnOf, hostDomain, namesOfRole } from './plan-facts.ts'
import { clusterOf } from './vcs-clusters.ts'
import { hasCloud } from './webex-cloud.ts'
import { deviceFqdn, deviceIdentity, domainOf, partnerDevices } from './sip-devices.ts'

export interface Plans {
  readonly hosts: readonly HostPlan[]
  /** Where each user's client stands, by user id. */
  readonly users: Readonly<Record<string, HostSpecification>>
}

/** From the topology to what each host and client is started with. */
export function planHosts(facts: PlanFacts): Plans {
  const { topology } = facts
  const devices = topology.devices.map((device) => [device.id, specifyDevice(facts, device)] as const)
  return {
    hosts: Object.entries(topology.hosts).map(([name, { role, place, number }]) => ({
      role,
      specification: specify(facts, { name, place, number, certified: certificateNames(role, name, topology) }),
      configuration: configurationOf(role, name, facts),
    })),
    users: Object.fromEntries([
      ...topology.users.map(
        ({ id, place, number }) => [id, specify(facts, { name: id, place, number, certified: undefined })] as const,
      ),
      ...devices,
    ]),
  }
}

function specify(
  facts: PlanFacts,
  host: { name: string; place: Place; number: number; certified: readonly string[] | undefined },
): HostSpecification {
  const { topology, fabric, authority, data, seed, traceLevel } = facts
  const dnsRole: HostRole = host.place === 'inside' ? 'internal-dns' : 'public-dns'
  const fqdn = fqdnOf(host.name, topology)
  // Other companies' certificates are verified where they are met.
  const meetsOthers = hasCloud(topology) || (host.place !== 'inside' && partnerDevices(topology).length > 0)
  const issuer = topology.hosts[host.name]?.role === 'webex' ? facts.publicAuthority() : authority
  return {
    name: host.name,
    fqdn,
    addresses: [fabric.address(host.place, host.number)],
    loopback: fabric.privateLoopback(host.place, host.number),
    refusedNetworks: [...fabric.privateNetworks, fabric.network('dmz'), fabric.network('internet')],
    dns: {
      servers: namesOfRole(topology, dnsRole).map((name) => `${addressOf(name, facts)}:53`),
      domain: hostDomain(host.name, topology),
    },
    trust: [authority.certificate, ...(meetsOthers ? [facts.publicAuthority().certificate] : [])],
    ...(host.certified === undefined ? {} : { identity: issuer.issue({ commonName: fqdn, names: host.certified }) }),
    data: join(data, host.name),
    traceLevel,
    seed,
    clockOffsetMs: 0,
  }
}

/** A device of another company stands in that company's domain, and trusts the public authorities beside ours. */
function specifyDevice(facts: PlanFacts, device: TopologyDevice): HostSpecification {
  const { id: name, place, number } = device
  const specification = specify(facts, { name, place, number, certified: undefined })
  const identity = deviceIdentity(device, facts)
  return {
    ...specification,
    fqdn: deviceFqdn(device),
    dns: { ...specification.dns, domain: domainOf(device) },
    ...(identity === undefined ? {} : { identity }),
  }
}

/** Subject alternative names as the guide asks for them (Setting up VCS security certificates); undefined: no certificate. */
function certificateNames(role: HostRole, name: string, topology: Topology): readonly string[] | undefined {
  const fqdn = fqdnOf(name, topology)
  // The guide's tables ask for the cluster name on every peer of a cluster.
  const cluster = clusterOf(topology, name)?.name
  const own = cluster === undefined ? [fqdn] : [fqdn, cluster]
  switch (role) {
    case 'expressway':
      return [...own, topology.domain]
    case 'control':
      return [...own, `jabber.secure.${topology.domain}`]
    case 'cucm':
      return [fqdn, name]
    case 'imp':
    case 'partner-imp':
      return [fqdn, hostDomain(name, topology)]
    case 'unity':
    case 'web-host':
    case 'webex':
      return [fqdn]
    case 'public-dns':
    case 'internal-dns':
    case 'ntp':
      return undefined
    default:
      return role satisfies never
  }
}
