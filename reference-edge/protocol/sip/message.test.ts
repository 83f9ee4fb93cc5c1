import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { messageBytes, type FixtureMessage } from './messages.fixture.ts'
import { tortureMessages } from './torture.fixture.ts'
import { StreamFramer } from './framer.ts'
import { createRequest, createResponse, type SipRequest } from './message.ts'
import { parseMessage } from './parse-message.ts'

function request(given: FixtureMessage = {}): SipRequest {
  const result = parseMessage(messageBytes(given))
  if (!result.ok || result.message.kind !== 'request') throw new Error('not a request')
  return result.message
}

const lines = (message: { toBuffer(): Buffer }) => message.toBuffer().toString().split('\r\n')

describe('reading', () => {
  test('typed values', () => {
    const message = request()
    expect(message.method).toBe('REGISTER')
    expect(message.sipUri?.host).toBe('cucm1.example.com')
    expect(message.topVia?.parameters.get('branch')).toBe('z9hG4bK00003a74')
    expect(message.fromTag).toBe('0050569e1aa0')
    expect(message.toTag).toBeUndefined()
    expect(message.callId).toBe('0050569e-1aa00003@192.0.2.10')
    expect(message.cseq).toEqual({ number: 101, method: 'REGISTER' })
    const [route] = message.addresses('Route')!
    expect(route?.sipUri?.parameters.get('zone-id')).toBe('3')
    expect(route?.sipUri?.parameters.get('directed')).toBe('')
    const [contact] = message.addresses('m')!
    expect(contact?.parameters.get('+u.sip!devicename.ccm.cisco.com')).toBe('CSFALICE')
    expect(contact?.parameters.has('video')).toBe(true)
    expect(message.all('k')).toEqual(['replaces', 'join', 'sdp-anat'])
  })

  test('one header has one name, however it is spelt', () => {
    const bytes = messageBytes({ without: ['Route'] }).toString()
    for (const spelling of ['Route', 'ROUTE', 'rOuTe ', 'Route\t ']) {
      const result = parseMessage(Buffer.from(bytes.replace('CSeq', `${spelling}: <sip:a;lr>\r\nCSeq`)))
      if (!result.ok) throw new Error(result.fault)
      expect(result.message.first('route')).toBe('<sip:a;lr>')
      expect(result.message.remove('Route').toBuffer().toString().toLowerCase()).not.toContain('sip:a')
    }
  })

  test('a header that begins with a fold', () => {
    expect(request({ replace: { Subject: '\r\n  a\r\n\t b  ' } }).first('s')).toBe('a b')
  })

  test.each<[string, FixtureMessage, number]>([
    ['CSeq above 2^31-1', { replace: { CSeq: '2147483648 REGISTER' } }, 400],
    ['Max-Forwards', { replace: { 'Max-Forwards': '-1' } }, 400],
    ['two From', { replace: { f: '<sip:b@c>;tag=1' } }, 400],
    ['bad Route', { replace: { Route: '<sip:a@b@c>' } }, 400],
    ['no Call-ID', { without: ['Call-ID'] }, 400],
    ['no Via', { without: ['Via'] }, 400],
    ['SIP/3.0', { startLine: 'REGISTER sip:a SIP/3.0' }, 505],
    ['HTTP', { startLine: 'REGISTER sip:a HTTP/1.1' }, 400],
    ['32769 bytes', { body: 'x'.repeat(32_769) }, 513],
    ['257 hops', { replace: { Via: Array(257).fill('SIP/2.0/TCP a;branch=z9hG4bK1').join(',') } }, 400],
    ['101 lines of one name', { replace: { Subject: `a${'\r\nX-Any: b'.repeat(101)}` } }, 400],
    ['a line that is no header', { replace: { Subject: 'a\r\nno header' } }, 400],
    ['a bare CR', { replace: { Subject: 'a\rRoute: <sip:b>' } }, 400],
    ['a NUL in a header', { replace: { Event: 'a\0b' } }, 400],
    ['DEL in a header', { replace: { Subject: 'a\x7fb' } }, 400],
    ['a route without brackets', { replace: { Route: 'sip:192.0.2.1;lr' } }, 400],
    ['the star of Contact beside an address', { replace: { Contact: '*', m: '<sip:a@192.0.2.1>' } }, 400],
    ['a no-break space in CSeq', { replace: { CSeq: '101\u00a0REGISTER' } }, 400],
    ['a parameter in a password', { replace: { To: '<sip:192.0.2.1:5061;lr@example.com>' } }, 400],
    ['two Content-Disposition', { replace: { 'Content-Disposition': 'session', 'content-disposition': 'icon' } }, 400],
  ])('refused: %s', (_, given, status) => {
    const result = parseMessage(messageBytes(given))
    expect(result.ok ? 'accepted' : result.status).toBe(status)
  })

  test('the limit counts the whole message', () => {
    const head = messageBytes({ body: 'x'.repeat(10_000) }).length - 10_000
    const longest = messageBytes({ body: 'x'.repeat(32_768 - head) })
    expect(longest).toHaveLength(32_768)
    expect(parseMessage(longest).ok).toBe(true)
    const framed = new StreamFramer().push(longest)
    expect(framed.map(({ kind }) => kind)).toEqual(['message'])
    const result = parseMessage(messageBytes({ body: 'x'.repeat(32_769 - head) }))
    expect(result.ok ? 'accepted' : result.status).toBe(513)
  })

  test('empty elements of a list do not count', () => {
    expect(request({ replace: { Supported: 'path,, gruu ,' } }).all('supported')).toEqual(['path', 'gruu'])
    expect(request({ replace: { Supported: '' } }).all('supported')).toEqual([])
  })

  test('256 hops and a missing Max-Forwards are accepted', () => {
    const Via = Array(256).fill('SIP/2.0/TCP a;branch=z9hG4bK1').join(',')
    expect(request({ replace: { Via }, without: ['Max-Forwards'] }).vias()).toHaveLength(256)
  })

  test('bytes that are not UTF-8 are refused', () => {
    const bytes = messageBytes({ replace: { Subject: '\x01' } })
    bytes[bytes.indexOf(1)] = 0xff
    expect(parseMessage(bytes)).toMatchObject({ ok: false, status: 400, isFramingLost: false })
  })

  test('a control character behind a backslash is text', () => {
    expect(request({ replace: { From: '"a\\\0b" <sip:a@192.0.2.1>;tag=1' } }).from?.displayName).toBe('a\0b')
  })
})

