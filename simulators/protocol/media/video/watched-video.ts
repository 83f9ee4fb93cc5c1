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
  /**
   * RTP, headers included, of the last second by the sender's timestamps: what a busy machine brings in bursts counts
   * when it was sent. Of the time watched where that is half a second at least; absent when nothing comes any more.
   */
  readonly kbps?: number
  /** Size of the pictures: `720p`, `w448p`, `w288p`, `w144p`. */
  readonly picture?: string
}

/** What an endpoint sees of a video stream. */
export class WatchedVideo {
  readonly #clock: MonotonicClock
  readonly #depacketiser = new Depacketiser()
  /** Bytes of each picture, the newest last. */
  #pictures: { readonly timestamp: number; bytes: number }[] = []
  #lastArrival: bigint | undefined
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
    return this.#lastArrival !== undefined && !this.#hasReference
  }

  /** Another source begins. */
  clear(): void {
    this.#depacketiser.reset()
    this.#sequence = undefined
    this.#hasReference = false
    this.#pictures = []
  }

  take(packet: VideoPacket): void {
    const { sequence, timestamp, marker, payload } = packet
    this.#measure(timestamp, rtpHeaderBytes + payload.length)
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

  #measure(timestamp: number, bytes: number): void {
    this.#lastArrival = this.#clock.now()
    const newest = this.#pictures.at(-1)
    if (newest?.timestamp === timestamp) newest.bytes += bytes
    else this.#pictures.push({ timestamp, bytes })
    if (this.#pictures.length > mostPictures) this.#pictures.shift()
  }

  #kbps(): number | undefined {
    const newest = this.#pictures.at(-1)
    if (newest === undefined || this.#clock.now() - this.#lastArrival! > silenceNs) return undefined
    // The newest may not be whole yet; what it has is left out, and the time up to it counts.
    const age = ({ timestamp }: { readonly timestamp: number }) => (newest.timestamp - timestamp) >>> 0
    const recent = this.#pictures.slice(0, -1).filter((picture) => age(picture) <= clockRate)
    const units = recent.length === 0 ? 0 : age(recent[0]!)
    if (units < clockRate / 2) return undefined
    const total = recent.reduce((sum, { bytes }) => sum + bytes, 0)
    return Math.round((total * 8 * clockRate) / units / 1_000)
  }
}

/** An RTP packet of a video stream. */
export interface VideoPacket {
  readonly sequence: number
  readonly timestamp: number
  readonly marker: boolean
  readonly payload: Buffer
}

const sequenceParameters = 7
const keyframeSlice = 5
const rtpHeaderBytes = 12
const clockRate = 90_000
/** Pictures of a second and some. */
const mostPictures = 64
const silenceNs = 1_500_000_000n
