import type { RawConnection } from './raw-client.ts'
import type { Speaks } from './hostile-listeners.ts'
import {
  clientHello,
  deepElements,
  endless,
  entityBomb,
  externalEntity,
  httpRequest,
  linkHeader,
  randomBytes,
  sipRequest,
  streamHeader,
} from './hostile-bytes.ts'

/** Ways to be hostile to a TCP listener. Each listener has a cell, or says why not, for each of them. */
export const hostileKinds = [
  'random bytes',
  'TLS where clear is spoken, clear where TLS is',
  'another protocol',
  'an endless line',
  'a lying length',
  'half a message',
  'NUL and bytes that are not UTF-8',
  'hostile XML',
  'one byte at a time',
] as const
export type HostileKind = (typeof hostileKinds)[number]

/** How a cell reaches its listener. */
export interface Reach {
  /** A connection at the layer the protocol is spoken on: behind TLS where the listener has it. */
  speak(): Promise<RawConnection>
  /** A bare TCP connection. */
  tcp(): Promise<RawConnection>
}

export interface HostileCell {
  readonly kind: HostileKind
  readonly name: string
  /** Throws where the answer is not the right one. */
  act(reach: Reach): Promise<void>
}

/** Why a kind cannot be tried on a protocol. */
export type NotApplicable = Partial<Record<HostileKind, string>>

export interface CellsOfProtocol {
  readonly cells: readonly HostileCell[]
  readonly notApplicable: NotApplicable
}

interface Sent {
  readonly kind: HostileKind
  readonly name?: string
  readonly bytes: Uint8Array | string
  /** Sent on bare TCP although the listener speaks TLS. */
  readonly isClear?: boolean
  /** What has to come back. */
  readonly says?: RegExp
  /** What must not come back. */
  readonly never?: RegExp
  /** The connection goes on: a wrong message, but the next one can be read. */
  readonly staysOpen?: boolean
  readonly limitMs?: number
}

/** Bytes are sent; the answer is `says`, and the connection is closed unless it may stay. */
function sent({ kind, name = kind, bytes, isClear, says, never, staysOpen, limitMs = 4_000 }: Sent): HostileCell {
  return {
    kind,
    name,
    async act(reach) {
      const connection = await (isClear === true ? reach.tcp() : reach.speak())
      try {
        connection.write(bytes)
        if (says !== undefined) await connection.until(says, limitMs)
        if (staysOpen !== true) await connection.untilClosed(limitMs)
        if (never?.test(connection.text) === true) throw new Error(`it answered ${connection.text.slice(0, 200)}`)
      } finally {
        connection.destroy()
      }
    },
  }
}

/** Half of `bytes`, then the end from our side: nothing is answered, nothing is left behind. */
function half(bytes: Buffer, name?: string): HostileCell {
  return {
    kind: 'half a message',
    name: name ?? 'half a message, then the end',
    async act(reach) {
      const connection = await reach.speak()
      connection.write(bytes.subarray(0, bytes.length / 2))
      connection.destroy()
    },
  }
}

/** The same bytes (or as good as) in one piece and one by one get the same answer, apart from what `varies`. */
function slowly(bytes: Buffer, until: RegExp, varies: RegExp, again = bytes): HostileCell {
  return {
    kind: 'one byte at a time',
    name: 'one byte at a time',
    async act(reach) {
      const [whole, slow] = await Promise.all([reach.speak(), reach.speak()])
      try {
        whole.write(bytes)
        await slow.writeSlowly(again)
        const texts = [await whole.until(until), await slow.until(until)].map((text) => text.replaceAll(varies, '…'))
        if (texts[0] !== texts[1]) throw new Error(`in one piece: ${texts[0]}\none by one: ${texts[1]}`)
      } finally {
        whole.destroy()
        slow.destroy()
      }
    },
  }
}

const noHttp = /HTTP\//
const noSuccess = /SIP\/2\.0 2/

