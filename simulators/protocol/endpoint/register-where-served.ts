import type { ServerAddress } from './edge-configuration.ts'
import { stageFailed } from './sign-in-stages.ts'
import type { SipOutcome } from './telephone-line.ts'

/** One way to register: the server to connect to, and the Unified CM node that is to be the registrar. */
export interface RegistrationPlace {
  readonly server: ServerAddress
  /** FQDN. */
  readonly node: string
}

export interface RegisteredAt {
  readonly outcome: SipOutcome
  readonly place: RegistrationPlace
}

/** Nobody answered, or whoever did has nobody behind him (RFC 3261 §8.1.3.1, §21.4.9, §21.5): elsewhere it may work. */
export function isOutage(status: number): boolean {
  return [0, 408, 500, 502, 503, 504].includes(status)
}

/**
 * Tries the places in their order until somebody has an answer: 200, or a refusal that is no outage. Where nobody has,
 * what the first one did is the outcome. A server that cannot be connected to is tried once only; `failed` hears of each
 * server at none of whose places anybody answered.
 */
export async function registerWhereServed(
  places: readonly RegistrationPlace[],
  attempt: (place: RegistrationPlace) => Promise<SipOutcome>,
  failed: (server: ServerAddress) => void = () => {},
): Promise<RegisteredAt> {
  let first: RegisteredAt | Error | undefined
  const dead = new Set<ServerAddress>()
  for (const [index, place] of places.entries()) {
    const { server } = place
    if (!dead.has(server)) {
      const result = await attempt(place).catch((error: Error) => error)
      if (result instanceof Error) dead.add(server)
      else if (!isOutage(result.status)) return { outcome: result, place }
      first ??= result instanceof Error ? result : { outcome: result, place }
    }
    if (places[index + 1]?.server !== server) failed(server)
  }
  if (first === undefined) throw stageFailed('SIP_SERVER_UNREACHABLE', 'no SIP server is known')
  if (first instanceof Error) throw first
  return first
}
