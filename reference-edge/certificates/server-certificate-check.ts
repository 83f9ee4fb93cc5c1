import { createPrivateKey, type KeyObject, type X509Certificate } from 'node:crypto'
import type { TlsIdentity } from '#runtime/network.ts'
import { isSelfSigned, nameText, shortName, usagesOf } from './certificate-facts.ts'
import { type CertificateProblem, type Refused, refused } from './certificate-problem.ts'
import { ExtendedKeyUsage } from './chain.ts'
import { type ReadCertificate, readCertificates } from './pem.ts'

/** What the administrator sends with *Upload server certificate data*. */
export interface ServerCertificateUpload {
  /** PEM: the certificate, and the intermediates behind it. */
  readonly certificate: string
  /** PEM; without it the key of the pending CSR is taken. */
  readonly privateKey?: string
}

export interface UploadContext {
  /** Real time: OpenSSL judges by it, whatever the host believes. */
  readonly now: Date
  /** Unified Communications mode is *Mobile and remote access*. */
  readonly isMobileAndRemoteAccess: boolean
  /** PEM, of the pending CSR. */
  readonly pendingKey: string | undefined
}

export interface Acceptable {
  readonly ok: true
  /** The certificate first, its intermediates in the order in which they were sent. */
  readonly identity: TlsIdentity
  readonly certificate: X509Certificate
  readonly intermediates: readonly X509Certificate[]
}

/** Whether a server certificate may be loaded: everything that is wrong with it, or what is to be stored. */
export function checkServerCertificate(upload: ServerCertificateUpload, context: UploadContext): Acceptable | Refused {
  const { certificates, problems } = readCertificates(upload.certificate)
  if (problems.length > 0) return refused(...problems.map(unreadable))
  const sorted = sortChain(certificates)
  if ('says' in sorted) return refused(sorted)
  const { leaf, others } = sorted
  const key = privateKeyFor(upload, context)
  const found = [...certificateProblems(leaf.certificate, context), ...keyProblems(leaf.certificate, key)]
  if (found.length > 0 || 'says' in key) return refused(...found)
  return {
    ok: true,
    identity: { key: key.pem, cert: [leaf, ...others].map(({ pem }) => pem).join('') },
    certificate: leaf.certificate,
    intermediates: others.map(({ certificate }) => certificate),
  }
}

type Sorted = { readonly leaf: ReadCertificate; readonly others: readonly ReadCertificate[] }

function sortChain(certificates: readonly ReadCertificate[]): Sorted | CertificateProblem {
  const leaves = certificates.filter(({ certificate }) => !certificate.ca)
  const [leaf] = leaves
  if (leaf === undefined) {
    const says = `${shortName(certificates[0]!.certificate.subject)} is a CA certificate, not a server certificate`
    return {
      field: certificateField,
      says,
      action: 'Load it at Maintenance > Security certificates > Trusted CA certificate',
    }
  }
  if (leaves.length > 1) {
    const names = leaves.map(({ certificate }) => shortName(certificate.subject)).join(', ')
    const says = `The file has ${leaves.length} server certificates: ${names}`
    return { field: certificateField, says, action: 'Leave one, with its intermediate CA certificates behind it' }
  }
  return { leaf, others: certificates.filter((other) => other !== leaf) }
}

function certificateProblems(certificate: X509Certificate, context: UploadContext): CertificateProblem[] {
  const found: CertificateProblem[] = []
  const say = (says: string, action: string) => found.push({ field: certificateField, says, action })
  if (certificate.validToDate < context.now) {
    say(`The certificate expired on ${certificate.validToDate.toISOString()}`, 'Have a new one signed')
  }
  if (certificate.validFromDate > context.now) {
    say(
      `The certificate is not valid before ${certificate.validFromDate.toISOString()}`,
      "Wait, or check the CA's clock",
    )
  }
  const usages = usagesOf(certificate)
  if (usages !== undefined && !usages.includes(ExtendedKeyUsage.serverAuth)) {
    say(
      'The certificate lacks the Server Authentication extension',
      'Have it signed for server and client authentication',
    )
  }
  // Guide p. 18: "without this extension", so a certificate without any extended key usage is refused too.
  if (context.isMobileAndRemoteAccess && usages?.includes(ExtendedKeyUsage.clientAuth) !== true) {
    say(
      'The certificate lacks the Client Authentication extension, which mobile and remote access needs',
      'Make sure that the CA does not strip the client authentication extension of the CSR',
    )
  }
  const weakness = weaknessOf(certificate)
  if (weakness !== undefined) say(weakness, 'Generate a CSR with a key length of 2048 or 4096 bits')
  return found
}

