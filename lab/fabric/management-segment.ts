import { applyRules, removeTable, requirePrivateFabric } from './netfilter.ts'

export interface ManagementSegmentPlace {
  /** Number of the lab: each has a table of its own. */
  readonly lab: number
  /** The interface that stands in a segment for system management. */
  readonly address: string
  /** Network (CIDR) from which only `managers` get there. */
  readonly inside: string
  readonly managers: readonly string[]
}

/** A network segment that holds one interface of a host and is for managing it only, in nftables of the private fabric. */
export class ManagementSegment implements AsyncDisposable {
  readonly #place: ManagementSegmentPlace
  readonly #table: string

  private constructor(place: ManagementSegmentPlace) {
    this.#place = place
    this.#table = `ip mra_segment_${place.lab}`
  }

  /** Rejects with `FirewallUnavailable` where there is none to be had. */
  static async open(place: ManagementSegmentPlace): Promise<ManagementSegment> {
    requirePrivateFabric()
    const segment = new ManagementSegment(place)
    await segment.#isolate()
    return segment
  }

  /** Everybody inside has a route to the interface from now on. */
  async route(): Promise<void> {
    await removeTable(this.#table)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await removeTable(this.#table)
  }

  #isolate(): Promise<void> {
    const { address, inside, managers } = this.#place
    return applyRules([
      `table ${this.#table}`,
      `delete table ${this.#table}`,
      `table ${this.#table} {`,
      '  chain input {',
      '    type filter hook input priority 0; policy accept;',
      `    ip saddr { ${managers.join(', ')} } accept`,
      `    ip saddr ${inside} ip daddr ${address} drop`,
      '  }',
      '}',
    ])
  }
}
