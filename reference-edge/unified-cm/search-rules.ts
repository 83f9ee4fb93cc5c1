/** A search rule of this VCS: which host of a request URI leads to which zone. */
export interface SearchRule {
  readonly name: string
  readonly priority: number
  readonly patternType: 'Exact' | 'Regex'
  readonly pattern: string
  readonly targetZone: string
}

/** Automatically generated rules come before those an administrator makes (default 100). */
const automaticPriority = 45
/** The pattern field takes no more; a longer node name becomes its two ends with anything between them. */
const longestPattern = 60

/** The rule of an automatically generated `CEtcp-<node>` zone. */
export function searchRuleFor(node: string, zone: string): SearchRule {
  const isLong = node.length > longestPattern
  const half = longestPattern / 2 - 1
  return {
    name: zone,
    priority: automaticPriority,
    patternType: isLong ? 'Regex' : 'Exact',
    pattern: isLong ? `${node.slice(0, half)}.*${node.slice(-half)}` : node,
    targetZone: zone,
  }
}

/** The zones that a host leads to, in the order of the rules' priorities. */
export function zonesFor(rules: readonly SearchRule[], host: string): string[] {
  return rules
    .filter((rule) => matches(rule, host))
    .toSorted((one, other) => one.priority - other.priority)
    .map((rule) => rule.targetZone)
}

/** Regular expressions here are ours alone and hold one repetition: they cannot be made slow. */
function matches(rule: SearchRule, host: string): boolean {
  if (rule.patternType === 'Exact') return host.toLowerCase() === rule.pattern.toLowerCase()
  return new RegExp(`^${rule.pattern}$`, 'i').test(host)
}
