import { createCipheriv } from 'node:crypto'
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
  const key = (label: number, bytes: number) => deriveKey(master.key, label, bytes)
  return {
    rtpTagBytes: srtpSuites[master.suite].rtpTagBytes,
    unencryptedSrtcp: master.unencryptedSrtcp ?? false,
    rtpStream: new CounterKeyStream(key(Label.rtpEncryption, 16), key(Label.rtpSalt, 14)),
    rtpTag: new HmacSha1(key(Label.rtpAuthentication, 20)),
    rtcpStream: new CounterKeyStream(key(Label.rtcpEncryption, 16), key(Label.rtcpSalt, 14)),
    rtcpTag: new HmacSha1(key(Label.rtcpAuthentication, 20)),
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

/** One session key of `bytes` bytes from key and salt (RFC 3711 §4.3.1), at a key derivation rate of 0. */
export function deriveKey(keyAndSalt: Uint8Array, label: number, bytes: number): Buffer {
  const counter = Buffer.alloc(16)
  counter.set(keyAndSalt.subarray(16, 30))
  counter[7]! ^= label
  return createCipheriv('aes-128-ctr', keyAndSalt.subarray(0, 16), counter).update(Buffer.alloc(bytes))
}
