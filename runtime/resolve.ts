import { Resolver as NodeResolver } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { Random } from './random.ts'

export interface SrvTarget {
  readonly name: string
  readonly port: number
  readonly priority: number
  readonly weight: number
}

/** What a host asks its own DNS servers. Third-party code never resolves: it gets an address and a server name. */
export interface Resolver {
  /** IPv4 addresses of a name (an address is its own answer); rejects with `NameNotResolved`. */
  addresses(name: string): Promise<string[]>
  /** SRV targets in the order to try (RFC 2782); an empty list where the record does not exist. */
  services(name: string): Promise<SrvTarget[]>
  /** A single-label name with the host's own domain appended. */
  qualified(name: string): string
}

export class NameNotResolved extends Error {
  readonly code = 'MRA_NAME_NOT_RESOLVED'
}

export interface ResolverOptions {
  /** `address:port` of the servers to ask, in order. */
  readonly servers: readonly string[]
  /** Appended to single-label names (Node does not do it). */
  readonly domain: string
  /** Queries leave from this address. */
  readonly localAddress: string
  readonly random: Random
  readonly timeoutMs?: number
}

/** Opens a resolver on node:dns, whose queries leave from the host's own address. */
export function openResolver(options: ResolverOptions): Resolver {
  const dns = new NodeResolver({ timeout: options.timeoutMs ?? 1_500, tries: 2 })
  dns.setServers([...options.servers])
  dns.setLocalAddress(options.localAddress)
  const qualified = (name: string) => (name.includes('.') || name === '' ? name : `${name}.${options.domain}`)
  return {
    qualified,
    async addresses(name) {
      if (isIP(name) !== 0) return [name]
      const asked = qualified(name)
      try {
        return await dns.resolve4(asked)
      } catch (cause) {
        throw new NameNotResolved(`${asked} has no address at ${options.servers.join(', ')}`, { cause })
      }
    },
    async services(name) {
      try {
        return orderServices(await dns.resolveSrv(name), options.random)
      } catch (cause) {
        if (isNegativeAnswer(cause)) return []
        throw new NameNotResolved(`SRV ${name} could not be asked at ${options.servers.join(', ')}`, { cause })
      }
    },
  }
}

/** RFC 2782: lowest priority first; among equals chosen at random in proportion to the weight. */
export function orderServices(records: readonly SrvTarget[], random: Random): SrvTarget[] {
  const ordered: SrvTarget[] = []
  const remaining = records.map(({ name, port, priority, weight }) => ({ name, port, priority, weight }))
  while (remaining.length > 0) {
    const lowest = Math.min(...remaining.map((record) => record.priority))
    const candidates = remaining.filter((record) => record.priority === lowest)
    let point = random.integer(
      0,
      candidates.reduce((sum, record) => sum + record.weight, 0),
    )
    const chosen = candidates.find((record) => (point -= record.weight) <= 0) ?? candidates[0]!
    ordered.push(chosen)
    remaining.splice(remaining.indexOf(chosen), 1)
  }
  return ordered
}

function isNegativeAnswer(error: unknown): boolean {
  const code = (error as { code?: string }).code
  return code === 'ENOTFOUND' || code === 'ENODATA'
}
