import { expect, test } from 'vitest'
import { maskedMessage } from './masking.ts'

const secrets = [
  'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:quarzquarzquarz|2^48',
  'a=ice-pwd:quarz',
  'k=clear:quarz',
  'Authorization: Basic cXVhcno=quarz',
  'Proxy-Authorization: Digest username="alice",\r\n response="quarz",\r\n\tnonce="quarz"',
  'Authentication-Info: rspauth="quarz"',
  'Set-Cookie: X-Auth=quarz; Secure',
  'cookie : X-Auth=quarz',
  '<ha1>quarz</ha1>',
  '<ns:password xsi:type="string">quarz</ns:password>',
  '<response>quarz</response><nonce>quarz</nonce>',
  '{"linkSecret" : "qu\\"arz quarz", "token":"quarz"}',
  'GET /x?user=alice&token=quarz HTTP/1.1',
]

test.each(secrets)('%s is masked', (text) => {
  const masked = maskedMessage(`INVITE sip:1002@cucm1.example.com SIP/2.0\r\nVia: x\r\n${text}\r\nEnd: y\r\n`)
  expect(masked).not.toMatch(/quarz|arz|cXVh/)
  expect(masked).toContain('****')
  expect(masked).toMatch(/^End: y$/m)
})

test('what helps stays: user, scheme, suite, other fields', () => {
  const masked = maskedMessage(
    'Proxy-Authorization: Digest username="alice", response="x"\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x\r\n' +
      '<username>alice</username>{"name":"example.com"}',
  )
  expect(masked).toContain('Digest username="alice", ****')
  expect(masked).toContain('a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:****')
  expect(masked).toContain('<username>alice</username>{"name":"example.com"}')
})

test('a long hostile text is masked in time', () => {
  const text = `${'<a '.repeat(20_000)}${'"'.repeat(20_000)}Authorization: ${' '.repeat(20_000)}`
  const started = process.hrtime.bigint()
  maskedMessage(text)
  expect(Number(process.hrtime.bigint() - started) / 1e6).toBeLessThan(1_000)
})
