import { expect, test } from 'vitest'
import { testHost } from '#runtime/test-host.fixture.ts'
import { AccessTokens } from './access-tokens.ts'

test('a token is its owner’s for two hours, as often as it is shown', () => {
  const { wall, environment } = testHost({ address: '127.78.1.93' })
  const tokens = new AccessTokens(wall, environment.random)
  const token = tokens.issue('alice')
  expect([tokens.owner(token), tokens.owner(token), tokens.owner('x')]).toEqual(['alice', 'alice', undefined])
  wall.move(2 * 60 * 60_000 - 60_000)
  expect(tokens.owner(token)).toBe('alice')
  wall.move(120_000)
  expect(tokens.owner(token)).toBeUndefined()
})
