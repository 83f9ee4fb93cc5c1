/** A search rule of this VCS: which alias (the host of a request, with its transport) leads to which zone. */
export interface SearchRule {
  readonly name: string
  readonly priority: number
  readonly patternType: 'Exact' | 'Regex'
  readonly pattern: string
  readonly targetZone: string
  /** No administrator changes or deletes an automatically generated rule. */
  readonly configurable: false
}

/** Automatically generated rules come before those an administrator makes (default 100). */
const automaticPriority = 45
/** The pattern field takes no more; a longer alias becomes its two ends with as many characters between them. */
const longestPattern = 60

/** What a request for a node is looked for as: the host alone, or marked as one that needs a TLS zone. */
export function aliasFor(host: string, isSecure: boolean): string {
  return isSecure ? `${host};transport=tls` : host
}

/** The rule of an automatically generated zone, of the same name. */
export function searchRuleFor(alias: string, zone: string): SearchRule {
  const isLong = alias.length > longestPattern
  return {
    name: zone,
    priority: automaticPriority,
    patternType: isLong ? 'Regex' : 'Exact',
    pattern: isLong ? shortened(alias) : alias,
    targetZone: zone,
    configurable: false,
  }
}

/** The zones that an alias leads to, in the order of the rules' priorities. */
export function zonesFor(rules: readonly SearchRule[], alias: string): string[] {
  return rules
    .filter((rule) => matches(rule, alias))
    .toSorted((one, other) => one.priority - other.priority)
    .map((rule) => rule.targetZone)
}

/** Both ends, escaped, and `.{n}` for the n characters between them. */
function shortened(alias: string): string {
  const half = (longestPattern - '.{999}'.length) / 2
  const head = longestEnd([...alias], half)
  const tail = longestEnd([...alias].toReversed(), half)
  const left = alias.length - head.length - tail.length
  return `${head.map(escaped).join('')}.{${left}}${tail.toReversed().map(escaped).join('')}`
}

/** As many characters from the start as fit into `room` when they are escaped. */
function longestEnd(characters: readonly string[], room: number): string[] {
  let used = 0
  return characters.slice(
    0,
    characters.findIndex((character) => (used += escaped(character).length) > room),
  )
}

/** Host names have no other characters that mean something in a regular expression. */
function escaped(character: string): string {
  return character === '.' ? '\\.' : character
}

/** Regular expressions here are ours alone and hold one repetition: they cannot be made slow. */
function matches(rule: SearchRule, alias: string): boolean {
  if (rule.patternType === 'Exact') return alias.toLowerCase() === rule.pattern.toLowerCase()
  return new RegExp(`^${rule.pattern}$`, 'i').test(alias)
}
