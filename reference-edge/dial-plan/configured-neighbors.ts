import type { Configuration } from '../configuration/configuration.ts'
import type { controlZones, expresswayZones } from '../configuration/pages/zones.ts'
import { peersOf, ZoneType } from '../configuration/zone-fields.ts'
import type { ConfiguredNeighbor } from './neighbor.ts'

/** Neighbor zones of an administrator that are on: over SIP, or, where there are such, as a simulated H.323 gateway. */
export function configuredNeighbors(
  configuration: Configuration,
  page: typeof controlZones | typeof expresswayZones,
  options: { readonly hasGateways: boolean },
): ConfiguredNeighbor[] {
  const rows = configuration.rows(page as typeof controlZones).filter(({ type }) => type === ZoneType.neighbor)
  return rows
    .filter((zone) => zone.sipMode === 'On' || (options.hasGateways && zone.h323Mode === 'On'))
    .map((zone) => ({
      name: zone.name,
      peers: peersOf(zone),
      port: zone.port,
      transport: zone.transport,
      tlsVerify: zone.tlsVerifyMode === 'On',
    }))
}
