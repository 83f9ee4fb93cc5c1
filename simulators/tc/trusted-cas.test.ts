import { expect, test } from 'vitest'
import { selfSigned } from '#runtime/self-signed.fixture.ts'
import { TrustedCas } from './trusted-cas.ts'

test('the list has what the endpoint ships with and what was added', () => {
  const [shipped, added] = ['common.example', 'private.example'].map((name) => selfSigned(name).cert) as [
    string,
    string,
  ]
  const cas = new TrustedCas([shipped], [added])
  expect(cas.certificates).toEqual([shipped, added])
  expect(cas.list).toEqual([
    { name: 'common.example', origin: 'preinstalled' },
    { name: 'private.example', origin: 'added' },
  ])
  expect(new TrustedCas([shipped], []).certificates).toEqual([shipped])
})
