import type { Configuration } from '../../configuration/configuration.ts'
import type { controlZones, expresswayZones } from '../../configuration/pages/zones.ts'
import { ZoneType } from '../../configuration/zone-fields.ts'

/** A zone of type DNS as its page has it: other companies are found by the records of their domains. */
export interface DnsZone {
  readonly name: string
  /** SIP Mode: On. */
  readonly isSipOn: boolean
  /** TLS verify mode: On. Who is called has to show a certificate for the domain, or for the host that DNS names. */
  readonly tlsVerify: boolean
}

/** The DNS zones of an administrator, in the order they were made in. */
export function configuredDnsZones(
  configuration: Configuration,
  page: typeof controlZones | typeof expresswayZones,
): DnsZone[] {
  const rows = configuration.rows(page as typeof controlZones).filter(({ type }) => type === ZoneType.dns)
  return rows.map(({ name, sipMode, tlsVerifyMode }) => ({
    name,
    isSipOn: sipMode === 'On',
    tlsVerify: tlsVerifyMode === 'On',
  }))
}
