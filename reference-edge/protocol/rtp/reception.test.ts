import { expect, test } from 'vitest'
import { Reception } from './reception.ts'
import { emptyRtpPacket } from './rtp-header.ts'

const packet = (sequence: number, ssrc = 1, timestamp = sequence * 160) =>
  emptyRtpPacket({ payloadType: 0, sequence: sequence & 0xffff, timestamp, ssrc })

/** Packets that arrive every 20 ms. */
function take(reception: Reception, sequences: readonly number[], ssrc = 1): void {
  sequences.forEach((sequence, index) => reception.take(packet(sequence, ssrc), index * 20_000_000))
}

test('counts gaps over the wrap of the sequence number, and late packets back', () => {
  const reception = new Reception(8_000)
  take(reception, [65_533, 65_534, 65_536, 65_538])
  expect(reception.figures()).toMatchObject({ packets: 4, octets: 48, lost: 2 })
  take(reception, [65_537])
  expect(reception.figures().lost).toBe(1)
})

test('a new source begins its own count and keeps the losses of the old one', () => {
  const reception = new Reception(8_000)
  take(reception, [1, 3], 1)
  take(reception, [900, 901, 905], 2)
  expect(reception.figures().lost).toBe(4)
})

test('jitter is nought for a steady stream and follows RFC 3550 for an unsteady one', () => {
  const steady = new Reception(8_000)
  take(steady, [1, 2, 3, 4])
  expect(steady.figures().jitterMs).toBeCloseTo(0)
  const unsteady = new Reception(8_000)
  unsteady.take(packet(1), 0)
  unsteady.take(packet(2), 36_000_000)
  expect(unsteady.figures().jitterMs).toBeCloseTo(1)
})
