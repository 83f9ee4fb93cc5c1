import { describe, expect, test } from 'vitest'
import { ManualClock } from '#runtime/manual-clock.fixture.ts'
import { StreamFramer, type FramerOptions, type StreamEvent } from './framer.ts'
import { MessageDeadline } from './message-deadline.ts'
import { responseToRefused } from './parse-message.ts'
import { messageBytes } from './messages.fixture.ts'

const register = messageBytes({ body: 'hello' })
const ok = messageBytes({ startLine: 'SIP/2.0 200 OK' })

/** What happened, in words that do not depend on objects. */
function told(events: readonly StreamEvent[]): string[] {
  return events.map((event) => {
    if (event.kind === 'message') return `message ${event.message.toBuffer().toString('latin1')}`
    if (event.kind !== 'refused') return event.kind
    return `refused ${event.refusal.status}${event.refusal.isFramingLost ? ' lost' : ''}`
  })
}

/** The events of a stream, cut into pieces of `size` bytes. */
function events(stream: Buffer, size = stream.length, options: FramerOptions = {}): string[] {
  const framer = new StreamFramer(options)
  const all: StreamEvent[] = []
  for (let at = 0; at < stream.length; at += size) all.push(...framer.push(Buffer.from(stream.subarray(at, at + size))))
  return told(all)
}

const streams: Record<string, { bytes: Buffer; expected: string[] }> = {
  'two messages and a ping': {
    bytes: Buffer.concat([register, Buffer.from('\r\n\r\n'), ok]),
    expected: [`message ${register.toString()}`, 'ping', `message ${ok.toString()}`],
  },
  'a single line break before a message is ignored': {
    bytes: Buffer.concat([Buffer.from('\r\n'), register, Buffer.from('\r\n'), ok]),
    expected: [`message ${register.toString()}`, `message ${ok.toString()}`],
  },
  'a fault behind which the end is known': {
    bytes: Buffer.concat([messageBytes({ replace: { CSeq: '1 INVITE' }, body: 'body' }), ok]),
    expected: ['refused 400', `message ${ok.toString()}`],
  },
  'no Content-Length in a request': {
    bytes: Buffer.concat([messageBytes({ without: ['Content-Length'] }), ok]),
    expected: ['refused 400 lost'],
  },
  'a Content-Length that is no number': {
    bytes: Buffer.concat([messageBytes({ replace: { 'Content-Length': '5x' } }), ok]),
    expected: ['refused 400 lost'],
  },
  'a body beyond the limit': {
    bytes: messageBytes({ replace: { 'Content-Length': '32768' } }),
    expected: ['refused 513 lost'],
  },
  'a head beyond the limit': {
    bytes: messageBytes({ replace: { Subject: 'x'.repeat(40_000) } }),
    expected: ['refused 513 lost'],
  },
  'a head without end': { bytes: Buffer.alloc(40_000, 'a'), expected: ['refused 513 lost'] },
  'another protocol': {
    bytes: Buffer.from('GET / HTTP/1.1\r\nHost: edge\r\n\r\n'),
    expected: ['refused 400 lost'],
  },
  'a bare line feed': {
    bytes: messageBytes({ replace: { Subject: 'a\nRoute: <sip:b>' } }),
    expected: ['refused 400 lost'],
  },
}

describe('framing', () => {
  test.each(Object.entries(streams))('%s, in any pieces', (_, { bytes, expected }) => {
    for (const size of [bytes.length, 1, 2, 3, 7, 100, 1460]) expect(events(bytes, size)).toEqual(expected)
  })

  test('a response without Content-Length has no body', () => {
    const bare = messageBytes({ startLine: 'SIP/2.0 200 OK', without: ['Content-Length'] })
    expect(events(Buffer.concat([bare, ok]), 10)).toHaveLength(2)
  })

  test('who opened the connection sees pongs', () => {
    expect(events(Buffer.from('\r\n\r\n'), 1, { keepalive: 'pongs' })).toEqual(['pong', 'pong'])
  })

  test('a refused request can be answered', () => {
    const [event] = new StreamFramer().push(streams['a body beyond the limit']!.bytes)
    if (event?.kind !== 'refused') throw new Error('accepted')
    const answer = responseToRefused(event.refusal, 'edge')!.toBuffer().toString()
    expect(answer.split('\r\n').slice(0, 2)).toEqual([
      'SIP/2.0 513 Message Too Large',
      'Via: SIP/2.0/TLS 192.0.2.10:50784;branch=z9hG4bK00003a74',
    ])
  })

  test('nothing comes after the framing is lost', () => {
    const framer = new StreamFramer()
    framer.push(streams['another protocol']!.bytes)
    expect(framer.push(register)).toEqual([])
    expect(framer.headPending).toBe(false)
  })

  test('32 KiB byte by byte in linear time', () => {
    const large = messageBytes({ body: 'x'.repeat(32_000) })
    const started = performance.now()
    expect(events(large, 1)).toHaveLength(1)
    expect(performance.now() - started).toBeLessThan(1000)
  })
})

describe('the deadline on one message', () => {
  function receiving() {
    const clock = new ManualClock()
    const framer = new StreamFramer()
    const expiries: bigint[] = []
    const onExpired = () => void expiries.push(clock.now() / 1_000_000n)
    const deadline = new MessageDeadline({ clock, milliseconds: 30_000, onExpired })
    const push = (bytes: Buffer) => {
      framer.push(bytes)
      deadline.follow(framer)
    }
    return { clock, push, expiries }
  }

  test('one byte every five seconds does not prolong it', () => {
    const { clock, push, expiries } = receiving()
    for (let at = 0; at < 10; at++) {
      push(register.subarray(at, at + 1))
      clock.advance(5000)
    }
    expect(expiries).toEqual([30_000n])
  })

  test('each message has its own', () => {
    const { clock, push, expiries } = receiving()
    const both = Buffer.concat([register, register.subarray(0, 10)])
    push(both.subarray(0, 100))
    clock.advance(20_000)
    push(both.subarray(100))
    clock.advance(29_999)
    expect(expiries).toEqual([])
    clock.advance(1)
    expect(expiries).toEqual([50_000n])
  })

  test('a body that does not come counts too, an idle connection does not', () => {
    const { clock, push, expiries } = receiving()
    push(Buffer.from('\r\n\r\n\r'))
    clock.advance(60_000)
    expect(expiries).toEqual([])
    push(Buffer.concat([Buffer.from('\n'), register.subarray(0, register.length - 1)]))
    clock.advance(30_000)
    expect(expiries).toHaveLength(1)
  })
})
