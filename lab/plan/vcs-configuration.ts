import { randomBytes, scryptSync } from 'node:crypto'
import type { HostRole, Topology } from '../topology/topology.ts'
import type { PageValues, VcsDocument, VcsPlan } from '../vcs/vcs-document.ts'
import { businessOfControl, businessOfExpressway } from './business-configuration.ts'
import type { PlanFacts } from './plan-facts.ts'
import { addressOf, fqdnOf, namesOfRole, publishersOf, reachedAt } from './plan-facts.ts'
import { withStaticNat } from './lan-interfaces.ts'
import { clusterOf, controlsOf, expresswaysOf } from './vcs-clusters.ts'
import type { VcsCluster } from './vcs-clusters.ts'
import { hasCloud } from './webex-cloud.ts'

/** What the guide has an administrator enter on the VCS Expressway, page by page. */
export function expressway(name: string, facts: PlanFacts): VcsPlan {
  const { topology, secrets } = facts
  const { username, password } = secrets.traversalZone
  return {
    installation: installation(name, facts),
    document: ofInterfaces(
      name,
      facts,
      businessOfExpressway(
        {
          ...systemPages(name, facts, 'public-dns'),
          'Configuration > Authentication > Devices > Local database': [{ Name: username, Password: password }],
          'Configuration > Zones > Zones': [
            {
              ...traversalZone(username),
              Type: 'Traversal server',
              'TLS verify subject name': verifiedName(name, topology),
            },
          ],
        },
        facts,
      ),
    ),
  }
}

/** What the guide has an administrator enter on the VCS Control, page by page. */
export function control(name: string, facts: PlanFacts): VcsPlan {
  const { topology, secrets } = facts
  const { username, password } = secrets.traversalZone
  const account = { Username: secrets.axl.username, Password: secrets.axl.password, 'TLS verify mode': 'On' }
  const publishers = (role: HostRole, label: string) =>
    publishersOf(topology, role).map((publisher) => ({ [label]: fqdnOf(publisher, topology), ...account }))
  return {
    installation: installation(name, facts),
    document: ofPeer(
      name,
      facts,
      businessOfControl(
        {
          ...systemPages(name, facts, 'internal-dns'),
          'Configuration > Domains': [
            {
              'Domain name': topology.domain,
              'SIP registrations and provisioning on VCS': 'Off',
              'SIP registrations and provisioning on Unified CM': 'On',
              'IM and Presence services on Unified CM': hasCloud(topology) ? 'Off' : 'On',
            },
          ],
          'Configuration > Unified Communications > IM and Presence servers': publishers(
            'imp',
            'IM and Presence publisher address',
          ),
          'Configuration > Unified Communications > Unified CM servers': publishers(
            'cucm',
            'Unified CM publisher address',
          ),
          'Configuration > Unified Communications > Configuration > HTTP server allow list': [
            ...namesOfRole(topology, 'unity'),
            ...namesOfRole(topology, 'web-host'),
          ].map((server) => ({ 'Server hostname': fqdnOf(server, topology) })),
          'Configuration > Zones > Zones': [
            {
              ...traversalZone(username),
              Type: 'Traversal client',
              Password: password,
              ...peerAddresses(name, topology),
            },
          ],
        },
        name,
        facts,
      ),
    ),
  }
}

/** Guide: Configuring DNS and NTP settings, and Enabling mobile and remote access. */
function systemPages(name: string, facts: PlanFacts, dns: 'public-dns' | 'internal-dns'): VcsDocument {
  const { topology } = facts
  const [server] = namesOfRole(topology, dns)
  const place = dns === 'public-dns' ? 'internet' : 'inside'
  const ntp = namesOfRole(topology, 'ntp').find((host) => topology.hosts[host]!.place === place)
  return {
    'System > DNS': {
      'System host name': name,
      'Domain name': topology.domain,
      'Address 1': addressOf(server!, facts),
    },
    'System > Time': ntp === undefined ? [] : [{ Address: addressOf(ntp, facts) }],
    'Configuration > Unified Communications > Configuration': {
      'Unified Communications mode': 'Mobile and remote access',
    },
  }
}

/** Pages that every peer has of its own; all others are made on the master and replicated. */
const ownPages = [
  'System > DNS',
  'System > Time',
  'System > System administration',
  'Maintenance > Option keys',
  'System > IP',
]

/** Of an Expressway: where a firewall translates its address, it knows that one. */
function ofInterfaces(name: string, facts: PlanFacts, document: VcsDocument): VcsDocument {
  const own = ofPeer(name, facts, document)
  return facts.topology.hosts[name]!.staticNat ? withStaticNat(own, reachedAt(name, facts)) : own
}

/** What an administrator enters on this very VCS: in a cluster everything on the master, last of all the cluster. */
function ofPeer(name: string, facts: PlanFacts, document: VcsDocument): VcsDocument {
  const cluster = clusterOf(facts.topology, name)
  if (cluster === undefined) return document
  const own = Object.entries(document).filter(([path]) => name === cluster.peers[0] || ownPages.includes(path))
  return { ...Object.fromEntries(own), 'System > Clustering': clustering(cluster, facts) }
}

function clustering({ label, name, peers }: VcsCluster, facts: PlanFacts): PageValues {
  const addresses = peers.map((peer, index) => [`Peer ${index + 1} IP address`, addressOf(peer, facts)])
  return {
    'Cluster name': name,
    'Configuration master': 1,
    'Cluster pre-shared key': facts.secrets.clusterKeys[label]!,
    ...Object.fromEntries(addresses),
  }
}

/** Guide, TLS verify subject name: the cluster's name where the traversal client is a cluster, otherwise the Control's. */
function verifiedName(expressway: string, topology: Topology): string {
  const control = controlsOf(topology, expressway)[0]!
  return clusterOf(topology, control)?.name ?? fqdnOf(control, topology)
}

/** Every Expressway of a cluster by its FQDN. */
function peerAddresses(control: string, topology: Topology): PageValues {
  const peers = expresswaysOf(topology, control)
  return Object.fromEntries(peers.map((peer, index) => [`Peer ${index + 1} address`, fqdnOf(peer, topology)]))
}

/** The guide's table: what both ends of the secure traversal zone have in common. */
function traversalZone(username: string) {
  return {
    Name: 'TraversalZone',
    Username: username,
    'H.323 Mode': 'Off',
    'SIP Mode': 'On',
    Port: 7001,
    Transport: 'TLS',
    'Unified Communications services': 'Yes',
    'TLS verify mode': 'On',
    'Media encryption mode': 'Force encrypted',
    'Authentication policy': 'Do not check credentials',
  }
}

function installation(name: string, { secrets }: PlanFacts) {
  return { administrator: { username: 'admin', passwordHash: passwordHash(secrets.administrators[name]!) } }
}

/** The VCS keeps only this. The least cost: the password is 96 random bits, nobody guesses it. */
function passwordHash(password: string): string {
  const salt = randomBytes(16)
  const cost = 1_024
  return `scrypt:${salt.toString('hex')}:${scryptSync(password, salt, 32, { N: cost }).toString('hex')}:${cost}`
}
