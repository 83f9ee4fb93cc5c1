import { describe, expect, test } from 'vitest'
import { HostWallClock } from '#runtime/clock.ts'
import { seededRandom } from '#runtime/random.ts'
import { ManualClock } from '#runtime/manual-clock.fixture.ts'
import { NonceBook, type NonceOptions } from './nonce.ts'

function book(options: NonceOptions = {}) {
  const monotonic = new ManualClock()
  const wall = new HostWallClock(monotonic, new Date('2015-01-05T10:00:02Z'))
  return { monotonic, wall, nonces: new NonceBook(wall, seededRandom('nonce'), options) }
}

describe('nonces', () => {
  test('60 digits, no two alike, good for their source only', () => {
    const { nonces } = book()
    const nonce = nonces.issue('127.0.0.10')
    expect(nonce).toHaveLength(60)
    expect(nonces.issue('127.0.0.10')).not.toBe(nonce)
    expect(nonces.use(nonce, '00000001', '127.0.0.11')).toBe('unknown')
    expect(nonces.use(nonce, '00000001', '127.0.0.10')).toBe('good')
  })

  test('a count must grow', () => {
    const { nonces } = book()
    const nonce = nonces.issue('a')
    const verdicts = ['00000001', '00000001', '0000000a', '00000009', '00000000'].map((nc) =>
      nonces.use(nonce, nc, 'a'),
    )
    expect(verdicts).toEqual(['good', 'replayed', 'good', 'replayed', 'replayed'])
  })

  test('without a count it is good once', () => {
    const { nonces } = book()
    const nonce = nonces.issue('a')
    expect([nonces.use(nonce, undefined, 'a'), nonces.use(nonce, undefined, 'a')]).toEqual(['good', 'replayed'])
  })

  test('stale after 300 s of the wall clock, and when it comes from the future', () => {
    const { nonces, monotonic, wall } = book()
    const nonce = nonces.issue('a')
    monotonic.advance(300_000)
    expect(nonces.use(nonce, '00000001', 'a')).toBe('good')
    monotonic.advance(1)
    expect(nonces.use(nonce, '00000002', 'a')).toBe('stale')
    const young = nonces.issue('a')
    wall.setOffset(-1000)
    expect(nonces.use(young, '00000001', 'a')).toBe('stale')
  })

  test('128 uses', () => {
    const { nonces } = book()
    const nonce = nonces.issue('a')
    const verdicts = Array.from({ length: 129 }, (_, at) =>
      nonces.use(nonce, (at + 1).toString(16).padStart(8, '0'), 'a'),
    )
    expect(verdicts.filter((verdict) => verdict === 'good')).toHaveLength(128)
    expect(verdicts.at(-1)).toBe('stale')
  })

  test('unanswered challenges cost nothing; a forgotten nonce is stale and cannot be replayed', () => {
    const { nonces } = book({ maximumStored: 2 })
    const [first, second, third] = [nonces.issue('a'), nonces.issue('a'), nonces.issue('a')]
    expect(nonces.size).toBe(0)
    for (const nonce of [first, second, third]) expect(nonces.use(nonce, '00000001', 'a')).toBe('good')
    expect(nonces.size).toBe(2)
    expect(nonces.use(first, '00000001', 'a')).toBe('stale')
    expect(nonces.use(third, '00000002', 'a')).toBe('good')
  })

  test.each(['', 'xyz', '00'.repeat(30), '0a4f'])('made elsewhere: %s', (nonce) => {
    expect(book().nonces.use(nonce, '00000001', 'a')).toBe('unknown')
  })

  test('another spelling of a nonce is another nonce', () => {
    const { nonces } = book()
    expect(nonces.use(nonces.issue('a').toUpperCase(), '00000001', 'a')).toBe('unknown')
  })
})
