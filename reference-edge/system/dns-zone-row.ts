import type { ViewRow } from '../administration/administered-system.ts'
import type { DnsZone } from '../dial-plan/partners/dns-zone.ts'

/** A DNS zone among the zones of a VCS; it has no connection of its own: calls open theirs. `page` is that of the zones. */
export function dnsZoneRow({ name, isSipOn }: DnsZone, page: string): ViewRow {
  const common = { name, type: 'DNS', peer: undefined, transport: undefined }
  if (isSipOn) return { ...common, state: 'Active', reason: undefined }
  return { ...common, state: 'Failed', reason: 'SIP Mode of the zone is Off', page }
}
