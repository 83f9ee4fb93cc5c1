import { generateKeyPair } from 'node:crypto'
import { promisify } from 'node:util'
import forge from 'node-forge'

/** The Certificate Authority Proxy Function's own authority: it signs locally significant certificates of devices. */
export interface CapfAuthority {
  /** PEM. */
  readonly certificate: string
  /** Signs a PKCS#10 request (PEM, RSA) for a device; throws where it is none, or not for this device. */
  sign(request: string, device: string, now: Date): string
}

/** `serial`: gives 16 bytes in hexadecimal, another one each time. */
export async function makeCapfAuthority(name: string, now: Date, serial: () => string): Promise<CapfAuthority> {
  const { privateKey, publicKey } = await promisify(generateKeyPair)('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  const key = forge.pki.privateKeyFromPem(privateKey)
  const subject = [{ name: 'commonName', value: name }]
  const root = emptyCertificate(forge.pki.publicKeyFromPem(publicKey), serial(), now)
  root.setSubject(subject)
  root.setIssuer(subject)
  root.setExtensions([
    { name: 'basicConstraints', cA: true, critical: true },
    { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    { name: 'subjectKeyIdentifier' },
  ])
  root.sign(key, forge.md.sha256.create())
  return {
    certificate: forge.pki.certificateToPem(root),
    sign(request, device, at) {
      const certificate = emptyCertificate(publicKeyOf(request, device), serial(), at)
      certificate.setSubject([{ name: 'commonName', value: device }])
      certificate.setIssuer(subject)
      certificate.setExtensions([
        { name: 'basicConstraints', cA: false },
        { name: 'keyUsage', digitalSignature: true, keyEncipherment: true },
        { name: 'extKeyUsage', clientAuth: true, serverAuth: true },
        { name: 'subjectKeyIdentifier' },
      ])
      certificate.sign(key, forge.md.sha256.create())
      return forge.pki.certificateToPem(certificate)
    },
  }
}

function publicKeyOf(pem: string, device: string): forge.pki.PublicKey {
  const request = forge.pki.certificationRequestFromPem(pem)
  if (!request.verify() || request.publicKey === null) throw new Error('the request is not signed by its own key')
  const name = (request.subject.getField('CN') as { value?: string } | null)?.value
  if (name !== device) throw new Error(`the request is for ${name ?? 'nobody'}`)
  return request.publicKey
}

function emptyCertificate(publicKey: forge.pki.PublicKey, serial: string, now: Date): forge.pki.Certificate {
  const certificate = forge.pki.createCertificate()
  certificate.publicKey = publicKey
  // A serial number is a positive integer: the first bit stays clear.
  certificate.serialNumber = `4${serial.slice(1)}`
  certificate.validity.notBefore = new Date(now.getTime() - day)
  certificate.validity.notAfter = new Date(now.getTime() + 5 * 365 * day)
  return certificate
}

const day = 86_400_000
