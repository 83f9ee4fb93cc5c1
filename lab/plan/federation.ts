import type { DnsRecord } from '../dns/start.ts'
import type { Topology } from '../topology/topology.ts'
import type { PlanFacts } from './plan-facts.ts'
import { addressOf, fqdnOf, hostDomain, namesOfRole } from './plan-facts.ts'

/** Another company's IM and Presence node: federation runs, and nothing of its own deployment stands behind it. */
export function partnerImAndPresence(name: string, { topology, secrets }: PlanFacts): unknown {
  const { users = [] } = topology.hosts[name]!.company ?? {}
  return {
    domain: hostDomain(name, topology),
    users: users.map((userId) => ({ userId, password: secrets.passwords[userId] })),
    xcpSecret: `${name} has no XCP link`,
    axl: { user: 'axl', password: secrets.passwords[users[0]!] },
    services: { xmppFederationConnectionManager: true },
  }
}

/** Domains that IM and Presence federates with. */
export function partnerDomains(topology: Topology): string[] {
  return [...new Set(namesOfRole(topology, 'partner-imp').map((name) => hostDomain(name, topology)))]
}

export function hasFederation(topology: Topology): boolean {
  return partnerDomains(topology).length > 0
}

/** Both companies' servers for other servers (RFC 6120 §3.2.1). */
export function federationRecords(facts: PlanFacts): DnsRecord[] {
  const { topology } = facts
  if (!hasFederation(topology)) return []
  return [...namesOfRole(topology, 'imp'), ...namesOfRole(topology, 'partner-imp')].flatMap((name): DnsRecord[] => {
    const target = fqdnOf(name, topology)
    const service = `_xmpp-server._tcp.${hostDomain(name, topology)}`
    return [
      { name: service, type: 'SRV', priority: 10, weight: 10, port: 5269, target },
      { name: target, type: 'A', address: addressOf(name, facts) },
    ]
  })
}
