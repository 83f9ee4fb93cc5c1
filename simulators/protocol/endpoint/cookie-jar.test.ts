import { expect, test } from 'vitest'
import { HostWallClock, realMonotonicClock } from '#runtime/clock.ts'
import { CookieJar } from './cookie-jar.ts'

const start = new Date('2015-01-05T10:00:00Z')
const open = () => {
  const clock = new HostWallClock(realMonotonicClock, start)
  return { clock, jar: new CookieJar(clock) }
}
const authCookie = 'X-Auth=1a2b; Expires=Mon, 05 Jan 2015 18:00:00 GMT; Domain=.example.com; Path=/; Secure'

test('a cookie of the domain goes to every host in it, over TLS only, until it expires', async () => {
  const { clock, jar } = open()
  expect(jar.take(authCookie, 'vcse1.example.com')).toBeUndefined()
  expect(jar.header('vcse2.example.com', '/x', true)).toBe('X-Auth=1a2b')
  expect(jar.header('vcse1.example.com', '/x', false)).toBeUndefined()
  expect(jar.header('notexample.com', '/x', true)).toBeUndefined()
  await clock.advance(8 * 3_600_000 + 1_000)
  expect(jar.header('vcse1.example.com', '/x', true)).toBeUndefined()
})

test('a domain that does not hold the host is refused, with the reason', () => {
  const { jar } = open()
  expect(jar.take(authCookie, 'edge.example.net')?.says).toContain('.example.com does not hold edge.example.net')
  expect(jar.header('edge.example.net', '/', true)).toBeUndefined()
})

test('without a domain only the host itself gets it', () => {
  const { jar } = open()
  jar.take('JSESSIONID=7; Path=/; HttpOnly', 'vcse1.example.com')
  expect(jar.header('vcse1.example.com', '/', true)).toBe('JSESSIONID=7')
  expect(jar.header('a.vcse1.example.com', '/', true)).toBeUndefined()
})

test('an expired or repeated cookie replaces the old one', () => {
  const { jar } = open()
  jar.take(authCookie, 'vcse1.example.com')
  jar.take(authCookie.replace('1a2b', '3c4d'), 'vcse1.example.com')
  expect(jar.header('vcse1.example.com', '/', true)).toBe('X-Auth=3c4d')
  expect(jar.take('X-Auth=; Max-Age=0; Domain=example.com', 'vcse1.example.com')?.says).toContain('expired')
  expect(jar.header('vcse1.example.com', '/', true)).toBeUndefined()
})
