import type { TraceEvent } from '#runtime/trace.ts'
import type { LoopbackFabric } from './fabric/loopback.ts'
import { FirewallUnavailable } from './fabric/netfilter.ts'
import { isInPrivateFabric } from './fabric/private.ts'
import type { FirewallProfile, StaticNatPlace } from './fabric/static-nat.ts'
import { StaticNat } from './fabric/static-nat.ts'
import type { Topology } from './topology/topology.ts'

/** Host number of the administrator's workstation inside. */
export const administratorNumber = 90

/** A deployment that the guide has not got: what is in its way, and what would help. */
export class NotDeployable extends Error {
  readonly code = 'MRA_NOT_DEPLOYABLE'
}

/** Whether a topology needs a firewall that translates addresses: only a private fabric has one. */
export function needsPrivateFabric(topology: Topology): boolean {
  return natHost(topology) !== undefined
}

/** Why a topology cannot be deployed behind a firewall of this kind; undefined where it can (guide: Firewall). */
export function obstacleTo(topology: Topology, profile: FirewallProfile): string | undefined {
  const host = natHost(topology)
  if (host === undefined || profile === 'reflection') return undefined
  return (
    `topology "${topology.name}" cannot be deployed behind a firewall without NAT reflection: ${host} has a single NIC with ` +
    'static NAT, so the VCS Control has to reach it at its external FQDN; use a firewall with NAT reflection or an ' +
    'Expressway with dual network interfaces'
  )
}

/** Puts up the firewall that a topology needs; undefined where it needs none. */
export async function openStaticNat(
  topology: Topology,
  fabric: LoopbackFabric,
  profile: FirewallProfile,
): Promise<StaticNat | undefined> {
  const host = natHost(topology)
  if (host === undefined) return undefined
  if (!isInPrivateFabric()) {
    throw new FirewallUnavailable(
      `topology "${topology.name}" needs a firewall that translates addresses: --fabric private`,
    )
  }
  return StaticNat.open(placeOf(topology, host, fabric), { profile, isOpenInside: false })
}

/**
 * Both ends of a connection call it by the addresses they see: here it has one name, that of the private end. What either
 * end saw stays as it was.
 */
export function underOneName(event: TraceEvent, { publicAddress, privateAddress }: StaticNatPlace): TraceEvent {
  const { connection } = event
  if (connection?.includes(`/${publicAddress}:`) !== true) return event
  return { ...event, connection: connection.replaceAll(`/${publicAddress}:`, `/${privateAddress}:`) }
}

function natHost({ hosts }: Topology): string | undefined {
  return Object.keys(hosts).find((name) => hosts[name]!.staticNat)
}

function placeOf({ hosts }: Topology, name: string, fabric: LoopbackFabric): StaticNatPlace {
  const { place, number } = hosts[name]!
  return {
    lab: fabric.lab,
    publicAddress: fabric.translatedAddress(number),
    privateAddress: fabric.address(place, number),
    internet: fabric.network('internet'),
    inside: fabric.network('inside'),
    dmz: fabric.network('dmz'),
    managers: [fabric.address('inside', administratorNumber)],
  }
}
