import { generateKeyPairSync } from 'node:crypto'
import { isIPv4 } from 'node:net'
import forge from 'node-forge'
import type { TlsIdentity } from './network.ts'

/** A certificate (RSA, one hour) that is its own authority, for these DNS names and IPv4 addresses; the first is its CN. */
export function selfSigned(name: string, ...others: string[]): TlsIdentity {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  const certificate = forge.pki.createCertificate()
  certificate.publicKey = forge.pki.publicKeyFromPem(publicKey)
  certificate.serialNumber = '01'
  certificate.validity.notAfter = new Date(Date.now() + 3_600_000)
  certificate.setSubject([{ name: 'commonName', value: name }])
  certificate.setIssuer([{ name: 'commonName', value: name }])
  certificate.setExtensions([
    { name: 'basicConstraints', cA: true },
    { name: 'subjectAltName', altNames: [name, ...others].map(alternativeName) },
  ])
  certificate.sign(forge.pki.privateKeyFromPem(privateKey), forge.md.sha256.create())
  return { key: privateKey, cert: forge.pki.certificateToPem(certificate) }
}

/** RFC 5280 §4.2.1.6: 2 is a dNSName, 7 an iPAddress. */
function alternativeName(name: string): object {
  return isIPv4(name) ? { type: 7, ip: name } : { type: 2, value: name }
}
