import { X509Certificate } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { testAuthority } from './authority.fixture.ts'
import { commonNameOf, isCertificateFor } from './peer-name.ts'

const authority = testAuthority()
const certificate = (commonName: string, names: string[] = []) =>
  new X509Certificate(authority.issue({ commonName, names }).cert)

describe('name of a traversal peer', () => {
  it.each([
    ['common name alone', certificate('vcsc1.example.com'), true],
    ['alternative name', certificate('other', ['x.example.com', 'VCSC1.example.com']), true],
    ['common name beside other alternative names', certificate('vcsc1.example.com', ['x.example.com']), true],
    ['neither', certificate('vcsc2.example.com', ['x.example.com']), false],
    ['wildcard', certificate('*.example.com', ['*.example.com']), false],
    ['a name that holds a list', certificate('x', ['x.example.com, DNS:vcsc1.example.com']), false],
  ])('%s', (_, offered, fits) => {
    expect(isCertificateFor(offered, 'vcsc1.example.com')).toBe(fits)
  })

  it('is never the empty one', () => {
    expect(isCertificateFor(certificate('x'), '')).toBe(false)
  })

  it('is logged by its common name', () => {
    expect(commonNameOf(certificate('vcsc1.example.com', ['a.example.com']))).toBe('vcsc1.example.com')
  })
})
