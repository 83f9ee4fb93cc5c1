import type { HostEnvironment } from './host.ts'
import type { Log } from './log.ts'
import type { TlsIdentity } from './network.ts'
import { openNetwork } from './open-network.ts'
import { openResolver } from './resolve.ts'

/** What a host is configured to be, in place of what it was set up with. */
export interface EnvironmentChanges {
  readonly fqdn: string
  readonly domain: string
  /** Addresses of DNS servers, asked at port 53. */
  readonly dnsServers: readonly string[]
  /** PEM texts of trusted CAs. */
  readonly trust: readonly string[]
  readonly identity: TlsIdentity
  readonly log: Log
}

/** The same place (addresses, clocks, trace, guard) under another name, with other DNS servers, trust and certificate. */
export function derivedEnvironment(environment: HostEnvironment, changes: EnvironmentChanges): HostEnvironment {
  const { network, clocks, random, seeded, trace, name, address } = environment
  const { fqdn, domain, dnsServers, trust, identity, log } = changes
  const servers = dnsServers.map((server) => `${server}:53`)
  const resolver = openResolver({ servers, domain, localAddress: address, random: seeded })
  const { addresses, guard } = network
  return {
    ...environment,
    fqdn,
    domain,
    identity,
    log,
    network: openNetwork({ host: name, addresses, resolver, trust, trace, clocks, random, guard }),
  }
}
