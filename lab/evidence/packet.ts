/** `address:port` taken apart; IPv4 only. */
export interface PacketEnd {
  readonly address: readonly number[]
  readonly port: number
}

export const TcpFlag = { fin: 0x01, syn: 0x02, push: 0x08, ack: 0x10 } as const

export interface TcpFacts {
  readonly from: PacketEnd
  readonly to: PacketEnd
  readonly sequence: number
  readonly acknowledged: number
  readonly flags: number
  readonly payload?: Uint8Array
}

/** Reads `127.1.2.10:5061`; undefined where it is no IPv4 endpoint. */
export function packetEnd(endpoint: string): PacketEnd | undefined {
  const match = /^(?:::ffff:)?(\d+)\.(\d+)\.(\d+)\.(\d+):(\d+)$/.exec(endpoint)
  if (match === null) return undefined
  const [a, b, c, d, port] = match.slice(1).map(Number)
  return { address: [a!, b!, c!, d!], port: port! }
}

/** An IPv4 packet with a TCP segment (RFC 9293 §3.1); a SYN offers MSS 1460 and a window scale of 7. */
export function tcpPacket({ from, to, sequence, acknowledged, flags, payload = nothing }: TcpFacts): Buffer {
  const options = (flags & TcpFlag.syn) === 0 ? nothing : synOptions
  const headerBytes = 20 + options.length
  const packet = ipPacket(ipProtocolTcp, from, to, headerBytes + payload.length)
  packet.writeUInt16BE(from.port, 20)
  packet.writeUInt16BE(to.port, 22)
  packet.writeUInt32BE(sequence >>> 0, 24)
  packet.writeUInt32BE(acknowledged >>> 0, 28)
  packet[32] = (headerBytes / 4) << 4
  packet[33] = flags
  packet.writeUInt16BE(0xffff, 34)
  packet.set(options, 40)
  packet.set(payload, 20 + headerBytes)
  packet.writeUInt16BE(transportChecksum(packet), 36)
  return packet
}

/** An IPv4 packet with a UDP datagram (RFC 768). */
export function udpPacket(from: PacketEnd, to: PacketEnd, payload: Uint8Array): Buffer {
  const packet = ipPacket(ipProtocolUdp, from, to, 8 + payload.length)
  packet.writeUInt16BE(from.port, 20)
  packet.writeUInt16BE(to.port, 22)
  packet.writeUInt16BE(8 + payload.length, 24)
  packet.set(payload, 28)
  // RFC 768: a checksum of zero says "none", so it is sent as all ones.
  packet.writeUInt16BE(transportChecksum(packet) || 0xffff, 26)
  return packet
}

const nothing = new Uint8Array(0)
const ipProtocolTcp = 6
const ipProtocolUdp = 17
const synOptions = Uint8Array.of(2, 4, 0x05, 0xb4, 1, 3, 3, 7)

/** Header filled in, room for so many bytes behind it. */
function ipPacket(protocol: number, from: PacketEnd, to: PacketEnd, bytes: number): Buffer {
  const packet = Buffer.alloc(20 + bytes)
  packet[0] = 0x45
  packet.writeUInt16BE(packet.length, 2)
  packet.writeUInt16BE(0x4000, 6)
  packet[8] = 64
  packet[9] = protocol
  packet.set(from.address, 12)
  packet.set(to.address, 16)
  packet.writeUInt16BE(folded(sum(packet, 0, 20, 0)), 10)
  return packet
}

/** Over the pseudo header (addresses, protocol, length) and everything behind the IP header. */
function transportChecksum(packet: Buffer): number {
  const pseudo = sum(packet, 12, 20, packet[9]! + packet.length - 20)
  return folded(sum(packet, 20, packet.length, pseudo))
}

/** RFC 1071: 16-bit words in network order. */
function sum(bytes: Buffer, start: number, end: number, initial: number): number {
  let total = initial
  for (let index = start; index + 1 < end; index += 2) total += (bytes[index]! << 8) | bytes[index + 1]!
  return (end - start) % 2 === 0 ? total : total + (bytes[end - 1]! << 8)
}

function folded(total: number): number {
  let rest = total
  while (rest > 0xffff) rest = (rest & 0xffff) + Math.floor(rest / 0x10000)
  return ~rest & 0xffff
}
