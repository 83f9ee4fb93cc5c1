import { systemRandom } from '#runtime/random.ts'
import type { Resolver } from '#runtime/resolve.ts'
import { openResolver } from '#runtime/resolve.ts'
import type { Lab } from '../lab.ts'
import type { Place } from '../topology/topology.ts'

/** A resolver of somebody at a place of the lab who asks just this DNS server, as with `dig @server`. */
export function lookUpAt(lab: Lab, server: string, from: Place): Resolver {
  const { addresses, dns } = lab.plan(server).specification
  return openResolver({
    servers: [`${addresses[0]}:53`],
    domain: dns.domain,
    localAddress: lab.fabric.address(from, askingHost),
    random: systemRandom(),
  })
}

const askingHost = 251
