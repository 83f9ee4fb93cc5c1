import type { ChangeStore } from '../configuration/change-store.ts'
import { firewallRules } from '../configuration/pages/protection.ts'
import type { FirewallRule } from '../protection/firewall-rule.ts'

const field = 'rules in force'

/** The firewall rules an administrator has confirmed: in force again after a restart, whatever the page holds by then. */
export function activeFirewallRules(store: ChangeStore): readonly FirewallRule[] {
  const kept = store.state.find((change) => change.page === firewallRules.resource && change.field === field)
  return (kept?.new as readonly FirewallRule[] | undefined) ?? []
}

export function keepFirewallRules(store: ChangeStore, rules: readonly FirewallRule[], at: Date): void {
  store.append([{ page: firewallRules.resource, row: '', field, new: rules }], at, 'admin')
}
