import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { header, parseMessage, serialise, vias } from './message.ts'
import { parseSipStrict } from './strict-parser.ts'

/** A sound INVITE with lines replaced (a value), dropped (null) or added. */
function invite(
  changes: Record<string, string | null> = {},
  start = 'INVITE sip:2001@cucm1.example.com SIP/2.0',
): Buffer {
  const lines: Record<string, string | null> = {
    Via: 'SIP/2.0/TCP 127.78.3.9:5060;branch=z9hG4bK776',
    'Max-Forwards': '70',
    From: '"Alice" <sip:1001@cucm1.example.com>;tag=1928',
    To: '<sip:2001@cucm1.example.com>',
    'Call-ID': 'a84b4c76@127.78.3.9',
    CSeq: '1 INVITE',
    Contact: '<sip:1001@127.78.3.9:5060;transport=tcp>',
    'Content-Length': '0',
    ...changes,
  }
  const head = Object.entries(lines).flatMap(([name, value]) => (value === null ? [] : [`${name}: ${value}`]))
  return Buffer.from([start, ...head, '', ''].join('\r\n'))
}

const torture = Buffer.from(
  [
    'INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0',
    'TO :',
    ' sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n',
    'from   : "J Rosenberg \\\\\\""       <sip:jdrosen@example.com>',
    '  ;',
    '  tag = 98asjd8',
    'MaX-fOrWaRdS: 0068',
    'Call-ID: wsinv.ndaksdj@192.0.2.1',
    'Content-Length   : 3',
    'cseq: 0009',
    '  INVITE',
    'Via  : SIP  /   2.0',
    ' /UDP',
    '    192.0.2.2;branch=390skdjuw',
    's :',
    'NewFangledHeader:   newfangled value',
    ' continued newfangled value',
    'UnknownHeaderWithUnusualValue: ;;,,;;,;',
    'Content-Type: application/sdp',
    'Route:',
    ' <sip:services.example.com;lr;unknownwith=value;unknown-no-value>',
    'v:  SIP  / 2.0  / TCP     spindle.example.com   ;',
    '  branch  =   z9hG4bK9ikj8  ,',
    ' SIP  /    2.0   / UDP  192.168.255.111   ; branch=',
    ' z9hG4bK30239',
    'm:"Quoted string \\"\\"" <sip:jdrosen@example.com> ; newparam = newvalue ; secondparam ; q = 0.33',
    '',
    'v=0',
  ].join('\r\n'),
)

describe('sound messages', () => {
  test('RFC 4475 §3.1.1.1: folding, white space, compact forms, unknown headers', () => {
    const parsed = parseMessage(torture)
    if (!parsed.ok) expect.fail(`${parsed.clause}: ${parsed.problem}`)
    expect(vias(parsed.message).map((via) => via.transport)).toEqual(['UDP', 'TCP', 'UDP'])
    expect(header(parsed.message, 'to')).toBe('sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n')
    expect(parsed.message.body.toString()).toBe('v=0')
  })

  test.each<[string, Buffer]>([
    [
      'a wide range of characters in tokens',
      invite(
        { CSeq: "1 !interesting-Method0123456789_*+`.%indeed'~" },
        "!interesting-Method0123456789_*+`.%indeed'~ sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com SIP/2.0",
      ),
    ],
    ['semicolons in the user part', invite({}, 'INVITE sip:user;par=u%40example.net@example.com SIP/2.0')],
    ['a NUL as an escape', invite({ To: '<sip:null-%00-null@example.com>' })],
    [
      'a percent sign in a method',
      invite({ CSeq: '1 RE%47IST%45R' }, 'RE%47IST%45R sip:registrar.example.com SIP/2.0'),
    ],
    ['no blank between display name and bracket', invite({ From: 'caller<sip:caller@example.com>;tag=323' })],
    ['unknown transports in Via', invite({ Via: 'SIP/2.0/UNKNOWN t3.example.com;branch=z9hG4bK0' })],
    ['an unknown URI scheme', invite({}, 'INVITE nobodyKnowsThisScheme:totallyopaquecontent SIP/2.0')],
    ['a tel URI in To', invite({ To: '<tel:+358-555-1234567;postd=pp22>' })],
    ['no branch in Via (RFC 2543)', invite({ Via: 'SIP/2.0/TCP old.example.com' })],
    [
      'Cisco parameters of Contact',
      invite({
        Contact:
          '<sip:3f0c@192.0.2.10:50784;transport=tls>;+sip.instance="<urn:uuid:0000>";+u.sip!devicename.ccm.cisco.com="CSFALICE";video',
      }),
    ],
    [
      'parameters a VCS puts into Via',
      invite({
        Via: 'SIP/2.0/TLS 127.0.10.10:7001;egress-zone=Traversalzone;branch=z9hG4bK12.ab;proxy-call-id=6d;received=127.0.0.1;rport=25001',
      }),
    ],
    ['zeros before the number of CSeq', invite({ CSeq: '000000000001 INVITE' })],
  ])('%s', (_, bytes) => expect(parseSipStrict(bytes)).toMatchObject({ ok: true }))

  test('an empty reason phrase', () => {
    expect(parseSipStrict(invite({}, 'SIP/2.0 100 '))).toMatchObject({ ok: true })
  })
})

