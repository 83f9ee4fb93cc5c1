import type { Configuration } from '../configuration/configuration.ts'
import { automatedDetection, exemptions, firewallRules } from '../configuration/pages/protection.ts'
import { systemAdministration, systemDns, systemTime } from '../configuration/pages/system.ts'
import { failureCategories } from '../protection/failure-category.ts'
import type { FailureCategory } from '../protection/failure-category.ts'
import type { CategorySettings, ProtectionSettings } from '../protection/protection-settings.ts'
import type { NtpSettings } from '../time/ntp-settings.ts'

/** Host name and domain name of System > DNS; the host's own name before there are any. */
export function fqdnOf(configuration: Configuration, fallback: string): string {
  const { hostName, domainName } = configuration.values(systemDns)
  const name = hostName === '' ? fallback : hostName
  return domainName === '' ? name : `${name}.${domainName}`
}

export function dnsServersOf(configuration: Configuration): string[] {
  const { address1, address2, address3, address4, address5 } = configuration.values(systemDns)
  return [address1, address2, address3, address4, address5].filter((address) => address !== '')
}

export function ntpSettingsOf(configuration: Configuration): NtpSettings {
  return {
    servers: configuration.rows(systemTime).map(({ address, authentication, keyId, hash, passPhrase }) => ({
      address,
      authentication,
      ...(authentication === 'Symmetric key' ? { keyId, hash, key: passPhrase } : {}),
    })),
  }
}

export function protectionSettingsOf(configuration: Configuration): ProtectionSettings {
  const rows = configuration.rows(automatedDetection)
  const exempt = configuration.rows(exemptions)
  const settingsOf = (title: string): CategorySettings => {
    const { status, triggerLevel, detectionWindow, blockDuration } = rows.find(({ category }) => category === title)!
    return {
      status,
      triggerLevel,
      detectionWindowSeconds: detectionWindow,
      blockDurationSeconds: blockDuration,
      description: '',
      exemptions: exempt.filter(({ category }) => category === 'All categories' || category === title),
    }
  }
  const categories = Object.entries(failureCategories).map(([name, { title }]) => [name, settingsOf(title)])
  return {
    service: configuration.values(systemAdministration).automatedProtectionService,
    categories: Object.fromEntries(categories) as Record<FailureCategory, CategorySettings>,
    firewallRules: configuration.rows(firewallRules),
  }
}
