import { createPrivateKey, X509Certificate } from 'node:crypto'
import type { TlsIdentity } from '#runtime/network.ts'
import type { Random } from '#runtime/random.ts'
import type { CertificateProblem, Refused } from './certificate-problem.ts'
import type { CertificateStore } from './certificate-store.ts'
import { makeFactoryIdentity } from './factory-identity.ts'
import { nameWarnings } from './missing-names.ts'
import { readCertificates } from './pem.ts'
import type { NamingFacts } from './proposed-names.ts'
import { chainWarning, checkServerCertificate } from './server-certificate-check.ts'
import type { ServerCertificateUpload } from './server-certificate-check.ts'
import { makeSigningRequest, type SigningRequestFields } from './signing-request.ts'

export interface ServerCertificateOptions {
  readonly store: CertificateStore
  readonly random: Random
  /** Real time. */
  readonly now: () => Date
  /** Unified Communications mode is *Mobile and remote access*. */
  readonly isMobileAndRemoteAccess: () => boolean
  readonly naming: () => NamingFacts
}

export type Loaded = { readonly ok: true; readonly warnings: readonly CertificateProblem[] } | Refused

/** The page Maintenance > Security certificates > Server certificate. What it stores is served after a restart. */
export class ServerCertificate {
  readonly #options: ServerCertificateOptions

  constructor(options: ServerCertificateOptions) {
    this.#options = options
  }

  /** What a boot serves. */
  get identity(): TlsIdentity {
    const { serverKey, serverCertificate } = this.#options.store.read()
    return { key: serverKey, cert: serverCertificate }
  }

  /** The CSR that waits for its certificate, PEM. */
  get pendingRequest(): string | undefined {
    return this.#options.store.read().pendingRequest?.request
  }

  /** *Generate CSR*: a new key; a CSR that was pending is replaced. The certificate in use is not touched. */
  async generateRequest(
    fields: SigningRequestFields,
  ): Promise<{ readonly ok: true; readonly request: string } | Refused> {
    const outcome = await makeSigningRequest(fields)
    if (!outcome.ok) return outcome
    const { request, key } = outcome
    this.#options.store.write({ pendingRequest: { request, key } })
    return { ok: true, request }
  }

  /** *Discard CSR*, with its key. */
  discardRequest(): void {
    this.#options.store.write({ pendingRequest: undefined })
  }

  /** *Upload server certificate data*. A refused upload changes nothing. */
  upload(upload: ServerCertificateUpload): Loaded {
    const { store, now, isMobileAndRemoteAccess, naming } = this.#options
    const { pendingRequest, trustedCas } = store.read()
    const outcome = checkServerCertificate(upload, {
      now: now(),
      isMobileAndRemoteAccess: isMobileAndRemoteAccess(),
      pendingKey: pendingRequest?.key,
    })
    if (!outcome.ok) return outcome
    const { identity, certificate, intermediates } = outcome
    const isForRequest =
      pendingRequest !== undefined && certificate.checkPrivateKey(createPrivateKey(pendingRequest.key))
    store.write({
      serverKey: identity.key,
      serverCertificate: identity.cert,
      ...(isForRequest ? { pendingRequest: undefined } : {}),
    })
    const trusted = readCertificates(trustedCas).certificates.map((read) => read.certificate)
    const chain = chainWarning(certificate, intermediates, trusted)
    return { ok: true, warnings: [...(chain === undefined ? [] : [chain]), ...nameWarnings(certificate, naming())] }
  }

  /** *Reset to default server certificate*: as at the first start, with a new key. */
  async reset(): Promise<void> {
    const { store, naming, random, now } = this.#options
    const identity = await makeFactoryIdentity({ name: naming().fqdn ?? freshSystemName, now: now(), random })
    store.write({ serverKey: identity.key, serverCertificate: identity.cert })
  }

  /** The stored certificate itself, without its intermediates. */
  get certificate(): X509Certificate {
    return new X509Certificate(this.#options.store.read().serverCertificate)
  }
}

/** Common name of a VCS that has no host name yet. */
export const freshSystemName = 'vcs'
