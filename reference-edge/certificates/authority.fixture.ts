import { generateKeyPairSync } from 'node:crypto'
import forge from 'node-forge'
import type { TlsIdentity } from '#runtime/network.ts'

/** Certificate authority for tests: certificates with the faults one asks for. */
export interface TestAuthority {
  /** PEM of the CA certificate. */
  readonly certificate: string
  issue(wanted: WantedCertificate): TlsIdentity
}

export interface WantedCertificate {
  readonly commonName: string
  /** DNS names; none: no subject alternative name. */
  readonly names?: readonly string[]
  readonly usages?: { readonly serverAuth?: boolean; readonly clientAuth?: boolean }
  /** Days from now. */
  readonly validFrom?: number
  readonly validTo?: number
}

export function testAuthority(name = 'Test CA'): TestAuthority {
  const keys = keyPair()
  const subject = [{ shortName: 'CN', value: name }]
  const certificate = unsigned(keys.public, { subject, issuer: subject })
  certificate.setExtensions([
    { name: 'basicConstraints', cA: true },
    { name: 'keyUsage', keyCertSign: true, cRLSign: true },
  ])
  certificate.sign(keys.private, forge.md.sha256.create())
  return {
    certificate: forge.pki.certificateToPem(certificate),
    issue(wanted) {
      const own = keyPair()
      const issued = unsigned(own.public, {
        subject: [{ shortName: 'CN', value: wanted.commonName }],
        issuer: subject,
        ...(wanted.validFrom === undefined ? {} : { validFrom: wanted.validFrom }),
        ...(wanted.validTo === undefined ? {} : { validTo: wanted.validTo }),
      })
      const altNames = (wanted.names ?? []).map((value) => ({ type: 2, value }))
      issued.setExtensions([
        { name: 'basicConstraints', cA: false },
        { name: 'extKeyUsage', ...(wanted.usages ?? { serverAuth: true, clientAuth: true }) },
        ...(altNames.length === 0 ? [] : [{ name: 'subjectAltName', altNames }]),
      ])
      issued.sign(keys.private, forge.md.sha256.create())
      return { key: own.pem, cert: forge.pki.certificateToPem(issued) }
    },
  }
}

function keyPair() {
  const pair = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  return {
    pem: pair.privateKey,
    private: forge.pki.privateKeyFromPem(pair.privateKey),
    public: forge.pki.publicKeyFromPem(pair.publicKey),
  }
}

interface CertificateParts {
  readonly subject: forge.pki.CertificateField[]
  readonly issuer: forge.pki.CertificateField[]
  readonly validFrom?: number
  readonly validTo?: number
}

function unsigned(publicKey: forge.pki.PublicKey, parts: CertificateParts): forge.pki.Certificate {
  const certificate = forge.pki.createCertificate()
  certificate.publicKey = publicKey
  certificate.serialNumber = `01${forge.util.bytesToHex(forge.random.getBytesSync(8))}`
  certificate.validity.notBefore = inDays(parts.validFrom ?? -1)
  certificate.validity.notAfter = inDays(parts.validTo ?? 10)
  certificate.setSubject(parts.subject)
  certificate.setIssuer(parts.issuer)
  return certificate
}

const inDays = (days: number): Date => new Date(Date.now() + days * 86_400_000)
