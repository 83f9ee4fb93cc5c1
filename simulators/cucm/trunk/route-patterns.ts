import type { UnifiedCmConfiguration } from '../configuration.ts'
import { routeExpression } from '../configuration/route-expression.ts'

type RoutePattern = UnifiedCmConfiguration['routePatterns'][number]
type SipRoutePattern = UnifiedCmConfiguration['sipRoutePatterns'][number]

/** Where a called address goes that is no line here: the trunk's name, and the digits or user part that it gets. */
export interface Route {
  readonly trunk: string
  readonly number: string
  /** Where the address goes on as a URI with its own domain. */
  readonly domain?: string
}

/**
 * Digits are asked for among the route patterns, of which the most precise fits best; what they do not know, and
 * everything else, goes by its domain.
 */
export function routeOf(
  { routePatterns, sipRoutePatterns }: Pick<UnifiedCmConfiguration, 'routePatterns' | 'sipRoutePatterns'>,
  number: string,
  domain: string | undefined,
): Route | undefined {
  const fitting = isDigits(number) ? routePatterns.filter((each) => routeExpression(each.pattern)?.test(number)) : []
  const [best] = fitting.toSorted((one, other) => vagueness(one) - vagueness(other))
  if (best !== undefined) return { trunk: best.gatewayOrRouteList, number: number.slice(discarded(best, number)) }
  const host = domain?.toLowerCase()
  const found = host === undefined ? undefined : byDomain(sipRoutePatterns, host)
  return found && { trunk: found.sipTrunk, number, domain: host! }
}

const isDigits = (number: string): boolean => /^\+?[0-9*#]+$/.test(number)

function byDomain(patterns: readonly SipRoutePattern[], host: string): SipRoutePattern | undefined {
  const fits = ({ pattern }: SipRoutePattern) => {
    const wanted = pattern.toLowerCase()
    return wanted === host || wanted === '*' || (wanted.startsWith('*.') && host.endsWith(wanted.slice(1)))
  }
  return patterns.filter(fits).toSorted((one, other) => precision(other.pattern) - precision(one.pattern))[0]
}

const precision = (pattern: string): number => (pattern.startsWith('*') ? pattern.length : 1_000 + pattern.length)

/** How many numbers of a length fit: one for each digit, ten for X. */
function vagueness({ pattern }: RoutePattern): number {
  return (pattern.match(/X|\[/g)?.length ?? 0) + (pattern.endsWith('!') ? 100 : 0)
}

/** Digits before the dot. */
function discarded({ pattern, discardDigits }: RoutePattern, number: string): number {
  const dot = pattern.indexOf('.')
  if (discardDigits !== 'PreDot' || dot === -1) return 0
  const before = pattern.slice(0, dot).replace('\\', '')
  return Math.min(number.length, before.replace(/\[[^\]]*\]/g, 'X').length)
}
