import { describe, expect, test } from 'vitest'
import { RtpHeader as WeriftHeader, RtpPacket, SrtcpSession, SrtpSession } from 'werift'
import { emptyReceiverReport } from './rtcp.ts'
import { emptyRtpPacket, parseRtpHeader } from './rtp-header.ts'
import { mostSources } from './source-state.ts'
import type { SrtpSuite } from './srtp-keys.ts'
import { Refusal, SrtpReceiver, SrtpSender } from './srtp.ts'

const key = Buffer.from(Array.from({ length: 30 }, (_, index) => index * 3))
const otherKey = Buffer.from(Array.from({ length: 30 }, (_, index) => index * 5 + 1))
const long = 'AES_CM_128_HMAC_SHA1_80'
const suites = [long, 'AES_CM_128_HMAC_SHA1_32'] as const

function rtp(sequence: number, payload = Buffer.alloc(160, sequence), ssrc = 0xcafebabe): Buffer {
  return Buffer.concat([emptyRtpPacket({ payloadType: 0, sequence, timestamp: sequence * 160, ssrc }), payload])
}

function pair(suite: SrtpSuite) {
  return { sender: new SrtpSender({ suite, key }), receiver: new SrtpReceiver({ suite, key }) }
}

function secured(packet: Buffer | Refusal): Buffer {
  if (typeof packet === 'string') throw new Error(`refused: ${packet}`)
  return packet
}

describe.each(suites)('%s', (suite) => {
  test('brings packets of all lengths across, also over the wrap of the sequence number', () => {
    const { sender, receiver } = pair(suite)
    for (let step = 0; step < 300; step++) {
      const plain = rtp((65_400 + step) & 0xffff, Buffer.alloc(step * 5, step))
      const wire = secured(sender.protect(plain))
      expect(wire.length).toBe(plain.length + (suite.endsWith('80') ? 10 : 4))
      expect(receiver.unprotect(wire)).toEqual(plain)
    }
  })

  test('brings a packet with contributing sources and extension across, both in the clear', () => {
    const { sender, receiver } = pair(suite)
    const plain = Buffer.concat([
      rtp(7).subarray(0, 12),
      Buffer.from('11111111beDE000122222222', 'hex'),
      Buffer.from('payload'),
    ])
    plain[0] = 0x91
    expect(parseRtpHeader(plain)?.length).toBe(24)
    const wire = secured(sender.protect(plain))
    expect(wire.subarray(0, 24)).toEqual(plain.subarray(0, 24))
    expect(wire.subarray(24, 31)).not.toEqual(plain.subarray(24))
    expect(receiver.unprotect(wire)).toEqual(plain)
  })

  test('a flipped bit anywhere is refused and leaves the receiver as it was', () => {
    const { sender, receiver } = pair(suite)
    const wire = secured(sender.protect(rtp(1)))
    for (let at = 12; at < wire.length; at++) {
      const bad = Buffer.from(wire)
      bad[at]! ^= 0x10
      expect(receiver.unprotect(bad)).toBe(Refusal.authentication)
    }
    expect(receiver.verifyOnly(Buffer.from(wire))).toBeUndefined()
    expect(receiver.unprotect(Buffer.from(wire))).toBe(Refusal.replay)
  })

  test('another key is refused', () => {
    const wire = secured(new SrtpSender({ suite, key: otherKey }).protect(rtp(1)))
    expect(new SrtpReceiver({ suite, key }).unprotect(wire)).toBe(Refusal.authentication)
  })

  test('verifyOnly leaves the packet untouched', () => {
    const { sender, receiver } = pair(suite)
    const wire = secured(sender.protect(rtp(1)))
    const copy = Buffer.from(wire)
    expect(receiver.verifyOnly(wire)).toBeUndefined()
    expect(wire).toEqual(copy)
    expect(receiver.verifyOnly(wire)).toBe(Refusal.replay)
  })

  test('control packets come across with a tag of 80 bits', () => {
    const { sender, receiver } = pair(suite)
    const plain = emptyReceiverReport(0x12345678)
    const wire = secured(sender.protectControl(plain))
    expect(wire.length).toBe(plain.length + 14)
    expect(receiver.unprotectControl(Buffer.from(wire))).toEqual(plain)
    expect(receiver.unprotectControl(Buffer.from(wire))).toBe(Refusal.replay)
  })
})

