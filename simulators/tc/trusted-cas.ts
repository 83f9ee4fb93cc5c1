import { X509Certificate } from 'node:crypto'

export interface TrustedCa {
  readonly name: string
  /** `preinstalled`: in the list the endpoint ships with. */
  readonly origin: 'preinstalled' | 'added'
}

/** The endpoint's list of trusted certificate authorities: those it ships with, and those that were added. */
export class TrustedCas {
  readonly #preinstalled: readonly string[]
  readonly #added: readonly string[]

  /** PEM texts. */
  constructor(preinstalled: readonly string[], added: readonly string[]) {
    this.#preinstalled = preinstalled
    this.#added = added
  }

  /** PEM texts of all. */
  get certificates(): string[] {
    return [...this.#preinstalled, ...this.#added]
  }

  /** As the endpoint's web page lists them. */
  get list(): TrustedCa[] {
    const named = (origin: TrustedCa['origin']) => (certificate: string) => ({ name: commonName(certificate), origin })
    return [...this.#preinstalled.map(named('preinstalled')), ...this.#added.map(named('added'))]
  }
}

function commonName(certificate: string): string {
  const { subject } = new X509Certificate(certificate)
  return /^CN=(.*)$/m.exec(subject)?.[1] ?? subject
}