describe('refused messages, each with its clause', () => {
  test.each<[string, Buffer, string]>([
    ['empty parameters in Via', invite({ Via: 'SIP/2.0/TCP 192.0.2.15;;,;,,' }), 'RFC 3261 §20.42'],
    ['Content-Length beyond the end', invite({ 'Content-Length': '9999' }), 'RFC 3261 §18.3'],
    ['negative Content-Length', invite({ 'Content-Length': '-999' }), 'RFC 3261 §20.14'],
    ['CSeq of 2^32 and more', invite({ CSeq: '36893488147419103232 INVITE' }), 'RFC 3261 §8.1.1.5'],
    ['Max-Forwards 300', invite({ 'Max-Forwards': '300' }), 'RFC 3261 §20.22'],
    ['an unclosed quoted display name', invite({ To: '"Mr. J. User <sip:j.user@example.com>' }), 'RFC 3261 §20.39'],
    [
      'brackets around the Request-URI',
      invite({}, 'INVITE <sip:user@example.com> SIP/2.0'),
      'RFC 3261 §25.1 absoluteURI',
    ],
    ['white space in the Request-URI', invite({}, 'INVITE sip:user@example.com; lr SIP/2.0'), 'RFC 3261 §7.1'],
    ['several spaces in the request line', invite({}, 'INVITE  sip:user@example.com  SIP/2.0'), 'RFC 3261 §7.1'],
    ['a blank behind the version', invite({}, 'INVITE sip:user@example.com SIP/2.0 '), 'RFC 3261 §7.1'],
    [
      'escaped headers in the Request-URI',
      invite({}, 'INVITE sip:u@example.com?Route=%3Csip:a.example%3E SIP/2.0'),
      'RFC 3261 §19.1.1 table 1',
    ],
    ['a time zone other than GMT', invite({ Date: 'Fri, 01 Jan 2010 16:00:00 EST' }), 'RFC 3261 §20.17'],
    [
      'a Contact that needs brackets',
      invite({ Contact: 'sip:user@example.com?Route=%3Csip:sip.example.com%3E' }),
      'RFC 3261 §20.10',
    ],
    ['blanks inside an addr-spec', invite({ To: '< sip:t.watson@example.org >' }), 'RFC 3261 §25.1 absoluteURI'],
    [
      'a display name that is no token',
      invite({ From: 'Bell, Alexander <sip:a.g.bell@example.com>;tag=4' }),
      'RFC 3261 §20.20',
    ],
    ['another version', invite({}, 'INVITE sip:t.watson@example.org SIP/7.0'), 'RFC 3261 §21.5.6'],
    ['CSeq with another method', invite({ CSeq: '8 OPTIONS' }), 'RFC 3261 §8.1.1.5'],
    ['a status beyond three digits', invite({}, 'SIP/2.0 4294967301 better not break'), 'RFC 3261 §7.2'],
    [
      'two From',
      Buffer.from(invite().toString().replace('To:', 'From: <sip:x@example.com>;tag=2\r\nTo:')),
      'RFC 3261 §7.3.1',
    ],
    ['a missing Call-ID', invite({ 'Call-ID': null }), 'RFC 3261 §8.1.1'],
    ['lines ended by LF', Buffer.from(invite().toString().replace('70\r\n', '70\n')), 'RFC 3261 §7'],
    ['no end of the head', invite().subarray(0, -2), 'RFC 3261 §7'],
    ['bytes that are not UTF-8', Buffer.from(invite({ Subject: '\xff\xfe' }).toString(), 'latin1'), 'RFC 3261 §7'],
    ['a control character', invite({ Subject: 'a\x01b' }), 'RFC 3261 §25.1'],
    [
      'a field folded before its colon',
      Buffer.from(invite().toString().replace('From:', 'From\r\n :')),
      'RFC 3261 §25.1 HCOLON',
    ],
    ['a no-break space around a value', invite({ To: '\u00a0<sip:2001@cucm1.example.com>' }), 'RFC 3261 §20.39'],
    ['a no-break space inside CSeq', invite({ CSeq: '1\u00a0INVITE' }), 'RFC 3261 §20.16'],
    [
      'two Subscription-State',
      invite({ 'Subscription-State': 'active', 'subscription-state': 'terminated' }),
      'RFC 3261 §7.3.1',
    ],
    ['the star of Contact beside an address', invite({ m: '*' }), 'RFC 3261 §20.10'],
    ['a port beyond 65535', invite({ Via: 'SIP/2.0/TCP 127.78.3.9:70000;branch=z9hG4bK7' }), 'RFC 3261 §20.42'],
  ])('%s', (_, bytes, clause) => expect(parseSipStrict(bytes)).toMatchObject({ ok: false, clause }))

  test('what could be read of a refused request is handed over for the answer', () => {
    const parsed = parseSipStrict(invite({ CSeq: '8 OPTIONS' }))
    expect(parsed).toMatchObject({ ok: false, status: 400, salvage: { startLine: expect.stringContaining('INVITE') } })
  })
})

