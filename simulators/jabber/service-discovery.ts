import type { Resolver, SrvTarget } from '#runtime/resolve.ts'
import type { ValidatedServices } from './validated-services.ts'
import { stageFailed } from '#simulators/protocol/endpoint/sign-in-stages.ts'

/** What DNS said about where this client is, and whom to ask first. */
export type Discovered =
  | { readonly place: 'inside'; readonly service: 'cisco-uds' | 'cuplogin'; readonly targets: readonly SrvTarget[] }
  | {
      readonly place: 'outside'
      readonly service: 'collab-edge'
      readonly targets: readonly SrvTarget[]
      /** By DNSSEC; undefined: this client does not look at it. */
      readonly isValidated?: boolean | undefined
    }

/** Values of ServiceDiscoveryExcludedServices that matter here (wire facts §1.1.5). */
export type ExcludedService = 'WEBEX' | 'CUCM' | 'CUP'

/**
 * Asks the three SRV records at once; an inside record wins, so that a stray one visible outside suppresses the edge.
 * A timeout counts as a negative answer. `askValidated`: how a client that validates asks for the edge.
 */
export async function discoverServices(
  resolver: Resolver,
  domain: string,
  excluded: readonly ExcludedService[],
  askValidated?: (name: string) => Promise<ValidatedServices>,
): Promise<Discovered> {
  const ask = (service: string) => resolver.services(`${service}.${domain}`).catch(() => [])
  const [uds, cuplogin, edge] = await Promise.all([
    excluded.includes('CUCM') ? [] : ask('_cisco-uds._tcp'),
    excluded.includes('CUP') ? [] : ask('_cuplogin._tcp'),
    askValidated?.(`_collab-edge._tls.${domain}`) ?? ask('_collab-edge._tls').then((targets) => ({ targets })),
  ])
  if (uds.length > 0) return { place: 'inside', service: 'cisco-uds', targets: uds }
  if (cuplogin.length > 0) return { place: 'inside', service: 'cuplogin', targets: cuplogin }
  if (edge.targets.length > 0) return { place: 'outside', service: 'collab-edge', ...edge }
  throw stageFailed('FAILED_NO_SRV_RECORDS_FOUND', 'Cannot find your services automatically')
}
