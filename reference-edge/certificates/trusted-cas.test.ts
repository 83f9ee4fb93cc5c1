import { X509Certificate } from 'node:crypto'
import { expect, it } from 'vitest'
import { systemRandom } from '#runtime/random.ts'
import { testAuthority } from './authority.fixture.ts'
import { makeFactoryIdentity } from './factory-identity.ts'
import { memoryStore } from './memory-store.fixture.ts'
import { TrustedCas } from './trusted-cas.ts'

const [first, second, third] = ['First', 'Second', 'Third'].map(testAuthority) as [
  ReturnType<typeof testAuthority>,
  ReturnType<typeof testAuthority>,
  ReturnType<typeof testAuthority>,
]
const subjects = (cas: TrustedCas) => cas.list().map(({ subject }) => subject)

it('CAs are added behind one another, each once', () => {
  const cas = new TrustedCas(memoryStore())
  expect(cas.append(second.certificate + first.certificate)).toEqual({ ok: true, added: 2, repeated: 0 })
  expect(cas.append(third.certificate + first.certificate + third.certificate)).toEqual({
    ok: true,
    added: 1,
    repeated: 2,
  })
  expect(subjects(cas)).toEqual(['CN=Second', 'CN=First', 'CN=Third'])
  expect(cas.trust).toHaveLength(3)
})

it('a file can become the list, and one be taken away', () => {
  const cas = new TrustedCas(memoryStore({ trustedCas: first.certificate }))
  expect(cas.replace(second.certificate + third.certificate)).toMatchObject({ added: 2 })
  const { fingerprint } = cas.list()[0]!
  expect(fingerprint).toBe(new X509Certificate(second.certificate).fingerprint256)
  expect([cas.delete(fingerprint), cas.delete(fingerprint)]).toEqual([true, false])
  expect(subjects(cas)).toEqual(['CN=Third'])
})

it('copies of self-signed server certificates may be trusted, those of others not', async () => {
  const store = memoryStore()
  const cas = new TrustedCas(store)
  const tomcat = await makeFactoryIdentity({ name: 'cucm1.example.com', now: new Date(), random: systemRandom() })
  expect(cas.append(tomcat.cert)).toMatchObject({ ok: true, added: 1 })
  const before = store.read()
  const leaf = first.issue({ commonName: 'cucm2.example.com' })
  expect(cas.append(second.certificate + leaf.cert)).toMatchObject({
    ok: false,
    problems: [
      { says: 'Block 2, cucm2.example.com, is neither a CA nor self-signed', action: expect.stringContaining('First') },
    ],
  })
  expect(store.read()).toEqual(before)
})

it('a bad block is named by its number and nothing is stored', () => {
  const store = memoryStore()
  const outcome = new TrustedCas(store).append(first.certificate + second.certificate.replace('MI', '!!'))
  expect(outcome).toMatchObject({ ok: false, problems: [{ says: expect.stringContaining('Block 2') }] })
  expect(store.writes).toBe(0)
})
