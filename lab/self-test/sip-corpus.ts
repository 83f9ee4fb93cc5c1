import fc from 'fast-check'

/** A message as lines, so that one part can be changed without touching the others. */
interface Draft {
  readonly start: string
  readonly lines: readonly (readonly [name: string, value: string])[]
  readonly body: string
}

type Change = (draft: Draft) => Draft
type ByteChange = (bytes: Buffer) => Buffer

/** One generated message and what was done to it, for the report of a failure. */
export interface CorpusMessage {
  readonly name: string
  readonly bytes: Buffer
}

/** Messages of every kind the two stacks exchange, each with one to three changes. The same seed gives the same ones. */
export function generateCorpus(seed: number, count: number): CorpusMessage[] {
  const drafts = fc.constantFrom(...Object.entries(sound))
  const changed = fc.tuple(
    drafts,
    fc.array(lineChange(), { minLength: 0, maxLength: 2 }),
    fc.option(byteChange(), { freq: 3 }),
  )
  return fc.sample(changed, { seed, numRuns: count }).map(([[kind, draft], changes, damage]) => {
    const whole = bytesOf(changes.reduce((current, { change }) => change(current), draft))
    const names = [kind, ...changes.map(({ name }) => name), ...(damage === null ? [] : [damage.name])]
    return { name: names.join(', '), bytes: damage === null ? whole : damage.change(whole) }
  })
}

const offer =
  'v=0\r\no=tandberg 0 1 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 192.0.2.10\r\nt=0 0\r\nm=audio 40000 RTP/SAVP 0\r\n'

const sound: Readonly<Record<string, Draft>> = {
  INVITE: {
    start: 'INVITE sip:1003@cucm1.example.com SIP/2.0',
    lines: [
      ['Via', 'SIP/2.0/TLS 192.0.2.10:50784;branch=z9hG4bK776asdhds;rport'],
      ['Max-Forwards', '70'],
      ['Route', '<sip:192.0.2.1:5061;transport=tls;zone-id=3;directed;lr>'],
      ['From', '"Alice A." <sip:1001@cucm1.example.com>;tag=1928301774'],
      ['To', '<sip:1003@cucm1.example.com>'],
      ['Call-ID', 'a84b4c76e66710@192.0.2.10'],
      ['CSeq', '101 INVITE'],
      ['Contact', '<sip:1001@192.0.2.10:50784;transport=tls>;+u.sip!devicename.ccm.cisco.com="CSFALICE";video'],
      ['Supported', 'replaces,join, norefersub'],
      ['Content-Type', 'application/sdp'],
      ['Content-Length', String(offer.length)],
    ],
    body: offer,
  },
  REGISTER: {
    start: 'REGISTER sip:cucm1.example.com SIP/2.0',
    lines: [
      ['Via', 'SIP/2.0/TLS 192.0.2.10:50784;branch=z9hG4bK0000001'],
      ['From', '<sip:1001@cucm1.example.com>;tag=abc'],
      ['To', '<sip:1001@cucm1.example.com>'],
      ['Call-ID', '00505600-0001'],
      ['CSeq', '1 REGISTER'],
      ['Contact', '<sip:1001@192.0.2.10:50784;transport=tls>;+sip.instance="<urn:uuid:0000-1>";expires=3600'],
      ['Expires', '3600'],
      ['Date', 'Fri, 01 Jan 2010 16:00:00 GMT'],
      ['Content-Length', '0'],
    ],
    body: '',
  },
  '200': {
    start: 'SIP/2.0 200 OK',
    lines: [
      [
        'Via',
        'SIP/2.0/TLS 192.0.2.1:7001;egress-zone=Traversalzone;branch=z9hG4bK12.ab;proxy-call-id=6d;received=192.0.2.1;rport=25001',
      ],
      ['Via', 'SIP/2.0/TLS 192.0.2.10:50784;branch=z9hG4bK776;received=192.0.2.10;ingress-zone=CollaborationEdgeZone'],
      ['Record-Route', '<sip:proxy-call-id=6d@192.0.2.1:7001;transport=tls;lr>, <sip:192.0.2.1:5061;transport=tls;lr>'],
      ['From', '<sip:1001@cucm1.example.com>;tag=1'],
      ['To', '<sip:1003@cucm1.example.com>;tag=2'],
      ['Call-ID', 'b1@192.0.2.20'],
      ['CSeq', '101 INVITE'],
      ['Contact', '<sip:1003@192.0.2.20:5073;transport=tls>'],
      ['Content-Length', '0'],
    ],
    body: '',
  },
  NOTIFY: {
    start: 'NOTIFY sip:1001@192.0.2.10:50784;transport=tls SIP/2.0',
    lines: [
      ['Via', 'SIP/2.0/TCP 192.0.2.20:5060;branch=z9hG4bKn1, SIP/2.0/UDP 192.0.2.21'],
      ['From', 'sip:1001@192.0.2.20;tag=n1'],
      ['To', 'sip:1001@192.0.2.20;tag=n2'],
      ['Call-ID', 'n@192.0.2.20'],
      ['CSeq', '5 NOTIFY'],
      ['Max-Forwards', '5'],
      ['Event', 'message-summary'],
      ['Subscription-State', 'active;expires=600'],
      ['Content-Length', '22'],
      ['Content-Type', 'application/simple-message-summary'],
    ],
    body: 'Messages-Waiting: no\r\n',
  },
}

