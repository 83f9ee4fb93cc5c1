import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Origin } from './edge-path.ts'
import { decodeEdgePath, encodeEdgeSegment } from './edge-path.ts'

const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?$/)
const name = fc.tuple(label, label, fc.stringMatching(/^[a-z]{2,8}$/)).map((labels) => labels.join('.'))
const origin: fc.Arbitrary<Origin> = fc.record({
  scheme: fc.constantFrom('http' as const, 'https' as const),
  host: fc.oneof(name, fc.ipV4()),
  port: fc.integer({ min: 1, max: 65_535 }),
})
const rest = fc.stringMatching(/^(\/[!-~]{0,30})?$/)

const base64 = (text: string | Buffer) => Buffer.from(text as string, 'latin1').toString('base64')
const unpadded = (text: string) => base64(text).replace(/=+$/, '')

describe('what is written is read', () => {
  test('one field, padded or not', () => {
    fc.assert(
      fc.property(name, rest, fc.boolean(), (domain, more, isPadded) => {
        const segment = isPadded ? base64(domain) : encodeEdgeSegment(domain)
        expect(decodeEdgePath(`/${segment}${more}`)).toEqual({ kind: 'edge', domain, rest: more })
      }),
    )
  })

  test('four fields, padded or not', () => {
    fc.assert(
      fc.property(name, origin, rest, fc.boolean(), (domain, to, more, isPadded) => {
        const text = `${domain}/${to.scheme}/${to.host}/${to.port}`
        const segment = isPadded ? base64(text) : encodeEdgeSegment(domain, to)
        expect(decodeEdgePath(`/${segment}${more}`)).toEqual({ kind: 'origin', domain, ...to, rest: more })
      }),
    )
  })

  test('samples from the field', () => {
    expect(decodeEdgePath('/ZXhhbXBsZS5jb20/get_edge_config?service_name=_cisco-uds')).toEqual({
      kind: 'edge',
      domain: 'example.com',
      rest: '/get_edge_config?service_name=_cisco-uds',
    })
    expect(decodeEdgePath('/ZXhhbXBsZS5jb20vaHR0cC9jdWNtMS5leGFtcGxlLmNvbS82OTcw/CSFalice.cnf.xml')).toEqual({
      kind: 'origin',
      domain: 'example.com',
      scheme: 'http',
      host: 'cucm1.example.com',
      port: 6970,
      rest: '/CSFalice.cnf.xml',
    })
  })
})

describe('everything else is malformed', () => {
  test('never a crash, and never more than what its own text says', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (target) => {
        const decoded = decodeEdgePath(`/${target}`)
        if (decoded.kind === 'malformed') return
        const written = encodeEdgeSegment(decoded.domain, decoded.kind === 'origin' ? decoded : undefined)
        const said = Buffer.from(target.split(/[/?#]/)[0]!, 'base64').toString('latin1')
        expect(Buffer.from(written, 'base64').toString()).toBe(said.toLowerCase())
      }),
    )
  })

  test('a byte that is not printable anywhere in the text', () => {
    fc.assert(
      fc.property(
        name,
        fc.nat(20),
        fc.constantFrom('\0', '\n', '\r', ' ', '\t', '\x7f', '\x80', 'ÿ'),
        (text, at, bad) => {
          const spoilt = text.slice(0, at) + bad + text.slice(at)
          const segment = Buffer.from(spoilt, 'latin1').toString('base64url')
          expect(decodeEdgePath(`/${segment}/x`).kind).toBe('malformed')
        },
      ),
    )
  })

  test('any number of fields but one and four', () => {
    fc.assert(
      fc.property(fc.array(label, { minLength: 2, maxLength: 8 }), (fields) => {
        fc.pre(fields.length !== 4)
        expect(decodeEdgePath(`/${unpadded(fields.join('/'))}/x`).kind).toBe('malformed')
      }),
    )
  })

  test('trailing bits that are not zero', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
    fc.assert(
      fc.property(name, fc.integer({ min: 1, max: 15 }), (domain, bits) => {
        const segment = unpadded(domain)
        const free = { 2: 4, 3: 2 }[segment.length % 4]
        fc.pre(free !== undefined && bits < 2 ** free)
        const last = alphabet[alphabet.indexOf(segment.at(-1)!) + bits]!
        expect(decodeEdgePath(`/${segment.slice(0, -1)}${last}/x`).kind).toBe('malformed')
      }),
    )
  })

  test.each([
    ['no segment', '//x'],
    ['an absolute form', 'http://example.com/x'],
    ['an asterisk', '*'],
    ['one digit', '/A/x'],
    ['too much padding', `/${unpadded('example.com')}==/x`],
    ['padding where none belongs', `/${base64('example.com.')}=/x`],
    ['padding in the middle', '/ZXhh=bXBsZS5jb20/x'],
    ['percent encoding', '/ZXhhbXBsZS5jb20%3D/x'],
    ['both alphabets', '/ab-+/x'],
    ['a blank', '/ZXhhbXBs ZS5jb20/x'],
    ['an empty field', `/${unpadded('example.com//cucm1/8443')}/x`],
    ['another scheme', `/${unpadded('example.com/ftp/cucm1/21')}/x`],
    ['port 0', `/${unpadded('example.com/http/cucm1/0')}/x`],
    ['port 65536', `/${unpadded('example.com/http/cucm1/65536')}/x`],
    ['a port with zeros in front', `/${unpadded('example.com/http/cucm1/0080')}/x`],
    ['an octal address', `/${unpadded('example.com/http/0177.0.0.1/80')}/x`],
    ['a hexadecimal address', `/${unpadded('example.com/http/0x7f000001/80')}/x`],
    ['an address in one number', `/${unpadded('example.com/http/2130706433/80')}/x`],
    ['a short address', `/${unpadded('example.com/http/127.1/80')}/x`],
    ['an IPv6 address', `/${unpadded('example.com/http/[::1]/80')}/x`],
    ['a user in the host', `/${unpadded('example.com/http/a@b/80')}/x`],
    ['a host with a colon', `/${unpadded('example.com/http/a:1/80')}/x`],
  ])('%s', (_what, target) => {
    expect(decodeEdgePath(target).kind).toBe('malformed')
  })
})
