import { systemAdministration, systemDns } from '../configuration/pages/system.ts'
import type { AdministeredSystem } from './administered-system.ts'

/** What the headings call a VCS: its system name, its FQDN, or what the host is called before it has one. */
export function systemName({ configuration, environment }: AdministeredSystem): string {
  const given = configuration.values(systemAdministration).systemName
  const { hostName, domainName } = configuration.values(systemDns)
  if (given !== '') return given
  return hostName === '' || domainName === '' ? environment.fqdn : `${hostName}.${domainName}`
}
