import { createCipheriv, createSecretKey } from 'node:crypto'
import { CounterKeyStream } from './counter-key-stream.ts'
import { HmacSha1 } from './hmac-sha1.ts'

/** Suites by the names of RFC 4568 §6.2 with the bytes of their RTP tags; the RTCP tag has 10 bytes in both. */
export const srtpSuites = {
  AES_CM_128_HMAC_SHA1_80: { rtpTagBytes: 10 },
  AES_CM_128_HMAC_SHA1_32: { rtpTagBytes: 4 },
} as const
export type SrtpSuite = keyof typeof srtpSuites

export const srtcpTagBytes = 10

/** A master key as it stands in a=crypto. */
export interface SrtpMaster {
  readonly suite: SrtpSuite
  /** 16 bytes of key followed by 14 bytes of salt. */
  readonly key: Uint8Array
  /** RFC 4568 §6.3.2: RTCP is authenticated but not encrypted. */
  readonly unencryptedSrtcp?: boolean
}

/** Everything a master key gives: session keys in use, ready for packets. */
export interface SessionKeys {
  readonly rtpTagBytes: number
  readonly unencryptedSrtcp: boolean
  readonly rtpStream: CounterKeyStream
  readonly rtpTag: HmacSha1
  readonly rtcpStream: CounterKeyStream
  readonly rtcpTag: HmacSha1
}

/** Derives the session keys of a master key. Throws RangeError where the key has not 30 bytes. */
export function deriveSessionKeys(master: SrtpMaster): SessionKeys {
  if (master.key.length !== 30) throw new RangeError('an SRTP master key and salt have 30 bytes')
  const [rtpKey, rtpTagKey, rtpSalt, rtcpKey, rtcpTagKey, rtcpSalt] = deriveKeys(master.key, allSessionKeys)
  return {
    rtpTagBytes: srtpSuites[master.suite].rtpTagBytes,
    unencryptedSrtcp: master.unencryptedSrtcp ?? false,
    rtpStream: new CounterKeyStream(rtpKey!, rtpSalt!),
    rtpTag: new HmacSha1(rtpTagKey!),
    rtcpStream: new CounterKeyStream(rtcpKey!, rtcpSalt!),
    rtcpTag: new HmacSha1(rtcpTagKey!),
  }
}

/** RFC 3711 §4.3.2. */
export const Label = {
  rtpEncryption: 0,
  rtpAuthentication: 1,
  rtpSalt: 2,
  rtcpEncryption: 3,
  rtcpAuthentication: 4,
  rtcpSalt: 5,
} as const

/** A session key: its label and its length in bytes. */
type WantedKey = readonly [label: number, bytes: number]

const allSessionKeys: readonly WantedKey[] = [
  [Label.rtpEncryption, 16],
  [Label.rtpAuthentication, 20],
  [Label.rtpSalt, 14],
  [Label.rtcpEncryption, 16],
  [Label.rtcpAuthentication, 20],
  [Label.rtcpSalt, 14],
]

/**
 * Session keys from key and salt (RFC 3711 §4.3.1), at a key derivation rate of 0. One cipher makes the blocks of all: to make
 * a cipher costs more than what it does here; from raw bytes, which Node tries as an object first, four times as much.
 */
export function deriveKeys(keyAndSalt: Uint8Array, wanted: readonly WantedKey[]): Buffer[] {
  const blocksOf = wanted.map(([, bytes]) => Math.ceil(bytes / blockBytes))
  const counters = Buffer.alloc(blocksOf.reduce((sum, blocks) => sum + blocks, 0) * blockBytes)
  let at = 0
  for (const [index, [label]] of wanted.entries()) {
    for (let block = 0; block < blocksOf[index]!; block++, at += blockBytes) {
      counters.set(keyAndSalt.subarray(16, 30), at)
      counters[at + 7]! ^= label
      counters.writeUInt16BE(block, at + 14)
    }
  }
  const key = createSecretKey(keyAndSalt.subarray(0, 16))
  const cipher = createCipheriv('aes-128-ecb', key, null).setAutoPadding(false)
  const stream = cipher.update(counters)
  let from = 0
  return wanted.map(([, bytes], index) => {
    const key = stream.subarray(from, from + bytes)
    from += blocksOf[index]! * blockBytes
    return key
  })
}

const blockBytes = 16
