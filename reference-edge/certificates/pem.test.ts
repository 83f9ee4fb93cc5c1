import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { testAuthority } from './authority.fixture.ts'
import { readCertificates, readPem, writePem } from './pem.ts'

const authority = testAuthority()
const first = authority.certificate.replaceAll('\r', '')
const second = authority.issue({ commonName: 'a.example.com' })

describe('PEM', () => {
  it('has its certificates in order, whatever stands between them', () => {
    const text = `Certificate:\r\n  Data:\n${first}# a remark\n\n${second.cert}`
    const { certificates, problems } = readCertificates(text)
    expect(problems).toEqual([])
    expect(certificates.map(({ number }) => number)).toEqual([1, 2])
    expect(certificates[0]!.pem).toBe(first)
  })

  it.each([
    ['nothing', 'hello', ['The file has no certificate in PEM format']],
    ['a key', first + second.key, ['Block 2 is a PRIVATE KEY, not a certificate']],
    ['no end', first.replace(/-----END.*/, ''), ['Block 1 (CERTIFICATE) has no end line']],
    ['no base64', first.replace('MI', 'M!'), ['Block 1 is not in PEM format: its text is no base64']],
    ['no certificate', first + writePem('CERTIFICATE', Buffer.from('hello')), ['Block 2 is no X.509 certificate']],
  ])('%s is named by the number of its block', (_, text, problems) => {
    expect(readCertificates(text).problems).toEqual(problems)
  })

  it('is read back as it was written', () => {
    const content = fc.uint8Array({ minLength: 1, maxLength: 300 })
    fc.assert(
      fc.property(fc.array(content, { maxLength: 5 }), (contents) => {
        const blocks = readPem(contents.map((bytes) => writePem('X Y', bytes)).join(''))
        expect(blocks.map((block) => block.content)).toEqual(contents.map((bytes) => Buffer.from(bytes)))
        expect(blocks.every(({ label, isComplete }) => label === 'X Y' && isComplete)).toBe(true)
      }),
    )
  })

  it('never throws, and says something of every block it does not take', () => {
    const line = fc.oneof(
      fc.string(),
      fc.constantFrom('-----BEGIN CERTIFICATE-----', '-----END CERTIFICATE-----', '-----BEGIN X-----', 'MIIB', first),
    )
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
        const { certificates, problems } = readCertificates(lines.join('\n'))
        const blocks = readPem(lines.join('\n')).length
        expect(certificates.length + problems.length).toBe(Math.max(1, blocks))
      }),
    )
  })

  it('is not damaged unnoticed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 30, max: first.length - 30 }), (at) => {
        const damaged = `${first.slice(0, at)}*${first.slice(at + 1)}`
        expect(readCertificates(damaged).certificates).toEqual([])
      }),
    )
  })
})
