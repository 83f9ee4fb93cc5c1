import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import forge from 'node-forge'
import type { TlsIdentity } from '#runtime/network.ts'
import { readSigningRequest, requestedExtensions } from './signing-request.ts'

export interface CertificateRequest {
  readonly commonName: string
  /** dNSName entries; iPAddress ones where a name is an IPv4 address. */
  readonly names: readonly string[]
  readonly usages?: readonly ('serverAuth' | 'clientAuth')[]
  readonly validFrom?: Date
  readonly validTo?: Date
}

/** The lab's certificate authority. Keys and certificates live 30 days at most and never leave its folder. */
export interface CertificateAuthority {
  /** PEM. */
  readonly certificate: string
  /** Issues, or takes from the folder an equal certificate issued before. */
  issue(request: CertificateRequest): TlsIdentity
  /**
   * Signs a PKCS#10 request (PEM, RSA) with the names and usages it asks for; answers the certificate as PEM. Throws
   * where the request is none or its own signature is not right.
   */
  sign(request: string, deviation?: SigningDeviation): string
}

/** What an authority does otherwise than a request asks. */
export interface SigningDeviation {
  readonly strips?: 'clientAuth'
  readonly validFrom?: Date
  readonly validTo?: Date
}

/** Opens the authority kept in `folder` (mode 0700), made anew where it is missing or older than a week. */
export function openAuthority(folder: string, name = 'MRA Conformance Lab CA'): CertificateAuthority {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const root = cached(folder, `ca-${fingerprint({ name, ...period() })}`, () => makeRoot(name))
  return {
    certificate: root.cert,
    issue: (request) =>
      cached(folder, `${request.commonName}-${fingerprint({ ...request, root: root.cert })}`, () =>
        signed(root, request),
      ),
    sign: (request, deviation = {}) => signedRequest(root, request, deviation),
  }
}

/** A certificate that signed itself, as servers of Unified CM and IM and Presence have one from their installation. */
export function selfSigned(folder: string, request: CertificateRequest): TlsIdentity {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const name = `self-${request.commonName}-${fingerprint({ ...request, ...period() })}`
  return cached(folder, name, () => signed(undefined, request))
}

/** A new authority each week: what it issued is valid for 30 days, so nothing expires during a run. */
function period(): { week: number } {
  return { week: Math.floor(Date.now() / (7 * day)) }
}

const day = 86_400_000

function fingerprint(value: object): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16)
}

/** Written under another name and moved, so that labs starting at the same time never read half a file. */
function cached(folder: string, name: string, make: () => TlsIdentity): TlsIdentity {
  const path = join(folder, `${name}.json`)
  if (!existsSync(path)) {
    const draft = `${path}.${randomBytes(6).toString('hex')}`
    writeFileSync(draft, JSON.stringify(make()), { mode: 0o600 })
    renameSync(draft, path)
  }
  return JSON.parse(readFileSync(path, 'utf8')) as TlsIdentity
}

function makeRoot(name: string): TlsIdentity {
  const { key, publicKey } = makeKey()
  const certificate = emptyCertificate(forge.pki.publicKeyFromPem(publicKey), {})
  certificate.setSubject([{ name: 'commonName', value: name }])
  certificate.setIssuer([{ name: 'commonName', value: name }])
  certificate.setExtensions([
    { name: 'basicConstraints', cA: true, critical: true },
    { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    { name: 'subjectKeyIdentifier' },
  ])
  certificate.sign(forge.pki.privateKeyFromPem(key), forge.md.sha256.create())
  return { key, cert: forge.pki.certificateToPem(certificate) }
}

/** By its own key where there is no root. */
function signed(root: TlsIdentity | undefined, request: CertificateRequest): TlsIdentity {
  const { key, publicKey } = makeKey()
  const certificate = emptyCertificate(forge.pki.publicKeyFromPem(publicKey), request)
  const subject = [{ name: 'commonName', value: request.commonName }]
  certificate.setSubject(subject)
  certificate.setIssuer(root === undefined ? subject : forge.pki.certificateFromPem(root.cert).subject.attributes)
  const usages = request.usages ?? ['serverAuth', 'clientAuth']
  certificate.setExtensions([
    { name: 'basicConstraints', cA: false },
    { name: 'keyUsage', digitalSignature: true, keyEncipherment: true },
    { name: 'extKeyUsage', serverAuth: usages.includes('serverAuth'), clientAuth: usages.includes('clientAuth') },
    { name: 'subjectAltName', altNames: request.names.map(alternativeName) },
    { name: 'subjectKeyIdentifier' },
    // Tells self-signed certificates of one name apart: tomcat's and CallManager's.
    ...(root === undefined
      ? [{ name: 'authorityKeyIdentifier', keyIdentifier: certificate.generateSubjectKeyIdentifier().getBytes() }]
      : []),
  ])
  certificate.sign(forge.pki.privateKeyFromPem(root?.key ?? key), forge.md.sha256.create())
  return { key, cert: forge.pki.certificateToPem(certificate) }
}

function alternativeName(value: string): { type: number; value?: string; ip?: string } {
  return /^\d+(\.\d+){3}$/.test(value) ? { type: 7, ip: value } : { type: 2, value }
}

function signedRequest(root: TlsIdentity, csr: string, { strips, ...validity }: SigningDeviation): string {
  const request = readSigningRequest(csr)
  const certificate = emptyCertificate(request.publicKey!, validity)
  certificate.setSubject(request.subject.attributes)
  certificate.setIssuer(forge.pki.certificateFromPem(root.cert).subject.attributes)
  certificate.setExtensions(
    requestedExtensions(request).map((one) =>
      one.name === 'extKeyUsage' && strips !== undefined ? { name: 'extKeyUsage', serverAuth: true } : one,
    ),
  )
  certificate.sign(forge.pki.privateKeyFromPem(root.key), forge.md.sha256.create())
  return forge.pki.certificateToPem(certificate)
}

function makeKey(): { key: string; publicKey: string } {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  return { key: privateKey, publicKey }
}

function emptyCertificate(
  publicKey: forge.pki.PublicKey,
  { validFrom, validTo }: Pick<CertificateRequest, 'validFrom' | 'validTo'>,
): forge.pki.Certificate {
  const certificate = forge.pki.createCertificate()
  certificate.publicKey = publicKey
  // A serial number is a positive integer: the first bit stays clear.
  certificate.serialNumber = `0${randomBytes(15).toString('hex')}`.slice(1).replace(/^./, '4')
  certificate.validity.notBefore = validFrom ?? new Date(Date.now() - day)
  certificate.validity.notAfter = validTo ?? new Date(Date.now() + 28 * day)
  return certificate
}