function bytesOf({ start, lines, body }: Draft): Buffer {
  return Buffer.from([start, ...lines.map(([name, value]) => `${name}: ${value}`), '', body].join('\r\n'), 'utf8')
}

const compactForms: Readonly<Record<string, string>> = {
  Via: 'v',
  From: 'f',
  To: 't',
  'Call-ID': 'i',
  Contact: 'm',
  'Content-Length': 'l',
  'Content-Type': 'c',
  Supported: 'k',
  Event: 'o',
}

/** Other values for one header, sound ones and broken ones. */
const otherValues: Readonly<Record<string, readonly string[]>> = {
  'Content-Length': ['00', '3', '1', '-1', '+3', '3, 3', '3 3', '0x3', '', '99999999999', '2147483648', '३', '3;x=1'],
  CSeq: [
    '101  INVITE',
    '0101 INVITE',
    '2147483647 INVITE',
    '2147483648 INVITE',
    '-1 INVITE',
    '101 invite',
    '101',
    'INVITE',
    '101 INVITE x',
    '101\tINVITE',
    '101INVITE',
    '4294967296 INVITE',
    '000000000101 INVITE',
    '٣ INVITE',
    '101\u00a0INVITE',
  ],
  'Call-ID': [
    'a@b@c',
    'a b',
    '',
    '@',
    'a@',
    '@b',
    'a;b',
    '<x>',
    '"q"',
    'a,b',
    'é@é',
    'a(b)c',
    'a=b',
    '{a}[b]/?',
    'a%41',
  ],
  Via: [
    'SIP/2.0/TLS 192.0.2.1',
    'SIP / 2.0 / TLS 192.0.2.1 : 5061 ; branch = z9hG4bKx',
    'SIP/2.0/TLS [2001:db8::1]:5061;branch=z9hG4bKx',
    'SIP/2.0/TLS 2001:db8::1;branch=z9hG4bKx',
    'SIP/3.0/TLS 192.0.2.1;branch=z9hG4bKx',
    'sip/2.0/tls 192.0.2.1;branch=z9hG4bKx',
    'HTTP/2.0/TLS 192.0.2.1;branch=x',
    'SIP/2.0/TLS;branch=z9hG4bKx',
    'SIP/2.0/TLS 192.0.2.1;',
    'SIP/2.0/TLS 192.0.2.1;;branch=a',
    'SIP/2.0/TLS 192.0.2.1;branch',
    'SIP/2.0/TLS 192.0.2.1;branch=',
    'SIP/2.0/TLS 192.0.2.1;branch=a;branch=b',
    'SIP/2.0/TLS 192.0.2.1:0;branch=a',
    'SIP/2.0/TLS 192.0.2.1:65536;branch=a',
    'SIP/2.0/TLS 192.0.2.1:;branch=a',
    'SIP/2.0/TLS 192.0.2.999;branch=a',
    'SIP/2.0/TLS -host;branch=a',
    'SIP/2.0/TLS ho_st;branch=a',
    'SIP/2.0/TLS 192.0.2.1;branch="a;b"',
    'SIP/2.0/TLS 192.0.2.1;branch=a,',
    ',SIP/2.0/TLS 192.0.2.1;branch=a',
    'SIP/2.0/TLS 192.0.2.1;branch=a (comment)',
    'SIP/2.0/TLS 192.0.2.1;br@nch=a',
    'SIP/2.0/T/LS 192.0.2.1;branch=a',
    '',
    'SIP/2.0/TLS a..b;branch=a',
    'SIP/2.0/TLS 192.0.2.1;received=2001:db8::9;branch=a',
    'SIP/2.0/TLS 192.0.2.1;received=[2001:db8::9];branch=a',
    'SIP/2.0/TLS host.;branch=a',
    'SIP/2.0/TLS 192.0.2.1;branch=a=b',
    'SIP/2.0/TLS 192.0.2.1;branch=a/b',
    'SIP/2.0/TLS 192.0.2.1;x="\\"";branch=a',
    'SIP/2.0/TLS 1host;branch=a',
  ],
  From: [
    '<sip:a@example.com>',
    'sip:a@example.com;tag=1',
    'sip:a@example.com;user=phone;tag=1',
    '<sip:a@example.com;tag=2>;tag=1',
    '"a\\"b" <sip:a@example.com>;tag=1',
    '"a <sip:a@example.com>;tag=1',
    'A B <sip:a@example.com>;tag=1',
    'A, B <sip:a@example.com>;tag=1',
    'A.B <sip:a@example.com>;tag=1',
    'Ä <sip:a@example.com>;tag=1',
    '"Ä" <sip:a@example.com>;tag=1',
    '<sip:a@example.com>;tag="1"',
    '<sip:a@example.com>;tag=1;tag=2',
    '<sip:a@example.com>;TAG=1',
    '<sip:a@example.com>;tag',
    '<sip:a@example.com>;tag=',
    '<sip:a@example.com>tag=1',
    '<sip:a@example.com> x;tag=1',
    '<sip:a@example.com',
    'sip:a@example.com>',
    '<>;tag=1',
    '<tel:+358-555>;tag=1',
    'tel:+358-555;tag=1',
    '<SIP:a@EXAMPLE.com>;tag=1',
    '<sip:a@example.com?x=y>;tag=1',
    'sip:a@example.com?x=y;tag=1',
    '<sip:a b@example.com>;tag=1',
    '< sip:a@example.com>;tag=1',
    '<sip:a@example.com >;tag=1',
    '<sip:@example.com>;tag=1',
    '<sip:a:b@example.com>;tag=1',
    '<sip:a:@example.com>;tag=1',
    '<sip:a@b@example.com>;tag=1',
    '<sip:a%4@example.com>;tag=1',
    '<sip:a%00@example.com>;tag=1',
    '<sip:a#b@example.com>;tag=1',
    '<sip:a@example.com:5060;lr>;tag=1',
    '<sip:a@example.com:x>;tag=1',
    '<sip:a@>;tag=1',
    '<sip:>;tag=1',
    '<sip:a@example.com;;lr>;tag=1',
    '<sip:a@example.com;=x>;tag=1',
    '<sip:a@example.com;x=>;tag=1',
    '"<sip:b@example.com>" <sip:a@example.com>;tag=1',
    '"a\\" <sip:a@example.com>;tag=1',
    '<sip:a@example.com>, <sip:b@example.com>',
    '"a" "b" <sip:a@example.com>;tag=1',
    'a"b <sip:a@example.com>;tag=1',
    '<sip:a@[2001:db8::1]>;tag=1',
    '<sip:a@2001:db8::1>;tag=1',
    '<sip:a@exa_mple.com>;tag=1',
    '<sip:a@example.com;x=é>;tag=1',
    '<sip:é@example.com>;tag=1',
    '<http://example.com/>;tag=1',
    '<a:>;tag=1',
    '<sips:a@example.com>;tag=1',
    '<sip:a@example.com>;tag=a@b',
    '<sip:a@example.com>;tag=<b>',
    '',
    '"" <sip:a@example.com>;tag=1',
    '"a"<sip:a@example.com>;tag=1',
    '<sip:a@example.com>;;tag=1',
    '<sip:a@example.com>;',
    '<sip:a@192.0.2.999>;tag=1',
    '<sip:a^b@example.com>;tag=1',
    '<sip:[a]@example.com>;tag=1',
    '<sip:a|b@example.com>;tag=1',
    '<sip:a@example.com>;tag=1 2',
    '<sip:a;b=c@example.com>;tag=1',
    '<sip:a@1>;tag=1',
    '<//example.com>;tag=1',
  ],
  To: [
    '<sip:b@example.com>;tag=x\u00a0',
    '<sip:b@example.com> ;  tag = x ',
    'sip:b@example.com',
    '*',
    '<sip:b@example.com>;tag=x;lr;',
    '\u00a0<sip:b@example.com>',
    '<sip:b@example.com>;tag=x\ty',
  ],
  Contact: [
    '*',
    '<sip:a@192.0.2.1>, <sip:b@192.0.2.1>',
    '<sip:a@192.0.2.1>,',
    ',<sip:a@192.0.2.1>',
    '',
    'sip:a@192.0.2.1;expires=5',
    '<sip:a@192.0.2.1>;expires=x',
    '<sip:a@192.0.2.1>;expires=4294967296',
    '<sip:a@192.0.2.1>;q=2',
    '"a,b" <sip:a@192.0.2.1>',
    '<sip:a,b@192.0.2.1>',
    '*, <sip:a@192.0.2.1>',
    '* ',
    '<*>',
    '<sip:a@192.0.2.1>;expires=-1',
    '<sip:a@192.0.2.1>;+sip.instance="<urn:uuid:1>";expires=0',
    'sip:a@192.0.2.1?x=y',
  ],
  'Max-Forwards': ['0', '255', '256', '-1', '070', 'x', '', '1 2', '4294967296'],
  Expires: ['0', '4294967295', '4294967296', '-1', 'x', '', '3600;x=y', '3600 '],
  Route: [
    'sip:192.0.2.1;lr',
    '<sip:192.0.2.1;lr>,<sip:192.0.2.2;lr>',
    '<sip:192.0.2.1;lr',
    '<>',
    '',
    ',',
    '<sip:192.0.2.1;lr>;x=y',
    '"n" <sip:192.0.2.1;lr>',
    '<tel:1>',
  ],
  'Record-Route': ['sip:192.0.2.1', '<sip:192.0.2.1>;x', '<sip:192.0.2.1>,,<sip:192.0.2.2>'],
  'Content-Type': [
    'application',
    'application/sdp;charset=utf-8',
    'application / sdp',
    'a/b/c',
    '',
    'multipart/mixed;boundary="a;b"',
    'application/sdp;',
    '/sdp',
  ],
  Date: ['Fri, 01 Jan 2010 16:00:00 EST', 'now', '', 'Fri, 1 Jan 2010 16:00:00 GMT'],
  'Refer-To': ['<sip:a@192.0.2.1', 'x', '<cid:1@192.0.2.1>', '<sip:a@192.0.2.1>;x=y', ''],
  Subject: ['"unbalanced', 'a,b;c', 'ünï', ''],
}

