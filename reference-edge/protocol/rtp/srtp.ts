import { controlSsrcOf, isRtcp } from './rtcp.ts'
import { rtpHeaderLength, sequenceOf, ssrcOf } from './rtp-header.ts'
import { SourceTable } from './source-state.ts'
import type { SessionKeys, SrtpMaster } from './srtp-keys.ts'
import { deriveSessionKeys, srtcpTagBytes, srtpSuites } from './srtp-keys.ts'

/** Why a packet was not taken. */
export const Refusal = {
  malformed: 'malformed',
  authentication: 'authentication',
  replay: 'replay',
  sources: 'sources',
  exhausted: 'exhausted',
  /** No key is known yet. */
  unkeyed: 'unkeyed',
} as const
export type Refusal = (typeof Refusal)[keyof typeof Refusal]

/**
 * The sending side of one master key (RFC 3711). As a relay it takes packets in the order the network brought them, so
 * it guesses roll-overs like a receiver does, and it refuses an index used before: the same key stream twice would give
 * both packets away.
 */
export class SrtpSender {
  #keys: SessionKeys
  readonly #sources = new SourceTable()
  #rtcpIndex = 0

  constructor(master: SrtpMaster) {
    this.#keys = deriveSessionKeys(master)
  }

  /**
   * Changes to what the other end chose of the lines that offered this key. Which packets were sent stays known: under
   * the same key both suites have the same key stream.
   */
  change({ suite, unencryptedSrtcp = false }: Pick<SrtpMaster, 'suite' | 'unencryptedSrtcp'>): void {
    this.#keys = { ...this.#keys, rtpTagBytes: srtpSuites[suite].rtpTagBytes, unencryptedSrtcp }
  }

