import type { XcpLinkClientStatus } from '../messaging/xcp-link-client.ts'
import type { TunnelClientStatus } from '../traversal/ssh-tunnel-client.ts'
import type { DiscoveredNode } from '../unified-cm/discovered-node.ts'
import type { NeighborZoneStatus } from '../unified-cm/zones.ts'
import type { ControlSettings } from './control-settings.ts'
import type { Requirement } from './readiness.ts'

/** What Unified Communications services need besides the zone; nothing while they are off. */
export function requirementsOf(
  settings: ControlSettings,
  facts: {
    readonly nodes: readonly DiscoveredNode[]
    readonly zones: readonly NeighborZoneStatus[]
    /** One for each Expressway, of which one is enough. */
    readonly tunnels: readonly TunnelClientStatus[]
    readonly xcp: XcpLinkClientStatus
  },
): Requirement[] {
  if (!settings.isOn) return []
  const { nodes, zones, tunnels, xcp } = facts
  const servers = settings.servers()
  const isFound = (kind: DiscoveredNode['kind']) =>
    servers
      .filter((server) => server.kind === kind)
      .every(({ address }) => nodes.some(({ publisher }) => publisher === address))
  const has = (kind: DiscoveredNode['kind']) => servers.some((server) => server.kind === kind)
  const isUp = ({ state }: { state: string }) => state === 'Active'
  const needsChat = has('im-and-presence') && settings.chatDomains().length > 0
  return [
    { name: 'SSH tunnel', isMet: tunnels.some(isUp) },
    { name: 'Unified CM discovery', isMet: has('unified-cm') && isFound('unified-cm') },
    { name: 'neighbor zones to Unified CM', isMet: zones.length > 0 && zones.every(isUp) },
    ...(needsChat
      ? [
          { name: 'IM and Presence discovery', isMet: isFound('im-and-presence') },
          { name: 'XCP link to the Expressway', isMet: xcp.edges.some(isUp) },
          { name: 'XCP link to IM and Presence', isMet: xcp.nodes.some(isUp) },
        ]
      : []),
  ]
}
