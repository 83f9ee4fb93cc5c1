import { createHash, timingSafeEqual } from 'node:crypto'

/** A key as a line of ntp.keys has it: number, type, key. */
export interface NtpKey {
  readonly id: number
  readonly type: 'MD5' | 'SHA1'
  /** Up to 20 characters as they are; longer ones are hexadecimal. */
  readonly key: string
}

/** What a client's question says (RFC 5905 §7.3); `proof` is what stands behind the 48 bytes. */
export interface NtpQuestion {
  readonly version: number
  readonly poll: number
  /** The client's transmit timestamp, returned as it came. */
  readonly transmit: Buffer
  readonly header: Buffer
  readonly proof: { readonly keyId: number; readonly digest: Buffer } | undefined
}

export interface NtpReply {
  readonly question: NtpQuestion
  readonly leap: 0 | 3
  readonly stratum: number
  /** Four characters, or an IPv4 address. */
  readonly referenceId: string
  readonly receivedAt: Date
  readonly sentAt: Date
  /** When this server's own clock was last set. */
  readonly setAt: Date
}

/** Undefined where the datagram is no client's question. */
export function readQuestion(datagram: Buffer): NtpQuestion | undefined {
  if (datagram.length < headerLength) return undefined
  const mode = datagram[0]! & 7
  const version = (datagram[0]! >> 3) & 7
  if (mode !== clientMode || version < 1 || version > 4) return undefined
  const rest = datagram.subarray(headerLength)
  if (rest.length !== 0 && rest.length !== 20 && rest.length !== 24) return undefined
  return {
    version,
    poll: datagram.readInt8(2),
    transmit: datagram.subarray(40, 48),
    header: datagram.subarray(0, headerLength),
    proof: rest.length === 0 ? undefined : { keyId: rest.readUInt32BE(0), digest: rest.subarray(4) },
  }
}

/** The 48 bytes of an answer (RFC 5905 figure 8). */
export function writeReply(reply: NtpReply): Buffer {
  const { question, leap, stratum, referenceId, receivedAt, sentAt, setAt } = reply
  const bytes = Buffer.alloc(headerLength)
  bytes[0] = (leap << 6) | (question.version << 3) | serverMode
  bytes[1] = stratum
  bytes.writeInt8(question.poll, 2)
  bytes.writeInt8(clockPrecision, 3)
  bytes.writeUInt32BE(rootDelay, 4)
  bytes.writeUInt32BE(rootDispersion, 8)
  referenceBytes(referenceId).copy(bytes, 12)
  writeTime(bytes, 16, setAt)
  question.transmit.copy(bytes, 24)
  writeTime(bytes, 32, receivedAt)
  writeTime(bytes, 40, sentAt)
  return bytes
}

/** Whether the question was made with a key of ours; `none` where it carries no proof at all. */
export function judgeProof(question: NtpQuestion, keys: readonly NtpKey[]): NtpKey | 'none' | 'wrong' {
  const { proof } = question
  if (proof === undefined) return 'none'
  const key = keys.find(({ id }) => id === proof.keyId)
  if (key === undefined) return 'wrong'
  const expected = digest(key, question.header)
  return expected.length === proof.digest.length && timingSafeEqual(expected, proof.digest) ? key : 'wrong'
}

/** Adds key identifier and digest. */
export function prove(reply: Buffer, key: NtpKey): Buffer {
  const keyId = Buffer.alloc(4)
  keyId.writeUInt32BE(key.id)
  return Buffer.concat([reply, keyId, digest(key, reply)])
}

/** RFC 5905 §9.2: the answer to a proof that is not good ends in a key identifier of zero and no digest. */
export function cryptoNak(reply: Buffer): Buffer {
  return Buffer.concat([reply, Buffer.alloc(4)])
}

function digest({ type, key }: NtpKey, message: Buffer): Buffer {
  const secret = key.length > 20 ? Buffer.from(key, 'hex') : Buffer.from(key, 'latin1')
  return createHash(type.toLowerCase()).update(secret).update(message).digest()
}

function referenceBytes(text: string): Buffer {
  const parts = text.split('.')
  if (parts.length === 4) return Buffer.from(parts.map(Number))
  return Buffer.from(text.padEnd(4, '\0').slice(0, 4), 'latin1')
}

/** Seconds since 1900 and their 2^-32 fraction. */
function writeTime(bytes: Buffer, at: number, time: Date): void {
  const milliseconds = time.getTime()
  const seconds = Math.floor(milliseconds / 1_000)
  bytes.writeUInt32BE((seconds + secondsTo1970) % 2 ** 32, at)
  bytes.writeUInt32BE(Math.floor(((milliseconds - seconds * 1_000) * 2 ** 32) / 1_000), at + 4)
}

const headerLength = 48
const clientMode = 3
const serverMode = 4
const secondsTo1970 = 2_208_988_800
/** 2^-10 s. */
const clockPrecision = -10
/** 16.16 seconds: about 1 ms and 2 ms. */
const rootDelay = 66
const rootDispersion = 131
