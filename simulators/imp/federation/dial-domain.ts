import type { Connection, Endpoint, HostNetwork } from '#runtime/network.ts'
import { isDomain } from './dialback.ts'

/** Why another domain's server cannot be spoken to, as a stanza error says it (RFC 6120 §8.3.3.16 and 17). */
export type UnreachableCondition = 'remote-server-not-found' | 'remote-server-timeout'

export class DomainUnreachable extends Error {
  readonly code = 'MRA_DOMAIN_UNREACHABLE'
  readonly condition: UnreachableCondition

  constructor(condition: UnreachableCondition, message: string, options?: ErrorOptions) {
    super(message, options)
    this.condition = condition
  }
}

/** A TCP connection to the servers of a domain, by this host's own DNS (RFC 6120 §3.2). */
export async function dialDomain(network: HostNetwork, domain: string, signal: AbortSignal): Promise<Connection> {
  if (!isDomain(domain)) throw new DomainUnreachable('remote-server-not-found', `${domain} is no domain`)
  let last: unknown
  for (const to of await serversOf(network, domain)) {
    signal.throwIfAborted()
    try {
      return await network.dialTcp({ to, protocol: 'XMPP', timeoutMs: dialMs, signal })
    } catch (error) {
      last = error
    }
  }
  throw new DomainUnreachable('remote-server-timeout', `no server of ${domain} takes a connection`, { cause: last })
}

async function serversOf({ resolver }: HostNetwork, domain: string): Promise<Endpoint[]> {
  try {
    const found = await resolver.services(`_xmpp-server._tcp.${domain}`)
    const targets = found.length > 0 ? found.slice(0, mostTargets) : [{ name: domain, port: federationPort }]
    const known = await Promise.allSettled(
      targets.map(async ({ name, port }) =>
        (await resolver.addresses(name)).slice(0, mostTargets).map((address) => ({ address, port })),
      ),
    )
    const servers = known.flatMap((each) => (each.status === 'fulfilled' ? each.value : []))
    if (servers.length > 0) return servers
    throw new Error('no server of it has an address')
  } catch (cause) {
    throw new DomainUnreachable('remote-server-not-found', `DNS knows no XMPP server of ${domain}`, { cause })
  }
}

/** Registered for `xmpp-server`. */
export const federationPort = 5269
const mostTargets = 4
const dialMs = 5_000
