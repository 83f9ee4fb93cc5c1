import type { MonotonicClock } from '#runtime/clock.ts'
import { decodeMuLaw } from './mu-law.ts'
import type { ToneEstimate } from './tone-estimate.ts'
import { estimateTone, estimateTones } from './tone-estimate.ts'

interface Piece {
  readonly arrived: bigint
  /** RTP timestamp, unwrapped by difference to the newest one. */
  readonly timestamp: number
  readonly samples: Int16Array
}

/** The last two seconds of what an endpoint received, each packet at the place its RTP timestamp gives it. */
export class HeardAudio {
  readonly #clock: MonotonicClock
  #pieces: Piece[] = []

  constructor(clock: MonotonicClock) {
    this.#clock = clock
  }

  take(timestamp: number, payload: Buffer): void {
    this.takeSamples(timestamp, decodeMuLaw(payload))
  }

  /** Audio that is decoded already: 16-bit linear at 8 kHz. */
  takeSamples(timestamp: number, samples: Int16Array): void {
    this.#pieces.push({ arrived: this.#clock.now(), timestamp, samples })
    if (this.#pieces.length > mostPieces) this.#pieces.shift()
  }

  /** Forgets what was heard, for example when another source begins to speak. */
  clear(): void {
    this.#pieces = []
  }

  /** The tone of the last `milliseconds`; undefined where less than half of that time was heard. */
  tone(milliseconds: number): ToneEstimate | undefined {
    const samples = this.#lately(milliseconds)
    return samples && estimateTone(samples)
  }

  /** All tones that sounded together in the last `milliseconds`, in Hz, the loudest first. */
  tones(milliseconds: number): number[] {
    const samples = this.#lately(milliseconds)
    return samples === undefined ? [] : estimateTones(samples)
  }

  #lately(milliseconds: number): Int16Array | undefined {
    const since = this.#clock.now() - BigInt(milliseconds + arrivalSlackMs) * 1_000_000n
    const recent = this.#pieces.filter((piece) => piece.arrived >= since)
    const newest = recent.at(-1)
    if (newest === undefined) return undefined
    const length = milliseconds * 8
    const samples = new Int16Array(length)
    let heard = 0
    for (const piece of recent) {
      // RFC 3550 §5.1: the timestamp wraps; the signed 32-bit difference is the distance.
      const start = length - newest.samples.length - ((newest.timestamp - piece.timestamp) | 0)
      if (start < 0 || start + piece.samples.length > length) continue
      samples.set(piece.samples, start)
      heard += piece.samples.length
    }
    return heard < length / 2 ? undefined : samples
  }
}

const mostPieces = 128
/** Packets come in bursts on a busy machine. */
const arrivalSlackMs = 100
