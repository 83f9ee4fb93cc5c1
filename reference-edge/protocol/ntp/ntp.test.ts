import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isMacGood, macOf, problemOfKey } from './mac.ts'
import type { NtpHeader } from './packet.ts'
import { decodeNtpPacket, encodeNtpHeader, ntpMode, withMac } from './packet.ts'
import { millisecondsBetween, timestampOf } from './timestamp.ts'

/** An answer of a stratum 2 server, byte by byte as RFC 5905 figure 8 has it. */
const answer = Buffer.from(
  [
    '240206f6', // LI 0, version 4, mode 4; stratum 2; poll 6; precision -10
    '00000042', // root delay 66/65536 s
    '00008000', // root dispersion 0.5 s
    '7f7f0100', // reference 127.127.1.0
    'd854df2000000000', // 2015-01-05 10:00:00
    'd854df22deadbeef',
    'd854df2280000000', // half a second after :02
    'd854df2280418937', // a millisecond later
  ].join(''),
  'hex',
)

describe('timestamps', () => {
  it('count seconds since 1900 and their binary fraction', () => {
    expect(timestampOf(0)).toBe(0x83aa7e80n << 32n)
    expect(timestampOf(Date.UTC(2015, 0, 5, 10)).toString(16)).toBe('d854df2000000000')
    expect(timestampOf(500)).toBe((0x83aa7e80n << 32n) | 0x80000000n)
  })

  it('begin again in February 2036, and differences do not mind', () => {
    const end = Date.UTC(2036, 1, 7, 6, 28, 16)
    expect(timestampOf(end)).toBe(0n)
    expect(timestampOf(end - 1_000)).toBe(0xffffffffn << 32n)
    expect(millisecondsBetween(timestampOf(end - 1_500), timestampOf(end + 1_500))).toBeCloseTo(3_000, 3)
    expect(millisecondsBetween(timestampOf(end + 1_500), timestampOf(end - 1_500))).toBeCloseTo(-3_000, 3)
  })

  it('differ by what the times differ by', () => {
    const time = fc.integer({ min: 0, max: Date.UTC(2100, 0) })
    const step = fc.integer({ min: -(10 ** 12), max: 10 ** 12 })
    fc.assert(
      fc.property(time, step, (at, by) => {
        expect(millisecondsBetween(timestampOf(at), timestampOf(at + by))).toBeCloseTo(by, 2)
      }),
    )
  })
})

describe('packets', () => {
  it('are read field by field', () => {
    expect(decodeNtpPacket(answer)).toMatchObject({
      leap: 0,
      version: 4,
      mode: ntpMode.server,
      stratum: 2,
      poll: 6,
      precision: -10,
      rootDispersionMs: 500,
      referenceId: Buffer.from([127, 127, 1, 0]),
      reference: 0xd854df2000000000n,
      origin: 0xd854df22deadbeefn,
      receive: 0xd854df2280000000n,
      transmit: 0xd854df2280418937n,
      mac: undefined,
    })
    expect(decodeNtpPacket(answer)!.rootDelayMs).toBeCloseTo(1.007, 3)
  })

  it('are written as they are read', () => {
    const byte = fc.integer({ min: 0, max: 255 })
    const signed = fc.integer({ min: -128, max: 127 })
    const short = fc.integer({ min: 0, max: 2 ** 32 - 1 }).map((value) => (value * 1_000) / 2 ** 16)
    const time = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
    const header: fc.Arbitrary<NtpHeader> = fc.record({
      leap: fc.integer({ min: 0, max: 3 }),
      version: fc.integer({ min: 0, max: 7 }),
      mode: fc.integer({ min: 0, max: 7 }),
      stratum: byte,
      poll: signed,
      precision: signed,
      rootDelayMs: short,
      rootDispersionMs: short,
      referenceId: fc.uint8Array({ minLength: 4, maxLength: 4 }).map((bytes) => Buffer.from(bytes)),
      reference: time,
      origin: time,
      receive: time,
      transmit: time,
    })
    fc.assert(
      fc.property(header, (one) => {
        expect(decodeNtpPacket(encodeNtpHeader(one))).toMatchObject(one)
      }),
    )
  })

  it('of any bytes are packets or undefined, never an error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const packet = decodeNtpPacket(Buffer.from(bytes))
        return packet === undefined || packet.covered.length >= 48
      }),
    )
    const tail = fc.uint8Array({ maxLength: 120 })
    fc.assert(
      fc.property(tail, (bytes) => {
        const packet = decodeNtpPacket(Buffer.concat([answer, bytes]))
        if (packet === undefined) return true
        return (
          packet.covered.length + (packet.mac === undefined ? 0 : 4 + packet.mac.digest.length) === 48 + bytes.length
        )
      }),
    )
  })

  it('have no other length than those of RFC 5905 and RFC 7822', () => {
    const lengths = [0, 1, 4, 8, 16, 20, 22, 24, 28]
    const accepted = lengths.filter((length) => decodeNtpPacket(Buffer.concat([answer, Buffer.alloc(length)])))
    expect(accepted).toEqual([0, 4, 20, 24])
    expect(decodeNtpPacket(answer.subarray(0, 44))).toBeUndefined()
  })

  it('may have extension fields before the MAC', () => {
    const extension = Buffer.alloc(28)
    extension.writeUInt16BE(0x0104, 0)
    extension.writeUInt16BE(28, 2)
    const key = { id: 5, hash: 'SHA-1', key: 'secret' } as const
    const covered = Buffer.concat([answer, extension])
    const packet = decodeNtpPacket(withMac(covered, macOf(covered, key)))!
    expect(packet.covered).toEqual(covered)
    expect(isMacGood(packet, key)).toBe(true)
  })
})

