import { createCipheriv, createHmac, randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { KeyedHash } from './keyed-hash.ts'
import { SrtpContext, tagBytes } from './srtp.ts'

function packetOf(sequence: number, payload: Buffer): Buffer {
  const header = Buffer.from('800000000000a0000000cafe', 'hex')
  header.writeUInt16BE(sequence, 2)
  return Buffer.concat([header, payload, Buffer.alloc(tagBytes)])
}

describe('KeyedHash', () => {
  it('is HMAC-SHA1, whatever the length', () => {
    const key = randomBytes(20)
    const hash = new KeyedHash(key)
    for (let length = 0; length < 200; length++) {
      const bytes = randomBytes(length)
      hash.compute(bytes, length, 0x01020304)
      const digest = Buffer.from(Array.from({ length: 20 }, (_, index) => hash.byte(index)))
      expect(digest).toEqual(createHmac('sha1', key).update(bytes).update('\x01\x02\x03\x04').digest())
    }
  })
})

describe('SrtpContext', () => {
  it('derives the keys of RFC 3711, appendix B.3', () => {
    const master = Buffer.from('E1F97A0D3E018BE0D64FA32C06DE4139' + '0EC675AD498AFEEBB6960B3AABE6', 'hex')
    const encrypted = packetOf(0, Buffer.alloc(32))
    new SrtpContext(master).protect(encrypted, 44)
    const counter = Buffer.from('30CBBC08863D8C85D49DB34A9AE10000', 'hex')
    for (const [index, byte] of [0, 0, 0xca, 0xfe].entries()) counter[4 + index]! ^= byte
    const cipherKey = Buffer.from('C61E7A93744F39EE10734AFE3FF7A087', 'hex')
    const stream = createCipheriv('aes-128-ctr', cipherKey, counter).update(Buffer.alloc(32))
    expect(encrypted.subarray(12, 44)).toEqual(stream)
    const tagKey = Buffer.from('CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4', 'hex')
    const tag = createHmac('sha1', tagKey).update(encrypted.subarray(0, 44)).update(Buffer.alloc(4)).digest()
    expect(encrypted.subarray(44)).toEqual(tag.subarray(0, tagBytes))
  })

  it('opens what it closed, across the roll-over and out of order', () => {
    const master = randomBytes(30)
    const [sender, receiver] = [new SrtpContext(master), new SrtpContext(master)]
    const sent = [65_533, 65_534, 65_535, 0, 1, 2].map((sequence) => {
      const payload = randomBytes(160)
      const packet = packetOf(sequence, payload)
      sender.protect(packet, 172)
      return { payload, packet }
    })
    for (const index of [0, 1, 3, 2, 4, 5]) {
      const { payload, packet } = sent[index]!
      expect(receiver.unprotect(packet)).toBe(172)
      expect(packet.subarray(12, 172)).toEqual(payload)
    }
  })

  it('refuses what was changed', () => {
    const master = randomBytes(30)
    const packet = packetOf(1, randomBytes(160))
    new SrtpContext(master).protect(packet, 172)
    packet[20]! ^= 1
    expect(new SrtpContext(master).unprotect(packet)).toBeUndefined()
  })
})
