import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { CounterKeyStream } from './counter-key-stream.ts'
import { HmacSha1 } from './hmac-sha1.ts'
import { deriveKeys, deriveSessionKeys, Label } from './srtp-keys.ts'

const hex = (text: string) => Buffer.from(text.replace(/\s/g, ''), 'hex')

describe('RFC 3711 appendix B', () => {
  test('B.2: AES-CM key stream', () => {
    const stream = new CounterKeyStream(
      hex('2B7E151628AED2A6ABF7158809CF4F3C'),
      hex('F0F1F2F3F4F5F6F7F8F9FAFBFCFD'),
    ).blocks(0xff02, 0, 0, 0)
    const block = (number: number) =>
      stream
        .subarray(16 * number, 16 * number + 16)
        .toString('hex')
        .toUpperCase()
    expect([0, 1, 2, 0xfeff, 0xff00, 0xff01].map(block)).toEqual([
      'E03EAD0935C95E80E166B16DD92B4EB4',
      'D23513162B02D0F72A43A2FE4A5F97AB',
      '41E95B3BB0A2E8DD477901E4FCA894C0',
      'EC8CDF7398607CB0F2D21675EA9EA1E4',
      '362B7C3C6773516318A077D7FC5073AE',
      '6A2CC3787889374FBEB4C81B17BA6C44',
    ])
  })

  test('B.3: key derivation', () => {
    const master = hex('E1F97A0D3E018BE0D64FA32C06DE4139 0EC675AD498AFEEBB6960B3AABE6')
    const [encryption, salt, authentication] = deriveKeys(master, [
      [Label.rtpEncryption, 16],
      [Label.rtpSalt, 14],
      [Label.rtpAuthentication, 94],
    ])
    expect(encryption).toEqual(hex('C61E7A93744F39EE10734AFE3FF7A087'))
    expect(salt).toEqual(hex('30CBBC08863D8C85D49DB34A9AE1'))
    expect(authentication).toEqual(
      hex(`CEBE321F6FF7716B6FD4AB49AF256A15 6D38BAA48F0A0ACF3C34E2359E6CDBCE E049646C43D9327AD175578EF7227098
           6371C10C9A369AC2F94A8C5FBCDDDC25 6D6E919A48B610EF17C2041E47403576 6B68642C59BBFC2F34DB60DBDFB2`),
    )
  })

  test('a master key of another length is refused', () => {
    expect(() => deriveSessionKeys({ suite: 'AES_CM_128_HMAC_SHA1_80', key: Buffer.alloc(16) })).toThrow(RangeError)
  })
})

test('HMAC-SHA1 agrees with OpenSSL for every length around the block borders', () => {
  const key = Buffer.from('0102030405060708090a0b0c0d0e0f1011121314', 'hex')
  const hmac = new HmacSha1(key)
  const data = Buffer.from(Array.from({ length: 4_000 }, (_, index) => (index * 7) & 0xff))
  // Up to 600 every length, and some that outgrow what an Ethernet frame holds.
  const lengths = [...Array.from({ length: 601 }, (_, index) => index), 1_436, 1_500, 1_501, 4_000, 1_200, 64]
  for (const length of lengths) {
    const message = data.subarray(0, length)
    for (const suffix of [-1, 0x80000001 | 0]) {
      const expected = createHmac('sha1', key).update(message)
      if (suffix !== -1) expected.update(Buffer.from('80000001', 'hex'))
      const tag = expected.digest()
      const own = Buffer.alloc(20)
      hmac.compute(data, length, suffix)
      hmac.write(own, 0, 20)
      expect(own).toEqual(tag)
      expect(hmac.matches(tag, 0, 20)).toBe(true)
      tag[19]! ^= 1
      expect(hmac.matches(tag, 0, 20)).toBe(false)
    }
  }
})
