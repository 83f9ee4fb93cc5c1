import { randomBytes, scryptSync } from 'node:crypto'
import type { DnsRecord } from '../dns/start.ts'
import type { HostRole, Topology } from '../topology/topology.ts'
import type { PlanFacts } from './plan-hosts.ts'
import { addressOf, fqdnOf, namesOfRole } from './plan-hosts.ts'

/** The healthy product configuration of one host, as the guide would have it typed in. */
export function configurationOf(role: HostRole, name: string, facts: PlanFacts): unknown {
  switch (role) {
    case 'public-dns':
      return publicDns(facts)
    case 'internal-dns':
      return internalDns(facts)
    case 'cucm':
      return unifiedCm(name, facts)
    case 'imp':
      return imAndPresence(name, facts)
    case 'unity':
      return unityConnection(facts)
    case 'expressway':
      return expressway(name, facts)
    case 'control':
      return control(name, facts)
    default:
      return role satisfies never
  }
}
