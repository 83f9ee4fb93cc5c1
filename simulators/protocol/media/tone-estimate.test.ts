import fc from 'fast-check'
import { expect, test } from 'vitest'
import { seededRandom } from '#runtime/random.ts'
import { decodeMuLaw, encodeMuLaw } from './mu-law.ts'
import { estimateTone, estimateTones } from './tone-estimate.ts'
import { ToneSource } from './tone-source.ts'

const heard = (hz: number, length = 4_000) => decodeMuLaw(encodeMuLaw(new ToneSource(hz).next(length)))

test('half a second of a tone is read to a tenth of a hertz through G.711', () => {
  fc.assert(
    fc.property(fc.double({ min: 200, max: 3_500, noNaN: true }), (hz) => {
      expect(estimateTone(heard(hz))?.hz).toBeCloseTo(hz, 1)
    }),
    { numRuns: 50 },
  )
})

test('437 Hz and 441 Hz are told apart in a quarter of a second', () => {
  expect(estimateTone(heard(437, 2_000))?.hz).toBeCloseTo(437, 0)
  expect(estimateTone(heard(441, 2_000))?.hz).toBeCloseTo(441, 0)
})

test('silence, noise and too short a piece are no tone', () => {
  const random = seededRandom('noise')
  const noise = Int16Array.from({ length: 4_000 }, () => random.integer(-8_000, 8_000))
  expect(estimateTone(new Int16Array(4_000))).toBeUndefined()
  expect(estimateTone(noise)).toBeUndefined()
  expect(estimateTone(heard(440, 160))).toBeUndefined()
})

test('a tone with two lost packets in half a second is still read', () => {
  const samples = heard(523)
  samples.fill(0, 800, 960)
  samples.fill(0, 2_400, 2_560)
  expect(estimateTone(samples)?.hz).toBeCloseTo(523, 0)
})

test('µ-law keeps every one of its codes', () => {
  const codes = Uint8Array.from({ length: 256 }, (_, index) => index)
  const again = encodeMuLaw(decodeMuLaw(codes))
  // 0x7f is minus zero, which linear PCM does not have.
  expect([...again].filter((code, index) => code !== codes[index] && index !== 0x7f)).toEqual([])
})

test('two tones that sound together are both named, noise is not', () => {
  const [one, other] = [new ToneSource(438), new ToneSource(623)]
  const mixed = one.next(1280).map((sample, index) => sample + other.next(1)[0]! * (index >= 0 ? 0.7 : 0))
  const tones = estimateTones(mixed)
  expect(tones).toHaveLength(2)
  expect(Math.abs(tones[0]! - 438)).toBeLessThan(4)
  expect(Math.abs(tones[1]! - 623)).toBeLessThan(4)
  const random = seededRandom('noise')
  expect(estimateTones(Int16Array.from({ length: 1280 }, () => random.integer(-8000, 8000)))).toEqual([])
})
