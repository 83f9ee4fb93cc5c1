import { describe, expect, test } from 'vitest'
import { attributeValues, destinationOf, isSecure } from './attributes.ts'
import { usableCrypto } from './crypto-attribute.ts'
import { jabberOffer, read } from './offer.fixture.ts'
import {
  placedAt,
  rejected,
  secured,
  unsecured,
  withOrigin,
  withoutAttributes,
  withSessionConnection,
} from './rewriting.ts'
import { parseSdp, serialiseSdp } from './session-description.ts'

const offer = read(jabberOffer)
const audio = offer.media[0]!

test('origin and session name become the B2BUA’s own', () => {
  const text = serialiseSdp(withOrigin(offer, { address: '203.0.113.5' }))
  expect(text).toMatch(/^v=0\r\no=tandberg 0 1 IN IP4 203\.0\.113\.5\r\ns=-\r\n/)
  expect(serialiseSdp(withOrigin(offer, { address: '::1', version: 4 }))).toContain('o=tandberg 0 4 IN IP6 ::1\r\n')
})

test('the session connection goes before b= and replaces an older one', () => {
  const once = withSessionConnection(offer, '10.0.0.1')
  expect(serialiseSdp(once)).toContain('s=SIP Call\r\nc=IN IP4 10.0.0.1\r\nb=AS:4000\r\n')
  const twice = withSessionConnection(once, '10.0.0.2')
  expect(twice.lines.filter((line) => line.type === 'c')).toEqual([{ type: 'c', value: 'IN IP4 10.0.0.2' }])
})

describe('a section', () => {
  test('moves to an endpoint of ours with an explicit RTCP port', () => {
    const placed = placedAt(audio, { address: '10.0.0.1', rtpPort: 36002, rtcpPort: 36003 })
    expect(placed.lines[0]).toEqual({ type: 'c', value: 'IN IP4 10.0.0.1' })
    expect(placed.lines.filter((line) => line.type === 'c')).toHaveLength(1)
    expect(attributeValues(placed, 'rtcp')).toEqual(['36003 IN IP4 10.0.0.1'])
    const moved = placedAt(placed, { address: '10.0.0.2', rtpPort: 36004, rtcpPort: 36005 })
    expect(destinationOf(offer, moved)).toEqual({
      address: '10.0.0.2',
      rtpPort: 36004,
      rtcpAddress: '10.0.0.2',
      rtcpPort: 36005,
    })
  })

  test('loses and gains its keys with its profile', () => {
    const plain = unsecured(audio)
    expect(plain.protocol).toBe('RTP/AVP')
    expect(attributeValues(plain, 'crypto')).toEqual([])
    expect(attributeValues(plain, 'rtpmap')).toEqual(attributeValues(audio, 'rtpmap'))
    const again = secured(plain, usableCrypto(audio))
    expect(isSecure(again)).toBe(true)
    expect(usableCrypto(again)).toEqual(usableCrypto(audio))
    expect(secured({ ...plain, protocol: 'RTP/AVPF' }, []).protocol).toBe('RTP/SAVPF')
    expect(secured(offer.media[2]!, []).protocol).toBe('UDP/BFCP')
  })

  test('is declined with port 0, without keys and addresses', () => {
    const declined = rejected(placedAt(audio, { address: '10.0.0.1', rtpPort: 36002, rtcpPort: 36003 }))
    expect(declined.port).toBe(0)
    const text = serialiseSdp({ ...offer, media: [declined] })
    expect(text).toContain('m=audio 0 RTP/SAVP 9 0 8 18 101\r\na=rtpmap:9')
    expect(usableCrypto(declined)).toEqual([])
    expect(parseSdp(text)).toMatchObject({ ok: true })
  })

  test('loses attributes by name', () => {
    expect(attributeValues(withoutAttributes(audio, ['fmtp']), 'fmtp')).toEqual([])
    expect(attributeValues(withoutAttributes(audio, ['fmt']), 'fmtp')).toEqual(attributeValues(audio, 'fmtp'))
  })
})
