/** One report block of an SR or RR (RFC 3550 §6.4.1). */
export interface ReceptionReport {
  readonly ssrc: number
  /** 256ths lost since the last report. */
  readonly fractionLost: number
  readonly cumulativeLost: number
  readonly highestSequence: number
  /** In units of the timestamp clock. */
  readonly jitter: number
}

export interface SenderReport {
  readonly type: 'sender report'
  readonly ssrc: number
  readonly packets: number
  readonly octets: number
  readonly reports: readonly ReceptionReport[]
}

export interface ReceiverReport {
  readonly type: 'receiver report'
  readonly ssrc: number
  readonly reports: readonly ReceptionReport[]
}

/** The SR and RR parts of a compound packet; undefined where it is no well-formed RTCP. Other parts are passed over. */
export function parseRtcp(packet: Buffer): Array<SenderReport | ReceiverReport> | undefined {
  const found: Array<SenderReport | ReceiverReport> = []
  let at = 0
  while (at < packet.length) {
    if (at + 4 > packet.length || packet[at]! >> 6 !== 2) return undefined
    const end = at + 4 + 4 * packet.readUInt16BE(at + 2)
    if (end > packet.length) return undefined
    const type = packet[at + 1]!
    if (type === senderReportType || type === receiverReportType) {
      const report = readReport(packet.subarray(at, end))
      if (report === undefined) return undefined
      found.push(report)
    }
    at = end
  }
  return packet.length === 0 ? undefined : found
}

/** A receiver report without blocks (RFC 3550 §6.4.2), the smallest packet RTCP may begin with. */
export function emptyReceiverReport(ssrc: number): Buffer {
  const packet = Buffer.from([0x80, receiverReportType, 0, 1, 0, 0, 0, 0])
  packet.writeUInt32BE(ssrc, 4)
  return packet
}

/** Whether `packet[0, end)` begins like RTCP: version 2 and a type of the range RFC 5761 §4 keeps for it. */
export function isRtcp(packet: Uint8Array, end: number): boolean {
  return end >= 8 && packet[0]! >> 6 === 2 && packet[1]! >= 192 && packet[1]! <= 223
}

/** The SSRC of the sender, for packets that begin like RTCP. */
export function controlSsrcOf(packet: Uint8Array): number {
  return ((packet[4]! << 24) | (packet[5]! << 16) | (packet[6]! << 8) | packet[7]!) >>> 0
}

/** Whether a packet, encrypted or not, is an SRTCP packet that holds one receiver report without blocks and no more. */
export function isEmptyReport(packet: Uint8Array): boolean {
  return packet.length === 8 + 14 && packet[0] === 0x80 && packet[1] === receiverReportType
}

const senderReportType = 200
const receiverReportType = 201
const blockBytes = 24

function readReport(packet: Buffer): SenderReport | ReceiverReport | undefined {
  const isSender = packet[1] === senderReportType
  const blocksAt = isSender ? 28 : 8
  const count = packet[0]! & 0x1f
  if (packet.length < blocksAt + count * blockBytes) return undefined
  const ssrc = packet.readUInt32BE(4)
  const reports = Array.from({ length: count }, (_, index) => readBlock(packet, blocksAt + index * blockBytes))
  if (!isSender) return { type: 'receiver report', ssrc, reports }
  return {
    type: 'sender report',
    ssrc,
    packets: packet.readUInt32BE(20),
    octets: packet.readUInt32BE(24),
    reports,
  }
}

function readBlock(packet: Buffer, at: number): ReceptionReport {
  return {
    ssrc: packet.readUInt32BE(at),
    fractionLost: packet[at + 4]!,
    cumulativeLost: packet.readIntBE(at + 5, 3),
    highestSequence: packet.readUInt32BE(at + 8),
    jitter: packet.readUInt32BE(at + 12),
  }
}
