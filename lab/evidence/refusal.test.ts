import { expect, test } from 'vitest'
import { Recording } from './recording.fixture.ts'
import { finalRefusals, headerOf } from './refusal.ts'
import { timelineOf } from './timeline.ts'

const sip = (callId: string, cseq: number, more = '') =>
  `INVITE sip:1003 SIP/2.0\r\nCall-ID: ${callId}\r\nCSeq: ${cseq} INVITE\r\n${more}\r\n`
const credentials = 'Proxy-Authorization: Digest username="alice"\r\n'
const http = (request: string, more = '') => `${request} HTTP/1.1\r\nHost: a\r\n${more}\r\n`

function refused(recording: Recording): number[] {
  return [...finalRefusals(timelineOf(recording.events).messages)].map(({ number }) => number)
}

function challenged(): Recording {
  return new Recording()
    .message('alice', 'vcse1', 'SIP', 'INVITE sip:1003', sip('one', 1))
    .message('vcse1', 'alice', 'SIP', '407 Proxy Authentication Required (INVITE)', sip('one', 1))
}

test('a header is found by its name, whatever its case', () => {
  const [message] = timelineOf(
    new Recording().message('alice', 'vcse1', 'SIP', 'INVITE', sip('one', 7)).events,
  ).messages
  expect(['cseq', 'CSeq', 'CALL-ID', 'from'].map((name) => headerOf(message!, name))).toEqual([
    '7 INVITE',
    '7 INVITE',
    'one',
    undefined,
  ])
})

test('a challenge that is answered with credentials is no refusal, one that is not is', () => {
  expect(refused(challenged())).toEqual([2])
  expect(refused(challenged().message('alice', 'vcse1', 'SIP', 'INVITE sip:1003', sip('one', 2)))).toEqual([2])
  expect(refused(challenged().message('alice', 'vcse1', 'SIP', 'INVITE sip:1003', sip('two', 1, credentials)))).toEqual(
    [2],
  )
  const answered = challenged().message('alice', 'vcse1', 'SIP', 'INVITE sip:1003', sip('one', 2, credentials))
  expect(refused(answered)).toEqual([])
})

test('a request sent anew with another Call-ID answers the challenge whose nonce it quotes', () => {
  const nonce = 'nonce="0a1b"'
  const again = (quoted: string) =>
    new Recording()
      .message('vcsc1', 'vcse1', 'SIP', 'OPTIONS sip:e', sip('one', 1))
      .message(
        'vcse1',
        'vcsc1',
        'SIP',
        '401 Unauthorized (OPTIONS)',
        sip('one', 1, `WWW-Authenticate: Digest ${nonce}\r\n`),
      )
      .message('vcsc1', 'vcse1', 'SIP', 'OPTIONS sip:e', sip('two', 1, `Authorization: Digest ${quoted}\r\n`))
  expect(refused(again(nonce))).toEqual([])
  expect(refused(again('nonce="ffff"'))).toEqual([2])
})

test('the refusal of credentials is final, though the client tries again; that of a stale nonce is not', () => {
  const attempt = (recording: Recording, cseq: number, challenge = '') =>
    recording
      .message('alice', 'vcse1', 'SIP', 'INVITE sip:1003', sip('one', cseq, credentials))
      .message('vcse1', 'alice', 'SIP', '407 Proxy Authentication Required (INVITE)', sip('one', cseq, challenge))
  expect(refused(attempt(attempt(challenged(), 2), 3))).toEqual([4, 6])
  const stale = 'Proxy-Authenticate: Digest realm="a", nonce="b", stale=true\r\n'
  expect(refused(attempt(attempt(challenged(), 2, stale), 3))).toEqual([6])
})

test('HTTP: the same request with credentials answers the challenge; another one does not', () => {
  const challenge = () =>
    new Recording()
      .message('alice', 'vcse1', 'HTTP', 'GET /a', http('GET /a'))
      .message('vcse1', 'alice', 'HTTP', '401 Unauthorized', 'HTTP/1.1 401 Unauthorized\r\n\r\n')
  const authorization = 'Authorization: Basic YQ==\r\n'
  expect(refused(challenge().message('alice', 'vcse1', 'HTTP', 'GET /a', http('GET /a', authorization)))).toEqual([])
  expect(refused(challenge().message('alice', 'vcse1', 'HTTP', 'GET /b', http('GET /b', authorization)))).toEqual([2])
})

test('a file a client only tries may be missing; a failure of XMPP counts', () => {
  const file = (name: string) =>
    new Recording()
      .message('alice', 'vcse1', 'HTTP', `GET /x/${name}`, http(`GET /x/${name}`))
      .message('vcse1', 'alice', 'HTTP', '404 Not Found', 'HTTP/1.1 404 Not Found\r\n\r\n')
  expect(refused(file('AppDialRules.xml'))).toEqual([])
  expect(refused(file('jabber-config.xml'))).toEqual([2])
  expect(refused(new Recording().message('vcse1', 'alice', 'XMPP', '<failure not-authorized>'))).toEqual([1])
})
