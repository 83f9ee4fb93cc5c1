import { describe, expect, test } from 'vitest'
import { answerChallenge, digestResponse, formatChallenge, isRightAnswer, parseDigest } from './digest.ts'

describe('digest', () => {
  test('RFC 2617 §3.5 example', () => {
    const response = digestResponse({
      user: 'Mufasa',
      realm: 'testrealm@host.com',
      password: 'Circle Of Life',
      method: 'GET',
      uri: '/dir/index.html',
      nonce: 'dcd98b7102dd2f0e8b11d0f600bfb0c093',
      auth: { cnonce: '0a4f113b', nonceCount: '00000001' },
    })
    expect(response).toBe('6629fae49393a05397450978507c4ef1')
  })

  test('client and server agree, and disagree on a wrong password or method', () => {
    const challenge = parseDigest(formatChallenge({ realm: 'ccmsipline', nonce: 'n0' }))!
    const request = { method: 'REGISTER', uri: 'sip:cucm1.example.com' }
    const value = answerChallenge(challenge, request, { user: 'alice', password: 's3cret', cnonce: 'c', count: 1 })!
    const answer = parseDigest(value)!
    expect(isRightAnswer(answer, { method: 'REGISTER', password: 's3cret' })).toBe(true)
    expect(isRightAnswer(answer, { method: 'REGISTER', password: 'other' })).toBe(false)
    expect(isRightAnswer(answer, { method: 'INVITE', password: 's3cret' })).toBe(false)
  })

  test('other schemes, algorithms and repeated parameters are not answered', () => {
    expect(parseDigest('Basic YTpi')).toBeUndefined()
    expect(parseDigest('Digest nonce="a",nonce="b"')).toBeUndefined()
    const request = { method: 'REGISTER', uri: 'sip:a' }
    const credentials = { user: 'a', password: 'b', cnonce: 'c', count: 1 }
    expect(answerChallenge({ realm: 'r', nonce: 'n', algorithm: 'SHA-256' }, request, credentials)).toBeUndefined()
  })
})