describe('symmetric keys', () => {
  it.each([
    ['MD5', 'secret', 'md5', '736563726574'],
    ['SHA-1', 'secret', 'sha1', '736563726574'],
    ['SHA-1', '0123456789abcdef0123456789abcdef01234567', 'sha1', '0123456789abcdef0123456789abcdef01234567'],
  ] as const)('%s of %s is the digest of key and packet, as Python computes it', (hash, key, algorithm, secret) => {
    const program =
      'import hashlib,sys;print(hashlib.new(sys.argv[1],bytes.fromhex(sys.argv[2])+bytes.fromhex(sys.argv[3])).hexdigest())'
    const expected = execFileSync('python3', ['-c', program, algorithm, secret, answer.toString('hex')], {
      encoding: 'utf8',
    }).trim()
    expect(macOf(answer, { id: 1, hash, key }).digest.toString('hex')).toBe(expected)
  })

  it('prove a packet, and nothing else', () => {
    const key = { id: 3, hash: 'MD5', key: 'secret' } as const
    const proven = withMac(answer, macOf(answer, key))
    expect(proven.length).toBe(68)
    expect(isMacGood(decodeNtpPacket(proven)!, key)).toBe(true)
    expect(isMacGood(decodeNtpPacket(proven)!, { ...key, id: 4 })).toBe(false)
    expect(isMacGood(decodeNtpPacket(proven)!, { ...key, key: 'Secret' })).toBe(false)
    expect(isMacGood(decodeNtpPacket(proven)!, { ...key, hash: 'SHA-1' })).toBe(false)
    expect(isMacGood(decodeNtpPacket(answer)!, key)).toBe(false)
    expect(isMacGood(decodeNtpPacket(Buffer.concat([answer, Buffer.alloc(4)]))!, key)).toBe(false)
    for (let at = 0; at < proven.length; at++) {
      const changed = Buffer.from(proven)
      changed[at]! ^= 1
      expect(isMacGood(decodeNtpPacket(changed)!, key)).toBe(false)
    }
  })

  it.each([
    ['', 'the key is empty'],
    ['a', undefined],
    ['exactly 20 letters..', undefined],
    ['more than twenty letters', 'a key of more than 20 characters is hexadecimal'],
    ['0123456789abcdef01234', 'a key of more than 20 characters is hexadecimal'],
    ['0123456789abcdef012345', undefined],
  ])('%j: %s', (key, problem) => expect(problemOfKey(key)).toBe(problem))
})
