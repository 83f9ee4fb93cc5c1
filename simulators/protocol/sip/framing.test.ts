import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { StreamFramer } from './framing.ts'

const one = Buffer.from('OPTIONS sip:a SIP/2.0\r\nCall-ID: 1\r\nl : 4\r\n\r\nbody')
const two = Buffer.from('SIP/2.0 200 OK\r\nContent-Length:\r\n 0\r\n\r\n')
const limits = { maxMessageBytes: 200 }

describe('StreamFramer', () => {
  test('gives the same messages however TCP cuts the bytes', () => {
    const stream = Buffer.concat([one, two, Buffer.from('\r\n\r\n'), two, one])
    const whole = new StreamFramer(limits).push(stream)
    expect(whole.map((each) => each.kind)).toEqual(['message', 'message', 'ping', 'message', 'message'])
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1 }), (sizes) => {
        const framer = new StreamFramer(limits)
        const framed = []
        for (let at = 0, turn = 0; at < stream.length; turn++) {
          const size = sizes[turn % sizes.length]!
          framed.push(...framer.push(stream.subarray(at, at + size)))
          at += size
        }
        expect(framed).toEqual(whole)
        expect(framer.hasPartial).toBe(false)
      }),
    )
  })

  test.each<[string, string, string]>([
    ['no Content-Length', 'OPTIONS sip:a SIP/2.0\r\nCall-ID: 1\r\n\r\n', 'RFC 3261 §18.3'],
    ['two of them', 'OPTIONS sip:a SIP/2.0\r\nl: 0\r\nContent-Length: 4\r\n\r\n', 'RFC 3261 §18.3'],
    ['a negative one', 'OPTIONS sip:a SIP/2.0\r\nl: -1\r\n\r\n', 'RFC 3261 §18.3'],
    ['an announced body beyond the limit', 'OPTIONS sip:a SIP/2.0\r\nl: 9000\r\n\r\n', 'RFC 3261 §21.5.7'],
    ['a head beyond the limit', `OPTIONS sip:${'a'.repeat(300)}`, 'RFC 3261 §21.5.7'],
  ])('refuses %s and reads nothing more', (_, text, clause) => {
    const framer = new StreamFramer(limits)
    expect(framer.push(Buffer.from(text)).at(-1)).toMatchObject({ kind: 'problem', clause })
    expect(framer.push(one)).toEqual([])
  })
})