test('the short suite differs from the long one in the length of the RTP tag alone', () => {
  const plain = rtp(1)
  const long = secured(new SrtpSender({ suite: 'AES_CM_128_HMAC_SHA1_80', key }).protect(plain))
  const short = secured(new SrtpSender({ suite: 'AES_CM_128_HMAC_SHA1_32', key }).protect(plain))
  expect(short).toEqual(long.subarray(0, plain.length + 4))
})

// werift speaks the long suite only.
describe('against werift', () => {
  test('werift reads what we send', () => {
    const sender = new SrtpSender({ suite: long, key })
    const control = new SrtpSender({ suite: long, key })
    const { session, controlSession } = werift()
    for (let step = 0; step < 200; step++) {
      const plain = rtp((65_450 + step) & 0xffff)
      expect(Buffer.from(session.decrypt(secured(sender.protect(plain))))).toEqual(plain)
      const report = emptyReceiverReport(0xcafebabe)
      expect(Buffer.from(controlSession.decrypt(secured(control.protectControl(report))))).toEqual(report)
    }
  })

  test('we read what werift sends', () => {
    const receiver = new SrtpReceiver({ suite: long, key })
    const { session, controlSession } = werift()
    for (let step = 0; step < 200; step++) {
      const plain = rtp((65_450 + step) & 0xffff)
      const { header, payload } = RtpPacket.deSerialize(plain)
      expect(receiver.unprotect(Buffer.from(session.encrypt(payload, header as WeriftHeader)))).toEqual(plain)
      const report = Buffer.concat([emptyReceiverReport(0xcafebabe), Buffer.from('80cc000241424344deadbeef', 'hex')])
      expect(receiver.unprotectControl(Buffer.from(controlSession.encrypt(report)))).toEqual(report)
    }
  })
})

test('clear control packets are taken only where that was agreed upon', () => {
  const suite = 'AES_CM_128_HMAC_SHA1_80'
  const clear = { suite, key, unencryptedSrtcp: true } as const
  const report = emptyReceiverReport(9)
  const wire = secured(new SrtpSender(clear).protectControl(report))
  expect(wire.subarray(0, report.length)).toEqual(report)
  expect(new SrtpReceiver({ suite, key }).unprotectControl(Buffer.from(wire))).toBe(Refusal.malformed)
  expect(new SrtpReceiver(clear).unprotectControl(Buffer.from(wire))).toEqual(report)
})

test('the sender never uses an index twice', () => {
  const { sender } = pair('AES_CM_128_HMAC_SHA1_80')
  secured(sender.protect(rtp(500)))
  expect(sender.protect(rtp(500, Buffer.alloc(160, 99)))).toBe(Refusal.replay)
  expect(sender.protect(rtp(100, Buffer.alloc(160, 99)))).toBe(Refusal.replay)
})

test('more sources than the bound are refused, the known ones live on', () => {
  const { sender, receiver } = pair('AES_CM_128_HMAC_SHA1_80')
  for (let ssrc = 1; ssrc <= mostSources; ssrc++) {
    expect(receiver.verifyOnly(secured(sender.protect(rtp(1, undefined, ssrc))))).toBeUndefined()
  }
  expect(sender.protect(rtp(1, undefined, 99))).toBe(Refusal.sources)
  const second = new SrtpSender({ suite: 'AES_CM_128_HMAC_SHA1_80', key })
  expect(receiver.unprotect(secured(second.protect(rtp(1, undefined, 99))))).toBe(Refusal.sources)
  expect(receiver.verifyOnly(secured(sender.protect(rtp(2, undefined, 1))))).toBeUndefined()
})

test('no input makes either side throw', () => {
  const { sender, receiver } = pair('AES_CM_128_HMAC_SHA1_80')
  for (let length = 0; length < 64; length++) {
    for (const first of [0x00, 0x80, 0x8f, 0x9f, 0xff]) {
      for (const fill of [0x00, 0xc8, 0xff]) {
        const packet = Buffer.alloc(length, fill)
        if (length > 0) packet[0] = first
        expect(typeof receiver.unprotect(Buffer.from(packet))).toBe('string')
        expect(typeof receiver.unprotectControl(Buffer.from(packet))).toBe('string')
        sender.protect(Buffer.from(packet))
        sender.protectControl(Buffer.from(packet))
      }
    }
  }
})

/** The oracle; its both directions use the one key. */
function werift() {
  const keys = {
    localMasterKey: key.subarray(0, 16),
    localMasterSalt: key.subarray(16),
    remoteMasterKey: key.subarray(0, 16),
    remoteMasterSalt: key.subarray(16),
  }
  return { session: new SrtpSession({ keys, profile: 1 }), controlSession: new SrtcpSession({ keys, profile: 1 }) }
}
