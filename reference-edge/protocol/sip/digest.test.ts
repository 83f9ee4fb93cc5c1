import { describe, expect, test } from 'vitest'
import {
  answerChallenge,
  digestResponse,
  formatChallenge,
  hashOfRequest,
  hashOfUser,
  isProven,
  parseChallenge,
  parseCredentials,
} from './digest.ts'

describe('hashes', () => {
  test('the worked example of a REGISTER through the edge', () => {
    const ha1 = hashOfUser('alice', 'vcse1.example.com', 's3cret')
    const uri = 'sip:cucm1.example.com'
    expect(ha1).toBe('5cdf443c2cdc9819d07e8a9e1cbd62c0')
    expect(hashOfRequest('REGISTER', uri)).toBe('06b633630007fa5f869afab5cec97cff')
    const quality = { qop: 'auth', nonceCount: '00000001', cnonce: '7b1c9e20' } as const
    const nonce = '0a4f113b5c7de9'.repeat(4)
    expect(digestResponse({ ha1, method: 'REGISTER', uri, nonce, quality })).toBe('99f8c83a30c4d0685d6bd0ad8da1d4fd')
  })

  test('RFC 2617 §3.5', () => {
    const credentials = parseCredentials(
      'Digest username="Mufasa", realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", ' +
        'uri="/dir/index.html", qop=auth, nc=00000001, cnonce="0a4f113b", ' +
        'response="6629fae49393a05397450978507c4ef1", opaque="5ccc069c403ebaf9f0171e9517f40e41"',
    )!
    expect(credentials.opaque).toBe('5ccc069c403ebaf9f0171e9517f40e41')
    expect(isProven(credentials, 'GET', { password: 'Circle Of Life' })).toBe(true)
    expect(isProven(credentials, 'POST', { password: 'Circle Of Life' })).toBe(false)
    expect(isProven(credentials, 'GET', { password: 'Circle of Life' })).toBe(false)
    expect(isProven(credentials, 'GET', { ha1: '939e7578ed9e3c518a452acee763bce9' })).toBe(true)
  })
})

describe('challenge and answer', () => {
  const challenge = { realm: 'traversal "zone"', nonce: 'abc', opaque: 'o', isStale: false, qop: 'auth' } as const
  const request = { method: 'OPTIONS', uri: 'sip:vcse1.example.com:7001;transport=tls' }
  const count = { nonceCount: 26, cnonce: '0f' }

  test.each([challenge, { ...challenge, qop: undefined, opaque: undefined, isStale: true }])(
    'round trip %#',
    (given) => {
      const read = parseChallenge(formatChallenge(given))!
      expect(read).toEqual(given)
      const text = answerChallenge(read, request, { username: 'zone user', secret: { password: 'pässword' } }, count)
      const credentials = parseCredentials(text)!
      expect(credentials.quality?.nonceCount).toBe(given.qop && '0000001a')
      expect(isProven(credentials, 'OPTIONS', { password: 'pässword' })).toBe(true)
      expect(isProven(credentials, 'OPTIONS', { password: 'password' })).toBe(false)
    },
  )

  test('a challenge that offers several qop is answered with auth', () => {
    expect(parseChallenge('digest realm="a",nonce="b",qop="auth-int,auth"')?.qop).toBe('auth')
  })

  test.each([
    ['Basic YTpi'],
    ['NoOneKnowsThisScheme opaque-data=here'],
    ['Digest'],
    ['Digest realm="a"'],
    ['Digest realm="a", nonce="b", algorithm=SHA-256'],
    ['Digest realm="a", nonce="b", algorithm=MD5-sess'],
    ['Digest realm="a", nonce="b", qop="auth-int"'],
    ['Digest realm="a", realm="c", nonce="b"'],
    ['Digest realm="a, nonce="b"'],
  ])('no challenge for us: %s', (text) => expect(parseChallenge(text)).toBeUndefined())

  const good = 'Digest username="u", realm="r", nonce="n", uri="sip:a", response="00112233445566778899aabbccddeeff"'
  test.each([
    [good.replace('00', '0')],
    [good.replace('00', 'zz')],
    [`${good}, qop=auth`],
    [`${good}, qop=auth, nc=1, cnonce="c"`],
    [`${good}, qop=auth-int, nc=00000001, cnonce="c"`],
    [`${good}, username="v"`],
    [good.replace('username', 'user name')],
    [`${good}, algorithm=SHA-256`],
  ])('ill-formed credentials %#', (text) => {
    expect(parseCredentials(good)).toBeDefined()
    expect(parseCredentials(text)).toBeUndefined()
  })
})
