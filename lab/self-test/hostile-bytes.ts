import { seededRandom } from '#runtime/random.ts'

/** What is sent in the hostile cells; texts are Latin-1 where they hold bytes beyond ASCII. */

/** Bytes no protocol of the lab begins with, and a double line end so that nothing waits for more of a head. */
export function randomBytes(seed: string, length: number): Buffer {
  const noise = seededRandom(seed).bytes(length)
  // Neither a TLS record nor a letter nor `<` in front, no line end before the last.
  const body = noise.map((byte) => (byte === 10 || byte === 13 ? 0 : byte))
  return Buffer.concat([Buffer.from([0xf7, 0x00]), body, Buffer.from('\r\n\r\n')])
}

/** A ClientHello of TLS 1.2 as far as a reader of another protocol sees it. */
export const clientHello = Buffer.from(
  '16030100650100006103035f3b1c2d00112233445566778899aabbccddeeff00112233445566778899aabb20' +
    '00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff0002c02f0100001600170000ff010001000023000000' +
    '0d0006000404010403',
  'hex',
)

export const httpRequest = Buffer.from('GET / HTTP/1.1\r\nHost: vcse1.example.com\r\nUser-Agent: curl/8.0\r\n\r\n')

/** `fill` repeated to more than the longest head anybody takes (a frame of the XCP link), without a line end. */
export function endless(start: string, fill = 'a'): Buffer {
  return Buffer.from(start + fill.repeat(largest), 'latin1')
}

const largest = 3 * 1024 * 1024

export interface SipText {
  readonly method?: string
  readonly uri?: string
  /** Lines put in front of Content-Length. */
  readonly lines?: readonly string[]
  /** The Content-Length lines; default `Content-Length: 0`. */
  readonly length?: string
  readonly body?: string
  readonly callId?: string
}

/** A request as an outsider writes it. */
export function sipRequest({ method = 'REGISTER', uri = 'sip:example.com', ...rest }: SipText = {}): Buffer {
  const { lines = [], length = 'Content-Length: 0', body = '', callId = 'hostile@127.0.0.66' } = rest
  return Buffer.from(
    [
      `${method} ${uri} SIP/2.0`,
      'Via: SIP/2.0/TLS 192.0.2.66:5061;branch=z9hG4bKhostile',
      'Max-Forwards: 70',
      'From: <sip:1001@example.com>;tag=hostile',
      'To: <sip:1001@example.com>',
      `Call-ID: ${callId}`,
      `CSeq: 1 ${method}`,
      'Contact: <sip:1001@192.0.2.66:5061;transport=tls>',
      ...lines,
      ...(length === '' ? [] : [length]),
      '',
      body,
    ].join('\r\n'),
    'latin1',
  )
}

export const streamHeader =
  "<?xml version='1.0'?><stream:stream to='example.com' xmlns='jabber:client' " +
  "xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>"

export const linkHeader =
  "<?xml version='1.0'?><stream:stream to='example.com' xmlns='jabber:component:accept' " +
  "xmlns:stream='http://etherx.jabber.org/streams'>"

const entities = Array.from({ length: 9 }, (_, level) => {
  const inner = level === 0 ? 'lol' : `&l${level - 1};`.repeat(10)
  return `<!ENTITY l${level} "${inner}">`
}).join('')

/** A thousand million laughs (CVE-2013-0340 class), as a document of its own and behind a stream header. */
export const entityBomb = `<?xml version="1.0"?><!DOCTYPE bomb [${entities}]><bomb>&l8;</bomb>`

export const externalEntity = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'

/** Ten thousand elements within each other, never closed. */
export const deepElements = '<a>'.repeat(10_000)
