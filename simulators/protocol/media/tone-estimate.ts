import { sampleRate } from './tone-source.ts'

/** The dominant tone of a piece of audio. */
export interface ToneEstimate {
  readonly hz: number
  /** Loudness of the whole piece in dB below full scale, for example -15. */
  readonly level: number
}

/**
 * Estimates the dominant frequency of samples at 8 kHz; undefined where it is silent, too short, or noise without a tone.
 * A Hann window, a Fourier transform padded to at least twice the length, and a parabola through the logarithms of the
 * three highest bins: half a second of a clean tone is read to well below a tenth of a hertz.
 */
export function estimateTone(samples: ArrayLike<number>): ToneEstimate | undefined {
  if (samples.length < shortest) return undefined
  const level = levelOf(samples)
  if (level < silence) return undefined
  const power = powerSpectrum(samples)
  const peak = highestBin(power)
  const lobe = Math.ceil((2 * power.length * 2) / samples.length)
  if (peak <= lobe || shareAround(power, peak, lobe) < dominance) return undefined
  const [before, at, after] = [power[peak - 1]!, power[peak]!, power[peak + 1]!].map((value) => Math.log(value + 1e-12))
  const offset = (before! - after!) / (2 * (before! - 2 * at! + after!))
  return { hz: ((peak + offset) * sampleRate) / (power.length * 2), level }
}

/**
 * The frequencies that sound together, the loudest first, as in a conference: those at most 15 dB below the loudest.
 * None where it is silent, too short, or noise.
 */
export function estimateTones(samples: ArrayLike<number>): number[] {
  if (samples.length < shortest || levelOf(samples) < silence) return []
  const power = powerSpectrum(samples)
  const lobe = Math.ceil((2 * power.length * 2) / samples.length)
  const loudest = power[highestBin(power)]!
  const tones: number[] = []
  let share = 0
  while (tones.length < mostTones) {
    const peak = highestBin(power)
    if (peak <= lobe || power[peak]! < loudest * quietest) break
    share += shareAround(power, peak, lobe)
    tones.push((peak * sampleRate) / (power.length * 2))
    // What is left is judged without it.
    power.fill(0, peak - lobe, peak + lobe + 1)
  }
  return share < dominance ? [] : tones
}

const mostTones = 4
/** 15 dB. */
const quietest = 10 ** -1.5

/** 50 ms. */
const shortest = sampleRate / 20
/** dB below full scale. */
const silence = -60
/** Least share of the energy within the main lobe of the highest bin. */
const dominance = 0.5

function levelOf(samples: ArrayLike<number>): number {
  let sum = 0
  for (let index = 0; index < samples.length; index++) sum += samples[index]! ** 2
  return 10 * Math.log10(sum / samples.length / 32_768 ** 2 + 1e-12)
}

function powerSpectrum(samples: ArrayLike<number>): Float64Array {
  const size = 2 ** Math.ceil(Math.log2(samples.length * 2))
  const real = new Float64Array(size)
  const imaginary = new Float64Array(size)
  for (let index = 0; index < samples.length; index++) {
    const hann = 0.5 - 0.5 * Math.cos((2 * Math.PI * index) / (samples.length - 1))
    real[index] = samples[index]! * hann
  }
  transform(real, imaginary)
  const power = new Float64Array(size / 2)
  for (let bin = 0; bin < power.length; bin++) power[bin] = real[bin]! ** 2 + imaginary[bin]! ** 2
  return power
}

function highestBin(power: Float64Array): number {
  let highest = 1
  for (let bin = 1; bin < power.length - 1; bin++) if (power[bin]! > power[highest]!) highest = bin
  return highest
}

function shareAround(power: Float64Array, peak: number, lobe: number): number {
  let total = 0
  let near = 0
  for (let bin = 0; bin < power.length; bin++) {
    total += power[bin]!
    if (Math.abs(bin - peak) <= lobe) near += power[bin]!
  }
  return near / total
}

/** Radix-2 fast Fourier transform in place; the length is a power of two. */
function transform(real: Float64Array, imaginary: Float64Array): void {
  reorder(real, imaginary)
  for (let size = 2; size <= real.length; size *= 2) {
    const half = size / 2
    for (let offset = 0; offset < half; offset++) {
      const cosine = Math.cos((-2 * Math.PI * offset) / size)
      const sine = Math.sin((-2 * Math.PI * offset) / size)
      for (let low = offset; low < real.length; low += size) {
        const high = low + half
        const re = real[high]! * cosine - imaginary[high]! * sine
        const im = real[high]! * sine + imaginary[high]! * cosine
        real[high] = real[low]! - re
        imaginary[high] = imaginary[low]! - im
        real[low] = real[low]! + re
        imaginary[low] = imaginary[low]! + im
      }
    }
  }
}

function reorder(real: Float64Array, imaginary: Float64Array): void {
  for (let index = 1, mirrored = 0; index < real.length; index++) {
    let bit = real.length >> 1
    for (; mirrored & bit; bit >>= 1) mirrored ^= bit
    mirrored ^= bit
    if (index >= mirrored) continue
    ;[real[index], real[mirrored]] = [real[mirrored]!, real[index]!]
    ;[imaginary[index], imaginary[mirrored]] = [imaginary[mirrored]!, imaginary[index]!]
  }
}
