import type { HostEnvironment } from '#runtime/host.ts'
import type { Connection } from '#runtime/network.ts'
import type { OwnSipNames } from '../control/sip-peer.ts'
import type { ConfiguredNeighbor, NeighborSip, NeighborStatus } from './neighbor.ts'
import { Neighbor } from './neighbor.ts'

export interface NeighborsOptions {
  readonly environment: HostEnvironment
  readonly sip: NeighborSip
  /** Address to dial from; the host's first otherwise. */
  readonly from?: string
  readonly own: OwnSipNames
  /** As configured; those that are off are left out. */
  readonly zones: () => readonly ConfiguredNeighbor[]
}

/** The running neighbor zones that an administrator has made. */
export class Neighbors {
  readonly #options: NeighborsOptions
  readonly #running = new Map<string, Neighbor>()

  constructor(options: NeighborsOptions) {
    this.#options = options
  }

  /** Starts new zones, stops those that are gone, begins anew with those that are other than before. */
  update(): void {
    const zones = this.#options.zones()
    for (const [name, { zone: running }] of this.#running) {
      const wanted = zones.find((zone) => zone.name === name)
      if (JSON.stringify(wanted) !== JSON.stringify(running)) this.#stop(name)
    }
    for (const zone of zones) {
      if (this.#running.has(zone.name)) continue
      const neighbor = new Neighbor({ ...this.#options, zone })
      this.#running.set(zone.name, neighbor)
      neighbor.check()
    }
  }

  find(name: string): Neighbor | undefined {
    return this.#running.get(name)
  }

  /**
   * The zone of a peer at this address. Of several zones to one address that of the port which the peer names as its
   * own counts, else the first.
   */
  at(address: string, port?: number): Neighbor | undefined {
    const there = [...this.#running.values()].filter(({ addresses }) => addresses.includes(address))
    return there.find(({ zone }) => zone.port === port) ?? there[0]
  }

  /** The zone that a connection comes from. Over TLS its certificate has to be good where the zone verifies. */
  callerOf({ remote, tls }: Pick<Connection, 'remote' | 'tls'>): {
    readonly zone?: Neighbor
    readonly problem?: string
  } {
    const transport = tls === undefined ? 'TCP' : 'TLS'
    const there = [...this.#running.values()].filter(
      (each) => each.transport === transport && each.addresses.includes(remote.address),
    )
    let problem: string | undefined
    for (const zone of there) {
      const own = tls === undefined ? undefined : zone.problemOfCaller(tls)
      if (own === undefined) return { zone }
      problem ??= `${zone.zoneName}: ${own}`
    }
    return problem === undefined ? {} : { problem }
  }

  status(): NeighborStatus[] {
    return [...this.#running.values()].map((neighbor) => neighbor.status())
  }

  /** Asks every peer now. */
  retry(): void {
    for (const neighbor of this.#running.values()) neighbor.check()
  }

  stop(): void {
    for (const name of [...this.#running.keys()]) this.#stop(name)
  }

  #stop(name: string): void {
    this.#running.get(name)?.stop()
    this.#running.delete(name)
  }
}
