import type { Clocks, Timer } from '#runtime/clock.ts'
import type { Random } from '#runtime/random.ts'
import { floorProbe } from '../../protocol/bfcp/floor-header.ts'
import { emptyReceiverReport } from '../../protocol/rtp/rtcp.ts'
import { emptyRtpPacket } from '../../protocol/rtp/rtp-header.ts'
import type { MediaLeg } from './media-leg.ts'

export interface ProbeTimes {
  /** Between probes while the way is being opened. Default 200. */
  readonly openingMs: number
  /** Probes sent at that pace at most. Default 50. */
  readonly openingCount: number
  /** Between probes that keep the way open, by the host's wall clock. Default 20 000. */
  readonly keepaliveMs: number
}

export const defaultProbeTimes: ProbeTimes = { openingMs: 200, openingCount: 50, keepaliveMs: 20_000 }

/** Payload type of probes; no codec uses it, and the other end drops them. */
const probePayloadType = 127

/**
 * Opens the inner firewall for a stream and keeps it open. Only the Control may begin across that firewall, and the
 * Expressway sends nothing before it heard a packet with a right tag: so probes are SRTP and SRTCP, plain ones only where
 * nothing of the leg is encrypted.
 */
export class Prober {
  readonly #leg: MediaLeg
  readonly #clocks: Clocks
  readonly #times: ProbeTimes
  readonly #carries: 'RTP' | 'BFCP'
  readonly #ssrc: number
  #sequence: number
  #sent = 0
  #opening: Timer | undefined
  #keepalive: Timer | undefined

  constructor(options: {
    leg: MediaLeg
    clocks: Clocks
    random: Random
    times: ProbeTimes
    /** Default RTP. */
    carries?: 'RTP' | 'BFCP'
  }) {
    this.#carries = options.carries ?? 'RTP'
    this.#leg = options.leg
    this.#clocks = options.clocks
    this.#times = options.times
    this.#ssrc = options.random.integer(1, 0xffff_ffff)
    this.#sequence = options.random.integer(0, 0x7fff)
  }

  /** Begins anew; the remote end is known now, or has changed. */
  restart(): void {
    this.stop()
    this.#open(this.#times.openingCount)
    this.#keepalive = this.#clocks.wall.every(this.#times.keepaliveMs, 'media keepalive', () => this.#probe())
  }

  stop(): void {
    this.#opening?.cancel()
    this.#keepalive?.cancel()
  }

  #open(left: number): void {
    this.#probe()
    if (left <= 1) return
    this.#opening = this.#clocks.monotonic.after(this.#times.openingMs, () => {
      if (!this.#leg.isHeard) this.#open(left - 1)
    })
  }

  #probe(): void {
    if (this.#carries === 'BFCP') return this.#leg.sendProbe({ rtp: floorProbe(), rtcp: undefined })
    const sequence = (this.#sequence + this.#sent++) & 0xffff
    this.#leg.sendProbe({
      rtp: emptyRtpPacket({ payloadType: probePayloadType, sequence, timestamp: 0, ssrc: this.#ssrc }),
      rtcp: emptyReceiverReport(this.#ssrc),
    })
  }
}
