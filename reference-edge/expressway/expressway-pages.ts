import type { Actions, Views, ViewRow } from '../administration/administered-system.ts'
import type { DnsZone } from '../dial-plan/partners/dns-zone.ts'
import type { SipEdgeStatus } from '../calls/expressway/edge-status.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { Configuration } from '../configuration/configuration.ts'
import type { ConfigurationError } from '../configuration/configuration-errors.ts'
import {
  callHistory,
  calls,
  registrations,
  searchHistory,
  unifiedCommunicationsStatusOnExpressway,
  zoneStatus,
} from '../configuration/pages/status.ts'
import { systemIp } from '../configuration/pages/interfaces.ts'
import { expresswaySearchRules } from '../configuration/pages/dial-plan.ts'
import { expresswayZones } from '../configuration/pages/zones.ts'
import { shownRules } from '../dial-plan/configured-rules.ts'
import type { NeighborStatus } from '../dial-plan/neighbor.ts'
import { dnsZoneRow } from '../system/dns-zone-row.ts'
import { callLists, searchRow } from '../system/call-rows.ts'
import type { LanInterfaces } from '../system/lan-interfaces.ts'
import { registrationList } from '../system/registration-list.ts'
import type { TunnelStatus } from '../traversal/ssh-tunnel-server.ts'
import type { ZoneServerStatus } from '../traversal/zone-server.ts'
import type { ProvisioningDocument } from './provisioned-controls.ts'

/** The part of an Expressway's status that its pages show. */
interface ShownStatus extends Pick<SipEdgeStatus, 'calls' | 'callHistory' | 'searchHistory' | 'registrations'> {
  readonly mode: string
  readonly zones: readonly ZoneServerStatus[]
  readonly dnsZones: readonly DnsZone[]
  readonly neighbors: readonly NeighborStatus[]
  readonly domains: ProvisioningDocument['domains']
  readonly tunnels: readonly TunnelStatus[]
}

/** What stands on the pages of a VCS Expressway. */
export function expresswayPages({
  configuration,
  status,
  configurationErrors,
  lan,
  cluster,
  own,
}: {
  configuration: Configuration
  status: () => ShownStatus
  configurationErrors: () => readonly ConfigurationError[]
  lan: LanInterfaces
  cluster: Cluster
  /** FQDN of this VCS. */
  own: string
}): {
  views: Views
  actions: Actions
} {
  const lists = callLists({ cluster, own }, { current: () => status().calls, history: () => status().callHistory })
  const zones = () => [
    ...status().zones.map(zoneRow),
    ...status().neighbors.map(neighborRow),
    ...status().dnsZones.map((zone) => dnsZoneRow(zone, expresswayZones.path)),
  ]
  return {
    views: {
      [unifiedCommunicationsStatusOnExpressway.resource]: {
        summary: () => [{ name: 'Unified Communications mode', state: status().mode }],
        errors: () => configurationErrors().map((error) => ({ ...error })),
        domains: () =>
          status().domains.map(({ name, sip, imAndPresence }) => ({
            name,
            services: [sip ? 'SIP registrations and provisioning' : '', imAndPresence ? 'IM and Presence' : '']
              .filter((service) => service !== '')
              .join(', '),
            state: 'Active',
          })),
        zones,
        sshTunnels: () => status().tunnels.map(({ peer, state, channels }) => ({ peer, state, channels })),
      },
      [systemIp.resource]: { interfaces: () => [...new Set([lan.inner, lan.outer])].map((each) => ({ ...each })) },
      [zoneStatus.resource]: { zones },
      [expresswayZones.resource]: { zones },
      [expresswaySearchRules.resource]: {
        rules: () => shownRules(configuration, { rules: expresswaySearchRules, zones: expresswayZones }),
      },
      [calls.resource]: { calls: lists.current },
      [callHistory.resource]: { calls: lists.history },
      [searchHistory.resource]: { searches: () => status().searchHistory.map(searchRow) },
      [registrations.resource]: {
        registrations: registrationList({ cluster, own }, () =>
          status().registrations.map(({ aor, contact, expires }) => ({
            aor,
            contact,
            zone: 'CollaborationEdgeZone',
            expires,
          })),
        ),
      },
    },
    actions: {},
  }
}

/** Of several Controls every one is named, and why some of them are not active. */
function zoneRow({ name, type, state, peers, transport, reason: why }: ZoneServerStatus): ViewRow {
  const active = peers.filter((peer) => peer.state === 'Active').map(({ address, port }) => `${address}:${port}`)
  const missing = peers.flatMap(({ address, reason }) => (reason === undefined ? [] : [`${address}: ${reason}`]))
  const reason = why ?? (missing.length === 0 ? undefined : missing.join('; '))
  const page = reason === undefined ? {} : { page: expresswayZones.path }
  return { name, type, state, peer: active.join(', ') || undefined, transport, reason, ...page }
}

function neighborRow({ name, type, state, node: peer, transport, reason }: NeighborStatus): ViewRow {
  return { name, type, state, peer, transport, reason, ...(reason === undefined ? {} : { page: expresswayZones.path }) }
}
