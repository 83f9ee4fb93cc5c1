import type { DnsRecord } from '../dns/start.ts'
import type { Topology } from '../topology/topology.ts'
import type { PlanFacts } from './plan-facts.ts'
import { addressOf, fqdnOf, namesOfRole } from './plan-facts.ts'

/** Every DNS server knows whether the cloud is there: without it, its names do not exist. */
export const cloudDomain = 'webexconnect.com'

/** The WebEx Messenger cloud: our domain is its customer, and has the accounts that the topology names. */
export function webexCloud(name: string, { topology, secrets }: PlanFacts): unknown {
  const { users = [] } = topology.hosts[name]!.company ?? {}
  return {
    domain: topology.domain,
    users: users.map((userId) => ({
      userId,
      password: secrets.passwords[userId],
      displayName: topology.users.find(({ id }) => id === userId)?.name ?? userId,
    })),
  }
}

/** The hybrid deployment: instant messaging and presence come from the cloud. */
export function hasCloud(topology: Topology): boolean {
  return namesOfRole(topology, 'webex').length > 0
}

/** The cloud's name, from everywhere. */
export function cloudRecords(facts: PlanFacts): DnsRecord[] {
  return namesOfRole(facts.topology, 'webex').map((name) => {
    return { name: fqdnOf(name, facts.topology), type: 'A', address: addressOf(name, facts) }
  })
}