const starts = [
  'INVITE sip:1003@cucm1.example.com  SIP/2.0',
  'INVITE  sip:1003@cucm1.example.com SIP/2.0',
  ' INVITE sip:1003@cucm1.example.com SIP/2.0',
  'INVITE sip:1003@cucm1.example.com SIP/2.0 ',
  'INVITE\tsip:1003@cucm1.example.com\tSIP/2.0',
  'INVITE sip:1003@cucm1.example.com',
  'INVITE SIP/2.0',
  'INVITE sip:1003@cucm1.example.com SIP/2.1',
  'INVITE sip:1003@cucm1.example.com SIP/02.0',
  'INVITE sip:1003@cucm1.example.com sip/2.0',
  'INVITE sip:1003@cucm1.example.com HTTP/1.1',
  'INVITE sip:1003@cucm1.example.com SIP/',
  'INV(ITE sip:1003@cucm1.example.com SIP/2.0',
  'INVITE <sip:1003@cucm1.example.com> SIP/2.0',
  'INVITE sip:1003@cucm1.example.com?Subject=x SIP/2.0',
  'INVITE tel:+1 SIP/2.0',
  'INVITE urn:service:sos SIP/2.0',
  'INVITE 1003 SIP/2.0',
  'INVITE sip:1003@cucm1.example.com:5060;transport=tcp;lr SIP/2.0',
  'INVITE sip:10 03@cucm1.example.com SIP/2.0',
  'INVITE sip:é@cucm1.example.com SIP/2.0',
  'INVITE sips:1003@cucm1.example.com SIP/2.0',
  'INVITE SIP:1003@cucm1.example.com SIP/2.0',
  'INVITE sip:1003@cucm1.example.com:99999 SIP/2.0',
  'invite sip:1003@cucm1.example.com SIP/2.0',
  'INVITE sip:cucm1.example.com; SIP/2.0',
  'INVITE sip:cucm1.example.com;method=INVITE SIP/2.0',
  'INVITE sip:[2001:db8::1] SIP/2.0',
  'INVITE http://a/"b" SIP/2.0',
  'SIP/2.0 200 ',
  'SIP/2.0 200',
  'SIP/2.0 99 Low',
  'SIP/2.0 700 High',
  'SIP/2.0 2000 Long',
  'SIP/2.0  200 OK',
  'SIP/3.0 200 OK',
  'sip/2.0 200 OK',
  'SIP/2.0 20x OK',
  'SIP/2.0 200 Schön',
  'SIP/2.0 200\tOK',
  'SIP/2.0 180 Ringing',
  'SIP/2.0 +20 OK',
  '',
]

