import { createRequire } from 'node:module'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { attributeValues, connectionAddress, destinationOf, directionOf, payloadFormats } from './attributes.ts'
import { parseSdp, sdpLimits, serialiseSdp } from './session-description.ts'
import { jabberOffer, read } from './offer.fixture.ts'

// The package has no types.
const oracle: { parse(text: string): any; write(session: unknown): string } = createRequire(import.meta.url)(
  'sdp-transform',
)

const problemOf = (text: string | Uint8Array) => {
  const parsed = parseSdp(text)
  return parsed.ok ? undefined : parsed.problem
}

describe('parsing', () => {
  test('keeps every line and its order', () => {
    expect(serialiseSdp(read(jabberOffer))).toBe(jabberOffer)
  })

  test('takes bare LF and a missing last line end', () => {
    expect(serialiseSdp(read(jabberOffer.replaceAll('\r\n', '\n').trimEnd()))).toBe(jabberOffer)
  })

  test('reads bytes as it reads text', () => {
    expect(read(Buffer.from(jabberOffer))).toEqual(read(jabberOffer))
  })

  test.each([
    ['', 0, 'empty'],
    ['hello', 1, 'is not <letter>=<value>'],
    ['v=1\r\no=- 0 0 IN IP4 1.2.3.4\r\n', 1, 'does not begin with v=0'],
    ['v=0\r\ns=-\r\n', 0, 'o= is missing'],
    ['v=0\r\no=-\r\n', 2, 'o= has not six fields'],
    ['v=0\r\no=- 0 0 IN IP4 1.2.3.4\r\nc=1.2.3.4\r\n', 3, 'c= is not <net> <type> <address>'],
    ['v=0\r\no=- 0 0 IN IP4 1.2.3.4\r\nm=audio 70000 RTP/AVP 0\r\n', 3, 'm= has no valid port'],
    ['v=0\r\no=- 0 0 IN IP4 1.2.3.4\r\nm=audio -1 RTP/AVP 0\r\n', 3, 'm= has no valid port'],
    ['v=0\r\no=- 0 0 IN IP4 1.2.3.4\r\nm=audio 4/x RTP/AVP 0\r\n', 3, 'm= has no valid number of ports'],
    ['v=0\r\no=- 0 0 IN IP4 1.2.3.4\r\nm=audio 4 RTP/AVP\r\n', 3, 'm= has no format'],
    ['v=0\r\no=- 0 0 IN IP4 1.2.3.4\r\nm=audio 4\r\n', 3, 'm= has fewer than four fields'],
    ['v=0\r\no=- 0 0 IN IP4 1.2.3.4\r\ns=a\0b\r\n', 3, 'holds a NUL or a CR'],
    ['v=0\r\n\r\no=- 0 0 IN IP4 1.2.3.4\r\n', 2, 'is not <letter>=<value>'],
  ])('refuses %j', (text, line, says) => {
    expect(problemOf(text)).toEqual({ line, says })
  })

  test('is bounded in every direction', () => {
    const head = 'v=0\r\no=- 0 0 IN IP4 1.2.3.4\r\n'
    expect(problemOf(head + 'a=x\r\n'.repeat(sdpLimits.lines))?.says).toMatch(/lines/)
    expect(problemOf(head + 'a='.padEnd(sdpLimits.lineLength + 1, 'x'))?.says).toMatch(/characters/)
    expect(problemOf(head + 'm=audio 2 RTP/AVP 0\r\n'.repeat(sdpLimits.media + 1))?.says).toMatch(/media/)
    expect(problemOf(head + `m=audio 2 RTP/AVP${' 0'.repeat(sdpLimits.formats + 1)}`)?.says).toMatch(/formats/)
    expect(problemOf(Buffer.alloc(sdpLimits.bytes + 1, 'v'))?.says).toMatch(/bytes/)
  })

  test('never throws, and what it takes it writes so that it reads the same again', () => {
    const word = fc.constantFrom('IN', 'IP4', '10.1.2.3', '0', 'RTP/AVP', 'audio', '7/2', '', '::1', 'x', '99999')
    const line = fc.oneof(
      fc.tuple(fc.constantFrom('v', 'o', 's', 'c', 'm', 'a', 'b', 't', 'z'), fc.array(word, { maxLength: 7 })),
      fc.tuple(fc.constantFrom('a', 'i'), fc.array(fc.string(), { maxLength: 3 })),
    )
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
        const body = lines.map(([type, words]) => `${type}=${words.join(' ')}`).join('\r\n')
        for (const text of [body, `v=0\r\no=- 0 0 IN IP4 1.2.3.4\r\n${body}`]) {
          const parsed = parseSdp(text)
          if (parsed.ok) expect(parseSdp(serialiseSdp(parsed.sdp))).toEqual(parsed)
        }
      }),
      { numRuns: 500 },
    )
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => void parseSdp(bytes)))
  })
})

