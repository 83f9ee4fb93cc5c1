import { timingSafeEqual } from 'node:crypto'
import { RtpHeader, SrtcpSession, SrtpSession } from 'werift'

/** The two suites of RFC 4568 §6.2 that clients of this release offer. */
export const cryptoSuites = ['AES_CM_128_HMAC_SHA1_80', 'AES_CM_128_HMAC_SHA1_32'] as const
export type CryptoSuite = (typeof cryptoSuites)[number]

/** SRTP and SRTCP of one direction: everything that is protected, or opened, with one master key. */
export interface SrtpDirection {
  protectRtp(header: RtpHeader, payload: Buffer): Buffer
  /** Throws where the authentication tag is wrong. */
  openRtp(packet: Buffer): { header: RtpHeader; payload: Buffer }
  protectRtcp(packet: Buffer): Buffer
  openRtcp(packet: Buffer): Buffer
}

/** `keyAndSalt` is the inline value of the crypto attribute, decoded: 16 bytes of key, 14 of salt. */
export function srtpDirection(suite: CryptoSuite, keyAndSalt: Buffer): SrtpDirection {
  const [key, salt] = [keyAndSalt.subarray(0, 16), keyAndSalt.subarray(16, 30)]
  const keys = { localMasterKey: key, localMasterSalt: salt, remoteMasterKey: key, remoteMasterSalt: salt }
  const rtp = new SrtpSession({ keys, profile: 1 })
  const rtcp = new SrtcpSession({ keys, profile: 1 })
  const isLong = suite === 'AES_CM_128_HMAC_SHA1_80'
  return {
    protectRtp(header, payload) {
      const packet = rtp.encrypt(payload, header)
      // RFC 3711 §4.2: the tag is the leftmost part of the HMAC, so the short one begins the long one.
      return isLong ? packet : packet.subarray(0, packet.length - longTag + shortTag)
    },
    openRtp: (packet) => (isLong ? openLong(rtp, packet) : openShort(rtp, packet)),
    protectRtcp: (packet) => rtcp.encrypt(packet),
    openRtcp: (packet) => rtcp.decrypt(packet),
  }
}

const longTag = 10
const shortTag = 4

function openLong(session: SrtpSession, packet: Buffer) {
  const plain = session.decrypt(packet)
  const header = RtpHeader.deSerialize(plain)
  return { header, payload: plain.subarray(header.payloadOffset, plain.length - header.paddingSize) }
}

/**
 * werift opens long tags only. A counter-mode cipher is its own inverse: encrypting the received text gives the plain
 * text, and encrypting that again gives the received text with the tag it should carry.
 */
function openShort(session: SrtpSession, packet: Buffer) {
  const received = packet.subarray(0, packet.length - shortTag)
  const header = RtpHeader.deSerialize(received)
  const text = received.subarray(header.payloadOffset)
  const opened = session.encrypt(text, header)
  const payload = opened.subarray(header.payloadOffset, header.payloadOffset + text.length)
  const again = session.encrypt(payload, header)
  const tag = again.subarray(received.length, received.length + shortTag)
  if (!timingSafeEqual(tag, packet.subarray(received.length))) throw new Error('wrong authentication tag')
  return { header, payload }
}
