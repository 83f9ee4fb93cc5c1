import type { ActionAnswer, Actions, Views, ViewRow } from '../administration/administered-system.ts'
import type { B2buaStatus } from '../calls/control/b2bua.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { ConfigurationError } from '../configuration/configuration-errors.ts'
import type { Configuration } from '../configuration/configuration.ts'
import {
  callHistory,
  calls,
  provisioningSessions,
  registrations,
  searchHistory,
  unifiedCommunicationsStatus,
  zoneStatus,
} from '../configuration/pages/status.ts'
import {
  callsByRegistration as callsByRegistrationPage,
  registrationDetails,
} from '../configuration/pages/registrations.ts'
import { imAndPresenceServers, unifiedCmServers } from '../configuration/pages/unified-communications.ts'
import { searchRules } from '../configuration/pages/dial-plan.ts'
import { controlZones } from '../configuration/pages/zones.ts'
import type { Search } from '../calls/search-history.ts'
import { shownRules } from '../dial-plan/configured-rules.ts'
import type { DnsZone } from '../dial-plan/partners/dns-zone.ts'
import type { NeighborStatus } from '../dial-plan/neighbor.ts'
import type { EdgeDomain } from '../provisioning/control-http-options.ts'
import type { ProvisioningSession } from '../provisioning/provisioning-sessions.ts'
import { callsByRegistration } from '../registrar/calls-by-registration.ts'
import type { RegistrationStatus } from '../registrar/local-registrar.ts'
import { callLists, currentCallRow, endedCallRow, searchRow } from '../system/call-rows.ts'
import { dnsZoneRow } from '../system/dns-zone-row.ts'
import { registrationList } from '../system/registration-list.ts'
import type { TunnelClientStatus } from '../traversal/ssh-tunnel-client.ts'
import type { ClientZoneStatus } from '../traversal/client-zones.ts'
import type { DiscoveryStatus } from '../unified-cm/discovery.ts'
import type { SearchRule } from '../unified-cm/search-rules.ts'
import type { NeighborZoneStatus } from '../unified-cm/zones.ts'

/** The part of a Control's status that its pages show. */
interface ShownStatus {
  readonly mode: string
  readonly ready: boolean
  readonly missing: readonly string[]
  readonly zones: ReadonlyArray<ClientZoneStatus | NeighborZoneStatus | NeighborStatus>
  readonly dnsZones: readonly DnsZone[]
  readonly searchRules: readonly SearchRule[]
  readonly domains: readonly EdgeDomain[]
  readonly discovery: readonly DiscoveryStatus[]
  readonly tunnels: readonly TunnelClientStatus[]
  readonly provisioningSessions: readonly ProvisioningSession[]
  readonly registrations: ReadonlyArray<{
    aor: string
    contact: string
    zone: string
    expires?: string
    expressway: string
  }>
  readonly localRegistrations: readonly RegistrationStatus[]
  readonly calls: B2buaStatus
  readonly searchHistory: readonly Search[]
}

export interface ControlPagesOptions {
  readonly cluster: Cluster
  /** FQDN of this VCS. */
  readonly own: string
  readonly configuration: Configuration
  readonly configurationErrors: () => readonly ConfigurationError[]
  readonly status: () => ShownStatus
  readonly refresh: (publishers: readonly string[]) => Promise<readonly DiscoveryStatus[]>
}

/** What stands on the pages of a VCS Control and what their buttons do. */
export function controlPages(options: ControlPagesOptions): { views: Views; actions: Actions } {
  const { configuration, configurationErrors, status, refresh, cluster } = options
  const lists = callLists(options, { current: () => status().calls.active, history: () => status().calls.history })
  const zones = () => [
    ...status().zones.flatMap(zoneRows),
    ...status().dnsZones.map((zone) => dnsZoneRow(zone, controlZones.path)),
  ]
  const nodes = (kind: DiscoveryStatus['kind']) => () =>
    status()
      .discovery.filter((server) => server.kind === kind)
      .flatMap(nodeRows)
  return {
    views: {
      [unifiedCommunicationsStatus.resource]: {
        summary: () => [
          { name: 'Unified Communications mode', state: status().mode },
          { name: 'Services', state: status().ready ? 'Active' : `Waiting for: ${status().missing.join(', ')}` },
        ],
        errors: () => configurationErrors().map((error) => ({ ...error })),
        domains: () => status().domains.map((domain) => domainRow(domain, status().ready)),
        zones,
        unifiedCm: nodes('unified-cm'),
        imAndPresence: nodes('im-and-presence'),
        sshTunnels: () =>
          status().tunnels.map(({ peer, state, channels, reason }) => ({ peer, state, channels, reason })),
      },
      [provisioningSessions.resource]: {
        sessions: () =>
          status().provisioningSessions.map(({ user, device, domain, since, state, peer }) => ({
            username: user,
            device,
            domain,
            started: since,
            state,
            ...(cluster.others().length === 0 ? {} : { peer }),
          })),
      },
      [unifiedCmServers.resource]: { nodes: nodes('unified-cm') },
      [imAndPresenceServers.resource]: { nodes: nodes('im-and-presence') },
      [zoneStatus.resource]: { zones },
      [controlZones.resource]: { zones },
      [searchRules.resource]: {
        rules: () =>
          [
            ...status().searchRules.map(generatedRuleRow),
            ...shownRules(configuration, { rules: searchRules, zones: controlZones }),
          ].toSorted((one, other) => Number(one['priority']) - Number(other['priority'])),
      },
      [calls.resource]: { calls: lists.current },
      [callHistory.resource]: { calls: lists.history },
      [searchHistory.resource]: { searches: () => status().searchHistory.map(searchRow) },
      [registrations.resource]: {
        registrations: registrationList(options, () => [
          ...status().localRegistrations.map((row) => ({ ...localRegistrationRow(row), details: row.aor })),
          ...status().registrations.map((row) => proxiedRegistrationRow(row, status().zones)),
        ]),
      },
      [registrationDetails.resource]: { registrations: () => status().localRegistrations.map(localRegistrationRow) },
      [callsByRegistrationPage.resource]: { calls: () => callsOfDevices(status()) },
    },
    actions: {
      [unifiedCmServers.resource]: { refresh: refreshing(unifiedCmServers.path, 'unified-cm') },
      [imAndPresenceServers.resource]: { refresh: refreshing(imAndPresenceServers.path, 'im-and-presence') },
    },
  }

  function refreshing(page: string, kind: DiscoveryStatus['kind']) {
    return async (): Promise<ActionAnswer> => {
      const servers = configuration.rows(kind === 'unified-cm' ? unifiedCmServers : imAndPresenceServers)
      const found = await refresh(servers.map(({ address }) => address))
      return discoveryAnswer(page, found)
    }
  }
}

