import { generateKeyPairSync, X509Certificate } from 'node:crypto'
import forge from 'node-forge'
import { beforeAll, describe, expect, it } from 'vitest'
import type { CapfAuthority } from './certificate-authority.ts'
import { makeCapfAuthority } from './certificate-authority.ts'

const now = new Date('2015-01-05T10:00:00Z')
const device = 'SEP000000001004'
let authority: CapfAuthority
let keys: { privateKey: string; publicKey: string }

beforeAll(async () => {
  let serial = 0
  authority = await makeCapfAuthority('CAPF-test', now, () => String(++serial).padStart(32, '0'))
  keys = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
})

function requestFor(name: string): forge.pki.CertificateSigningRequest {
  const request = forge.pki.createCertificationRequest()
  request.publicKey = forge.pki.publicKeyFromPem(keys.publicKey)
  request.setSubject([{ name: 'commonName', value: name }])
  request.sign(forge.pki.privateKeyFromPem(keys.privateKey), forge.md.sha256.create())
  return request
}

describe("CAPF's authority", () => {
  it('signs for the device that asks, for use as a client', () => {
    const pem = authority.sign(forge.pki.certificationRequestToPem(requestFor(device)), device, now)
    const [certificate, root] = [new X509Certificate(pem), new X509Certificate(authority.certificate)]
    expect([root.subject, root.ca]).toEqual(['CN=CAPF-test', true])
    expect([certificate.subject, certificate.issuer, certificate.ca]).toEqual([`CN=${device}`, 'CN=CAPF-test', false])
    expect(certificate.verify(root.publicKey)).toBe(true)
    expect(certificate.keyUsage).toContain('1.3.6.1.5.5.7.3.2')
    expect(new Date(certificate.validFrom) < now && now < new Date(certificate.validTo)).toBe(true)
    expect(certificate.serialNumber).not.toBe(root.serialNumber)
  })

  it('does not sign in the name of another', () => {
    const other = forge.pki.certificationRequestToPem(requestFor('SEP000000001005'))
    expect(() => authority.sign(other, device, now)).toThrow('the request is for SEP000000001005')
  })

  it('does not sign what is no request', () => {
    expect(() => authority.sign('nonsense', device, now)).toThrow()
  })
})
