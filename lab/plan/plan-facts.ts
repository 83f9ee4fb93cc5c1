import type { TraceLevel } from '#runtime/trace.ts'
import type { LoopbackFabric } from '../fabric/loopback.ts'
import type { CertificateAuthority } from '../pki/authority.ts'
import type { HostRole, Topology } from '../topology/topology.ts'
import type { LabSecrets } from './secrets.ts'

/** What a host's plan is made from. */
export interface PlanFacts {
  readonly topology: Topology
  readonly fabric: LoopbackFabric
  readonly authority: CertificateAuthority
  readonly secrets: LabSecrets
  readonly data: string
  readonly seed: string | number
  readonly traceLevel: TraceLevel
}

/** Names of a host in its own domain. */
export function fqdnOf(name: string, { domain }: Topology): string {
  return `${name}.${domain}`
}

export function addressOf(name: string, { topology, fabric }: Pick<PlanFacts, 'topology' | 'fabric'>): string {
  const { place, number } = topology.hosts[name]!
  return fabric.address(place, number)
}

export function namesOfRole(topology: Topology, role: HostRole): string[] {
  return Object.keys(topology.hosts).filter((name) => topology.hosts[name]!.role === role)
}