describe('changing', () => {
  test('what a proxy does, and nothing else changes', () => {
    const message = request({ body: 'body', replace: { 'X-Odd': ' kept ,  as\t is ' } })
    const before = lines(message)
    const forwarded = message.clone()
    forwarded.replaceFirst('Via', 'SIP/2.0/TLS 192.0.2.10:50784;branch=z9hG4bK00003a74;received=198.51.100.1;rport=1')
    forwarded.addOnTop('Via', 'SIP/2.0/TLS 127.0.10.10:7001;branch=z9hG4bKours')
    forwarded.removeFirst('Route')
    forwarded.set('Max-Forwards', '15')
    forwarded.requestUri = 'sip:127.0.10.30:5060;transport=tcp'
    expect(lines(message)).toEqual(before)
    expect(lines(forwarded)).toEqual([
      'REGISTER sip:127.0.10.30:5060;transport=tcp SIP/2.0',
      'Via: SIP/2.0/TLS 127.0.10.10:7001;branch=z9hG4bKours',
      'Via: SIP/2.0/TLS 192.0.2.10:50784;branch=z9hG4bK00003a74;received=198.51.100.1;rport=1',
      ...before.slice(3).map((line) => (line.startsWith('Max-Forwards') ? 'Max-Forwards: 15' : line)),
    ])
    expect(forwarded.topVia?.parameters.get('branch')).toBe('z9hG4bKours')
  })

  test('lists: the first element goes, the rest stays', () => {
    const message = request({ replace: { Route: '<sip:a;lr>, "x, y" <sip:b;lr>,<sip:c>' } })
    expect(message.removeFirst('route')).toBe('<sip:a;lr>')
    expect(message.all('route')).toEqual(['"x, y" <sip:b;lr>', '<sip:c>'])
  })

  test('another body, another Content-Length', () => {
    const message = request({ body: 'body' })
    message.body = Buffer.from('fünf')
    expect(lines(message).filter((line) => line.startsWith('Content-Length'))).toEqual(['Content-Length: 5'])
  })

  test('a value with a line break is our mistake', () => {
    expect(() => request().set('Contact', '<sip:a>\r\nRoute: <sip:b>')).toThrow('line break')
    expect(() => (request().requestUri = 'sip:a SIP/2.0\r\nRoute:')).toThrow('blank')
  })
})

describe('making', () => {
  test('a response copies what RFC 3261 §8.2.6 says', () => {
    const message = request({ replace: { Timestamp: '54', v: 'SIP/2.0/TCP second;branch=z9hG4bK2' } })
    expect(lines(createResponse(message, 100, 'Trying', { toTag: 'edge' })).slice(0, -2)).toEqual([
      'SIP/2.0 100 Trying',
      'Via: SIP/2.0/TLS 192.0.2.10:50784;branch=z9hG4bK00003a74',
      'v: SIP/2.0/TCP second;branch=z9hG4bK2',
      'From: <sip:1001@cucm1.example.com>;tag=0050569e1aa0',
      'To: <sip:1001@cucm1.example.com>',
      'Call-ID: 0050569e-1aa00003@192.0.2.10',
      'CSeq: 101 REGISTER',
      'Timestamp: 54',
      'Content-Length: 0',
    ])
    const refusal = createResponse(message, 403, 'Forbidden', { toTag: 'edge', headers: [['Warning', '399 e "no"']] })
    expect(refusal.toTag).toBe('edge')
    expect(refusal.first('warning')).toBe('399 e "no"')
    expect(refusal.has('timestamp')).toBe(false)
  })

  test('a request that is parsed again is the same', () => {
    const made = createRequest({
      method: 'OPTIONS',
      requestUri: 'sip:vcse1.example.com:7001;transport=tls',
      headers: [
        ['Via', 'SIP/2.0/TLS a;branch=z9hG4bK1'],
        ['From', '<sip:a>;tag=1'],
        ['To', '<sip:b>'],
        ['Call-ID', 'c'],
        ['CSeq', '1 OPTIONS'],
      ],
      body: 'größe',
    })
    const result = parseMessage(made.toBuffer())
    expect(result.ok && result.message.toBuffer()).toEqual(made.toBuffer())
    expect(result.ok && result.message.body.toString()).toBe('größe')
  })
})

