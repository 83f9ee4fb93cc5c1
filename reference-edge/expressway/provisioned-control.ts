import * as v from 'valibot'

const text = v.pipe(v.string(), v.minLength(1), v.maxLength(1_000))

/** What a Control says about itself in the provisioning exchange over the traversal zone. */
const provisioningDocument = v.object({
  ssh: v.object({ user: text, publicKey: text }),
  domains: v.pipe(v.array(v.object({ name: text, sip: v.boolean(), imAndPresence: v.boolean() })), v.maxLength(200)),
  control: v.object({ fqdn: text, address: v.pipe(v.string(), v.ipv4()) }),
})
export type ProvisioningDocument = v.InferOutput<typeof provisioningDocument>

export interface ProvisioningAnswer {
  readonly ssh: { readonly hostKeySha256: string }
  readonly expressway: { readonly fqdn: string; readonly domain: string; readonly zoneId: number }
}

/** The Control as it last described itself; nothing is configured about it on the Expressway. */
export class ProvisionedControl {
  readonly #answer: () => ProvisioningAnswer
  #document: ProvisioningDocument | undefined

  constructor(answer: () => ProvisioningAnswer) {
    this.#answer = answer
  }

  /** The exchange; throws where the document is none. */
  take(document: unknown): ProvisioningAnswer {
    const result = v.safeParse(provisioningDocument, document)
    if (!result.success) throw new Error(`provisioning document: ${v.getDotPath(result.issues[0])}`)
    this.#document = result.output
    return this.#answer()
  }

  /** Nobody is the Control of remote access any more. */
  forget(): void {
    this.#document = undefined
  }

  get document(): ProvisioningDocument | undefined {
    return this.#document
  }

  /** Who may open SSH tunnels. */
  get tunnelKeys(): { user: string; publicKey: string }[] {
    return this.#document === undefined ? [] : [this.#document.ssh]
  }

  /** The names that clients' edge Routes may have. */
  get names(): string[] {
    return this.#document === undefined ? [] : [this.#document.control.address, this.#document.control.fqdn]
  }

  /** Domains with services for remote users. */
  domains(service?: 'imAndPresence'): string[] {
    const served = (this.#document?.domains ?? []).filter((domain) =>
      service === undefined ? domain.sip || domain.imAndPresence : domain[service],
    )
    return served.map(({ name }) => name)
  }
}
