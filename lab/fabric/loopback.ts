import { holdName } from '#runtime/exclusive-name.ts'
import { tryPort } from '#runtime/port-probe.ts'
import type { Place } from '../topology/topology.ts'
import { isInPrivateFabric } from './private.ts'

/** The loopback fabric: 127.L.Z.H. L is the lab's number, Z the place, H the host. */
export interface LoopbackFabric {
  readonly lab: number
  address(place: Place, host: number): string
  /** The public address that a firewall translates to the host's own one, 127.L.5.H. */
  translatedAddress(host: number): string
  /** The host's own private loopback, 127.L.(100+Z).H. */
  privateLoopback(place: Place, host: number): string
  /** The network (CIDR) of a place. */
  network(place: Place): string
  /** The networks of all hosts' private loopbacks. */
  readonly privateNetworks: readonly string[]
  release(): void
}

const third: Record<Place, number> = { internet: 1, dmz: 2, inside: 3 }

/**
 * Claims a lab number by a name that only one process can hold, so that labs run in parallel on one machine. Rejects with
 * `NoFreeLab` where all are taken.
 */
export async function claimLoopbackFabric(): Promise<LoopbackFabric> {
  for (let lab = isInPrivateFabric() ? firstPrivateLab : 1; lab <= lastLab; lab++) {
    const release = await holdName(`mra-lab-${lab}`)
    if (release === undefined) continue
    const fabric = fabricOf(lab, release)
    // Processes of a killed lab may outlive its owner for a moment.
    if ((await tryPort(fabric.address('dmz', 10), tunnelPort)) === 'free') return fabric
    fabric.release()
  }
  throw new NoFreeLab(`all ${lastLab} lab numbers are taken: end a lab that still runs`)
}

function fabricOf(lab: number, release: () => void): LoopbackFabric {
  return {
    lab,
    address: (place, host) => `127.${lab}.${third[place]}.${host}`,
    translatedAddress: (host) => `127.${lab}.5.${host}`,
    privateLoopback: (place, host) => `127.${lab}.${100 + third[place]}.${host}`,
    network: (place) => `127.${lab}.${third[place]}.0/24`,
    privateNetworks: Object.values(third).map((place) => `127.${lab}.${100 + place}.0/24`),
    release,
  }
}

export class NoFreeLab extends Error {
  readonly code = 'MRA_NO_FREE_LAB'
}

const lastLab = 60
/** Numbers of the machine's own labs and of those in a network namespace differ: an address tells where it belongs. */
const firstPrivateLab = 31
/** The VCS Expressway of a lab listens there as long as it runs. */
const tunnelPort = 2222
