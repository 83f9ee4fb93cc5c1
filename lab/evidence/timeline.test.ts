import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { TraceEvent } from '#runtime/trace.ts'
import { recordedSignIn, Recording } from './recording.fixture.ts'
import { timelineOf } from './timeline.ts'

const sending = fc.record({
  hop: fc.constantFrom(['alice', 'vcse1'], ['vcse1', 'alice'], ['vcse1', 'vcsc1'], ['vcsc1', 'cucm1']),
  protocol: fc.constantFrom('SIP', 'HTTP'),
  summary: fc.constantFrom('OPTIONS sip:x', '200 OK', 'GET /a'),
})

/** Every message seen by both ends, of which those at some places are then seen by their sender only. */
function record(
  sendings: readonly { hop: readonly string[]; protocol: string; summary: string }[],
  lost: ReadonlySet<number>,
) {
  const recording = new Recording()
  for (const [from, to] of [
    ['alice', 'vcse1'],
    ['vcse1', 'vcsc1'],
    ['vcsc1', 'cucm1'],
  ] as const) {
    for (const protocol of ['SIP', 'HTTP']) {
      recording.open(from, to, protocol)
      // Each end has seen a message of each kind, so that it is known to write them down.
      recording.message(from, to, protocol, 'hello').message(to, from, protocol, 'hello too')
    }
  }
  sendings.forEach(({ hop, protocol, summary }, index) =>
    recording.message(hop[0]!, hop[1]!, protocol, summary, summary, lost.has(index) ? 'sender' : undefined),
  )
  return recording.events
}

const greetings = 12

test('each message once, in order, whatever order the hosts are read in; nothing lost that both saw', () => {
  fc.assert(
    fc.property(fc.array(sending, { maxLength: 40 }), fc.integer(), (sendings, seed) => {
      const timeline = timelineOf(shuffled(record(sendings, new Set()), seed))
      const seen = timeline.messages.slice(greetings)
      expect(seen.map(({ from, to, protocol, summary }) => ({ hop: [from, to], protocol, summary }))).toEqual(sendings)
      expect(timeline.messages.map(({ number }) => number)).toEqual(timeline.messages.map((_, index) => index + 1))
      expect(timeline.messages.filter(({ isLost, observations }) => isLost || observations !== 2)).toEqual([])
    }),
    { numRuns: 60 },
  )
})

test('as many are lost as were not received', () => {
  fc.assert(
    fc.property(fc.array(sending, { maxLength: 40 }), fc.array(fc.nat(39), { maxLength: 10 }), (sendings, places) => {
      const lost = new Set(places.filter((place) => place < sendings.length))
      const { messages } = timelineOf(record(sendings, lost))
      expect(messages).toHaveLength(greetings + sendings.length)
      expect(messages.filter(({ isLost }) => isLost)).toHaveLength(lost.size)
    }),
    { numRuns: 60 },
  )
})

test('the ends may write a message down differently', () => {
  const sent = new Recording().message('alice', 'vcse1', 'SIP', 'a').events.find(({ kind }) => kind === 'message')!
  const sip =
    'INVITE sip:1003@example.com SIP/2.0\r\nVia: SIP/2.0/TLS a;branch=z9hG4bK1\r\nCall-ID: c1\r\nCSeq: 1 INVITE\r\n\r\n'
  const otherEnd = { host: 'vcse1', local: sent.remote!, remote: sent.local!, direction: 'received' } as const
  const pair = (protocol: string, sides: [summary: string, text: string][]) =>
    timelineOf(
      sides.map(([summary, text], index): TraceEvent => ({
        ...(index === 0 ? sent : { ...sent, ...otherEnd }),
        protocol,
        summary,
        bytes: Buffer.from(text).toString('base64'),
      })),
    ).messages
  expect(
    pair('SIP', [
      ['INVITE sip:1003@example.com SIP/2.0', sip],
      ['INVITE sip:1003@example.com', sip.replace('CSeq:', 'cseq :')],
    ]),
  ).toMatchObject([{ observations: 2, summary: 'INVITE sip:1003@example.com' }])
  expect(
    pair('SIP', [
      ['INVITE sip:1003@example.com', sip],
      ['INVITE sip:1003@example.com', sip.replace('c1', 'c2')],
    ]),
  ).toHaveLength(2)
  expect(
    pair('XMPP', [
      ['<iq type=get>', "<iq xmlns='jabber:client' type='get' id='7'><x a='>'/></iq>"],
      ['<iq get 7>', '<iq id="7" type="get"><x/></iq>'],
    ]),
  ).toHaveLength(1)
  expect(
    pair('XMPP', [
      ['<iq type=get>', "<iq type='get' id='7'/>"],
      ['<iq type=get>', "<iq type='get' id='8'/>"],
    ]),
  ).toHaveLength(2)
  const http = pair('HTTP', [
    ['200 OK', 'HTTP/1.1 200 OK\r\n\r\n'],
    ['200 OK', 'HTTP/1.1 200 OK\r\nDate: now\r\n\r\n'],
  ])
  expect(http).toHaveLength(1)
  expect(http[0]!.bytes.toString()).toContain('Date: now')
})

test('questions to a DNS server, which only the server writes down, are not lost', () => {
  const { messages } = timelineOf(recordedSignIn())
  expect(messages.filter(({ protocol }) => protocol === 'DNS')).toHaveLength(6)
  expect(messages.filter(({ isLost }) => isLost)).toEqual([])
})

test('a message to a host that writes nothing down is not lost', () => {
  const { messages } = timelineOf(
    new Recording().open('alice', 'vcse1', 'SIP').message('alice', 'vcse1', 'SIP', 'a', 'a', 'sender').events,
  )
  expect(messages).toMatchObject([{ to: 'vcse1', observations: 1, isLost: false }])
  const foreign = new Recording().message('alice', 'stranger', 'SIP', 'a', 'a', 'sender')
  expect(timelineOf(foreign.events).messages).toMatchObject([{ to: '192.0.2.1', isLost: false }])
})

test('datagrams become runs; a pause of a second begins a new one', () => {
  const recording = new Recording().media('alice', 'vcse1', 30).wait(2_000).media('alice', 'vcse1', 10)
  const runs = timelineOf(recording.events).entries.filter((entry) => entry.kind === 'media')
  expect(runs.map(({ packets, from, to }) => [from, to, packets])).toEqual([
    ['alice', 'vcse1', 30],
    ['alice', 'vcse1', 10],
  ])
})

function shuffled<T>(values: readonly T[], seed: number): T[] {
  const rank = (index: number) => Math.imul(index + seed, 2_654_435_761) >>> 0
  return values
    .map((value, index) => ({ value, rank: rank(index) }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ value }) => value)
}
