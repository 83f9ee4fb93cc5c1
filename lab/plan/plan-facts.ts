import type { TraceLevel } from '#runtime/trace.ts'
import type { LoopbackFabric } from '../fabric/loopback.ts'
import type { CertificateAuthority } from '../pki/authority.ts'
import type { HostRole, Topology, TopologyUser } from '../topology/topology.ts'
import type { LabSecrets } from './secrets.ts'

/** What a host's plan is made from. */
export interface PlanFacts {
  readonly topology: Topology
  readonly fabric: LoopbackFabric
  readonly authority: CertificateAuthority
  /** A common public one, which other companies have their certificates from; made when first asked for. */
  readonly publicAuthority: () => CertificateAuthority
  readonly secrets: LabSecrets
  readonly data: string
  readonly seed: string | number
  readonly traceLevel: TraceLevel
}

/** Names of a host in its own domain. */
export function fqdnOf(name: string, topology: Topology): string {
  return `${name}.${hostDomain(name, topology)}`
}

export function hostDomain(name: string, { domain, hosts }: Topology): string {
  return hosts[name]?.company?.domain ?? domain
}

export function addressOf(name: string, { topology, fabric }: Pick<PlanFacts, 'topology' | 'fabric'>): string {
  const { place, number } = topology.hosts[name]!
  return fabric.address(place, number)
}

/** By which address others reach a host: the one that a firewall translates to its own, where it has one. */
export function reachedAt(name: string, facts: Pick<PlanFacts, 'topology' | 'fabric'>): string {
  const { staticNat, number } = facts.topology.hosts[name]!
  return staticNat ? facts.fabric.translatedAddress(number) : addressOf(name, facts)
}

export function namesOfRole(topology: Topology, role: HostRole): string[] {
  return Object.keys(topology.hosts).filter((name) => topology.hosts[name]!.role === role)
}

/** Hosts of a role that are a cluster's publisher; one that has a publisher is its subscriber. */
export function publishersOf(topology: Topology, role: HostRole): string[] {
  return namesOfRole(topology, role).filter((name) => topology.hosts[name]!.publisher === undefined)
}

/** The publisher of a node's cluster: itself where it is one. */
export function publisherOf(topology: Topology, node: string): string {
  return topology.hosts[node]!.publisher ?? node
}

/** All nodes of a cluster, its publisher first. */
export function nodesOf(topology: Topology, publisher: string): string[] {
  const { role } = topology.hosts[publisher]!
  const subscribers = namesOfRole(topology, role).filter((name) => topology.hosts[name]!.publisher === publisher)
  return [publisher, ...subscribers]
}

/** Users whose home is the cluster of this Unified CM publisher. */
export function usersAt(topology: Topology, publisher: string): TopologyUser[] {
  const [first] = publishersOf(topology, 'cucm')
  return topology.users.filter(({ home = first }) => home === publisher)
}
