import { randomBytes, scryptSync } from 'node:crypto'
import type { HostRole } from '../topology/topology.ts'
import type { VcsDocument, VcsPlan } from '../vcs/vcs-document.ts'
import { businessOfControl, businessOfExpressway } from './business-configuration.ts'
import type { PlanFacts } from './plan-facts.ts'
import { addressOf, fqdnOf, namesOfRole, publishersOf } from './plan-facts.ts'

/** What the guide has an administrator enter on the VCS Expressway, page by page. */
export function expressway(name: string, facts: PlanFacts): VcsPlan {
  const { topology, secrets } = facts
  const { username, password } = secrets.traversalZone
  return {
    installation: installation(name, facts),
    document: businessOfExpressway(
      {
        ...systemPages(name, facts, 'public-dns'),
        'Configuration > Authentication > Devices > Local database': [{ Name: username, Password: password }],
        'Configuration > Zones > Zones': [
          {
            ...traversalZone(username),
            Type: 'Traversal server',
            'TLS verify subject name': fqdnOf(namesOfRole(topology, 'control')[0]!, topology),
          },
        ],
      },
      facts,
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
    document: businessOfControl(
      {
        ...systemPages(name, facts, 'internal-dns'),
        'Configuration > Domains': [
          {
            'Domain name': topology.domain,
            'SIP registrations and provisioning on VCS': 'Off',
            'SIP registrations and provisioning on Unified CM': 'On',
            'IM and Presence services on Unified CM': 'On',
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
            'Peer 1 address': fqdnOf(namesOfRole(topology, 'expressway')[0]!, topology),
          },
        ],
      },
      name,
      facts,
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
