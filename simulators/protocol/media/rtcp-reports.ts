import {
  RtcpPacketConverter,
  RtcpReceiverInfo,
  RtcpRrPacket,
  RtcpSenderInfo,
  RtcpSourceDescriptionPacket,
  RtcpSrPacket,
  SourceDescriptionChunk,
  SourceDescriptionItem,
} from 'werift'
import type { Reception } from './reception.ts'

/** What the other side reported about the packets it received from us. */
export interface PeerReport {
  readonly fractionLost: number
  readonly packetsLost: number
  readonly highestSequence: number
  /** In units of the timestamp. */
  readonly jitter: number
}

export interface SentSoFar {
  readonly ssrc: number
  readonly packets: number
  readonly octets: number
  readonly rtpTimestamp: number
}

/** A compound packet: sender report where something was sent, receiver report otherwise, and the CNAME (RFC 3550 §6.1). */
export function writeReports(sent: SentSoFar, reception: Reception | undefined, cname: string, now: Date): Buffer {
  const reports = reception === undefined ? [] : [new RtcpReceiverInfo(reception.report())]
  const report =
    sent.packets === 0
      ? new RtcpRrPacket({ ssrc: sent.ssrc, reports })
      : new RtcpSrPacket({
          ssrc: sent.ssrc,
          reports,
          senderInfo: new RtcpSenderInfo({
            ntpTimestamp: ntpTimestamp(now),
            rtpTimestamp: sent.rtpTimestamp,
            packetCount: sent.packets,
            octetCount: sent.octets,
          }),
        })
  const items = [new SourceDescriptionItem({ type: cnameType, text: cname })]
  const description = new RtcpSourceDescriptionPacket({
    chunks: [new SourceDescriptionChunk({ source: sent.ssrc, items })],
  })
  return Buffer.concat([report.serialize(), description.serialize()])
}

/** Takes a compound packet: clocks of sender reports go to `reception`, the block about `ownSsrc` is returned. */
export function readReports(packet: Buffer, ownSsrc: number, reception: Reception | undefined): PeerReport | undefined {
  let about: PeerReport | undefined
  for (const part of RtcpPacketConverter.deSerialize(packet)) {
    if (!(part instanceof RtcpSrPacket) && !(part instanceof RtcpRrPacket)) continue
    if (part instanceof RtcpSrPacket && part.ssrc === reception?.ssrc) {
      reception.noteSenderReport(part.senderInfo.ntpTimestamp)
    }
    const block = part.reports.find((report) => report.ssrc === ownSsrc)
    if (block === undefined) continue
    const { fractionLost, packetsLost, highestSequence, jitter } = block
    about = { fractionLost, packetsLost, highestSequence, jitter }
  }
  return about
}

const cnameType = 1
const secondsFrom1900To1970 = 2_208_988_800n

function ntpTimestamp(now: Date): bigint {
  const milliseconds = BigInt(now.getTime())
  return ((milliseconds / 1000n + secondsFrom1900To1970) << 32n) | (((milliseconds % 1000n) << 32n) / 1000n)
}
