import { createHash, timingSafeEqual } from 'node:crypto'
import type { NtpMac, NtpPacket } from './packet.ts'

export interface NtpKey {
  /** 1 to 65535. */
  readonly id: number
  readonly hash: 'MD5' | 'SHA-1'
  /** As in a key file: up to 20 characters as they are, longer ones hexadecimal. */
  readonly key: string
}

/** RFC 5905 §7.3, appendix A.2: the digest of the key followed by the packet. */
export function macOf(covered: Buffer, { id, hash, key }: NtpKey): NtpMac {
  const digest = createHash(hash === 'MD5' ? 'md5' : 'sha1')
    .update(secretOf(key))
    .update(covered)
    .digest()
  return { keyId: id, digest }
}

export function isMacGood({ mac, covered }: NtpPacket, key: NtpKey): boolean {
  if (mac === undefined || mac.keyId !== key.id) return false
  const { digest } = macOf(covered, key)
  return mac.digest.length === digest.length && timingSafeEqual(mac.digest, digest)
}

/** Why a text cannot be a key; undefined where it can. */
export function problemOfKey(key: string): string | undefined {
  if (key === '') return 'the key is empty'
  if (key.length <= longestPlainKey) return undefined
  const isHexadecimal = key.length <= longestKey && key.length % 2 === 0 && /^[0-9a-f]+$/i.test(key)
  return isHexadecimal ? undefined : `a key of more than ${longestPlainKey} characters is hexadecimal`
}

function secretOf(key: string): Buffer {
  return key.length > longestPlainKey ? Buffer.from(key, 'hex') : Buffer.from(key, 'latin1')
}

const longestPlainKey = 20
const longestKey = 128
