import type { AliasPattern } from './alias-pattern.ts'
import { transformed } from './alias-pattern.ts'

/** A rule as its page has it (guide: Configuration > Dial plan > Search rules). */
export interface SearchRule extends AliasPattern {
  readonly name: string
  /** 1 to 65534; rules of the lowest number come first. */
  readonly priority: number
  readonly protocol: 'Any' | 'SIP' | 'H.323'
  /** `Any`, `All zones`, `Local Zone`, `Default Zone` or the name of a zone. */
  readonly source: string
  readonly mustBeAuthenticated: boolean
  readonly mode: 'Any alias' | 'Any IP address' | 'Alias pattern match'
  readonly onMatch: 'Continue' | 'Stop'
  /** The name of a zone, or `Local Zone`. */
  readonly target: string
  readonly isEnabled: boolean
}

/** Zones without a row of their own: devices registered here, and whoever belongs to no zone. */
export const localZone = 'Local Zone'
export const defaultZone = 'Default Zone'

/** What is looked for. */
export interface SearchedAlias {
  /** `user@host` or `host`, as `aliasOf` gives it. */
  readonly alias: string
  readonly protocol: 'SIP' | 'H.323'
  /** `Local Zone`, `Default Zone` or the name of a zone. */
  readonly source: string
  readonly isAuthenticated: boolean
}

/** A zone to ask, and what for. */
export interface SearchTarget {
  readonly rule: string
  readonly zone: string
  readonly alias: string
}

/**
 * The zones to be asked one after the other until one has the alias. Each rule has the alias as it came, not as a rule
 * before it made it. Behind a match of a rule with Stop only rules of its own priority are still asked. Rules of the
 * same priority are asked in their order, not at the same time. A zone is asked once for the same alias.
 */
export function searchTargets(rules: readonly SearchRule[], searched: SearchedAlias): SearchTarget[] {
  const targets: SearchTarget[] = []
  let last = Infinity
  for (const rule of rules.toSorted((one, other) => one.priority - other.priority)) {
    if (rule.priority > last) break
    const alias = applies(rule, searched) ? aliasBy(rule, searched.alias) : undefined
    if (alias === undefined) continue
    if (rule.onMatch === 'Stop') last = rule.priority
    const isAskedAlready = targets.some((target) => target.zone === rule.target && target.alias === alias)
    if (alias !== '' && !isAskedAlready) targets.push({ rule: rule.name, zone: rule.target, alias })
  }
  return targets
}

/** Whether a text is an IPv4 address: no alias for "Any alias". */
export function isIpAddress(alias: string): boolean {
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(alias)
}

function applies(rule: SearchRule, { protocol, source, isAuthenticated }: SearchedAlias): boolean {
  if (!rule.isEnabled || (rule.mustBeAuthenticated && !isAuthenticated)) return false
  if (rule.protocol !== 'Any' && rule.protocol !== protocol) return false
  if (rule.source === 'Any') return true
  return rule.source === 'All zones' ? source !== defaultZone : rule.source === source
}

function aliasBy(rule: SearchRule, alias: string): string | undefined {
  switch (rule.mode) {
    case 'Any alias':
      return isIpAddress(alias) ? undefined : alias
    case 'Any IP address':
      return isIpAddress(alias) ? alias : undefined
    case 'Alias pattern match':
      return transformed(rule, alias)
    default:
      return rule.mode satisfies never
  }
}
