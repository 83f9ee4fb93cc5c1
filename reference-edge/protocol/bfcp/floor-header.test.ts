import { expect, test } from 'vitest'
import { floorPacketOf, floorProbe } from './floor-header.ts'

const floorRequest = Buffer.from('4001000100000003000100025404'.padEnd(32, '0'), 'hex')

test('a message with the length it says is passed on, a probe is not', () => {
  expect(floorPacketOf(floorRequest)).toBe('message')
  expect(floorPacketOf(floorProbe())).toBe('probe')
})

const changed = (at: number, to: number) => Buffer.from(floorRequest).fill(to, at, at + 1)

test.each([
  ['another version', changed(0, 0x60)],
  ['RTP', changed(0, 0x80)],
  ['a longer payload than there is', changed(3, 2)],
  ['no such primitive', changed(1, 18)],
  ['half a header', floorRequest.subarray(0, 11)],
  ['nothing', Buffer.alloc(0)],
  ['a probe with a payload', changed(1, 0)],
])('%s is neither', (_what, packet) => {
  expect(floorPacketOf(packet)).toBe('malformed')
})

test('the version of the drafts is taken too', () => {
  expect(floorPacketOf(changed(0, 0x20))).toBe('message')
})
