import { expect, test } from 'vitest'
import type { PeerMessage } from './peer-message.ts'
import { encoded, largestMessage, PeerMessageReader } from './peer-message.ts'

const messages: readonly PeerMessage[] = [
  { ask: 1, subject: 'sign-ins', given: { domain: 'bücher.example' } },
  { answer: 1, value: null },
  { answer: 2, refused: 'is busy' },
]
const bytes = Buffer.concat(messages.map(encoded))

test.each([1, 3, 7, bytes.length])('messages come whole out of chunks of %i bytes', (size) => {
  const reader = new PeerMessageReader()
  const found: PeerMessage[] = []
  for (let at = 0; at < bytes.length; at += size) found.push(...reader.push(bytes.subarray(at, at + size)))
  expect(found).toEqual(messages)
})

test('a length beyond all bounds is refused before anything of the message has come', () => {
  const head = Buffer.alloc(4)
  head.writeUInt32BE(largestMessage + 1)
  expect(() => new PeerMessageReader().push(head)).toThrow('too large')
  expect(() => encoded({ answer: 1, value: 'x'.repeat(largestMessage) })).toThrow('too large')
})

test.each(['{}', '[]', '7', '{"ask":-1,"subject":"x","given":1}', '{"ask":1,"given":1}', 'no JSON'])(
  '%s is no message',
  (text) => {
    const head = Buffer.alloc(4)
    head.writeUInt32BE(text.length)
    expect(() => new PeerMessageReader().push(Buffer.concat([head, Buffer.from(text)]))).toThrow()
  },
)
