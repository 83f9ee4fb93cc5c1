import type { X509Certificate } from 'node:crypto'
import { ExtendedKeyUsage } from './chain.ts'
import { namesOf } from './peer-name.ts'

/** A certificate as the pages and the API show it. */
export interface CertificateFacts {
  /** `CN=vcse1.example.com, O=Example`, the most particular first. */
  readonly subject: string
  readonly issuer: string
  /** ISO 8601, UTC. */
  readonly validFrom: string
  readonly validTo: string
  /** SHA-256, pairs of hexadecimal digits with colons between. */
  readonly fingerprint: string
  readonly serialNumber: string
  /** DNS names, addresses and common names. */
  readonly names: readonly string[]
  /** As in the guide: `Server Authentication`, `Client Authentication`; undefined: the extension is absent. */
  readonly usages: readonly string[] | undefined
  /** `RSA 2048`, `EC prime256v1` */
  readonly key: string
  readonly isCa: boolean
  readonly isSelfSigned: boolean
}

export function certificateFacts(certificate: X509Certificate): CertificateFacts {
  return {
    subject: nameText(certificate.subject),
    issuer: nameText(certificate.issuer),
    validFrom: certificate.validFromDate.toISOString(),
    validTo: certificate.validToDate.toISOString(),
    fingerprint: certificate.fingerprint256,
    serialNumber: certificate.serialNumber,
    names: [...new Set(namesOf(certificate))],
    usages: usagesOf(certificate)?.map((usage) => usageTexts.get(usage) ?? usage),
    key: keyText(certificate),
    isCa: certificate.ca,
    isSelfSigned: isSelfSigned(certificate),
  }
}

/** Object identifiers of the extended key usages; undefined where the certificate has no such extension. */
export function usagesOf(certificate: X509Certificate): readonly string[] | undefined {
  return certificate.keyUsage
}

/** Signed with its own key, whatever it says of its issuer. */
export function isSelfSigned(certificate: X509Certificate): boolean {
  // Not checkIssued: that asks for the key usage of a CA too, which a server certificate does not have.
  return certificate.subject === certificate.issuer && certificate.verify(certificate.publicKey)
}

/** Node's lines, the most general first, as one line the other way round. */
export function nameText(lines: string | undefined): string {
  return (lines ?? '').split('\n').toReversed().join(', ')
}

/** What to call a subject or an issuer in a sentence: its common name, or all of it. */
export function shortName(lines: string | undefined): string {
  const commonName = (lines ?? '').split('\n').findLast((line) => line.startsWith('CN='))
  return commonName === undefined ? nameText(lines) : commonName.slice(3)
}

function keyText({ publicKey }: X509Certificate): string {
  const { modulusLength, namedCurve } = publicKey.asymmetricKeyDetails ?? {}
  return [publicKey.asymmetricKeyType?.toUpperCase(), modulusLength ?? namedCurve].filter(Boolean).join(' ')
}

const usageTexts = new Map<string, string>([
  [ExtendedKeyUsage.serverAuth, 'Server Authentication'],
  [ExtendedKeyUsage.clientAuth, 'Client Authentication'],
])
