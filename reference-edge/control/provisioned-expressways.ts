import type { MonotonicClock } from '#runtime/clock.ts'
import type { Log } from '#runtime/log.ts'
import type { ProvisioningAnswer, ProvisioningDocument } from './provisioned-expressway.ts'
import { ProvisionedExpressway } from './provisioned-expressway.ts'

export interface ProvisionedExpresswaysOptions {
  /** Peer addresses of the zone of remote access, in configured order. */
  readonly peers: () => readonly string[]
  readonly exchange: (peer: string, document: ProvisioningDocument) => Promise<unknown>
  readonly document: () => ProvisioningDocument
  readonly clock: MonotonicClock
  readonly log: Log
  /** A peer has described itself, for the first time or anew, or wants no exchange any more. */
  readonly onProvisioned: () => void
}

/** The Expressways of the zone of remote access: a provisioning exchange of its own with each of its peers. */
export class ProvisionedExpressways {
  readonly #options: ProvisionedExpresswaysOptions
  readonly #known = new Map<string, ProvisionedExpressway>()

  constructor(options: ProvisionedExpresswaysOptions) {
    this.#options = options
  }

  /** Forgets the peers that are gone. */
  update(): void {
    const peers = this.#options.peers()
    for (const [peer, expressway] of this.#known) {
      if (peers.includes(peer)) continue
      expressway.stop()
      this.#known.delete(peer)
    }
  }

  /** What a peer said; undefined before its exchange, or where it refuses one. */
  answerOf(peer: string): ProvisioningAnswer | undefined {
    return this.#known.get(peer)?.answer
  }

  /** What the peers said, in configured order. */
  get answers(): ProvisioningAnswer[] {
    return this.#options.peers().flatMap((peer) => this.answerOf(peer) ?? [])
  }

  /** The peers that take no part in Unified Communications services though the zone is there, and why. */
  get refusals(): { readonly peer: string; readonly reason: string }[] {
    return this.#options.peers().flatMap((peer) => {
      const reason = this.#known.get(peer)?.refusal
      return reason === undefined ? [] : [{ peer, reason }]
    })
  }

  /** Exchanges with a peer now, as when its connection has become active. */
  async refresh(peer: string): Promise<void> {
    const { exchange, peers, ...options } = this.#options
    if (!peers().includes(peer)) return
    let expressway = this.#known.get(peer)
    if (expressway === undefined) {
      expressway = new ProvisionedExpressway({ ...options, exchange: (said) => exchange(peer, said) })
      this.#known.set(peer, expressway)
    }
    await expressway.refresh()
  }

  /** Exchanges with all who know something else about us. */
  refreshIfChanged(): void {
    for (const expressway of this.#known.values()) expressway.refreshIfChanged()
  }

  stop(): void {
    for (const expressway of this.#known.values()) expressway.stop()
  }
}
