import { X509Certificate } from 'node:crypto'

/** Extended key usages that the edge asks for (RFC 5280 §4.2.1.12). */
export const ExtendedKeyUsage = { serverAuth: '1.3.6.1.5.5.7.3.1', clientAuth: '1.3.6.1.5.5.7.3.2' } as const

/** The certificates of a PEM text in their order; undefined where one cannot be read or there are too many. */
export function certificatesOf(pem: string): X509Certificate[] | undefined {
  const blocks = pem.split(endOfCertificate).slice(0, -1)
  if (blocks.length === 0 || blocks.length > longestChain) return undefined
  try {
    return blocks.map((block) => new X509Certificate(block.slice(block.indexOf(beginOfCertificate)) + endOfCertificate))
  } catch {
    return undefined
  }
}

/**
 * Why a certificate cannot be trusted, or undefined where a chain of valid signatures leads from it, over `others`, to
 * one of the trusted CAs.
 */
export function chainProblem(options: {
  readonly certificate: X509Certificate
  readonly others: readonly X509Certificate[]
  readonly trust: readonly X509Certificate[]
  readonly now: Date
}): string | undefined {
  const { others, trust, now } = options
  let subject = options.certificate
  for (let depth = 0; depth < longestChain; depth++) {
    if (!isValidAt(subject, now)) return 'certificate expired or not yet valid'
    if (trust.some((trusted) => trusted.fingerprint256 === subject.fingerprint256)) return undefined
    const anchor = trust.find((candidate) => isIssuedBy(subject, candidate))
    if (anchor !== undefined) return isValidAt(anchor, now) ? undefined : 'CA certificate expired or not yet valid'
    const issuer = others.find((candidate) => candidate !== subject && isIssuedBy(subject, candidate))
    if (issuer === undefined) return 'certificate of an unknown CA'
    subject = issuer
  }
  return 'certificate chain too long'
}

/** The usages that are missing. A certificate without the extension may be used for anything (RFC 5280 §4.2.1.12). */
export function missingUsages(certificate: X509Certificate, wanted: readonly string[]): string[] {
  const usages: readonly string[] | undefined = certificate.keyUsage
  return usages === undefined ? [] : wanted.filter((usage) => !usages.includes(usage))
}

function isIssuedBy(subject: X509Certificate, issuer: X509Certificate): boolean {
  return issuer.ca && subject.checkIssued(issuer) && subject.verify(issuer.publicKey)
}

function isValidAt(certificate: X509Certificate, now: Date): boolean {
  return certificate.validFromDate <= now && now <= certificate.validToDate
}

const beginOfCertificate = '-----BEGIN CERTIFICATE-----'
const endOfCertificate = '-----END CERTIFICATE-----'
const longestChain = 8
