import type { MonotonicClock } from '#runtime/clock.ts'

/** Why somebody is not a peer of a zone, in the words of its pages. */
export interface ZoneProblem {
  readonly says: string
  /** What can be done about it, where it is known. */
  readonly action?: string
}

/** One peer of a traversal zone as its pages show it. */
export interface ZonePeerStatus {
  readonly address: string
  /** Of its connection; of a peer without one there is none. */
  readonly port?: number
  readonly state: 'Active' | 'Failed'
  readonly reason?: string
  readonly action?: string
  /** How far its clock is ahead of ours. */
  readonly clockDifferenceSeconds?: number
}

/** Addresses that were turned away from a zone or have left it, with the reason: shown beside the peers that are active. */
export class ZoneProblems {
  readonly #clock: MonotonicClock
  readonly #byAddress = new Map<string, { readonly problem: ZoneProblem; readonly end: bigint | undefined }>()

  constructor(clock: MonotonicClock) {
    this.#clock = clock
  }

  /** Turned away. Who is a peer comes again and again; of others nothing more is said after a while. */
  rejected(address: string, problem: ZoneProblem): void {
    this.#keep(address, problem, this.#clock.now() + shownNs)
  }

  /** Had proved itself before: it is missed until it comes back or the zone changes. */
  lost(address: string, problem: ZoneProblem): void {
    this.#keep(address, problem, undefined)
  }

  /** It is active. */
  clear(address: string): void {
    this.#byAddress.delete(address)
  }

  forget(): void {
    this.#byAddress.clear()
  }

  list(): ZonePeerStatus[] {
    const now = this.#clock.now()
    for (const [address, { end }] of this.#byAddress) {
      if (end !== undefined && end < now) this.#byAddress.delete(address)
    }
    return [...this.#byAddress].map(([address, { problem }]) => ({ address, state: 'Failed', ...reasonOf(problem) }))
  }

  #keep(address: string, problem: ZoneProblem, end: bigint | undefined): void {
    const isMissed = this.#byAddress.has(address) && this.#byAddress.get(address)!.end === undefined
    this.#byAddress.delete(address)
    this.#byAddress.set(address, { problem, end: isMissed ? undefined : end })
    if (this.#byAddress.size <= mostShown) return
    const stranger = [...this.#byAddress].find(([, entry]) => entry.end !== undefined)?.[0]
    this.#byAddress.delete(stranger ?? this.#byAddress.keys().next().value!)
  }
}

export function reasonOf({ says, action }: ZoneProblem): { reason: string; action?: string } {
  return { reason: says, ...(action === undefined ? {} : { action }) }
}

/** A VCS tries again each few seconds. */
const shownNs = 300_000_000_000n

/** More than a cluster has peers. */
const mostShown = 12