interface Named<Do> {
  readonly name: string
  readonly change: Do
}

function lineChange(): fc.Arbitrary<Named<Change>> {
  const line = fc.nat(20)
  const names = Object.keys(otherValues)
  const value = fc.constantFrom(...names.flatMap((name) => otherValues[name]!.map((text) => [name, text] as const)))
  const unusual = fc.constantFrom(
    ['X-Any', ';;,,;;,;'],
    ['Subject', ''],
    ['x-é', 'y'],
    ['', 'no name'],
    ['Two Words', 'x'],
    ['Warning', '399 a "b'],
  )
  const spelling = fc.tuple(line, fc.nat(0xffff), fc.constantFrom('', ' ', '\t', '  ', '\r\n ', '\u00a0'))
  return fc.oneof(
    {
      weight: 6,
      arbitrary: value.map(([name, text]) => named(`${name} is ${JSON.stringify(text)}`, withValue(name, text))),
    },
    { weight: 2, arbitrary: value.map(([name, text]) => named(`one more ${name}`, withLine(name, text))) },
    {
      weight: 2,
      arbitrary: fc.constantFrom(...starts).map((start) =>
        named(JSON.stringify(start), (draft: Draft) => ({
          ...draft,
          start: start.replace('INVITE', methodOf(draft)),
        })),
      ),
    },
    {
      weight: 1,
      arbitrary: line.map((at) =>
        named(
          `without line ${at}`,
          onLine(at, () => []),
        ),
      ),
    },
    {
      weight: 1,
      arbitrary: line.map((at) =>
        named(
          `line ${at} twice`,
          onLine(at, (each) => [each, each]),
        ),
      ),
    },
    {
      weight: 1,
      arbitrary: line.map((at) =>
        named(
          `line ${at} compact`,
          onLine(at, ([name, text]) => [[compactForms[name] ?? name, text]]),
        ),
      ),
    },
    {
      weight: 1,
      arbitrary: spelling.map(([at, bits, blank]) =>
        named(
          `line ${at} spelled`,
          onLine(at, ([name, text]) => [[spelled(name, bits) + blank, text]]),
        ),
      ),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(line, fc.constantFrom('\r\n ', '\r\n\t', '\r\n \r\n ', '  ', '\t')).map(([at, blank]) =>
        named(
          `line ${at} folded`,
          onLine(at, ([name, text]) => [[name, text.replace(/ |;|,/, (found) => found + blank)]]),
        ),
      ),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(unusual, line).map(([added, at]) =>
        named(
          `a line ${added[0]}`,
          onLine(at, (each) => [each, added as [string, string]]),
        ),
      ),
    },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom('', 'x', offer, '\r\n\r\n')
        .map((body) => named('another body', (draft: Draft) => ({ ...draft, body }))),
    },
  )
}

