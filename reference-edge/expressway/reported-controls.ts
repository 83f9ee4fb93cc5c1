import type { XcpLinkServerStatus } from '../messaging/xcp-link-server.ts'
import type { ReportedState } from '../network-utilities/connectivity-stage.ts'
import type { ReportedControl } from '../network-utilities/expressway-connectivity.ts'
import type { TunnelStatus } from '../traversal/ssh-tunnel-server.ts'
import type { ZoneServerStatus } from '../traversal/zone-server.ts'
import type { ProvisionedControls } from './provisioned-controls.ts'

export interface ReportedParts {
  /** Of the zone of remote access; undefined where none is configured. */
  readonly zone: ZoneServerStatus | undefined
  readonly controls: ProvisionedControls
  readonly tunnels: readonly TunnelStatus[]
  readonly links: XcpLinkServerStatus['links']
}

/** What there is to say of each Control, found by the address it connects from; of one that has not come where none has. */
export function reportedControls(parts: ReportedParts): [ReportedControl, ...ReportedControl[]] {
  const { zone } = parts
  const peers = zone?.state === 'Active' ? zone.peers : []
  const [first, ...others] = peers.map((peer) => reportedControl(parts, peer.address, peer))
  if (first !== undefined) return [first, ...others]
  const state = zone ?? { state: 'Failed', reason: 'no zone is configured' }
  return [reportedControl(parts, parts.controls.list()[0]?.source ?? '', state)]
}

function reportedControl(parts: ReportedParts, source: string, zone: ReportedControl['zone']): ReportedControl {
  const { controls } = parts
  const known = controls.list().find((control) => control.source === source)
  return {
    name: known?.fqdn ?? source,
    zone,
    told: known === undefined ? undefined : { fqdn: known.fqdn, domains: controls.domains() },
    tunnel: tunnelState(parts, source),
    link: linkState(parts, source),
  }
}

function tunnelState({ tunnels }: ReportedParts, source: string): ReportedState {
  const own = tunnels.filter(({ peer }) => peer.startsWith(`${source}:`))
  return own.find(({ state }) => state === 'Active') ?? own[0] ?? { state: 'Failed', reason: 'no tunnel is open' }
}

function linkState({ links, controls }: ReportedParts, source: string): ReportedState | undefined {
  if (controls.domains('imAndPresence').length === 0) return undefined
  const own = links.filter(({ address }) => address === source)
  if (own.length === 0) return { state: 'Failed', reason: 'no link is open' }
  const isUp = own.some(({ isServiceAvailable }) => isServiceAvailable)
  return isUp ? { state: 'Active' } : { state: 'Failed', reason: 'IM and Presence is down' }
}
