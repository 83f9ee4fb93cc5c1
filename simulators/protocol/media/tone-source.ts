/** Samples of a sine wave without a jump between frames, also when its frequency changes. */
export class ToneSource {
  hz: number
  #phase = 0

  constructor(hz: number) {
    this.hz = hz
  }

  /** The next `length` samples at 8 kHz, 16-bit linear; silence where the frequency is 0. */
  next(length: number): Int16Array {
    const samples = new Int16Array(length)
    if (this.hz === 0) return samples
    const step = (2 * Math.PI * this.hz) / sampleRate
    for (let index = 0; index < length; index++) {
      samples[index] = Math.round(amplitude * Math.sin(this.#phase))
      this.#phase = (this.#phase + step) % (2 * Math.PI)
    }
    return samples
  }
}

export const sampleRate = 8_000

/** A quarter of full scale: loud, and far from clipping. */
const amplitude = 8_192