function httpCells(isTls: boolean): CellsOfProtocol {
  const refused = /^HTTP\/1\.1 4\d\d /
  const get = (path: string, lines = '') => Buffer.from(`GET ${path} HTTP/1.1\r\nHost: x\r\n${lines}\r\n`, 'latin1')
  const post = (lines: string) => `POST / HTTP/1.1\r\nHost: x\r\n${lines}\r\n\r\nxxxxxxxxxxxxxxxx`
  const lying = (name: string, lines: string) =>
    sent({ kind: 'a lying length', name, bytes: post(lines), says: /^HTTP\/1\.1 400 / })
  return {
    cells: [
      sent({ kind: 'random bytes', bytes: randomBytes('http', 2_000), says: /^HTTP\/1\.1 400 / }),
      ...(isTls
        ? [
            clear(httpRequest, noHttp),
            sent({ kind: 'random bytes', name: 'on TCP', bytes: randomBytes('tls', 500), isClear: true }),
          ]
        : [sent({ kind: tlsOrClear, bytes: clientHello, says: /^HTTP\/1\.1 400 / })]),
      sent({ kind: 'another protocol', bytes: sipRequest(), says: /^HTTP\/1\.1 400 / }),
      sent({ kind: 'an endless line', name: 'in the path', bytes: endless('GET /'), says: refused }),
      sent({ kind: 'an endless line', name: 'in a header', bytes: endless('GET / HTTP/1.1\r\nX: '), says: refused }),
      lying('negative', 'Content-Length: -1'),
      lying('not a number', 'Content-Length: 0x10'),
      lying('two lengths', 'Content-Length: 16\r\nContent-Length: 15'),
      lying('a length and chunks', 'Content-Length: 16\r\nTransfer-Encoding: chunked'),
      lying('chunks that are none', 'Transfer-Encoding: chunked'),
      sent({ kind: 'a lying length', name: 'two Host', bytes: get('/', 'Host: y\r\n'), says: refused }),
      half(Buffer.from(post('Content-Length: 400'))),
      sent({
        kind: 'NUL and bytes that are not UTF-8',
        name: 'NUL in a header',
        bytes: get('/', 'X: a\0b\r\n'),
        says: refused,
      }),
      sent({ kind: 'NUL and bytes that are not UTF-8', name: 'NUL in the path', bytes: get('/a\0b'), says: refused }),
      sent({
        kind: 'NUL and bytes that are not UTF-8',
        name: 'ill-formed UTF-8 in the path',
        bytes: get('/\xff\xfe', 'Connection: close\r\n'),
        says: refused,
      }),
      slowly(get('/nothing', 'Connection: close\r\n'), /\r\n\r\n/, /(?:Date|WWW-Authenticate|Set-Cookie): [^\r]*/gi),
    ],
    notApplicable: { 'hostile XML': 'only where XML is posted: the cells of postedXml' },
  }
}

const tlsOrClear = 'TLS where clear is spoken, clear where TLS is'

function clear(bytes: Buffer, never: RegExp): HostileCell {
  return sent({ kind: tlsOrClear, bytes, isClear: true, never })
}

