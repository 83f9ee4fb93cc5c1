import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RtcpPacketConverter, RtcpReceiverInfo, RtcpSenderInfo, RtcpSrPacket } from 'werift'
import { emptyReceiverReport, parseRtcp } from './rtcp.ts'

const block = {
  ssrc: 77,
  fractionLost: 12,
  packetsLost: 345,
  highestSequence: 70_000,
  jitter: 99,
  lsr: 1,
  dlsr: 2,
}

test('reads the sender report another implementation writes, with what stands behind it', () => {
  const packet = new RtcpSrPacket({
    ssrc: 5,
    senderInfo: new RtcpSenderInfo({ ntpTimestamp: 1n, rtpTimestamp: 2, packetCount: 3, octetCount: 4 }),
    reports: [new RtcpReceiverInfo(block)],
  }).serialize()
  const compound = Buffer.concat([packet, emptyReceiverReport(6), Buffer.from('80cc000241424344deadbeef', 'hex')])
  expect(parseRtcp(compound)).toEqual([
    {
      type: 'sender report',
      ssrc: 5,
      packets: 3,
      octets: 4,
      reports: [{ ssrc: 77, fractionLost: 12, cumulativeLost: 345, highestSequence: 70_000, jitter: 99 }],
    },
    { type: 'receiver report', ssrc: 6, reports: [] },
  ])
})

test('another implementation reads our receiver report', () => {
  expect(RtcpPacketConverter.deSerialize(emptyReceiverReport(0xfffffffe))).toMatchObject([
    { type: 201, ssrc: 0xfffffffe, reports: [] },
  ])
})

test('no input makes it throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), fc.constantFrom(200, 201, 202), (bytes, type) => {
      const packet = Buffer.from(bytes)
      if (packet.length > 1) {
        packet[0] = 0x80 | (packet[0]! & 0x1f)
        packet[1] = type
      }
      parseRtcp(packet)
    }),
  )
  expect(parseRtcp(Buffer.alloc(0))).toBeUndefined()
  expect(parseRtcp(Buffer.from('81c9000100000001', 'hex'))).toBeUndefined()
})
