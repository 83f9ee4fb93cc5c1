import type { ChangeStore } from '../configuration/change-store.ts'
import { firewallRules } from '../configuration/pages/protection.ts'
import type { FirewallRule } from '../protection/firewall-rule.ts'

/** Beside the page's own rows, which are what the next activation takes over. */
const place = { page: `${firewallRules.resource}/active`, row: '', field: 'rules' }

/** The firewall rules an administrator has confirmed: in force again after a restart, whatever the page holds by then. */
export function activeFirewallRules(store: ChangeStore): readonly FirewallRule[] {
  const kept = store.state.find(({ page }) => page === place.page)
  return (kept?.new as readonly FirewallRule[] | undefined) ?? []
}

export function keepFirewallRules(store: ChangeStore, rules: readonly FirewallRule[], at: Date): void {
  store.append([{ ...place, new: rules }], at, 'admin')
}
