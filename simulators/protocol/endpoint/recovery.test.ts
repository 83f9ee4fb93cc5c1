import { expect, test } from 'vitest'
import { HostWallClock, realMonotonicClock } from '#runtime/clock.ts'
import { Recovery } from './recovery.ts'

function scene(attempt: (turn: number) => boolean) {
  const clock = new HostWallClock(realMonotonicClock, new Date(0))
  let turns = 0
  const recovery = new Recovery(clock, async () => attempt(++turns))
  return { clock, recovery, turns: () => turns }
}

test('tries after 1 s, 2 s, 4 s and ends with the first success', async () => {
  const { clock, recovery, turns } = scene((turn) => turn === 3)
  recovery.begin()
  recovery.begin()
  for (const [seconds, made] of [
    [1, 1],
    [2, 2],
    [4, 3],
    [60, 3],
  ] as const) {
    await clock.advance(seconds * 1_000)
    expect(turns()).toBe(made)
  }
  expect(recovery.isUnderWay).toBe(false)
})

test('waits 30 s at most', async () => {
  const { clock, recovery, turns } = scene(() => false)
  recovery.begin()
  for (let turn = 0; turn < 8; turn++) await clock.advance(30_000)
  expect(turns()).toBe(8)
  await recovery.stop()
})

test('a client that signs out tries no more', async () => {
  const { clock, recovery, turns } = scene(() => false)
  recovery.begin()
  await clock.advance(1_000)
  await recovery.stop()
  await clock.advance(60_000)
  expect(turns()).toBe(1)
  expect(recovery.isUnderWay).toBe(false)
})