function byteChange(): fc.Arbitrary<Named<ByteChange>> {
  const texts = [
    ...';,"<>=@:/?%&[]()\\ \t*',
    '\r',
    '\n',
    '\r\n',
    '\r\n ',
    '\0',
    '\x01',
    '\x7f',
    'é',
    '\u2028',
    '\u00a0',
    '\ufeff',
    '\u{1f600}',
  ]
  const bytes = [
    ...texts.map((text) => Buffer.from(text)),
    Buffer.from([0xff]),
    Buffer.from([0xc3]),
    Buffer.from([0xc0, 0x80]),
  ]
  return fc.oneof(
    {
      weight: 5,
      arbitrary: fc
        .tuple(fc.constantFrom(...bytes), fc.nat(520))
        .map(([what, at]) => named(`${what.toString('hex')} at ${at}`, inserted(what, at))),
    },
    {
      weight: 2,
      arbitrary: fc
        .nat(520)
        .map((at) =>
          named(`byte ${at} gone`, (whole: Buffer) => Buffer.concat([whole.subarray(0, at), whole.subarray(at + 1)])),
        ),
    },
    { weight: 1, arbitrary: fc.nat(520).map((at) => named(`cut at ${at}`, (whole: Buffer) => whole.subarray(0, at))) },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom('\r\n', '\r\n\r\n', '\n', ' ')
        .map((text) => named(`${JSON.stringify(text)} before`, inserted(Buffer.from(text), 0))),
    },
  )
}

