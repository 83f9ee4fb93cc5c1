import { holdName } from '#runtime/exclusive-name.ts'
import type { Place } from '../topology/topology.ts'
import { labsInUse } from './labs-in-use.ts'
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
    if (lab === ofUnitTests) continue
    const release = await holdName(`mra-lab-${lab}`)
    if (release === undefined) continue
    // Asked for with the name in hand: whoever had it may have been about to end.
    if (!labsInUse().has(lab)) return fabricOf(lab, release)
    release()
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
/** Unit tests open sockets at 127.9.x.x, and may run beside the labs of another process. */
const ofUnitTests = 9
/** Numbers of the machine's own labs and of those in a network namespace differ: an address tells where it belongs. */
const firstPrivateLab = 31
