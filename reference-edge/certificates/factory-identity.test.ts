import { execFileSync } from 'node:child_process'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { expect, it } from 'vitest'
import { systemRandom } from '#runtime/random.ts'
import { makeFactoryIdentity } from './factory-identity.ts'

const now = new Date()
const options = { name: 'vcs', now, random: systemRandom() }

it.each(['EC P-256', 'RSA 2048'] as const)(
  'a VCS makes itself a certificate at its first start: %s',
  async (keyType) => {
    const { key, cert } = await makeFactoryIdentity({ ...options, keyType })
    const certificate = new X509Certificate(cert)
    expect(certificate.verify(certificate.publicKey)).toBe(true)
    expect(certificate.checkPrivateKey(createPrivateKey(key))).toBe(true)
    expect(certificate.validFromDate.getTime()).toBeLessThan(now.getTime())
    expect(certificate.validToDate.getTime()).toBeGreaterThan(now.getTime() + 360 * 86_400_000)
    const text = execFileSync('openssl', ['x509', '-noout', '-text'], { input: cert, encoding: 'utf8' })
    expect(text).toContain('O = Temporary server certificate')
    expect(text).toContain('TLS Web Server Authentication, TLS Web Client Authentication')
    expect(text).toContain('DNS:vcs')
  },
)

it('no two systems have the same name', async () => {
  const subjects = [await makeFactoryIdentity(options), await makeFactoryIdentity(options)].map(
    ({ cert }) => new X509Certificate(cert).subject,
  )
  expect(subjects[0]).not.toBe(subjects[1])
})
