import type { Problem } from '../configuration/problem.ts'
import { searchRules } from '../configuration/pages/dial-plan.ts'
import { unifiedCmServers } from '../configuration/pages/unified-communications.ts'
import { controlZones } from '../configuration/pages/zones.ts'
import type { DiscoveredNode } from '../unified-cm/discovered-node.ts'
import type { NeighborZoneStatus } from '../unified-cm/zones.ts'

/** What discovery has made. */
export interface GeneratedFacts {
  readonly zones: ReadonlyArray<Pick<NeighborZoneStatus, 'name' | 'node' | 'transport'>>
  readonly nodes: ReadonlyArray<Pick<DiscoveredNode, 'kind' | 'name' | 'publisher'>>
}

/**
 * Why an automatically generated zone or search rule cannot be edited or deleted, and by what it was generated; undefined
 * where there is none of that name (guide: Automatically generated zones and search rules).
 */
export function generatedRow({ zones, nodes }: GeneratedFacts, resource: string, name: string): Problem | undefined {
  const page = [controlZones, searchRules].find((each) => each.resource === resource)
  const zone = zones.find((each) => each.name === name)
  if (page === undefined || zone === undefined) return undefined
  const node = nodes.find((each) => each.kind === 'unified-cm' && each.name === zone.node)
  const from = node === undefined ? '' : `, discovered from the Unified CM server "${node.publisher}"`
  const row = node === undefined ? 'its server' : `"${node.publisher}"`
  const setting = zone.transport === 'TLS' ? 'the Cluster Security Mode' : 'the SIP Phone Port'
  return {
    page: page.path,
    field: '',
    says: `the ${page.rowName} "${name}" is generated for the node "${zone.node}"${from}: it cannot be edited or deleted here`,
    action:
      `Change ${setting} in Unified CM and refresh the servers at ${unifiedCmServers.path}, ` +
      `or delete ${row} there: the ${page.rowName} goes with it`,
  }
}
