import fc from 'fast-check'
import { expect, test } from 'vitest'
import { StreamFraming, UnreadableStream } from './stream-framing.ts'

const message = fc
  .record({
    name: fc.constantFrom('Content-Length', 'content-length', 'l', 'L '),
    body: fc.string({ unit: 'grapheme' }),
  })
  .map(
    ({ name, body }) => `INFO sip:a@b SIP/2.0\r\n${name}: ${Buffer.byteLength(body)}\r\nTo: <sip:a@b>\r\n\r\n${body}`,
  )

test('however a stream is split, the same messages come out', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ message, blank: fc.constantFrom('', '\r\n', '\r\n\r\n') }), { minLength: 1, maxLength: 6 }),
      fc.infiniteStream(fc.integer({ min: 1, max: 90 })),
      (parts, sizes) => {
        const stream = Buffer.from(parts.map(({ message: text, blank }) => blank + text).join(''))
        const framing = new StreamFraming()
        const found: string[] = []
        for (let at = 0; at < stream.length;) {
          const size = sizes.next().value as number
          found.push(...framing.push(stream.subarray(at, at + size)).map(String))
          at += size
        }
        expect(found).toEqual(parts.map(({ message: text }) => text))
      },
    ),
  )
})

test('a message without Content-Length has no body', () => {
  const framing = new StreamFraming()
  expect(framing.push(Buffer.from('SIP/2.0 416 No\r\nVia: x\r\n\r\nSIP/2.0 200 OK\r\n\r\n')).map(String)).toEqual([
    'SIP/2.0 416 No\r\nVia: x\r\n\r\n',
    'SIP/2.0 200 OK\r\n\r\n',
  ])
})

test.each([
  ['a length that is no number', 'INFO a SIP/2.0\r\nContent-Length: -1\r\n\r\n'],
  ['a length beyond reason', 'INFO a SIP/2.0\r\nContent-Length: 999999999\r\n\r\n'],
  ['a head without end', 'x'.repeat(40_000)],
])('%s ends the stream', (_name, text) => {
  expect(() => new StreamFraming().push(Buffer.from(text))).toThrow(UnreadableStream)
})
