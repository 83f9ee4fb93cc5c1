/** What a datagram of a floor control stream is: a message to pass on, a Control's probe, or neither. */
export type FloorPacket = 'message' | 'probe' | 'malformed'

/**
 * Judges the common header of the Binary Floor Control Protocol over UDP (RFC 8855 §5.1): version 2, or 1 of the drafts
 * before it, a payload as long as it says, a primitive there is.
 */
export function floorPacketOf(packet: Uint8Array): FloorPacket {
  if (packet.length < headerBytes || packet.length > mostBytes) return 'malformed'
  const version = packet[0]! >> 5
  if (version !== 1 && version !== 2) return 'malformed'
  const isFragment = version === 2 && (packet[0]! & fragmentBit) !== 0
  const payload = 4 * ((packet[2]! << 8) | packet[3]!)
  // A fragment's length is that of the whole message (§6.2.3).
  const isWhole = isFragment ? packet.length > headerBytes : packet.length === headerBytes + payload
  if (!isWhole) return 'malformed'
  const primitive = packet[1]!
  if (primitive === probePrimitive) return payload === 0 ? 'probe' : 'malformed'
  return primitive <= lastPrimitive ? 'message' : 'malformed'
}

/** Opens a path and is passed to nobody: a header with the primitive that RFC 8855 leaves out. */
export function floorProbe(): Buffer {
  return Buffer.from([2 << 5, probePrimitive, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
}

const headerBytes = 12
const fragmentBit = 0x08
const probePrimitive = 0
/** GoodbyeAck. */
const lastPrimitive = 17
/** No message of two endpoints comes near a packet's size. */
const mostBytes = 1_400
