import { sequenceOf, ssrcOf, timestampOf } from './rtp-header.ts'

/** What was observed of the RTP that came in on one side. */
export interface ReceptionFigures {
  readonly packets: number
  /** RTP packets as a whole, headers included, SRTP tags not. */
  readonly octets: number
  /** Gaps in the sequence numbers; packets that came late fill theirs again. */
  readonly lost: number
  /** Interarrival jitter in milliseconds (RFC 3550 §6.4.1). */
  readonly jitterMs: number
}

/** Counts received RTP packets, their gaps and their jitter (RFC 3550 appendix A.3 and A.8). */
export class Reception {
  readonly #clockRate: number
  #packets = 0
  #octets = 0
  #lostBefore = 0
  #ssrc = -1
  #first = 0
  #highest = 0
  #received = 0
  #transit = 0
  #jitter = 0

  /** `clockRate`: timestamp units a second of the media that is expected. */
  constructor(clockRate: number) {
    this.#clockRate = clockRate
  }

  /** Takes a well-formed RTP packet that arrived at so many nanoseconds. */
  take(packet: Uint8Array, arrivedNs: number): void {
    this.#packets++
    this.#octets += packet.length
    const ssrc = ssrcOf(packet)
    const sequence = sequenceOf(packet)
    const transit = (arrivedNs * this.#clockRate) / 1e9 - timestampOf(packet)
    if (ssrc !== this.#ssrc) return this.#beginSource(ssrc, sequence, transit)
    this.#received++
    // The nearest sequence number to the highest so far, on either side of a wrap.
    const ahead = (((sequence - this.#highest) & 0xffff) ^ 0x8000) - 0x8000
    if (ahead > 0) this.#highest += ahead
    const difference = Math.abs(transit - this.#transit)
    this.#transit = transit
    // A jump of the timestamps (a new talk spurt of another sender, their wrap) is no jitter.
    if (difference < this.#clockRate) this.#jitter += (difference - this.#jitter) / 16
  }

  figures(): ReceptionFigures {
    return {
      packets: this.#packets,
      octets: this.#octets,
      lost: this.#lostBefore + this.#lostOfSource(),
      jitterMs: (this.#jitter * 1000) / this.#clockRate,
    }
  }

  #beginSource(ssrc: number, sequence: number, transit: number): void {
    this.#lostBefore += this.#lostOfSource()
    this.#ssrc = ssrc
    this.#first = sequence
    this.#highest = sequence
    this.#received = 1
    this.#transit = transit
  }

  #lostOfSource(): number {
    return this.#ssrc === -1 ? 0 : Math.max(0, this.#highest - this.#first + 1 - this.#received)
  }
}
