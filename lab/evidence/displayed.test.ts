import { expect, test } from 'vitest'
import { displayedSummary, displayedText, masked, shortened } from './displayed.ts'

test.each([
  ['Authorization: Basic YWxpY2U6c2VjcmV0', 'Authorization: Basic ••••'],
  ['authorization: Bearer abc\r\nHost: a', 'authorization: Bearer ••••\r\nHost: a'],
  [
    'Proxy-Authorization: Digest username="a", nonce="n", response="r"',
    'Proxy-Authorization: Digest username="a", nonce="••••", response="••••"',
  ],
  ['Cookie: a=1; b=2', 'Cookie: a=••••; b=••••'],
  ['Set-Cookie: X-Auth=tok; Path=/', 'Set-Cookie: X-Auth=••••; Path=/'],
  ['a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:a2V5|2^48', 'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:••••|2^48'],
  ["<auth mechanism='PLAIN'>AGE=</auth>", "<auth mechanism='PLAIN'>••••</auth>"],
  ['<password>p</password><session-key>k</session-key>', '<password>••••</password><session-key>••••</session-key>'],
  ['{"password": "p\\"q", "user": "a"}', '{"password": "••••", "user": "a"}'],
  ['GET /x?token=abc&user=a HTTP/1.1', 'GET /x?token=••••&user=a HTTP/1.1'],
])('masked: %s', (text, shown) => expect(masked(text)).toBe(shown))

test('where a request through the edge goes is shown in clear; other segments stay', () => {
  const target = Buffer.from('example.com/https/cucm1.example.com/8443').toString('base64url')
  expect(displayedSummary({ summary: `GET /${target}/cucm-uds/servers` })).toBe(
    'GET /{cucm1.example.com:8443}/cucm-uds/servers',
  )
  expect(displayedSummary({ summary: 'GET /ZXhhbXBsZS5jb20/get_edge_config' })).toBe(
    'GET /{example.com}/get_edge_config',
  )
  expect(displayedSummary({ summary: 'GET /cucm-uds/servers' })).toBe('GET /cucm-uds/servers')
})

test('bytes that are no text are dumped; a long text is cut', () => {
  expect(displayedText(Buffer.from([0, 1, 0x41]))).toMatch(/^0000 {2}00 01 41 +\.\.A$/)
  expect(displayedText(Buffer.alloc(40_000, 'a'))).toMatch(/ bytes more in messages\.jsonl$/)
  expect(shortened('abcdefghijklmnop', 9)).toBe('abcde…nop')
})
