import { describe, expect, test } from 'vitest'
import { leftOut, tortureMessages } from './torture.fixture.ts'
import type { SipMessage } from './message.ts'
import { parseMessage, responseToRefused } from './parse-message.ts'

function parsed(name: string): SipMessage {
  const result = parseMessage(tortureMessages.find((message) => message.name === name)!.bytes)
  if (!result.ok) throw new Error(result.fault)
  return result.message
}

describe('RFC 4475', () => {
  test('every section is here or left out with a reason', () => {
    const chapters = { '3.1.1': 13, '3.1.2': 19, '3.2': 1, '3.3': 15, '3.4': 1 }
    const sections = Object.entries(chapters).flatMap(([chapter, last]) =>
      Array.from({ length: last }, (_, index) => `${chapter}.${index + 1}`),
    )
    const declared = [...tortureMessages, ...leftOut].map(({ section }) => section)
    expect(declared.toSorted()).toEqual(sections.toSorted())
  })

  test.each(tortureMessages)('$section $name: $why', ({ bytes, expected }) => {
    const result = parseMessage(bytes)
    expect(result.ok ? 'accepted' : result.status).toBe(expected)
  })

  test.each(tortureMessages.filter(({ expected }) => expected === 'accepted'))(
    '$section $name round trip',
    ({ bytes }) => {
      const result = parseMessage(bytes)
      if (!result.ok) throw new Error(result.fault)
      const sent = result.message.toBuffer()
      const headEnd = bytes.indexOf('\r\n\r\n')
      // The RFC 2543 message has no Content-Length; it gets one.
      if (result.message.has('content-length')) expect(sent.subarray(0, headEnd)).toEqual(bytes.subarray(0, headEnd))
      const again = parseMessage(sent)
      expect(again.ok && again.message.toBuffer()).toEqual(sent)
    },
  )

  test('3.1.1.1 wsinv is read through its blanks', () => {
    const message = parsed('wsinv')
    expect(message.toTag).toBe('1918181833n')
    expect(message.fromTag).toBe('98asjd8')
    expect(message.from?.displayName).toBe('J Rosenberg \\"')
    expect(message.maxForwards).toBe(68)
    expect(message.cseq).toEqual({ number: 9, method: 'INVITE' })
    expect(message.vias()?.map((via) => [via.transport, via.host, via.parameters.get('branch')])).toEqual([
      ['UDP', '192.0.2.2', '390skdjuw'],
      ['TCP', 'spindle.example.com', 'z9hG4bK9ikj8'],
      ['UDP', '192.168.255.111', 'z9hG4bK30239'],
    ])
    expect(message.first('NewFangledHeader')).toBe('newfangled value continued newfangled value')
    expect(message.addresses('contact')?.[0]?.parameters.get('q')).toBe('0.33')
    expect(message.body).toHaveLength(150)
  })

  test('3.1.1.5 esc02: an escaped header name is another header', () => {
    expect(parsed('esc02').all('Contact')).toHaveLength(2)
  })

  test('3.1.1.9 semiuri: the semicolon belongs to the user', () => {
    const message = parsed('semiuri')
    if (message.kind !== 'request') throw new Error('not a request')
    expect(message.sipUri?.user).toBe('user;par=u%40example.net')
    expect(message.sipUri?.parameters.entries()).toEqual([])
    expect(message.all('accept')).toHaveLength(6)
  })

  test('3.1.1.8 dblreq: the second message is not part of the first', () => {
    expect(parsed('dblreq').body).toHaveLength(0)
  })

  test.each(tortureMessages.filter(({ expected }) => expected !== 'accepted'))(
    '$section $name is answered',
    ({ bytes }) => {
      const result = parseMessage(bytes)
      if (result.ok) throw new Error('accepted')
      const answer = responseToRefused(result, 'edge')
      if (bytes.subarray(0, 7).toString() === 'SIP/2.0') return expect(answer).toBeUndefined()
      const text = answer!.toBuffer().toString()
      expect(text.startsWith(`SIP/2.0 ${result.status} ${result.reason}\r\n`)).toBe(true)
      expect(text).toContain('Via')
    },
  )
})