describe('properties', () => {
  test('no bytes make the parser throw', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => void parseSipStrict(Buffer.from(bytes))))
  })

  test('no damage to a sound message makes the parser throw', () => {
    const damage = fc.tuple(fc.nat(torture.length - 1), fc.uint8Array({ maxLength: 6 }), fc.nat(8))
    fc.assert(
      fc.property(damage, ([at, insert, skip]) => {
        parseMessage(Buffer.concat([torture.subarray(0, at), Buffer.from(insert), torture.subarray(at + skip)]))
      }),
      { numRuns: 500 },
    )
  })

  test('what was read and written reads the same again', () => {
    const word = fc.stringMatching(/^[A-Za-z0-9]{1,12}$/)
    const parts = fc.record({
      user: word,
      display: fc.string({ maxLength: 12 }),
      tag: word,
      body: fc.uint8Array({ maxLength: 40 }),
    })
    fc.assert(
      fc.property(parts, ({ user, display, tag, body }) => {
        const name = display.replace(/[^\x20-\x7e]/g, '').replace(/["\\]/g, '\\$&')
        const head = invite({
          From: `"${name}" <sip:${user}@example.com>;tag=${tag}`,
          'Content-Length': `${body.length}`,
        })
        const first = parseMessage(Buffer.concat([head, body]))
        if (!first.ok) expect.fail(`${first.clause}: ${first.problem}`)
        const second = parseMessage(serialise(first.message))
        if (!second.ok) expect.fail(`${second.clause}: ${second.problem}`)
        const withoutLength = first.message.headers.filter(([each]) => each !== 'Content-Length')
        expect(second.message.headers.slice(0, -1)).toEqual(withoutLength)
        expect(second.message.body).toEqual(first.message.body)
      }),
    )
  })
})