/** What TLS refuses to serve; a system with such a certificate could not start its services. */
function weaknessOf({ publicKey }: X509Certificate): string | undefined {
  const { modulusLength = leastRsaBits } = publicKey.asymmetricKeyDetails ?? {}
  const kind = publicKey.asymmetricKeyType
  if (kind !== 'rsa' && kind !== 'ec') return `The certificate has a key of kind ${kind}, neither RSA nor EC`
  if (modulusLength < leastRsaBits) return `The RSA key of the certificate is too weak: ${modulusLength} bits`
  return undefined
}

type UploadedKey = { readonly pem: string; readonly key: KeyObject; readonly isPending: boolean }

function privateKeyFor(upload: ServerCertificateUpload, context: UploadContext): UploadedKey | CertificateProblem {
  const isPending = (upload.privateKey ?? '').trim() === ''
  const pem = isPending ? context.pendingKey : upload.privateKey
  if (pem === undefined) {
    const says = 'There is no private key: no CSR is pending and no key file was given'
    return { field: keyField, says, action: 'Choose the private key file, or generate a CSR and have that signed' }
  }
  if (/ENCRYPTED/.test(pem)) {
    return {
      field: keyField,
      says: 'The private key is encrypted',
      action: 'Remove its passphrase: openssl pkey -in key.pem',
    }
  }
  try {
    const key = createPrivateKey(pem)
    return { pem: key.export({ type: 'pkcs8', format: 'pem' }).toString(), key, isPending }
  } catch {
    return { field: keyField, says: 'The file has no private key in PEM format', action: 'Choose the private key file' }
  }
}

function keyProblems(certificate: X509Certificate, key: UploadedKey | CertificateProblem): CertificateProblem[] {
  if ('says' in key) return [key]
  if (certificate.checkPrivateKey(key.key)) return []
  const which = key.isPending ? 'the pending CSR' : 'the private key file'
  const says = `The certificate does not match the key of ${which}`
  const action = key.isPending
    ? 'Upload the certificate that was signed for the last CSR, or its private key file with it'
    : 'Choose the private key that belongs to the certificate'
  return [{ field: key.isPending ? certificateField : keyField, says, action }]
}

/** Why the certificates behind the server certificate do not lead from it to a CA; undefined where they do. */
export function chainWarning(
  certificate: X509Certificate,
  intermediates: readonly X509Certificate[],
  trusted: readonly X509Certificate[],
): CertificateProblem | undefined {
  let last = certificate
  for (let depth = 0; depth <= intermediates.length; depth++) {
    const end = last
    if (isSelfSigned(end) || trusted.some((candidate) => end.checkIssued(candidate))) return undefined
    const issuer = intermediates.find((candidate) => candidate !== end && end.checkIssued(candidate))
    if (issuer === undefined) break
    last = issuer
  }
  return {
    field: certificateField,
    says: `The chain is incomplete: ${nameText(last.issuer)} is neither in the file nor in the trusted CA list`,
    action: 'Put the intermediate CA certificates behind the server certificate, and load the root CA as trusted',
  }
}

function unreadable(says: string): CertificateProblem {
  return { field: certificateField, says, action: 'Choose a file with X.509 certificates in PEM format' }
}

export const certificateField = 'Server certificate file'
export const keyField = 'Server private key file'

const leastRsaBits = 2048
