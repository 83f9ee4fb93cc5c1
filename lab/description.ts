import type { LoopbackFabric } from './fabric/loopback.ts'
import type { LabSecrets } from './plan/secrets.ts'
import { publisherOf, publishersOf } from './plan/plan-facts.ts'
import { deviceFqdn } from './plan/sip-devices.ts'
import { clusterOf, expresswaysOf, vcsClusters } from './plan/vcs-clusters.ts'
import type { HostPlan, RunningHost } from './roles/role.ts'
import type { HostRole, Topology } from './topology/topology.ts'

interface DescribedHost {
  readonly role: HostRole
  readonly fqdn: string
  readonly address: string
  readonly pid: number
  readonly ports: Readonly<Record<string, number>>
  readonly admin?: { readonly url: string; readonly username: string; readonly password: string }
  /** Of a peer of a cluster of VCSs: the cluster name. */
  readonly cluster?: string
  /** Of a Control: the Expressways it connects to. */
  readonly expressways?: readonly string[]
  /** Of a Unified CM or IM and Presence node: the host whose cluster it belongs to, itself where it is the publisher. */
  readonly publisher?: string
  /** Where a firewall translates its address: the one that clients in the internet know. */
  readonly publicAddress?: string
}

/** A cluster of VCSs, peers in the order of their numbers. */
interface DescribedCluster {
  readonly name: string
  readonly role: HostRole
  /** The configuration master when the lab is ready. */
  readonly master: string
  readonly peers: readonly string[]
}

/** What `mra lab --json` prints: all an outside client or script needs. */
export interface LabDescription {
  readonly lab: number
  readonly topology: string
  /** The topology in words. */
  readonly title: string
  readonly fabric: string
  readonly domain: string
  /** Path of the lab CA, PEM; with the WebEx cloud the authority of its certificate stands behind it. */
  readonly ca: string
  readonly hosts: Readonly<Record<string, DescribedHost>>
  readonly clusters: readonly DescribedCluster[]
  readonly dns: { readonly public: string; readonly internal: string }
  /** NTP servers, for System > Time. */
  readonly ntp: { readonly public: string; readonly internal: string }
  /** The application user that discovers Unified CM and IM and Presence servers. */
  readonly axl: { readonly username: string; readonly password: string }
  readonly users: ReadonlyArray<{
    readonly id: string
    readonly password: string
    readonly line: string
    readonly device: string
    readonly jid: string
    readonly place: string
    /** Publisher of the user's home cluster. */
    readonly home: string
  }>
  /** SIP devices that Unified CM does not know. */
  readonly devices: ReadonlyArray<{
    readonly id: string
    readonly password: string
    /** `user@domain`. */
    readonly alias: string
    readonly place: string
    readonly address: string
    readonly fqdn: string
    readonly ports: Readonly<Record<string, number>>
  }>
  readonly data: string
  /** A command that runs a shell inside the lab's network namespace; null where none is needed. */
  readonly enter: string | null
}

/** TCP ports by name, as the guide's port reference and the products have them. */
const ports: Partial<Record<HostRole, Readonly<Record<string, number>>>> = {
  expressway: { https: 8443, sips: 5061, xmpp: 5222, ssh: 2222, zone: 7001, xcp: 7400, admin: 443, internal: 8883 },
  control: { admin: 443 },
  cucm: { sip: 5060, https: 8443, files: 6970 },
  imp: { xmpp: 5222, xcp: 7400, https: 8443 },
  unity: { https: 443 },
  'web-host': { http: 80, https: 443 },
  webex: { http: 80, https: 443, xmpp: 5222 },
}

interface LabFacts {
  readonly topology: Topology
  readonly fabric: LoopbackFabric
  readonly secrets: LabSecrets
  readonly data: string
}

export function describeLab(facts: {
  lab: LabFacts
  plans: readonly HostPlan[]
  hosts: ReadonlyMap<string, RunningHost>
  ca: string
  enter: string | null
}): LabDescription {
  const { lab, plans, hosts, ca, enter } = facts
  const servers = (role: HostRole) =>
    plans.filter((plan) => plan.role === role).map((plan) => `${plan.specification.addresses[0]}:53`)
  const [firstPublisher = ''] = publishersOf(lab.topology, 'cucm')
  const ntpServer = (place: string) => {
    const isThere = ({ role, specification }: HostPlan) =>
      role === 'ntp' && lab.topology.hosts[specification.name]!.place === place
    return plans.find(isThere)?.specification.addresses[0] ?? ''
  }
  return {
    lab: lab.fabric.lab,
    topology: lab.topology.name,
    title: lab.topology.title,
    fabric: enter === null ? 'loopback' : 'private',
    domain: lab.topology.domain,
    ca,
    hosts: Object.fromEntries(
      plans
        .filter((plan) => ports[plan.role] !== undefined)
        .map((plan) => [plan.specification.name, describeHost(lab, plan, hosts.get(plan.specification.name)!)]),
    ),
    clusters: vcsClusters(lab.topology).map(({ name, peers }) => {
      return { name, role: lab.topology.hosts[peers[0]!]!.role, master: peers[0]!, peers }
    }),
    dns: { public: servers('public-dns')[0]!, internal: servers('internal-dns')[0]! },
    ntp: { public: ntpServer('internet'), internal: ntpServer('inside') },
    axl: lab.secrets.axl,
    users: lab.topology.users.map(({ id, line, device, place, home = firstPublisher }) => ({
      id,
      password: lab.secrets.passwords[id]!,
      line,
      device,
      jid: `${id}@${lab.topology.domain}`,
      place,
      home,
    })),
    devices: lab.topology.devices.map((device) => ({
      id: device.id,
      password: lab.secrets.passwords[device.id]!,
      alias: device.alias,
      place: device.place,
      address: lab.fabric.address(device.place, device.number),
      fqdn: deviceFqdn(device),
      ports: device.listens as Readonly<Record<string, number>>,
    })),
    data: lab.data,
    enter,
  }
}

function describeHost(lab: LabFacts, { role, specification }: HostPlan, host: RunningHost): DescribedHost {
  const address = specification.addresses[0]!
  const admin = adminOf(lab.secrets, role, specification.name, address)
  return {
    role,
    fqdn: specification.fqdn,
    address,
    pid: host.pid,
    ports: ports[role] ?? {},
    ...(admin === undefined ? {} : { admin }),
    ...belonging(lab, role, specification.name),
  }
}

/** Which other hosts it works with as one of several. */
function belonging({ topology, fabric }: LabFacts, role: HostRole, name: string): Partial<DescribedHost> {
  const cluster = clusterOf(topology, name)?.name
  const { staticNat, number } = topology.hosts[name]!
  return {
    ...(cluster === undefined ? {} : { cluster }),
    ...(role === 'control' ? { expressways: expresswaysOf(topology, name) } : {}),
    ...(role === 'cucm' || role === 'imp' ? { publisher: publisherOf(topology, name) } : {}),
    ...(staticNat ? { publicAddress: fabric.translatedAddress(number) } : {}),
  }
}

/** Pages for a browser, with their login: those of a VCS, and Cisco Unified CM Administration. */
function adminOf(secrets: LabSecrets, role: HostRole, name: string, address: string): DescribedHost['admin'] {
  if (role === 'cucm') return { url: `https://${address}:8443/ccmadmin`, ...secrets.ccmAdministrator }
  const password = secrets.administrators[name]
  return password === undefined ? undefined : { url: `https://${address}:443/`, username: 'admin', password }
}
