import { Resolver as NodeResolver } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { Random } from './random.ts'

export interface SrvTarget {
  readonly name: string
  readonly port: number
  readonly priority: number
  readonly weight: number
}

export const recordTypes = ['A', 'AAAA', 'SRV', 'NAPTR', 'PTR', 'TXT'] as const
export type RecordType = (typeof recordTypes)[number]

/** One record as a DNS server gave it. */
export type DnsRecord =
  | { readonly type: 'A' | 'AAAA'; readonly address: string; readonly ttl: number }
  | ({ readonly type: 'SRV' } & SrvTarget)
  | {
      readonly type: 'NAPTR'
      readonly order: number
      readonly preference: number
      readonly flags: string
      readonly service: string
      readonly regexp: string
      readonly replacement: string
    }
  | { readonly type: 'PTR'; readonly name: string }
  | { readonly type: 'TXT'; readonly text: string }

/** What a host asks its own DNS servers. Third-party code never resolves: it gets an address and a server name. */
export interface Resolver {
  /** `address:port` of the DNS servers it asks, in order. */
  readonly servers: readonly string[]
  /** IPv4 addresses of a name (an address is its own answer); rejects with `NameNotResolved`. */
  addresses(name: string): Promise<string[]>
  /** SRV targets in the order to try (RFC 2782); an empty list where the record does not exist. */
  services(name: string): Promise<SrvTarget[]>
  /**
   * The records of one type, in the order of the answer; an empty list where there are none. Rejects with
   * `NameNotResolved`, whose `reason` is the resolver's word (ETIMEOUT, EREFUSED, ESERVFAIL …), where nobody said so.
   */
  records(name: string, type: RecordType): Promise<DnsRecord[]>
  /** A single-label name with the host's own domain appended. */
  qualified(name: string): string
}

export class NameNotResolved extends Error {
  readonly code = 'MRA_NAME_NOT_RESOLVED'

  /** The resolver's word for it. */
  get reason(): string {
    return (this.cause as { code?: string } | undefined)?.code ?? this.message
  }
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
  // Node asks the machine's own servers where it is given none.
  dns.setServers(options.servers.length === 0 ? [noServer] : [...options.servers])
  dns.setLocalAddress(options.localAddress)
  const qualified = (name: string) => (name.includes('.') || name === '' ? name : `${name}.${options.domain}`)
  return {
    servers: options.servers,
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
    async records(name, type) {
      try {
        return await askRecords(dns, name, type)
      } catch (cause) {
        if (isNegativeAnswer(cause)) return []
        throw new NameNotResolved(`${type} ${name} could not be asked at ${options.servers.join(', ')}`, { cause })
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

async function askRecords(dns: NodeResolver, name: string, type: RecordType): Promise<DnsRecord[]> {
  switch (type) {
    case 'A':
      return (await dns.resolve4(name, { ttl: true })).map((record) => ({ ...record, type }))
    case 'AAAA':
      return (await dns.resolve6(name, { ttl: true })).map((record) => ({ ...record, type }))
    case 'SRV':
      return (await dns.resolveSrv(name)).map((record) => ({ ...record, type }))
    case 'NAPTR':
      return (await dns.resolveNaptr(name)).map((record) => ({ ...record, type }))
    case 'PTR':
      return (await dns.resolvePtr(name)).map((target) => ({ type, name: target }))
    case 'TXT':
      return (await dns.resolveTxt(name)).map((parts) => ({ type, text: parts.join('') }))
    default:
      return type satisfies never
  }
}

function isNegativeAnswer(error: unknown): boolean {
  const code = (error as { code?: string }).code
  return code === 'ENOTFOUND' || code === 'ENODATA'
}

/** Nobody listens there. */
const noServer = '127.0.0.0:53'
