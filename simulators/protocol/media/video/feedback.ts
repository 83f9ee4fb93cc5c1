/** Asks for a keyframe: picture loss indication (RFC 4585 §6.3.1) or full intra request (RFC 5104 §4.3.1). */
export type KeyframeRequest = 'PLI' | 'FIR'

/** One feedback packet, to stand behind a report in a compound packet. `count`: of the FIRs so far. */
export function writeKeyframeRequest(kind: KeyframeRequest, own: number, source: number, count: number): Buffer {
  const packet = Buffer.alloc(kind === 'PLI' ? 12 : 20)
  packet[0] = 0x80 | (kind === 'PLI' ? pictureLoss : fullIntra)
  packet[1] = payloadSpecific
  packet.writeUInt16BE(packet.length / 4 - 1, 2)
  packet.writeUInt32BE(own, 4)
  if (kind === 'PLI') {
    packet.writeUInt32BE(source, 8)
  } else {
    packet.writeUInt32BE(source, 12)
    packet[16] = count & 0xff
  }
  return packet
}

/** Keyframe requests about `source` in a compound RTCP packet, each FIR with its number. */
export function keyframeRequests(packet: Buffer, source: number): { kind: KeyframeRequest; count?: number }[] {
  const found: { kind: KeyframeRequest; count?: number }[] = []
  for (let at = 0; at + 12 <= packet.length; at += 4 * (packet.readUInt16BE(at + 2) + 1)) {
    if (packet[at + 1] !== payloadSpecific) continue
    const format = packet[at]! & 0x1f
    if (format === pictureLoss && packet.readUInt32BE(at + 8) === source) found.push({ kind: 'PLI' })
    const isFir = format === fullIntra && at + 20 <= packet.length && packet.readUInt32BE(at + 12) === source
    if (isFir) found.push({ kind: 'FIR', count: packet[at + 16]! })
  }
  return found
}

const payloadSpecific = 206
const pictureLoss = 1
const fullIntra = 4