/** Where XML is posted to the web services of the inside. */
export function postedXml(path: string, authorization: string | undefined): HostileCell[] {
  const post = (name: string, body: string, says: RegExp) =>
    sent({
      kind: 'hostile XML',
      name: `${name} to ${path}`,
      bytes:
        `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml; charset=utf-8\r\nConnection: close\r\n` +
        (authorization === undefined ? '' : `Authorization: ${authorization}\r\n`) +
        `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
      says,
      never: /root:|lollol/,
    })
  const refused = /^HTTP\/1\.1 [45]\d\d /
  return [
    post('an entity bomb', entityBomb, refused),
    post('an external entity', externalEntity, refused),
    post('ten thousand elements', deepElements, refused),
    post('ten thousand closed elements', deepElements + '</a>'.repeat(10_000), refused),
  ]
}

function sipCells(isTls: boolean): CellsOfProtocol {
  const refused = /^SIP\/2\.0 400 /
  const lying = (name: string, length: string) =>
    sent({ kind: 'a lying length', name, bytes: sipRequest({ length, body: 'xxxx' }), says: refused })
  return {
    cells: [
      sent({ kind: 'random bytes', bytes: randomBytes('sip', 2_000), never: noSuccess }),
      isTls
        ? clear(sipRequest(), /SIP\//)
        : // A ClientHello has no line end: nothing can be said before the limit of a message, so one is put behind.
          sent({ kind: tlsOrClear, bytes: Buffer.concat([clientHello, Buffer.from('\r\n\r\n')]), never: noSuccess }),
      ...(isTls ? [sent({ kind: 'random bytes', name: 'on TCP', bytes: randomBytes('tls', 500), isClear: true })] : []),
      sent({ kind: 'another protocol', bytes: httpRequest, never: noHttp }),
      sent({ kind: 'an endless line', name: 'in the start line', bytes: endless('REGISTER sip:'), never: noSuccess }),
      sent({
        kind: 'an endless line',
        name: 'in a header',
        bytes: endless(sipRequest().toString().slice(0, -4) + '\r\nX: '),
        never: noSuccess,
      }),
      lying('negative', 'Content-Length: -1'),
      lying('two lengths', 'Content-Length: 4\r\nl: 3'),
      lying('not a number', 'Content-Length: four'),
      lying('none', ''),
      sent({
        kind: 'a lying length',
        name: 'beyond every limit',
        bytes: sipRequest({ length: 'Content-Length: 999999999' }),
        never: noSuccess,
      }),
      half(sipRequest({ body: 'x'.repeat(400), length: 'Content-Length: 400' })),
      sent({
        kind: 'NUL and bytes that are not UTF-8',
        name: 'NUL in a header',
        bytes: sipRequest({ lines: ['Subject: a\0b'] }),
        says: refused,
        staysOpen: true,
      }),
      sent({
        kind: 'NUL and bytes that are not UTF-8',
        name: 'ill-formed UTF-8',
        bytes: sipRequest({ lines: ['Subject: \xff\xfe'] }),
        says: refused,
        staysOpen: true,
      }),
      slowly(
        sipRequest({ method: 'OPTIONS', callId: 'whole' }),
        /\r\n\r\n/,
        /tag=[^\r;]*|nonce="[^"]*"|opaque="[^"]*"|received=[^\r;]*|rport=\d+|Call-ID: \w+|Date: [^\r]*/g,
        sipRequest({ method: 'OPTIONS', callId: 'slowly' }),
      ),
    ],
    notApplicable: { 'hostile XML': 'XML bodies of SIP are read by the Control only, from SERVICE of the zone' },
  }
}

/** Without a certificate of the Control nothing of what is said is read: the end comes with the handshake. */
function closedCells(tlsFirst: readonly Uint8Array[]): CellsOfProtocol {
  const behind = (kind: HostileKind, bytes: Uint8Array | string) =>
    sent({ kind, name: `${kind}, without a certificate`, bytes, never: /SIP\/2\.0|stream:|HTTP\// })
  const [first = Buffer.alloc(0)] = tlsFirst
  return {
    cells: [
      behind('random bytes', randomBytes('closed', 2_000)),
      sent({ kind: 'random bytes', name: 'on TCP', bytes: randomBytes('tls', 500), isClear: true }),
      clear(httpRequest, noHttp),
      behind('another protocol', httpRequest),
      behind('an endless line', endless('OPTIONS sip:')),
      behind('a lying length', sipRequest({ length: 'Content-Length: -1' })),
      behind('NUL and bytes that are not UTF-8', '\0\xff\xfe\r\n\r\n'),
      behind('hostile XML', streamHeader + entityBomb),
      half(Buffer.from(first)),
      {
        kind: 'one byte at a time',
        name: 'one byte at a time, without a certificate',
        async act(reach) {
          const connection = await reach.speak()
          await connection.writeSlowly(Buffer.from(first))
          await connection.untilClosed()
        },
      },
    ],
    notApplicable: {},
  }
}

/** XML streams: those of clients, and those of the XCP link. */
function xmlCells(header: string, name: 'client' | 'link'): CellsOfProtocol {
  const error = /<stream:error>|<\/stream:stream>|^$/
  const broken = (kind: HostileKind, what: string, bytes: Uint8Array | string, limitMs = 4_000) =>
    sent({ kind, name: what, bytes, says: error, never: /<success|<handshake\/>|lollol|root:/, limitMs })
  const bytes = (text: string) => Buffer.from(header + text, 'latin1')
  return {
    cells: [
      broken('random bytes', 'random bytes', randomBytes('xml', 2_000)),
      sent({ kind: tlsOrClear, bytes: clientHello }),
      broken('another protocol', 'HTTP', httpRequest),
      broken('another protocol', 'SIP', sipRequest()),
      broken('an endless line', 'an endless attribute', endless("<stream:stream to='")),
      broken('an endless line', 'an endless text', endless(`${header}<a>`)),
      half(bytes('')),
      broken('NUL and bytes that are not UTF-8', 'NUL', bytes('<a>\0</a>')),
      broken('NUL and bytes that are not UTF-8', 'ill-formed UTF-8', bytes('<a>\xff\xfe</a>')),
      broken('NUL and bytes that are not UTF-8', 'an overlong form', bytes('<a>\xc0\xbc/a></a>')),
      // Security case 13: an error within 100 ms; more is given here for a busy machine.
      broken('hostile XML', 'an entity bomb instead of a stream', entityBomb, 1_000),
      broken('hostile XML', 'an entity bomb behind the header', bytes(entityBomb), 1_000),
      broken('hostile XML', 'an external entity', externalEntity, 1_000),
      broken('hostile XML', 'ten thousand elements', bytes(deepElements), 2_000),
      broken('hostile XML', 'a comment', bytes('<!-- x -->'.repeat(20_000)), 2_000),
      slowly(Buffer.from(header), name === 'client' ? /<\/stream:features>/ : /<stream:stream[^>]*>/, /id='[^']*'/g),
    ],
    notApplicable: { 'a lying length': 'XML streams announce no lengths' },
  }
}

const ident = 'SSH-2.0-hostile\r\n'

function sshCells(): CellsOfProtocol {
  const hello = /^SSH-2\.0-/
  const closed = (kind: HostileKind, name: string, bytes: Uint8Array | string) =>
    sent({ kind, name, bytes, says: hello, never: /SSH-2\.0-OpenSSH/ })
  return {
    cells: [
      closed('random bytes', 'instead of the identification', randomBytes('ssh', 2_000)),
      closed('random bytes', 'behind it', Buffer.concat([Buffer.from(ident), randomBytes('ssh2', 40_000)])),
      closed(tlsOrClear, 'TLS', Buffer.concat([clientHello, Buffer.from('\r\n')])),
      closed('another protocol', 'HTTP', httpRequest),
      closed('an endless line', 'an endless identification', endless('SSH-2.0-')),
      closed('a lying length', 'a packet of 4 GiB', Buffer.concat([Buffer.from(ident), Buffer.alloc(64, 0xff)])),
      closed('a lying length', 'a packet of no bytes', Buffer.concat([Buffer.from(ident), Buffer.alloc(64)])),
      half(Buffer.from(ident)),
      closed('NUL and bytes that are not UTF-8', 'NUL', Buffer.from('\0\0\0\0\xff\xfe\r\n', 'latin1')),
      slowly(Buffer.from(ident), /^SSH-2\.0-[^\r]*\r\n[\s\S]{5}\x14/, /(?<=^SSH-2\.0-[^\r]*\r\n)[\s\S]*/g),
    ],
    notApplicable: { 'hostile XML': 'no XML is spoken' },
  }
}

function tlsOnlyCells(): CellsOfProtocol {
  const { cells } = closedCells([httpRequest])
  return {
    cells: cells.filter(({ kind }) => kind !== 'hostile XML'),
    notApplicable: { 'hostile XML': 'nothing is read' },
  }
}

/** A question for the address of the Expressway, with its length in front (RFC 1035 §4.2.2). */
function dnsQuestion(): Buffer {
  return Buffer.from('123401000001000000000000057663736531076578616d706c6503636f6d0000010001', 'hex')
}

function dnsCells(): CellsOfProtocol {
  const framed = (message: Buffer) => {
    const length = Buffer.alloc(2)
    length.writeUInt16BE(message.length)
    return Buffer.concat([length, message])
  }
  const formErr = /^\x00\x0c..[\x80-\x85]\x01/s
  const junk = (seed: string) => framed(randomBytes(seed, 100))
  return {
    cells: [
      sent({ kind: 'random bytes', bytes: junk('dns'), says: /^\x00\x0c|^$/s, staysOpen: true }),
      // 0x1603 bytes are announced and do not come: bounded by the silence limit.
      held(tlsOrClear, clientHello),
      held('another protocol', httpRequest),
      held('an endless line', Buffer.from(`\xff\xff${'a'.repeat(60_000)}`, 'latin1')),
      sent({ kind: 'a lying length', name: 'a message of no bytes', bytes: Buffer.alloc(2) }),
      sent({
        kind: 'a lying length',
        name: 'a header alone',
        bytes: framed(Buffer.alloc(12, 1)),
        says: formErr,
        staysOpen: true,
      }),
      half(framed(dnsQuestion())),
      sent({
        kind: 'NUL and bytes that are not UTF-8',
        bytes: framed(
          Buffer.concat([
            Buffer.from('123401000001000000000000', 'hex'),
            Buffer.from([3, 0, 0xff, 0xfe, 0, 0, 1, 0, 1]),
          ]),
        ),
        says: /^\x00/,
        staysOpen: true,
      }),
      slowly(framed(dnsQuestion()), /^[\s\S]{20}/, /(?!)/g),
    ],
    notApplicable: { 'hostile XML': 'no XML is spoken' },
  }
}

/** What cannot be told from a message that is still coming: no answer, and the listener goes on with others. */
function held(kind: HostileKind, bytes: Buffer): HostileCell {
  return {
    kind,
    name: `${kind}, held until the limit on silence`,
    async act(reach) {
      const connection = await reach.speak()
      connection.write(bytes)
      const other = await reach.speak()
      connection.destroy()
      other.destroy()
      if (connection.text !== '') throw new Error(`it answered ${connection.text}`)
    },
  }
}

/** The cells of a protocol, as a stranger without any certificate sees it. */
export function cellsOf(speaks: Speaks): CellsOfProtocol {
  switch (speaks) {
    case 'https':
    case 'http':
      return httpCells(speaks === 'https')
    case 'sips':
    case 'sip':
      return sipCells(speaks === 'sips')
    case 'mutual-sips':
      return closedCells([sipRequest({ method: 'OPTIONS' })])
    case 'xcp-tls':
      return closedCells([Buffer.from(linkHeader)])
    case 'xmpp':
      return xmlCells(streamHeader, 'client')
    case 'xcp':
      return xmlCells(linkHeader, 'link')
    case 'ssh':
      return sshCells()
    case 'tls-only':
      return tlsOnlyCells()
    case 'dns':
      return dnsCells()
    default:
      return speaks satisfies never
  }
}