describe('properties', () => {
  /** Valid messages with bytes flipped, cut out and put in: near enough to be read deep into. */
  const nearlyValid = fc
    .tuple(
      fc.constantFrom(...tortureMessages.map(({ bytes }) => bytes), messageBytes({ body: 'x' })),
      fc.array(fc.tuple(fc.nat(2000), fc.nat(3), fc.uint8Array({ maxLength: 8 })), { maxLength: 6 }),
    )
    .map(([bytes, changes]) =>
      changes.reduce((result, [place, cut, put]) => {
        const at = place % (result.length + 1)
        return Buffer.concat([result.subarray(0, at), put, result.subarray(at + cut)])
      }, bytes),
    )

  test('no bytes make the parser throw, and what it accepts it accepts again as sent', () => {
    fc.assert(
      fc.property(fc.oneof(nearlyValid, fc.uint8Array({ maxLength: 300 }).map(Buffer.from)), (bytes) => {
        const result = parseMessage(Buffer.from(bytes))
        if (!result.ok) return
        const sent = result.message.toBuffer()
        const again = parseMessage(sent)
        expect(again.ok && again.message.toBuffer().equals(sent)).toBe(true)
      }),
      { numRuns: 3000 },
    )
  })

  test('the cut of a stream does not change what it says', () => {
    const told = (stream: Buffer, cuts: readonly number[]) => {
      const framer = new StreamFramer()
      const places = [...cuts.map((cut) => cut % (stream.length + 1)), 0, stream.length].sort((a, b) => a - b)
      return places.slice(1).flatMap((end, index) =>
        framer.push(Buffer.from(stream.subarray(places[index], end))).map((event) => {
          if (event.kind === 'message') return event.message.toBuffer().toString('latin1')
          return event.kind === 'refused' ? { ...event.refusal, message: undefined } : event.kind
        }),
      )
    }
    const piece = fc.oneof(
      nearlyValid,
      fc.constantFrom('\r\n', '\r\n\r\n', '\r').map((text) => Buffer.from(text)),
    )
    const stream = fc.array(piece, { maxLength: 5 }).map((pieces) => Buffer.concat(pieces))
    fc.assert(
      fc.property(stream, fc.array(fc.nat(20_000), { maxLength: 40 }), (bytes, cuts) => {
        expect(told(bytes, cuts)).toEqual(told(bytes, []))
      }),
      { numRuns: 500 },
    )
  })
})

describe('time', () => {
  const limits = { messageBytes: 1 << 20, headBytes: 65_536, linesOfOneName: 100, viaHops: 256 }
  const fill = (text: string) => text.repeat(Math.floor(64_000 / text.length))
  test.each<[string, FixtureMessage]>([
    ['commas in Via', { replace: { Via: fill(',') } }],
    ['commas in Contact', { replace: { Contact: fill('<sip:a>,') } }],
    ['open quotes', { replace: { Contact: fill('"') } }],
    ['open brackets', { replace: { Contact: fill('<') } }],
    ['backslashes', { replace: { From: `"${fill('\\')}` } }],
    ['semicolons', { replace: { To: `<sip:a>${fill(';a')}` } }],
    ['parameters of a URI', { replace: { To: `<sip:a${fill(';a=%41')}>` } }],
    ['at signs', { startLine: `REGISTER sip:${fill('@')} SIP/2.0` }],
    ['blanks', { replace: { CSeq: `1${fill(' ')}REGISTER` } }],
    ['folds', { replace: { Subject: fill('\r\n ') } }],
    ['folds in From', { replace: { From: `<sip:a>${fill('\r\n ')}` } }],
    ['header lines', { replace: { Subject: fill('\r\na:') } }],
    ['other header lines', { replace: { Subject: Array.from({ length: 5000 }, (_, at) => `\r\nX${at}: a`).join('') } }],
    ['supported', { replace: { Supported: fill(',a') } }],
    ['slashes in Via', { replace: { Via: `SIP${fill(' / ')}` } }],
    ['digits', { replace: { 'Content-Length': fill('9') } }],
  ])('64 KiB of %s in less than 50 ms', (_, given) => {
    const bytes = messageBytes(given)
    const started = performance.now()
    const result = parseMessage(bytes, limits)
    if (result.ok) for (const { key } of result.message.headers.lines.slice(0, 20)) result.message.all(key)
    expect(performance.now() - started).toBeLessThan(50)
  })
})