/** What a discovery came to, for whoever asked for it. */
export function discoveryAnswer(page: string, found: readonly DiscoveryStatus[]): ActionAnswer {
  const problems = found.flatMap(({ problems: own }) =>
    own.map(({ message, remedy }) => ({ page, field: '', says: message, action: remedy })),
  )
  if (problems.length > 0) return { ok: false, problems }
  const nodes = found.flatMap((server) => server.nodes)
  return {
    ok: true,
    says: `${nodes.length} ${nodes.length === 1 ? 'node' : 'nodes'} discovered: ${nodes.map(({ name }) => name).join(', ')}`,
  }
}

/** Which Expressway a client came by is shown where there are several. */
function proxiedRegistrationRow(
  { expressway, ...row }: ShownStatus['registrations'][number],
  zones: ShownStatus['zones'],
): ViewRow {
  const hasSeveral = zones.some((zone) => zone.type === 'Traversal client' && zone.peers.length > 1)
  return { ...row, type: 'SIP, proxied to Unified CM', ...(hasSeveral ? { expressway } : {}) }
}

function localRegistrationRow({ isReachable, ...row }: RegistrationStatus): ViewRow {
  return { ...row, state: isReachable ? 'Active' : 'Connection lost' }
}

/** Guide, Checking call status: the same rows as Status > Calls, by registration. */
function callsOfDevices({ localRegistrations, calls: { active, history } }: ShownStatus): ViewRow[] {
  const aliases = localRegistrations.map(({ aor }) => aor)
  return [
    ...callsByRegistration(aliases, active, currentCallRow),
    ...callsByRegistration(aliases, history, endedCallRow),
  ]
}

function generatedRuleRow({ priority, name, patternType, pattern, targetZone }: SearchRule): ViewRow {
  return { priority, name, patternType, pattern, target: targetZone, isConfigurable: 'No' }
}

/** A traversal zone has a row for each peer. */
function zoneRows(zone: ClientZoneStatus | NeighborZoneStatus | NeighborStatus): ViewRow[] {
  const { name, type, transport } = zone
  const peers =
    zone.type === 'Neighbor' ? [{ ...zone, peer: zone.node }] : zone.peers.length === 0 ? [zone] : zone.peers
  const isGenerated = zone.type === 'Neighbor' && !zone.configurable
  const page = isGenerated ? unifiedCmServers.path : controlZones.path
  return peers.map(({ peer, state, reason }) => ({
    name,
    type,
    state,
    peer,
    transport,
    reason,
    ...(reason === undefined ? {} : { page }),
  }))
}

function domainRow({ name, sip, imAndPresence }: EdgeDomain, isReady: boolean): ViewRow {
  const services = [sip ? 'SIP registrations and provisioning' : '', imAndPresence ? 'IM and Presence' : '']
  return {
    name,
    services: services.filter((service) => service !== '').join(', '),
    state: isReady ? 'Active' : 'Inactive',
  }
}

function nodeRows({ kind, publisher, nodes, problems, state }: DiscoveryStatus): ViewRow[] {
  const problem = problems.map(({ message }) => message).join('; ')
  const mending = problem === '' ? {} : { page: (kind === 'unified-cm' ? unifiedCmServers : imAndPresenceServers).path }
  if (nodes.length === 0) return [{ name: publisher, publisher, state, problem, ...mending }]
  return nodes.map(({ name, role, address, version, state: own }) => ({
    name,
    publisher,
    role,
    address,
    version,
    state: state === 'Inactive' ? state : own,
    problem,
    ...mending,
  }))
}
