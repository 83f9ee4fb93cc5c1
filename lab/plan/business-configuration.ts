import type { Topology, TopologyDevice } from '../topology/topology.ts'
import type { PageValues, VcsDocument } from '../vcs/vcs-document.ts'
import { withRows } from '../vcs/vcs-document.ts'
import type { PlanFacts } from './plan-facts.ts'
import { fqdnOf, namesOfRole, publishersOf } from './plan-facts.ts'
import { deviceFqdn, domainOf, partnerDevices } from './sip-devices.ts'

/** Incoming Port of the SIP Trunk Security Profile: another one than Unified CM's SIP Phone Port (guide, SIP trunks). */
export const trunkPort = 5065

const page = {
  domains: 'Configuration > Domains',
  zones: 'Configuration > Zones > Zones',
  rules: 'Configuration > Dial plan > Search rules',
  credentials: 'Configuration > Authentication > Devices > Local database',
}

/** What a VCS Control is told about its own devices, the SIP trunk to Unified CM and other companies. */
export function businessOfControl(document: VcsDocument, name: string, facts: PlanFacts): VcsDocument {
  const { topology, secrets } = facts
  if (topology.devices.length === 0) return document
  const own = topology.devices.filter(({ registersAt }) => registersAt === name)
  const credentials = own.map(({ id }) => ({ Name: id, Password: secrets.passwords[id]! }))
  const withDomain = withRows(document, page.domains, (rows) =>
    rows.map((row) => ({ ...row, 'SIP registrations and provisioning on VCS': own.length > 0 ? 'On' : 'Off' })),
  )
  return [
    [page.credentials, credentials],
    [page.zones, [trunkZone(topology)]],
    [page.rules, [...rulesToUnifiedCm(topology), ...rulesToPartners(topology, 'Any', 'TraversalZone')]],
  ].reduce((before, [where, rows]) => added(before, where as string, rows as PageValues[]), withDomain)
}

/** What a VCS Expressway is told about other companies: who is found by DNS, and what theirs may call. */
export function businessOfExpressway(document: VcsDocument, { topology }: PlanFacts): VcsDocument {
  if (partnerDevices(topology).length === 0) return document
  const fromPartners = rule('FromPartners', {
    Source: 'Default Zone',
    'Pattern string': `@${topology.domain}`,
    Target: 'TraversalZone',
  })
  const rules = [...rulesToPartners(topology, 'TraversalZone', 'DNSZone'), fromPartners]
  return added(added(document, page.zones, [dnsZone]), page.rules, rules)
}

/** What Unified CM is told about the SIP trunk to the Control, and who is reached over it. */
export function businessOfUnifiedCm({ topology }: PlanFacts): Record<string, unknown> {
  if (topology.devices.length === 0) return {}
  const [control] = namesOfRole(topology, 'control')
  const trunk = 'VCS-Control'
  const profile = 'VCS SIP Trunk Profile'
  const domains = [topology.domain, ...new Set(partnerDevices(topology).map(domainOf))]
  return {
    sipTrunkSecurityProfiles: [
      { name: 'Non Secure SIP Trunk Profile', incomingPort: 5060 },
      { name: profile, incomingPort: trunkPort },
    ],
    sipTrunks: [
      {
        name: trunk,
        destinationAddress: fqdnOf(control!, topology),
        destinationPort: 5060,
        sipTrunkSecurityProfile: profile,
        earlyOfferSupport: true,
      },
    ],
    // Whoever has no line is asked for at the Control by address; numbers that begin with 8 are of its gateways.
    routePatterns: [{ pattern: '8XXXX', gatewayOrRouteList: trunk }],
    sipRoutePatterns: domains.map((pattern) => ({ pattern, sipTrunk: trunk })),
  }
}

/** The neighbor zone and the search rule that lead to a gateway or Lync server of the topology; a Control's rows. */
export function gatewayRows(device: TopologyDevice, options: { readonly name: string; readonly prefix: string }) {
  const isLync = device.id === 'lync'
  return {
    zone: {
      ...neighborZone(options.name, deviceFqdn(device)),
      'H.323 Mode': isLync ? 'Off' : 'On',
      'SIP Mode': isLync ? 'On' : 'Off',
      Port: device.listens.tcp ?? 5060,
      'Zone profile': isLync ? 'Microsoft Lync B2BUA' : 'Default',
    },
    rule: rule(`To${options.name}`, {
      Priority: 40,
      'Pattern type': 'Prefix',
      'Pattern string': options.prefix,
      Target: options.name,
    }),
  }
}

function trunkZone(topology: Topology): PageValues {
  const [publisher] = publishersOf(topology, 'cucm')
  return {
    ...neighborZone('UnifiedCmTrunk', fqdnOf(publisher!, topology)),
    'H.323 Mode': 'Off',
    'SIP Mode': 'On',
    Port: trunkPort,
    'Zone profile': 'Cisco Unified Communications Manager',
  }
}

function neighborZone(name: string, peer: string): PageValues {
  return {
    Name: name,
    Type: 'Neighbor',
    Transport: 'TCP',
    'Media encryption mode': 'Auto',
    'Authentication policy': 'Do not check credentials',
    'Peer 1 address': peer,
  }
}

const dnsZone: PageValues = {
  Name: 'DNSZone',
  Type: 'DNS',
  'SIP Mode': 'On',
  'TLS verify mode': 'On',
  'Media encryption mode': 'Auto',
}

/** Whom the Control does not know itself (LocalZoneMatch, priority 50) is asked for at Unified CM; not what came from there. */
function rulesToUnifiedCm({ domain }: Topology): PageValues[] {
  return [
    ['Devices', 'Local Zone'],
    ['Outside', 'TraversalZone'],
  ].map(([who, source]) =>
    rule(`${who}ToUnifiedCm`, {
      Source: source!,
      Priority: 60,
      'Pattern string': `@${domain}`,
      Target: 'UnifiedCmTrunk',
    }),
  )
}

function rulesToPartners(topology: Topology, source: string, target: string): PageValues[] {
  const domains = [...new Set(partnerDevices(topology).map(domainOf))]
  return domains.map((domain) =>
    rule(`To ${domain}`, { Source: source, 'Pattern string': `@${domain}`, Target: target }),
  )
}

function rule(name: string, values: PageValues): PageValues {
  return {
    'Rule name': name,
    Priority: 100,
    Protocol: 'Any',
    Source: 'Any',
    'Request must be authenticated': 'No',
    Mode: 'Alias pattern match',
    'Pattern type': 'Suffix',
    'Pattern behavior': 'Leave',
    'On successful match': 'Stop',
    State: 'Enabled',
    ...values,
  }
}

function added(document: VcsDocument, where: string, more: readonly PageValues[]): VcsDocument {
  return more.length === 0 ? document : withRows(document, where, (rows) => [...rows, ...more])
}
