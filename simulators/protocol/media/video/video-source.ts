import type { Random } from '#runtime/random.ts'
import { packetise } from './packetisation.ts'
import { pictureAt } from './picture-sizes.ts'
import type { PictureSize } from './sequence-parameters.ts'
import { writePictureParameters, writeSequenceParameters, writeSliceStart } from './sequence-parameters.ts'

/**
 * An encoder without a camera: pictures of the right size and form at a bit rate, with noise for macroblocks. A keyframe
 * is larger than the others, which are smaller until what it took is made up for.
 */
export class VideoSource {
  readonly framesPerSecond: number
  readonly #noise: Buffer
  #bitsPerSecond = 0
  #size: PictureSize = { width: 0, height: 0 }
  #frames = 0
  #debtBytes = 0
  #wantsKeyframe = true

  constructor(random: Random, framesPerSecond: number) {
    this.framesPerSecond = framesPerSecond
    // No zero octets: nothing in it looks like a start code, and nothing needs an emulation prevention octet.
    this.#noise = random.bytes(noiseBytes).map((octet) => octet || 1) as Buffer
  }

  get bitsPerSecond(): number {
    return this.#bitsPerSecond
  }

  /** Of the RTP packets, headers included. A picture of another size begins with a keyframe. */
  setRate(bitsPerSecond: number): void {
    this.#bitsPerSecond = bitsPerSecond
    const size = pictureAt(bitsPerSecond)
    if (size.width === this.#size.width) return
    this.#size = size
    this.#wantsKeyframe = true
  }

  /** The next picture is one that needs no other. */
  requestKeyframe(): void {
    this.#wantsKeyframe = true
  }

  /** Payloads of the next picture. */
  next(): Buffer[] {
    const isKeyframe = this.#wantsKeyframe
    this.#wantsKeyframe = false
    const share = this.#bitsPerSecond / 8 / this.framesPerSecond
    const bytes = Math.max(isKeyframe ? share * keyframeShares : Math.max(share - this.#debtBytes, share / 4), 64)
    const payloads = packetise(this.#picture(isKeyframe, bytes), mostPayloadBytes)
    const sent = payloads.reduce((sum, payload) => sum + rtpHeaderBytes + payload.length, 0)
    this.#debtBytes = Math.max(0, this.#debtBytes + sent - share)
    return payloads
  }

  #picture(isKeyframe: boolean, bytes: number): Buffer[] {
    const start = writeSliceStart(isKeyframe, isKeyframe ? 0 : this.#frames)
    this.#frames = isKeyframe ? 1 : this.#frames + 1
    const packets = Math.ceil(bytes / mostPayloadBytes)
    const length = Math.max(1, Math.round(bytes) - start.length - packets * (rtpHeaderBytes + 2))
    const slice = Buffer.concat([start, ...this.#macroblocks(length)])
    return isKeyframe ? [writeSequenceParameters(this.#size), writePictureParameters(), slice] : [slice]
  }

  *#macroblocks(length: number): Iterable<Buffer> {
    for (let left = length; left > 0; left -= noiseBytes) yield this.#noise.subarray(0, Math.min(left, noiseBytes))
  }
}

const noiseBytes = 4_096
const rtpHeaderBytes = 12
/** With headers and tag below every path's limit. */
const mostPayloadBytes = 1_200
const keyframeShares = 3