  /** The SRTP packet of an RTP packet, in a new buffer. */
  protect(packet: Buffer): Buffer | Refusal {
    const end = packet.length
    const payload = rtpHeaderLength(packet, end)
    if (payload === 0) return Refusal.malformed
    const ssrc = ssrcOf(packet)
    const sequence = sequenceOf(packet)
    if (!this.#sources.mayAdd(ssrc)) return Refusal.sources
    const state = this.#sources.claim(ssrc)
    const rollover = state.guessRollover(sequence)
    if (state.isReplay(rollover, sequence)) return Refusal.replay
    state.accept(rollover, sequence)
    const { rtpTag, rtpStream, rtpTagBytes } = this.#keys
    const secured = Buffer.allocUnsafe(end + rtpTagBytes)
    secured.set(packet)
    rtpStream.apply(secured, payload, end, ssrc, rollover, sequence)
    rtpTag.compute(secured, end, rollover)
    rtpTag.write(secured, end, rtpTagBytes)
    return secured
  }

  /** The SRTCP packet of a compound RTCP packet, in a new buffer. */
  protectControl(packet: Buffer): Buffer | Refusal {
    const end = packet.length
    if (!isRtcp(packet, end)) return Refusal.malformed
    // RFC 3711 §9.2: after 2^31 packets the key is used up.
    if (this.#rtcpIndex === 0x8000_0000) return Refusal.exhausted
    const index = this.#rtcpIndex++
    const { rtcpTag, rtcpStream, unencryptedSrtcp } = this.#keys
    const secured = Buffer.allocUnsafe(end + 4 + srtcpTagBytes)
    secured.set(packet)
    if (!unencryptedSrtcp) rtcpStream.apply(secured, 8, end, controlSsrcOf(packet), index >>> 16, index & 0xffff)
    secured.writeUInt32BE((unencryptedSrtcp ? index : index | 0x8000_0000) >>> 0, end)
    rtcpTag.compute(secured, end + 4, -1)
    rtcpTag.write(secured, end + 4, srtcpTagBytes)
    return secured
  }
}

/** The receiving side of one master key. Nothing is remembered of a packet whose tag is wrong. */
export class SrtpReceiver {
  readonly #keys: SessionKeys
  readonly #sources = new SourceTable()
  readonly #controlSources = new SourceTable()

  constructor(master: SrtpMaster) {
    this.#keys = deriveSessionKeys(master)
  }

  get rtpTagBytes(): number {
    return this.#keys.rtpTagBytes
  }

  /** Checks an SRTP packet and decrypts it in place; the RTP packet is a part of the same memory. */
  unprotect(packet: Buffer): Buffer | Refusal {
    const payload = rtpHeaderLength(packet, packet.length - this.#keys.rtpTagBytes)
    if (payload === 0) return Refusal.malformed
    const ssrc = ssrcOf(packet)
    const sequence = sequenceOf(packet)
    const rollover = this.#sources.peek(ssrc).guessRollover(sequence)
    const refusal = this.#admit(packet, ssrc, sequence, rollover)
    if (refusal !== undefined) return refusal
    const end = packet.length - this.#keys.rtpTagBytes
    this.#keys.rtpStream.apply(packet, payload, end, ssrc, rollover, sequence)
    return packet.subarray(0, end)
  }

  /** Checks an SRTP packet and leaves it as it is. A good one counts as seen, a bad one leaves no trace. */
  verifyOnly(packet: Buffer): Refusal | undefined {
    if (rtpHeaderLength(packet, packet.length - this.#keys.rtpTagBytes) === 0) return Refusal.malformed
    const ssrc = ssrcOf(packet)
    const sequence = sequenceOf(packet)
    return this.#admit(packet, ssrc, sequence, this.#sources.peek(ssrc).guessRollover(sequence))
  }

  /** Checks an SRTCP packet and decrypts it in place; the RTCP packet is a part of the same memory. */
  unprotectControl(packet: Buffer): Buffer | Refusal {
    const refusal = this.verifyControlOnly(packet)
    if (refusal !== undefined) return refusal
    const end = packet.length - srtcpTagBytes - 4
    const index = packet.readUInt32BE(end)
    if (index >= 0x8000_0000) {
      const high = (index & 0x7fff_ffff) >>> 16
      this.#keys.rtcpStream.apply(packet, 8, end, controlSsrcOf(packet), high, index & 0xffff)
    }
    return packet.subarray(0, end)
  }

  /** Checks an SRTCP packet and leaves it as it is. */
  verifyControlOnly(packet: Buffer): Refusal | undefined {
    const end = packet.length - srtcpTagBytes - 4
    if (!isRtcp(packet, end)) return Refusal.malformed
    const flagged = packet.readUInt32BE(end)
    // Clear RTCP is only taken where it was agreed upon, though its tag may be right.
    if (flagged < 0x8000_0000 !== this.#keys.unencryptedSrtcp) return Refusal.malformed
    const ssrc = controlSsrcOf(packet)
    const high = (flagged & 0x7fff_ffff) >>> 16
    const low = flagged & 0xffff
    const state = this.#controlSources.peek(ssrc)
    if (state.isReplay(high, low)) return Refusal.replay
    const { rtcpTag } = this.#keys
    rtcpTag.compute(packet, end + 4, -1)
    if (!rtcpTag.matches(packet, end + 4, srtcpTagBytes)) return Refusal.authentication
    if (!this.#controlSources.mayAdd(ssrc)) return Refusal.sources
    this.#controlSources.claim(ssrc).accept(high, low)
    return undefined
  }

  // RFC 3711 §3.3: replay check before authentication, update of the replay list after it.
  #admit(packet: Buffer, ssrc: number, sequence: number, rollover: number): Refusal | undefined {
    if (this.#sources.peek(ssrc).isReplay(rollover, sequence)) return Refusal.replay
    const { rtpTag, rtpTagBytes } = this.#keys
    const end = packet.length - rtpTagBytes
    rtpTag.compute(packet, end, rollover)
    if (!rtpTag.matches(packet, end, rtpTagBytes)) return Refusal.authentication
    if (!this.#sources.mayAdd(ssrc)) return Refusal.sources
    this.#sources.claim(ssrc).accept(rollover, sequence)
    return undefined
  }
}
