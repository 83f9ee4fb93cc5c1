import type { RtcpReceiverInfo } from 'werift'
import type { MonotonicClock } from '#runtime/clock.ts'

/** Statistics of one received source (RFC 3550 §6.4.1 and appendices A.3, A.8). */
export class Reception {
  readonly ssrc: number
  received = 0
  #base: number
  #highest: number
  #cycles = 0
  #expectedBefore = 0
  #receivedBefore = 0
  #jitter = 0
  #transit: number | undefined
  #lastReport: { middle: number; arrived: bigint } | undefined
  readonly #clock: MonotonicClock
  /** Nanoseconds of a timestamp unit. */
  readonly #unitNs: bigint

  constructor(ssrc: number, firstSequence: number, clock: MonotonicClock, clockRate: number) {
    this.ssrc = ssrc
    this.#base = firstSequence
    this.#highest = firstSequence
    this.#clock = clock
    this.#unitNs = BigInt(Math.round(1e9 / clockRate))
  }

  take(sequence: number, timestamp: number): void {
    const ahead = (sequence - this.#highest) & 0xffff
    if (ahead > 0 && ahead < 0x8000) {
      if (sequence < this.#highest) this.#cycles += 0x10000
      this.#highest = sequence
    }
    this.received++
    const transit = (Number((this.#clock.now() / this.#unitNs) & 0xffffffffn) - timestamp) | 0
    if (this.#transit !== undefined) this.#jitter += (Math.abs((transit - this.#transit) | 0) - this.#jitter) / 16
    this.#transit = transit
  }

  /** The sender's clock of its last report, to be echoed. */
  noteSenderReport(ntpTimestamp: bigint): void {
    this.#lastReport = { middle: Number((ntpTimestamp >> 16n) & 0xffffffffn), arrived: this.#clock.now() }
  }

  get lost(): number {
    return Math.max(0, this.#expected - this.received)
  }

  get #expected(): number {
    return this.#cycles + this.#highest - this.#base + 1
  }

  /** The report block about this source, and the start of the next interval. */
  report(): Omit<RtcpReceiverInfo, 'toJSON' | 'serialize'> {
    const expected = this.#expected - this.#expectedBefore
    const lost = Math.max(0, expected - (this.received - this.#receivedBefore))
    this.#expectedBefore = this.#expected
    this.#receivedBefore = this.received
    const sinceReport = this.#lastReport === undefined ? 0n : this.#clock.now() - this.#lastReport.arrived
    return {
      ssrc: this.ssrc,
      fractionLost: expected === 0 ? 0 : Math.min(255, Math.floor((lost * 256) / expected)),
      packetsLost: this.lost,
      highestSequence: this.#cycles + this.#highest,
      jitter: Math.round(this.#jitter),
      lsr: this.#lastReport?.middle ?? 0,
      dlsr: Number((sinceReport * 65_536n) / 1_000_000_000n),
    }
  }
}
