import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CryptoSuite, formatCrypto, parseCrypto, usableCrypto } from './crypto-attribute.ts'
import { jabberOffer, read } from './offer.fixture.ts'

const inline = 'inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj'

test('reads the lines of an offer in their order', () => {
  const [first, second] = usableCrypto(read(jabberOffer).media[0]!)
  expect(first).toMatchObject({ tag: 1, suite: 'AES_CM_128_HMAC_SHA1_80', lifetime: '2^48', unencryptedSrtcp: false })
  expect(first!.key.toString('latin1')).toBe(Buffer.from(inline.slice(7), 'base64').toString('latin1'))
  expect(second).toMatchObject({ tag: 2, suite: 'AES_CM_128_HMAC_SHA1_32' })
})

test('what it writes it reads again', () => {
  const crypto = fc.record(
    {
      tag: fc.integer({ min: 0, max: 999_999_999 }),
      suite: fc.constantFrom(...Object.values(CryptoSuite)),
      key: fc.uint8Array({ minLength: 30, maxLength: 30 }).map((bytes) => Buffer.from(bytes)),
      unencryptedSrtcp: fc.boolean(),
      lifetime: fc.constantFrom('2^48', '2^20', '1048576'),
    },
    { requiredKeys: ['tag', 'suite', 'key', 'unencryptedSrtcp'] },
  )
  fc.assert(
    fc.property(crypto, (one) => {
      expect(parseCrypto(formatCrypto(one))).toEqual(one)
    }),
  )
})

test('a parameter that begins with a dash may be ignored', () => {
  expect(parseCrypto(`1 AES_CM_128_HMAC_SHA1_80 ${inline} -EXTRA=1`)).toMatchObject({ tag: 1 })
})

test.each([
  ['', 'the tag is not a number of one to nine digits'],
  [`x AES_CM_128_HMAC_SHA1_80 ${inline}`, 'the tag is not a number of one to nine digits'],
  [`1 F8_128_HMAC_SHA1_80 ${inline}`, 'the suite is unknown'],
  ['1 AES_CM_128_HMAC_SHA1_80', 'the key is not given inline'],
  ['1 AES_CM_128_HMAC_SHA1_80 uri:https://x', 'the key is not given inline'],
  [`1 AES_CM_128_HMAC_SHA1_80 ${inline}|2^20|1:4`, 'an MKI is not supported'],
  [`1 AES_CM_128_HMAC_SHA1_80 ${inline}|1:4`, 'an MKI is not supported'],
  [`1 AES_CM_128_HMAC_SHA1_80 ${inline}|2^49`, 'the lifetime cannot be read'],
  [`1 AES_CM_128_HMAC_SHA1_80 ${inline};${inline}`, 'more than one master key needs an MKI'],
  ['1 AES_CM_128_HMAC_SHA1_80 inline:d0Rmd', 'the key is not 30 bytes in base64'],
  ['1 AES_CM_128_HMAC_SHA1_80 inline:!0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj', 'the key is not 30 bytes in base64'],
  [`1 AES_CM_128_HMAC_SHA1_80 ${inline} KDR=1`, 'a session parameter is unknown'],
])('passes over %j', (value, says) => {
  expect(parseCrypto(value)).toEqual({ says })
})

test('never throws', () => {
  fc.assert(fc.property(fc.string(), (value) => void parseCrypto(value)))
})
