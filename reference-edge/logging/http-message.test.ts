import { expect, test } from 'vitest'
import { answerText, requestText } from './http-message.ts'

test('a request shows its head without secrets and how long its body is', () => {
  const text = requestText({
    method: 'POST',
    target: '/aW1wMS5leGFtcGxlLmNvbS9odHRwcy84NDQz/EPASSoap/service/v80?token=quarz&user=alice',
    headers: {
      host: 'vcse1.example.com:8443',
      authorization: 'Basic cXVhcno=',
      cookie: 'X-Auth=quarz',
      'x-session-key': 'quarz',
      accept: ['a', 'b'],
    },
    body: '<password>quarz</password>',
  })
  expect(text).toBe(
    'POST /aW1wMS5leGFtcGxlLmNvbS9odHRwcy84NDQz/EPASSoap/service/v80?token=****&user=alice HTTP/1.1\n' +
      'host: vcse1.example.com:8443\nauthorization: Basic ****\ncookie: ****\nx-session-key: ****\naccept: a\naccept: b\n\n(26 bytes)',
  )
})

test("an answer shows its body only where it is the VCS's own", () => {
  const answer = { status: 200, reason: 'OK', headers: { 'Set-Cookie': 'X-Auth=quarz; Secure' }, body: '<a>b</a>' }
  expect(answerText(answer)).toBe('HTTP/1.1 200 OK\nSet-Cookie: ****\n\n(8 bytes)')
  expect(answerText(answer, { hasBody: true })).toBe('HTTP/1.1 200 OK\nSet-Cookie: ****\n\n<a>b</a>')
})
