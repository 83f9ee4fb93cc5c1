import type { MonotonicClock } from '#runtime/clock.ts'
import { Depacketiser } from './packetisation.ts'
import { pictureName } from './picture-sizes.ts'
import { readPictureSize } from './sequence-parameters.ts'

export interface WatchedReport {
  /** Whole pictures, and those of them that need no other. */
  readonly frames: number
  readonly keyframes: number
  /** Pictures with a missing packet, or that refer to a picture never seen. */
  readonly spoiled: number
  /** RTP, headers included, of the last second; of the time watched where that is shorter but half a second at least. */
  readonly kbps?: number
  /** Size of the pictures: `720p`, `w448p`, `w288p`, `w144p`. */
  readonly picture?: string
}

/** What an endpoint sees of a video stream. */
export class WatchedVideo {
  readonly #clock: MonotonicClock
  readonly #depacketiser = new Depacketiser()
  #arrivals: { readonly at: bigint; readonly bytes: number }[] = []
  #began: bigint | undefined
  #sequence: number | undefined
  #picture: string | undefined
  #isSpoiled = false
  #hasReference = false
  #isKeyframe = false
  #frames = 0
  #keyframes = 0
  #spoiled = 0

  constructor(clock: MonotonicClock) {
    this.#clock = clock
  }

  /** True while a picture that needs no other is missing: time to ask for one. */
  get needsKeyframe(): boolean {
    return this.#began !== undefined && !this.#hasReference
  }

  /** Another source begins. */
  clear(): void {
    this.#depacketiser.reset()
    this.#sequence = undefined
    this.#hasReference = false
  }

  take(packet: { readonly sequence: number; readonly marker: boolean; readonly payload: Buffer }): void {
    const { sequence, marker, payload } = packet
    this.#measure(rtpHeaderBytes + payload.length)
    if (this.#sequence !== undefined && sequence !== ((this.#sequence + 1) & 0xffff)) this.#spoil()
    this.#sequence = sequence
    const nals = this.#depacketiser.take(payload)
    if (nals === undefined) this.#spoil()
    for (const nal of nals ?? []) this.#takeNal(nal)
    if (marker) this.#endPicture()
  }

  report(): WatchedReport {
    const kbps = this.#kbps()
    return {
      frames: this.#frames,
      keyframes: this.#keyframes,
      spoiled: this.#spoiled,
      ...(kbps === undefined ? {} : { kbps }),
      ...(this.#picture === undefined ? {} : { picture: this.#picture }),
    }
  }

  #takeNal(nal: Buffer): void {
    const type = nal[0]! & 0x1f
    if (type === sequenceParameters) {
      const size = readPictureSize(nal)
      if (size !== undefined) this.#picture = pictureName(size)
    }
    if (type === keyframeSlice) this.#isKeyframe = true
  }

  #spoil(): void {
    this.#isSpoiled = true
    this.#depacketiser.reset()
  }

  #endPicture(): void {
    if (this.#isKeyframe && !this.#isSpoiled) this.#hasReference = true
    if (this.#isSpoiled || !this.#hasReference) this.#spoiled++
    else this.#frames++
    if (this.#isSpoiled) this.#hasReference = false
    else if (this.#isKeyframe) this.#keyframes++
    this.#isSpoiled = false
    this.#isKeyframe = false
  }

  #measure(bytes: number): void {
    const at = this.#clock.now()
    this.#began ??= at
    this.#arrivals.push({ at, bytes })
    if (this.#arrivals.length < mostArrivals) return
    this.#arrivals = this.#arrivals.filter((arrival) => arrival.at > at - windowNs).slice(-mostArrivals / 2)
  }

  #kbps(): number | undefined {
    const now = this.#clock.now()
    if (this.#began === undefined || now - this.#began < windowNs / 2n) return undefined
    const since = this.#began > now - windowNs ? this.#began : now - windowNs
    const bytes = this.#arrivals.reduce((sum, arrival) => (arrival.at >= since ? sum + arrival.bytes : sum), 0)
    return Math.round((bytes * 8 * 1e6) / Number(now - since))
  }
}

const sequenceParameters = 7
const keyframeSlice = 5
const rtpHeaderBytes = 12
const windowNs = 1_000_000_000n
/** Two seconds of 6000 kbps. */
const mostArrivals = 2_048
