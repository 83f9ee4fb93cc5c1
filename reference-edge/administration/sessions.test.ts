import { afterEach, beforeEach, expect, it } from 'vitest'
import { systemRandom } from '#runtime/random.ts'
import { type TestHost, testHost } from '#runtime/test-host.fixture.ts'
import { Sessions } from './sessions.ts'

const facts = { username: 'admin', source: '127.0.0.1', passwordHash: 'hash' }
let host: TestHost
let sessions: Sessions

beforeEach(() => {
  host = testHost({ address: '127.77.6.10' })
  const { log } = host.environment
  sessions = new Sessions({ clock: host.wall, random: systemRandom(), log, timeoutMinutes: () => 30 })
})
afterEach(() => {
  sessions.stop()
  host.wall.stop()
})

it('are at most a hundred: the one that was not used longest gives way', () => {
  const opened = Array.from({ length: 100 }, () => sessions.open(facts))
  expect(new Set(opened.flatMap(({ id, token }) => [id, token])).size).toBe(200)
  sessions.find(opened[0]!.id, 'hash')
  sessions.open(facts)
  expect(sessions.size).toBe(100)
  expect(sessions.find(opened[0]!.id, 'hash')).toBeDefined()
  expect(sessions.find(opened[1]!.id, 'hash')).toBeUndefined()
})

it('end unasked when nobody comes back, and leave no timer', async () => {
  sessions.open(facts)
  expect(host.wall.untilNext()).toBeLessThanOrEqual(30 * 60_000)
  await host.wall.advance(30 * 60_000)
  expect(sessions.size).toBe(0)
  expect(host.wall.untilNext()).toBeUndefined()
  expect(host.records.at(-1)).toMatchObject({ event: 'Admin Session Finish', Reason: 'Timed out' })
})
