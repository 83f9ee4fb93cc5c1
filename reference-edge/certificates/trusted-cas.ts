import type { X509Certificate } from 'node:crypto'
import { type CertificateFacts, certificateFacts, isSelfSigned, shortName } from './certificate-facts.ts'
import { type CertificateProblem, type Refused, refused } from './certificate-problem.ts'
import type { CertificateStore } from './certificate-store.ts'
import { type ReadCertificate, readCertificates } from './pem.ts'

/** An outcome of loading CA certificates: how many are new, how many were there already (or came twice). */
export type TrustLoaded = { readonly ok: true; readonly added: number; readonly repeated: number } | Refused

/**
 * The page Maintenance > Security certificates > Trusted CA certificate. What it stores is trusted after a restart. CAs,
 * and copies of self-signed server certificates such as tomcat's (guide p. 15), in the order in which they came.
 */
export class TrustedCas {
  readonly #store: CertificateStore

  constructor(store: CertificateStore) {
    this.#store = store
  }

  /** Each certificate as a PEM text, as a boot hands them to TLS. */
  get trust(): string[] {
    return this.#read().map(({ pem }) => pem)
  }

  list(): CertificateFacts[] {
    return this.#read().map(({ certificate }) => certificateFacts(certificate))
  }

  /** *Append CA certificate*. A refused file changes nothing. */
  append(pem: string): TrustLoaded {
    return this.#load(pem, this.#read())
  }

  /** The file becomes the list. */
  replace(pem: string): TrustLoaded {
    return this.#load(pem, [])
  }

  /** Takes one away, by its SHA-256 fingerprint; false where it is not there. */
  delete(fingerprint: string): boolean {
    const kept = this.#read()
    const left = kept.filter(({ certificate }) => certificate.fingerprint256 !== fingerprint)
    this.#write(left)
    return left.length < kept.length
  }

  #load(pem: string, kept: readonly ReadCertificate[]): TrustLoaded {
    const { certificates, problems } = readCertificates(pem)
    const strangers = certificates.filter(({ certificate }) => !mayBeTrusted(certificate)).map(notCa)
    const found = [...problems.map(unreadable), ...strangers]
    if (found.length > 0) return refused(...found)
    const list = withoutRepetition([...kept, ...certificates])
    if (list.length > mostCas) {
      const says = `More than ${mostCas} certificates`
      return refused({ field: caField, says, action: 'Delete those that are not needed' })
    }
    this.#write(list)
    const added = list.length - kept.length
    return { ok: true, added, repeated: certificates.length - added }
  }

  #read(): readonly ReadCertificate[] {
    return readCertificates(this.#store.read().trustedCas).certificates
  }

  #write(list: readonly ReadCertificate[]): void {
    this.#store.write({ trustedCas: list.map(({ pem }) => pem).join('') })
  }
}

function mayBeTrusted(certificate: X509Certificate): boolean {
  return certificate.ca || isSelfSigned(certificate)
}

function notCa({ number, certificate }: ReadCertificate): CertificateProblem {
  return {
    field: caField,
    says: `Block ${number}, ${shortName(certificate.subject)}, is neither a CA nor self-signed`,
    action: `Load the certificate of the CA that signed it: ${shortName(certificate.issuer)}`,
  }
}

function unreadable(says: string): CertificateProblem {
  return { field: caField, says, action: 'Choose a file with X.509 certificates in PEM format' }
}

function withoutRepetition(list: readonly ReadCertificate[]): ReadCertificate[] {
  const byFingerprint = new Map<string, ReadCertificate>()
  for (const one of list) {
    const { fingerprint256 } = one.certificate
    if (!byFingerprint.has(fingerprint256)) byFingerprint.set(fingerprint256, one)
  }
  return [...byFingerprint.values()]
}

const caField = 'File containing trusted CA certificates'
const mostCas = 1_000
