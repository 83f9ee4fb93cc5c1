/** The fixed part of an RTP packet (RFC 3550 §5.1). */
export interface RtpHeader {
  readonly marker: boolean
  readonly payloadType: number
  readonly sequence: number
  readonly timestamp: number
  readonly ssrc: number
  /** With contributing sources and extension; the payload starts here. */
  readonly length: number
}

/** Reads a header, or undefined where `packet` is no RTP. */
export function parseRtpHeader(packet: Uint8Array): RtpHeader | undefined {
  const length = rtpHeaderLength(packet, packet.length)
  if (length === 0) return undefined
  return {
    marker: (packet[1]! & 0x80) !== 0,
    payloadType: payloadTypeOf(packet),
    sequence: sequenceOf(packet),
    timestamp: timestampOf(packet),
    ssrc: ssrcOf(packet),
    length,
  }
}

/** Bytes before the payload in `packet[0, end)`; 0 where that is no RTP packet. */
export function rtpHeaderLength(packet: Uint8Array, end: number): number {
  if (end < 12 || packet[0]! >> 6 !== 2) return 0
  let length = 12 + 4 * (packet[0]! & 0x0f)
  if ((packet[0]! & 0x10) !== 0) {
    if (length + 4 > end) return 0
    length += 4 + 4 * ((packet[length + 2]! << 8) | packet[length + 3]!)
  }
  return length > end ? 0 : length
}

// The readers below are for packets whose header length is known not to be 0.

export function payloadTypeOf(packet: Uint8Array): number {
  return packet[1]! & 0x7f
}

export function sequenceOf(packet: Uint8Array): number {
  return (packet[2]! << 8) | packet[3]!
}

export function timestampOf(packet: Uint8Array): number {
  return ((packet[4]! << 24) | (packet[5]! << 16) | (packet[6]! << 8) | packet[7]!) >>> 0
}

export function ssrcOf(packet: Uint8Array): number {
  return ((packet[8]! << 24) | (packet[9]! << 16) | (packet[10]! << 8) | packet[11]!) >>> 0
}

/** A packet without payload, as used to open a path. */
export function emptyRtpPacket(header: Pick<RtpHeader, 'payloadType' | 'sequence' | 'timestamp' | 'ssrc'>): Buffer {
  const packet = Buffer.alloc(12)
  packet[0] = 0x80
  packet[1] = header.payloadType
  packet.writeUInt16BE(header.sequence, 2)
  packet.writeUInt32BE(header.timestamp, 4)
  packet.writeUInt32BE(header.ssrc, 8)
  return packet
}
