import * as v from 'valibot'
import type { MonotonicClock } from '#runtime/clock.ts'
import type { TunnelKey } from '../traversal/tunnel-keys.ts'

const text = v.pipe(v.string(), v.minLength(1), v.maxLength(1_000))
const controlNames = v.object({ fqdn: text, address: v.pipe(v.string(), v.ipv4()) })

/** What a Control says about itself in the provisioning exchange over the traversal zone. */
const provisioningDocument = v.object({
  ssh: v.object({ user: text, publicKey: text }),
  domains: v.pipe(v.array(v.object({ name: text, sip: v.boolean(), imAndPresence: v.boolean() })), v.maxLength(200)),
  control: controlNames,
  /** The other peers of its cluster; none for a Control on its own. */
  peers: v.optional(v.pipe(v.array(controlNames), v.maxLength(5)), []),
})
export type ProvisioningDocument = v.InferOutput<typeof provisioningDocument>

export interface ProvisioningAnswer {
  readonly ssh: { readonly hostKeySha256: string }
  readonly expressway: { readonly fqdn: string; readonly domain: string; readonly zoneId: number }
}

/** A Control that has described itself over the zone of remote access. */
export interface ProvisionedControl {
  readonly fqdn: string
  readonly address: string
  /** Where its connection comes from; another address than its own behind a translation. */
  readonly source: string
  readonly state: 'Active' | 'Lost'
}

interface Known {
  readonly document: ProvisioningDocument
  /** Its connection is gone since; nanoseconds of the monotonic clock. */
  lostAt: bigint | undefined
}

/**
 * The Controls as they last described themselves, by the address they connect from; nothing is configured about them on the
 * Expressway. Who is gone is remembered by name, since clients' edge Routes go on naming it.
 */
export class ProvisionedControls {
  readonly #answer: () => ProvisioningAnswer
  readonly #clock: MonotonicClock
  readonly #known = new Map<string, Known>()

  constructor({ answer, clock }: { readonly answer: () => ProvisioningAnswer; readonly clock: MonotonicClock }) {
    this.#answer = answer
    this.#clock = clock
  }

  /** The exchange with the Control at an address; throws where the document is none. */
  take(document: unknown, source: string): ProvisioningAnswer {
    const result = v.safeParse(provisioningDocument, document)
    if (!result.success) throw new Error(`provisioning document: ${v.getDotPath(result.issues[0])}`)
    this.#known.set(source, { document: result.output, lostAt: undefined })
    if (this.#known.size > mostKnown) this.#forgetOne()
    return this.#answer()
  }

  /** The Control at that address has proved itself to the zone again. */
  returned(source: string): void {
    const known = this.#known.get(source)
    if (known !== undefined) known.lostAt = undefined
  }

  /** Its connection to the zone is gone. */
  lost(source: string): void {
    const known = this.#known.get(source)
    if (known !== undefined) known.lostAt = this.#clock.now()
  }

  /** Nobody is a Control of remote access any more. */
  forget(): void {
    this.#known.clear()
  }

  /** Whether any Control has said anything. */
  get hasDocument(): boolean {
    return this.#known.size > 0
  }

  /** By address, those that are there first. */
  list(): ProvisionedControl[] {
    const all = [...this.#known].map(([source, { document, lostAt }]) => {
      const { fqdn, address } = document.control
      return { fqdn, address, source, state: lostAt === undefined ? ('Active' as const) : ('Lost' as const) }
    })
    return all.toSorted((one, other) => one.state.localeCompare(other.state) || one.source.localeCompare(other.source))
  }

  /**
   * Who may open SSH tunnels. A tunnel outlives a short interruption of the zone, but a Control that does not come back to
   * the zone keeps none.
   */
  get tunnelKeys(): TunnelKey[] {
    const since = this.#clock.now() - tunnelGraceNs
    return [...this.#known.values()]
      .filter(({ lostAt }) => lostAt === undefined || lostAt > since)
      .map(({ document }) => document.ssh)
  }

  /** The names that clients' edge Routes may have: of the Controls, and of their cluster peers not met yet. */
  get names(): string[] {
    const all = [...this.#known.values()].flatMap(({ document }) => [document.control, ...document.peers])
    return [...new Set(all.flatMap(({ address, fqdn }) => [address, fqdn]))]
  }

  /** Where the Control of one of those names connects from; undefined: it has not been met. */
  sourceOf(name: string): string | undefined {
    const wanted = name.toLowerCase()
    return this.list().find(({ address, fqdn }) => address === wanted || fqdn.toLowerCase() === wanted)?.source
  }

  /** Domains with services for remote users: peers of a cluster have the same; without any Control those it had last. */
  get services(): ProvisioningDocument['domains'] {
    const all = [...this.#known.values()]
    const live = all.filter(({ lostAt }) => lostAt === undefined)
    const merged = new Map<string, ProvisioningDocument['domains'][number]>()
    for (const { document } of live.length > 0 ? live : all) {
      for (const { name, sip, imAndPresence } of document.domains) {
        const before = merged.get(name)
        merged.set(name, {
          name,
          sip: sip || before?.sip === true,
          imAndPresence: imAndPresence || before?.imAndPresence === true,
        })
      }
    }
    return [...merged.values()]
  }

  /** Their names. */
  domains(service?: 'imAndPresence'): string[] {
    const served = this.services.filter((domain) =>
      service === undefined ? domain.sip || domain.imAndPresence : domain[service],
    )
    return served.map(({ name }) => name)
  }

  /** Whoever is gone for the longest time; where all are there, the one met first. */
  #forgetOne(): void {
    const gone = [...this.#known].filter(([, { lostAt }]) => lostAt !== undefined)
    const [oldest] = gone.toSorted(([, one], [, other]) => (one.lostAt! < other.lostAt! ? -1 : 1))
    this.#known.delete(oldest?.[0] ?? this.#known.keys().next().value!)
  }
}

/** More than a cluster has peers. */
const mostKnown = 12

/** Ours; a Control that is well comes back to the zone within seconds. */
const tunnelGraceNs = 60_000_000_000n