const named = <Do>(name: string, change: Do): Named<Do> => ({ name, change })

function inserted(what: Buffer, at: number): ByteChange {
  return (whole) => Buffer.concat([whole.subarray(0, at), what, whole.subarray(at)])
}

function withValue(name: string, text: string): Change {
  return (draft: Draft) => ({
    ...draft,
    lines: draft.lines.map((line) => (line[0] === name ? [name, text.replace('INVITE', methodOf(draft))] : line)),
  })
}

function withLine(name: string, text: string): Change {
  return (draft) => ({ ...draft, lines: [...draft.lines, [name, text]] })
}

function onLine(
  at: number,
  change: (line: readonly [string, string]) => readonly (readonly [string, string])[],
): Change {
  return (draft) => {
    if (draft.lines.length === 0) return draft
    const place = at % draft.lines.length
    return { ...draft, lines: draft.lines.flatMap((line, index) => (index === place ? change(line) : [line])) }
  }
}

/** The method CSeq names, so that another start line or CSeq is wrong in one way only. */
function methodOf({ lines }: Draft): string {
  return lines.find(([name]) => name === 'CSeq')?.[1].split(' ')[1] ?? 'INVITE'
}

/** Letters in upper or lower case by the bits of a number. */
function spelled(name: string, bits: number): string {
  return [...name]
    .map((letter, index) => ((bits >> (index % 16)) & 1 ? letter.toUpperCase() : letter.toLowerCase()))
    .join('')
}
