import type { ViewRow } from '../administration/administered-system.ts'
import type { Configuration } from '../configuration/configuration.ts'
import type { expresswaySearchRules, searchRules } from '../configuration/pages/dial-plan.ts'
import type { controlZones, expresswayZones } from '../configuration/pages/zones.ts'
import type { SearchRule } from './search-rules.ts'
import { localZone } from './search-rules.ts'

/** The rules of an administrator as they are on the page of either VCS, in the order they were made in. */
export function configuredRules(
  configuration: Configuration,
  page: typeof searchRules | typeof expresswaySearchRules,
): SearchRule[] {
  return configuration.rows(page as typeof searchRules).map(({ authenticated, state, description: _, ...rule }) => ({
    ...rule,
    mustBeAuthenticated: authenticated === 'Yes',
    isEnabled: state === 'Enabled',
  }))
}

/** Rows of "Search rules in use"; a rule whose target was deleted stays and says so. */
export function shownRules(
  configuration: Configuration,
  pages: {
    readonly rules: typeof searchRules | typeof expresswaySearchRules
    readonly zones: typeof controlZones | typeof expresswayZones
  },
): ViewRow[] {
  const zones = new Set(configuration.rows(pages.zones as typeof controlZones).map(({ name }) => name))
  const reasonOf = ({ target, isEnabled }: SearchRule) => {
    if (!isEnabled) return 'Disabled'
    if (target === localZone) return undefined
    return zones.has(target) ? undefined : `There is no zone "${target}": the rule leads nowhere`
  }
  return configuredRules(configuration, pages.rules)
    .toSorted((one, other) => one.priority - other.priority)
    .map((rule) => {
      const { priority, name, mode, patternType, pattern, target } = rule
      const compared = mode === 'Alias pattern match' ? { patternType, pattern } : { patternType: mode }
      return { priority, name, ...compared, target, isConfigurable: 'Yes', reason: reasonOf(rule) }
    })
}
