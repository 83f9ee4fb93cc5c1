import type { NtpTimestamp } from './timestamp.ts'

/** The header of RFC 5905 §7.3; times of the short format in milliseconds. */
export interface NtpHeader {
  /** Leap indicator: 3 where the sender's clock is not synchronised. */
  readonly leap: number
  readonly version: number
  readonly mode: number
  /** 0 in a kiss-o'-death packet, 16 where not synchronised. */
  readonly stratum: number
  /** Exponent of two, seconds. */
  readonly poll: number
  /** Exponent of two, seconds. */
  readonly precision: number
  readonly rootDelayMs: number
  readonly rootDispersionMs: number
  /** Four bytes: an IPv4 address, or characters. */
  readonly referenceId: Buffer
  readonly reference: NtpTimestamp
  readonly origin: NtpTimestamp
  readonly receive: NtpTimestamp
  readonly transmit: NtpTimestamp
}

/** A message authentication code: its key and digest; a crypto-NAK has key 0 and no digest. */
export interface NtpMac {
  readonly keyId: number
  readonly digest: Buffer
}

export interface NtpPacket extends NtpHeader {
  readonly mac: NtpMac | undefined
  /** All bytes before the MAC: what it was made from. */
  readonly covered: Buffer
}

export const ntpMode = { client: 3, server: 4 } as const

/** The 48 bytes. */
export function encodeNtpHeader(header: NtpHeader): Buffer {
  const bytes = Buffer.alloc(headerLength)
  bytes.writeUInt8((header.leap << 6) | (header.version << 3) | header.mode, 0)
  bytes.writeUInt8(header.stratum, 1)
  bytes.writeInt8(header.poll, 2)
  bytes.writeInt8(header.precision, 3)
  bytes.writeUInt32BE(shortFormat(header.rootDelayMs), 4)
  bytes.writeUInt32BE(shortFormat(header.rootDispersionMs), 8)
  header.referenceId.copy(bytes, 12, 0, 4)
  bytes.writeBigUInt64BE(header.reference, 16)
  bytes.writeBigUInt64BE(header.origin, 24)
  bytes.writeBigUInt64BE(header.receive, 32)
  bytes.writeBigUInt64BE(header.transmit, 40)
  return bytes
}

/** Adds a MAC behind the packet (and its extension fields). */
export function withMac(covered: Buffer, { keyId, digest }: NtpMac): Buffer {
  const id = Buffer.alloc(4)
  id.writeUInt32BE(keyId)
  return Buffer.concat([covered, id, digest])
}

/** Parses a datagram; undefined where it is no NTP packet. Extension fields (RFC 7822 §3) are passed over. */
export function decodeNtpPacket(datagram: Buffer): NtpPacket | undefined {
  if (datagram.length < headerLength || datagram.length % 4 !== 0) return undefined
  const end = endOfExtensions(datagram)
  if (end === undefined) return undefined
  const rest = datagram.subarray(end)
  return {
    leap: datagram[0]! >> 6,
    version: (datagram[0]! >> 3) & 7,
    mode: datagram[0]! & 7,
    stratum: datagram[1]!,
    poll: datagram.readInt8(2),
    precision: datagram.readInt8(3),
    rootDelayMs: fromShortFormat(datagram.readUInt32BE(4)),
    rootDispersionMs: fromShortFormat(datagram.readUInt32BE(8)),
    referenceId: datagram.subarray(12, 16),
    reference: datagram.readBigUInt64BE(16),
    origin: datagram.readBigUInt64BE(24),
    receive: datagram.readBigUInt64BE(32),
    transmit: datagram.readBigUInt64BE(40),
    mac: rest.length === 0 ? undefined : { keyId: rest.readUInt32BE(0), digest: rest.subarray(4) },
    covered: datagram.subarray(0, end),
  }
}

/** Where the MAC would begin. What is 24 bytes or shorter at the end is the MAC (RFC 7822 §3). */
function endOfExtensions(datagram: Buffer): number | undefined {
  let end = headerLength
  while (datagram.length - end > longestMac) {
    const length = datagram.readUInt16BE(end + 2)
    if (length < shortestExtension || length % 4 !== 0 || end + length > datagram.length) return undefined
    end += length
  }
  return macLengths.includes(datagram.length - end) ? end : undefined
}

/** 16.16 seconds. */
function shortFormat(milliseconds: number): number {
  return Math.min(Math.max(Math.round((milliseconds * 2 ** 16) / 1_000), 0), 2 ** 32 - 1)
}

function fromShortFormat(value: number): number {
  return (value * 1_000) / 2 ** 16
}

const headerLength = 48
const shortestExtension = 16
const longestMac = 24
/** None, crypto-NAK, MD5, SHA-1. */
const macLengths = [0, 4, 20, 24]
