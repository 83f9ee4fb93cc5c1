/** One frame of a capture: an IPv4 packet without a link layer (LINKTYPE_RAW). */
export interface Frame {
  /** Nanoseconds since 1970. */
  readonly time: bigint
  readonly packet: Buffer
  readonly comment?: string
}

export interface CaptureFacts {
  /** NSS key log, one line a secret; goes into the Decryption Secrets Block that Wireshark reads. */
  readonly keyLog: string
  /** Address → name, for the Name Resolution Block. */
  readonly names: ReadonlyMap<string, string>
  /** What the capture is of. */
  readonly title: string
}

/**
 * A pcapng file (IETF draft-ietf-opsawg-pcapng): section header, one interface with nanoseconds, names, secrets, then
 * the frames. Secrets stand in front of the frames they open.
 */
export function pcapngFile(frames: readonly Frame[], { keyLog, names, title }: CaptureFacts): Buffer {
  const blocks = [sectionHeader(title), interfaceDescription()]
  if (names.size > 0) blocks.push(nameResolution(names))
  if (keyLog !== '') blocks.push(decryptionSecrets(Buffer.from(keyLog)))
  for (const frame of frames) blocks.push(enhancedPacket(frame))
  return Buffer.concat(blocks)
}

const BlockType = {
  sectionHeader: 0x0a0d0d0a,
  interfaceDescription: 1,
  nameResolution: 4,
  enhancedPacket: 6,
  decryptionSecrets: 10,
} as const

const linkTypeRaw = 101
/** "TLSK": an NSS key log. */
const secretsTypeTls = 0x544c534b

function sectionHeader(title: string): Buffer {
  const body = Buffer.alloc(16)
  body.writeUInt32LE(0x1a2b3c4d, 0)
  body.writeUInt16LE(1, 4)
  // Section length: not stated.
  body.writeBigInt64LE(-1n, 8)
  return block(BlockType.sectionHeader, [body, option(4, 'MRA Conformance'), option(1, title), endOfOptions])
}

function interfaceDescription(): Buffer {
  const body = Buffer.alloc(8)
  body.writeUInt16LE(linkTypeRaw, 0)
  const nanoseconds = Buffer.of(9)
  return block(BlockType.interfaceDescription, [body, option(2, 'lab'), option(9, nanoseconds), endOfOptions])
}

function nameResolution(names: ReadonlyMap<string, string>): Buffer {
  const records = [...names].map(([address, name]) => {
    const value = Buffer.concat([Buffer.from(address.split('.').map(Number)), Buffer.from(`${name}\0`)])
    return option(1, value)
  })
  return block(BlockType.nameResolution, [...records, endOfOptions])
}

function decryptionSecrets(keyLog: Buffer): Buffer {
  const head = Buffer.alloc(8)
  head.writeUInt32LE(secretsTypeTls, 0)
  head.writeUInt32LE(keyLog.length, 4)
  return block(BlockType.decryptionSecrets, [head, padded(keyLog)])
}

function enhancedPacket({ time, packet, comment }: Frame): Buffer {
  const head = Buffer.alloc(20)
  head.writeUInt32LE(Number(time >> 32n), 4)
  head.writeUInt32LE(Number(time & 0xffffffffn), 8)
  head.writeUInt32LE(packet.length, 12)
  head.writeUInt32LE(packet.length, 16)
  const options = comment === undefined ? [] : [option(1, comment), endOfOptions]
  return block(BlockType.enhancedPacket, [head, padded(packet), ...options])
}

/** Type, total length, body, total length again. */
function block(type: number, parts: readonly Buffer[]): Buffer {
  const length = parts.reduce((total, part) => total + part.length, 12)
  const edges = Buffer.alloc(12)
  edges.writeUInt32LE(type, 0)
  edges.writeUInt32LE(length, 4)
  edges.writeUInt32LE(length, 8)
  return Buffer.concat([edges.subarray(0, 8), ...parts, edges.subarray(8)], length)
}

function option(code: number, value: string | Buffer): Buffer {
  const bytes = Buffer.from(value as string).subarray(0, 0xffff)
  const head = Buffer.alloc(4)
  head.writeUInt16LE(code, 0)
  head.writeUInt16LE(bytes.length, 2)
  return padded(Buffer.concat([head, bytes]))
}

const endOfOptions = Buffer.alloc(4)

function padded(bytes: Buffer): Buffer {
  const missing = (4 - (bytes.length % 4)) % 4
  return missing === 0 ? bytes : Buffer.concat([bytes, Buffer.alloc(missing)])
}
