import type { AddressRange } from './address-range.ts'
import { type FailureCategory, failureCategoryNames } from './failure-category.ts'
import type { FirewallRule } from './firewall-rule.ts'

export interface ProtectionSettings {
  /** System > System administration, Automated protection service: off, no category blocks anybody. */
  readonly service: 'On' | 'Off'
  /** System > Protection > Automated detection > Configuration, and Exemptions. */
  readonly categories: Readonly<Record<FailureCategory, CategorySettings>>
  /** System > Protection > Firewall rules > Configuration: what the next activation takes over. */
  readonly firewallRules: readonly FirewallRule[]
}

export interface CategorySettings {
  readonly status: 'On' | 'Off'
  /** Failures of one address within the window that lead to a block. */
  readonly triggerLevel: number
  readonly detectionWindowSeconds: number
  readonly blockDurationSeconds: number
  readonly description: string
  /** Addresses whose failures do not count. */
  readonly exemptions: readonly AddressRange[]
}

/** As installed (wire facts §10.6): everything off; ten minutes after five failures once on. */
export const defaultProtectionSettings: ProtectionSettings = {
  service: 'Off',
  categories: Object.fromEntries(
    failureCategoryNames.map((category) => [
      category,
      {
        status: 'Off',
        triggerLevel: 5,
        detectionWindowSeconds: 600,
        blockDurationSeconds: 600,
        description: '',
        exemptions: [],
      },
    ]),
    // Every category is named above.
  ) as unknown as Record<FailureCategory, CategorySettings>,
  firewallRules: [],
}
