import { generateKeyPairSync } from 'node:crypto'
import forge from 'node-forge'
import type { TlsIdentity } from '#runtime/network.ts'

/** Certificate authority for tests: certificates with the faults one asks for. */
export interface TestAuthority {
  /** PEM of the CA certificate. */
  readonly certificate: string
  issue(wanted: WantedCertificate): TlsIdentity
  /** Signs a request with the extensions it asks for, or with server authentication only. */
  sign(request: string, strips?: 'clientAuth'): string
  /** A CA below this one. */
  intermediate(name: string): TestAuthority
}

export interface WantedCertificate {
  readonly commonName: string
  /** DNS names; none: no subject alternative name. */
  readonly names?: readonly string[]
  readonly usages?: { readonly serverAuth?: boolean; readonly clientAuth?: boolean }
  readonly addresses?: readonly string[]
  /** Default 2048. */
  readonly keyBits?: number
  /** Days from now. */
  readonly validFrom?: number
  readonly validTo?: number
}

export function testAuthority(name = 'Test CA'): TestAuthority {
  const keys = keyPair()
  return authority(keys, commonName(name), caCertificate(keys, name, { keys, issuer: commonName(name) }))
}

interface Signer {
  readonly keys: KeyPair
  readonly issuer: forge.pki.CertificateField[]
}

function caCertificate(own: KeyPair, name: string, { keys, issuer }: Signer): string {
  const certificate = unsigned(own.public, { subject: commonName(name), issuer })
  certificate.setExtensions([
    { name: 'basicConstraints', cA: true },
    { name: 'keyUsage', keyCertSign: true, cRLSign: true },
  ])
  return signed(certificate, keys)
}

function authority(keys: KeyPair, issuer: forge.pki.CertificateField[], certificate: string): TestAuthority {
  return {
    certificate,
    issue(wanted) {
      const own = keyPair(wanted.keyBits)
      const { validFrom, validTo, names = [], addresses = [], usages } = wanted
      const issued = unsigned(own.public, {
        subject: commonName(wanted.commonName),
        issuer,
        ...(validFrom === undefined ? {} : { validFrom }),
        ...(validTo === undefined ? {} : { validTo }),
      })
      const altNames = [...names.map((value) => ({ type: 2, value })), ...addresses.map((ip) => ({ type: 7, ip }))]
      issued.setExtensions([
        { name: 'basicConstraints', cA: false },
        { name: 'extKeyUsage', ...(usages ?? { serverAuth: true, clientAuth: true }) },
        ...(altNames.length === 0 ? [] : [{ name: 'subjectAltName', altNames }]),
      ])
      return { key: own.pem, cert: signed(issued, keys) }
    },
    sign(pem, strips) {
      const request = forge.pki.certificationRequestFromPem(pem)
      const wanted = (request.getAttribute({ name: 'extensionRequest' }) as { extensions: { name: string }[] })
        .extensions
      const issued = unsigned(request.publicKey!, { subject: request.subject.attributes, issuer })
      const stripped = { name: 'extKeyUsage', serverAuth: true }
      issued.setExtensions(wanted.map((one) => (one.name === 'extKeyUsage' && strips !== undefined ? stripped : one)))
      return signed(issued, keys)
    },
    intermediate(name) {
      const own = keyPair()
      return authority(own, commonName(name), caCertificate(own, name, { keys, issuer }))
    },
  }
}

const commonName = (value: string): forge.pki.CertificateField[] => [{ shortName: 'CN', value }]

function signed(certificate: forge.pki.Certificate, keys: KeyPair): string {
  certificate.sign(keys.private, forge.md.sha256.create())
  return forge.pki.certificateToPem(certificate)
}

type KeyPair = ReturnType<typeof keyPair>

function keyPair(modulusLength = 2048) {
  const pair = generateKeyPairSync('rsa', {
    modulusLength,
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
