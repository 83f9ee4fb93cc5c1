import type { Refusal } from '../../protocol/rtp/srtp.ts'

/** Why a datagram went no further: a fault of the packet, or a source that is not the one known. */
export type DropReason = Refusal | 'stranger'

/** What came from one side and what became of it. */
export interface FlowFigures {
  /** Good packets. */
  readonly packets: number
  readonly octets: number
  /** Good, but the other side cannot be sent to yet, or is on hold. */
  readonly undelivered: number
  /** Dropped without an answer. */
  readonly dropped: Readonly<Record<DropReason, number>>
}

export class FlowCounters {
  #packets = 0
  #octets = 0
  #undelivered = 0
  readonly #dropped: Record<DropReason, number> = noDrops()

  accept(octets: number): void {
    this.#packets++
    this.#octets += octets
  }

  undelivered(): void {
    this.#undelivered++
  }

  drop(reason: DropReason): void {
    this.#dropped[reason]++
  }

  figures(): FlowFigures {
    return {
      packets: this.#packets,
      octets: this.#octets,
      undelivered: this.#undelivered,
      dropped: { ...this.#dropped },
    }
  }
}

function noDrops(): Record<DropReason, number> {
  return { malformed: 0, authentication: 0, replay: 0, sources: 0, exhausted: 0, unkeyed: 0, stranger: 0 }
}
