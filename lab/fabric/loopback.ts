import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tryPort } from '#runtime/port-probe.ts'
import { processLives } from '../process-lives.ts'
import type { Place } from '../topology/topology.ts'
import { outerUser } from './outer-user.ts'

/** The loopback fabric: 127.L.Z.H. L is the lab's number, Z the place, H the host. */
export interface LoopbackFabric {
  readonly lab: number
  address(place: Place, host: number): string
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
 * Claims a lab number by a locked file, so that labs run in parallel on one machine. Rejects with `NoFreeLab` where all
 * are taken.
 */
export async function claimLoopbackFabric(): Promise<LoopbackFabric> {
  const folder = join(tmpdir(), `mra-labs-${outerUser()}`)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  for (let lab = 1; lab <= lastLab; lab++) {
    const path = join(folder, `${lab}.lock`)
    if (!claim(path)) continue
    const fabric = fabricOf(lab, releaseOnce(path))
    // Processes of a killed lab may outlive its owner for a moment.
    if ((await tryPort(fabric.address('dmz', 10), tunnelPort)) === 'free') return fabric
    fabric.release()
  }
  throw new NoFreeLab(`all ${lastLab} lab numbers are taken; remove stale files in ${folder}`)
}

/** A number that was released may belong to somebody else by the time it is released again. */
function releaseOnce(path: string): () => void {
  let isReleased = false
  return () => {
    if (!isReleased) rmSync(path, { force: true })
    isReleased = true
  }
}

function fabricOf(lab: number, release: () => void): LoopbackFabric {
  return {
    lab,
    address: (place, host) => `127.${lab}.${third[place]}.${host}`,
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
/** The VCS Expressway of a lab listens there as long as it runs. */
const tunnelPort = 2222

/** The file holds the owner's process id; a file whose owner is gone is taken over. */
function claim(path: string): boolean {
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      const file = openSync(path, 'wx', 0o600)
      writeSync(file, String(process.pid))
      closeSync(file)
      return true
    } catch (error) {
      if ((error as { code?: string }).code !== 'EEXIST') throw error
      if (ownerLives(path)) return false
      rmSync(path, { force: true })
    }
  }
  return false
}

function ownerLives(path: string): boolean {
  try {
    const owner = Number(readFileSync(path, 'utf8'))
    // An empty file belongs to a process that is just writing it.
    return owner === 0 || processLives(owner)
  } catch {
    // Just released by its owner.
    return false
  }
}
