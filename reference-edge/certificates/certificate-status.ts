import { X509Certificate } from 'node:crypto'
import { type CertificateFacts, certificateFacts } from './certificate-facts.ts'
import { factoryOrganization } from './factory-identity.ts'
import { type MissingName, missingNames } from './missing-names.ts'
import { readCertificates } from './pem.ts'
import type { NamingFacts } from './proposed-names.ts'

/** Certificates as a boot took them into use: PEM texts. */
export interface ServedCertificates {
  readonly serverCertificate: string
  readonly trust: readonly string[]
}

export interface ServerCertificateStatus {
  /** What clients and peers are shown now. */
  readonly served: CertificateFacts
  /** What they are shown after a restart. */
  readonly stored: CertificateFacts
  /** The server certificate stored is not the one served. */
  readonly isCertificatePending: boolean
  /** The trusted CAs stored are not those in use; their order does not matter. */
  readonly isTrustPending: boolean
  /** Whole days until the served one expires; negative: since it has. */
  readonly daysLeft: number
  /** The served one is of the factory: nobody trusts it. */
  readonly isFactory: boolean
  /** Names the deployment needs that the stored one lacks. */
  readonly missingNames: readonly MissingName[]
}

/** What is served against what is stored, and whether the latter fits the deployment. */
export function serverCertificateStatus(options: {
  readonly stored: { readonly serverCertificate: string; readonly trustedCas: string }
  readonly served: ServedCertificates
  /** Real time. */
  readonly now: Date
  readonly naming: NamingFacts
}): ServerCertificateStatus {
  const { stored, served, now, naming } = options
  const running = new X509Certificate(served.serverCertificate)
  const next = new X509Certificate(stored.serverCertificate)
  return {
    served: certificateFacts(running),
    stored: certificateFacts(next),
    isCertificatePending: fingerprints(served.serverCertificate) !== fingerprints(stored.serverCertificate),
    isTrustPending: fingerprintSet(served.trust.join('\n')) !== fingerprintSet(stored.trustedCas),
    daysLeft: Math.floor((running.validToDate.getTime() - now.getTime()) / dayMs),
    isFactory: running.subject.split('\n').includes(`O=${factoryOrganization}`),
    missingNames: missingNames(next, naming),
  }
}

/** Of a chain: its order matters, and a renewed intermediate is a change too. */
function fingerprints(pem: string): string {
  return listed(pem).join()
}

function fingerprintSet(pem: string): string {
  return [...new Set(listed(pem))].toSorted().join()
}

function listed(pem: string): string[] {
  return readCertificates(pem).certificates.map(({ certificate }) => certificate.fingerprint256)
}

const dayMs = 86_400_000
