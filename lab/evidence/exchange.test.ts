import { expect, test } from 'vitest'
import { answerToSame, exchangeOf } from './exchange.ts'
import { recordedSignIn, Recording } from './recording.fixture.ts'
import { timelineOf } from './timeline.ts'

const signIn = timelineOf(recordedSignIn()).messages
const invite = (callId: string) => `INVITE sip:1003 SIP/2.0\r\nCall-ID: ${callId}\r\nCSeq: 1 INVITE\r\n\r\n`

function calls(): Recording {
  const recording = new Recording()
  for (const [callId, status] of [
    ['one', '180 Ringing'],
    ['two', '404 Not Found'],
    ['one', '200 OK'],
  ] as const) {
    if (status !== '200 OK') recording.message('alice', 'vcse1', 'SIP', 'INVITE sip:1003', invite(callId))
    recording.message('vcse1', 'alice', 'SIP', `${status} (INVITE)`, invite(callId))
  }
  return recording
}

test('SIP: what carries the Call-ID of the answer', () => {
  const { messages } = timelineOf(calls().events)
  const refused = messages.find(({ summary }) => summary.startsWith('404'))!
  expect(exchangeOf(messages, refused).map(({ number }) => number)).toEqual([3, 4])
})

test('HTTP: the request, what the edge asked behind it, the answer; nothing before and no DNS', () => {
  const answer = signIn.find(
    ({ protocol, to, summary }) => protocol === 'HTTP' && to === 'alice' && summary[0] === '4',
  )!
  const hops = exchangeOf(signIn, answer).map(({ from, to, summary }) => `${from} ${to} ${summary.split(' ')[0]}`)
  expect(hops).toEqual(['alice vcse1 GET', 'vcse1 alice 401'])
})

test('XMPP: the stream up to the answer, never more than twenty messages', () => {
  const answer = signIn.find(({ summary }) => summary.startsWith('<failure'))!
  expect(exchangeOf(signIn, answer).map(({ summary }) => summary)).toEqual([
    '<stream:stream> → example.com',
    '<stream:features>',
    '<auth mechanism=PLAIN>',
    '<failure not-authorized>',
  ])
  const long = new Recording()
  for (let index = 0; index < 50; index++) long.message('alice', 'vcse1', 'XMPP', `<iq ${index}>`)
  const { messages } = timelineOf(long.events)
  expect(exchangeOf(messages, messages.at(-1)!)).toHaveLength(20)
})

test('the same request answered elsewhere: the final answer, or nothing', () => {
  const { messages } = timelineOf(calls().events)
  const refused = { messages, answer: messages.find(({ summary }) => summary.startsWith('404'))! }
  const mended = timelineOf(
    calls().events.filter(({ bytes }) => bytes === undefined || Buffer.from(bytes, 'base64').includes('one')),
  ).messages
  expect(answerToSame(mended, refused)?.summary).toBe('200 OK (INVITE)')
  expect(answerToSame([], refused)).toBeUndefined()
})
