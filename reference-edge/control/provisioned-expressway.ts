import type { MonotonicClock, Timer } from '#runtime/clock.ts'
import type { Log } from '#runtime/log.ts'
import * as v from 'valibot'
import { ExchangeRefused } from '../traversal/zone-client.ts'

const text = v.pipe(v.string(), v.minLength(1), v.maxLength(1_000))

/** What an Expressway says about itself in the provisioning exchange over the traversal zone. */
const provisioningAnswer = v.object({
  ssh: v.object({ hostKeySha256: text }),
  expressway: v.object({ fqdn: text, domain: text, zoneId: v.pipe(v.number(), v.integer(), v.minValue(0)) }),
})
export type ProvisioningAnswer = v.InferOutput<typeof provisioningAnswer>

/** Our side of the exchange. */
export interface ProvisioningDocument {
  readonly ssh: { readonly user: string; readonly publicKey: string }
  readonly domains: readonly { readonly name: string; readonly sip: boolean; readonly imAndPresence: boolean }[]
  readonly control: { readonly fqdn: string; readonly address: string }
  /** The other Controls of its cluster, as far as their names are known; edge Routes may name them. */
  readonly peers: readonly { readonly fqdn: string; readonly address: string }[]
}

export interface ProvisionedExpresswayOptions {
  readonly exchange: (document: ProvisioningDocument) => Promise<unknown>
  readonly document: () => ProvisioningDocument
  readonly clock: MonotonicClock
  readonly log: Log
  /** The Expressway has described itself, for the first time or anew, or wants no exchange any more. */
  readonly onProvisioned: () => void
}

/** One Expressway as the provisioning exchange told; what tunnels, XCP links and clients' routes are made of. */
export class ProvisionedExpressway {
  readonly #options: ProvisionedExpresswayOptions
  #answer: ProvisioningAnswer | undefined
  #refusal: string | undefined
  #said: string | undefined
  #asked = 0
  #again: Timer | undefined

  constructor(options: ProvisionedExpresswayOptions) {
    this.#options = options
  }

  get answer(): ProvisioningAnswer | undefined {
    return this.#answer
  }

  /** Why the Expressway takes no part in Unified Communications services though the zone is there. */
  get refusal(): string | undefined {
    return this.#refusal
  }

  /** Exchanges where we say something else about ourselves than the last time; there has to be one. */
  refreshIfChanged(): void {
    if (this.#said === undefined) return
    if (JSON.stringify(this.#options.document()) !== this.#said) void this.refresh()
  }

  /** Exchanges now, as when the zone has become active. Of several at a time the last one counts. */
  async refresh(): Promise<void> {
    const { exchange, document, log, clock, onProvisioned } = this.#options
    const turn = ++this.#asked
    this.#again?.cancel()
    const said = document()
    this.#said = JSON.stringify(said)
    try {
      const answer = v.parse(provisioningAnswer, await exchange(said))
      if (turn !== this.#asked) return
      this.#answer = answer
      this.#refusal = undefined
      onProvisioned()
    } catch (error) {
      if (turn !== this.#asked) return
      log.warn('Provisioning', { Detail: (error as Error).message })
      if (error instanceof ExchangeRefused || error instanceof v.ValiError) this.#refused(error.message)
      this.#again = clock.after(repetitionMs, () => void this.refresh())
    }
  }

  /** What it said before counts no more; a zone that is down for a while changes nothing. */
  #refused(why: string): void {
    this.#refusal = why
    this.#answer = undefined
    this.#options.onProvisioned()
  }

  stop(): void {
    this.#asked++
    this.#again?.cancel()
  }
}

/** Real time. An inactive zone fails at once, and becoming active asks again by itself. */
const repetitionMs = 5_000
