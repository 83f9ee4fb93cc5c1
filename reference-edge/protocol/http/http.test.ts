import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readBasic, writeBasic } from './basic-credentials.ts'
import { cookieValues, withoutCookie } from './cookies.ts'
import { endToEndHeaders, headerRecord } from './forwarded-headers.ts'

test('hop-by-hop headers and those that Connection names stay behind', () => {
  const headers = {
    connection: 'close, X-Secret',
    'x-secret': '1',
    te: 'trailers',
    'transfer-encoding': 'chunked',
    upgrade: 'h2c',
    'content-length': '3',
    'proxy-authorization': 'Basic eDp5',
    accept: '*/*',
    'x-forwarded-for': '10.0.0.1',
    none: undefined,
  }
  expect(endToEndHeaders(headers, ['x-forwarded-for'])).toEqual({ accept: '*/*' })
})

test('repeated headers of an answer become a list in order', () => {
  expect(headerRecord(['Set-Cookie', 'a=1', 'Date', 'now', 'set-cookie', 'b=2'])).toEqual({
    'Set-Cookie': ['a=1', 'b=2'],
    Date: 'now',
  })
})

test('any pair of text without a colon in the user survives', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 60 })
  fc.assert(
    fc.property(text, text, (user, password) => {
      fc.pre(user !== '' && !user.includes(':') && (user + password).isWellFormed())
      fc.pre(!/[\u0000-\u001f\u007f]/.test(user + password))
      expect(readBasic(writeBasic({ user, password }))).toEqual({ user, password })
    }),
  )
})

test.each([
  undefined,
  '',
  'Bearer abc',
  'Basic',
  'Basic !!!',
  `Basic ${Buffer.from('nocolon').toString('base64')}`,
  `Basic ${Buffer.from(':x').toString('base64')}`,
  `Basic ${Buffer.from('a\0b:x').toString('base64')}`,
  `Basic ${Buffer.from([0x61, 0xff, 0x3a, 0x62]).toString('base64')}`,
  `Basic ${Buffer.from('a:'.padEnd(5_000, 'x')).toString('base64')}`,
])('%j is no pair', (header) => {
  expect(readBasic(header)).toBeUndefined()
})

test('cookies are read and taken out by name', () => {
  const header = 'JSESSIONIDSSO=1; X-Auth=u=v; X-Auth=two; flag'
  expect(cookieValues(header, 'X-Auth')).toEqual(['u=v', 'two'])
  expect(withoutCookie(header, 'X-Auth')).toBe('JSESSIONIDSSO=1; flag')
  expect(withoutCookie('X-Auth=1', 'X-Auth')).toBeUndefined()
  expect(cookieValues(undefined, 'X-Auth')).toEqual([])
})
