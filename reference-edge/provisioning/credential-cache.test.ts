import { expect, test } from 'vitest'
import { HostWallClock, realMonotonicClock } from '#runtime/clock.ts'
import { systemRandom } from '#runtime/random.ts'
import type { Verdict } from './credential-cache.ts'
import { CredentialCache } from './credential-cache.ts'

const minute = 60_000

function signedIn(capacity = 10) {
  const wall = new HostWallClock(realMonotonicClock, new Date())
  const passwords = new Map([
    ['alice', 'one'],
    ['bob', 'two'],
  ])
  const asked: string[] = []
  const state = { verdict: undefined as Verdict | undefined }
  const authenticate = async (user: string, password: string): Promise<Verdict> => {
    asked.push(`${user}:${password}`)
    return state.verdict ?? (passwords.get(user) === password ? 'accepted' : 'refused')
  }
  const cache = new CredentialCache({ wall, random: systemRandom(), authenticate, capacity })
  const stop = () => {
    cache.stop()
    wall.stop()
  }
  return { cache, wall, passwords, asked, state, [Symbol.dispose]: stop }
}

test('an accepted password is asked for once within the refresh interval', async () => {
  using lab = signedIn()
  expect(await lab.cache.verify('alice', 'one')).toBe('accepted')
  await lab.wall.advance(479 * minute)
  expect(await lab.cache.verify('alice', 'one')).toBe('accepted')
  expect(lab.cache.password('alice')).toBe('one')
  expect(lab.asked).toHaveLength(1)
})

test('an entry is refused after 480 minutes although the cleanup runs only after 720', async () => {
  using lab = signedIn()
  await lab.cache.verify('alice', 'one')
  const cookie = lab.cache.issueCookie('alice')
  await lab.wall.advance(480 * minute)
  expect(lab.cache.size).toBe(1)
  expect(lab.cache.password('alice')).toBeUndefined()
  expect(lab.cache.cookieUser(cookie.value)).toBeUndefined()
  await lab.cache.verify('alice', 'one')
  expect(lab.asked).toHaveLength(2)
  await lab.wall.advance(720 * minute)
  expect(lab.cache.size).toBe(0)
})

test('failures are not kept', async () => {
  using lab = signedIn()
  expect(await lab.cache.verify('alice', 'wrong')).toBe('refused')
  expect(await lab.cache.verify('alice', 'wrong')).toBe('refused')
  expect(lab.asked).toHaveLength(2)
  lab.state.verdict = 'unavailable'
  expect(await lab.cache.verify('alice', 'one')).toBe('unavailable')
  lab.state.verdict = undefined
  expect(await lab.cache.verify('alice', 'one')).toBe('accepted')
})

test('the old password works until its entry expires; a wrong one beside it changes nothing', async () => {
  using lab = signedIn()
  await lab.cache.verify('alice', 'one')
  lab.passwords.set('alice', 'three')
  expect(await lab.cache.verify('alice', 'wrong')).toBe('refused')
  expect(await lab.cache.verify('alice', 'one')).toBe('accepted')
  await lab.wall.advance(480 * minute)
  expect(await lab.cache.verify('alice', 'one')).toBe('refused')
  expect(await lab.cache.verify('alice', 'three')).toBe('accepted')
  expect(lab.cache.password('alice')).toBe('three')
})

test('simultaneous checks of one pair ask once', async () => {
  using lab = signedIn()
  await Promise.all(Array.from({ length: 20 }, () => lab.cache.verify('alice', 'one')))
  expect(lab.asked).toHaveLength(1)
})

test('a cookie belongs to its user, a made-up one to nobody', async () => {
  using lab = signedIn()
  await lab.cache.verify('alice', 'one')
  await lab.cache.verify('bob', 'two')
  const [a, b] = [lab.cache.issueCookie('alice'), lab.cache.issueCookie('bob')]
  expect(a.value).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
  expect([lab.cache.cookieUser(a.value), lab.cache.cookieUser(b.value)]).toEqual(['alice', 'bob'])
  expect(lab.cache.cookieUser('00000000-0000-4000-8000-000000000000')).toBeUndefined()
  expect(a.expires.getTime() - lab.wall.now().getTime()).toBeGreaterThan(479 * minute)
  lab.cache.clear()
  expect(lab.cache.cookieUser(a.value)).toBeUndefined()
})

test('the table is bounded: the user verified longest ago makes room', async () => {
  using lab = signedIn(1)
  await lab.cache.verify('alice', 'one')
  await lab.cache.verify('bob', 'two')
  expect([lab.cache.password('alice'), lab.cache.password('bob')]).toEqual([undefined, 'two'])
})

test('sessions: one for each device, current while the credentials are, then recent, gone after a day', async () => {
  using lab = signedIn()
  await lab.cache.verify('alice', 'one')
  const { value } = lab.cache.issueCookie('alice', { device: 'Jabber', domain: 'example.com' })
  lab.cache.issueCookie('alice', { device: 'Jabber', domain: 'example.com' })
  lab.cache.cookieUser(value, 'CSFALICE')
  expect(lab.cache.sessions()).toEqual([
    expect.objectContaining({ user: 'alice', device: 'CSFALICE', domain: 'example.com', state: 'current' }),
  ])
  await lab.wall.advance(481 * minute)
  expect(lab.cache.sessions()).toMatchObject([{ state: 'recent' }])
  await lab.wall.advance(1_441 * minute)
  expect(lab.cache.sessions()).toEqual([])
})