describe('attributes', () => {
  const sdp = read(jabberOffer)
  const [audio, , bfcp] = sdp.media

  test('destinations: own c=, session c=, a=rtcp, nothing where the section is off', () => {
    expect(destinationOf(sdp, audio!)).toEqual({
      address: '192.0.2.10',
      rtpPort: 16384,
      rtcpAddress: '192.0.2.10',
      rtcpPort: 16385,
    })
    const rtcp = (value: string) => destinationOf(sdp, { ...audio!, lines: [...audio!.lines, { type: 'a', value }] })
    expect(rtcp('rtcp:40001 IN IP4 192.0.2.11')).toMatchObject({ rtcpAddress: '192.0.2.11', rtcpPort: 40001 })
    expect(rtcp('rtcp:40001')).toMatchObject({ address: '192.0.2.10', rtcpAddress: '192.0.2.10', rtcpPort: 40001 })
    expect(rtcp('rtcp:0')).toBeUndefined()
    expect(rtcp('rtcp:x y')).toBeUndefined()
    expect(destinationOf(sdp, { ...audio!, port: 0 })).toBeUndefined()
    expect(destinationOf({ ...sdp, lines: [] }, { ...audio!, lines: [] })).toBeUndefined()
  })

  test('direction is the section’s own, else the session’s, else sendrecv', () => {
    expect(directionOf(sdp, audio!)).toBe('sendrecv')
    expect(directionOf(sdp, { ...audio!, lines: [{ type: 'a', value: 'sendonly' }] })).toBe('sendonly')
    const onHold = { ...sdp, lines: [...sdp.lines, { type: 'a', value: 'inactive' }] }
    expect(directionOf(onHold, { ...audio!, lines: [] })).toBe('inactive')
  })

  test('formats, values', () => {
    expect(payloadFormats(audio!)).toContainEqual({
      payloadType: 101,
      encoding: 'telephone-event',
      clockRate: 8000,
      parameters: '0-15',
    })
    expect(attributeValues(bfcp!, 'confid')).toEqual(['3'])
    expect(attributeValues(audio!, 'sendrecv')).toEqual([''])
    expect(attributeValues(audio!, 'send')).toEqual([])
  })
})

describe('against sdp-transform', () => {
  test('reads the same media, addresses, formats and keys', () => {
    const ours = read(jabberOffer)
    const theirs = oracle.parse(jabberOffer)
    expect(ours.media.length).toBe(theirs.media.length)
    for (const [index, section] of ours.media.entries()) {
      const other = theirs.media[index]
      expect(section).toMatchObject({ kind: other.type, port: other.port, protocol: other.protocol })
      expect(section.formats.join(' ')).toBe(String(other.payloads))
      expect(connectionAddress(section)).toBe(other.connection?.ip)
      expect(payloadFormats(section).map((format) => [format.payloadType, format.encoding, format.clockRate])).toEqual(
        other.rtp.map((one: any) => [one.payload, one.codec, one.rate]),
      )
      expect(attributeValues(section, 'crypto')).toEqual(
        (other.crypto ?? []).map((one: any) => `${one.id} ${one.suite} ${one.config}`),
      )
      expect(directionOf(ours, section)).toBe(other.direction ?? 'sendrecv')
    }
  })

  test('reads what sdp-transform writes of any media list', () => {
    const port = fc.integer({ min: 0, max: 65_535 })
    const media = fc.record({
      type: fc.constantFrom('audio', 'video', 'application'),
      port,
      protocol: fc.constantFrom('RTP/AVP', 'RTP/SAVP', 'UDP/BFCP'),
      payloads: fc.uniqueArray(fc.integer({ min: 0, max: 127 }), { minLength: 1, maxLength: 9 }),
      rtcp: fc.option(fc.record({ port: fc.integer({ min: 1, max: 65_535 }) }), { nil: undefined }),
      direction: fc.constantFrom('sendrecv', 'sendonly', 'recvonly', 'inactive'),
    })
    fc.assert(
      fc.property(fc.array(media, { maxLength: 6 }), fc.ipV4(), (sections, address) => {
        const text = oracle.write({
          version: 0,
          origin: { username: '-', sessionId: 1, sessionVersion: 1, netType: 'IN', ipVer: 4, address },
          name: '-',
          connection: { version: 4, ip: address },
          timing: { start: 0, stop: 0 },
          media: sections.map((one) => ({ ...one, payloads: one.payloads.join(' '), rtp: [], fmtp: [] })),
        })
        const sdp = read(text)
        for (const [index, one] of sections.entries()) {
          const section = sdp.media[index]!
          expect(section.port).toBe(one.port)
          expect(section.formats).toEqual(one.payloads.map(String))
          expect(directionOf(sdp, section)).toBe(one.direction)
          const expectedRtcp = one.rtcp?.port ?? one.port + 1
          const isReachable = one.port > 0 && expectedRtcp <= 65_535
          expect(destinationOf(sdp, section)?.rtcpPort).toBe(isReachable ? expectedRtcp : undefined)
        }
      }),
      { numRuns: 200 },
    )
  })
})
