import { expect, it } from 'vitest'
import { PollInterval } from './poll-interval.ts'

it('grows to 1024 s while all is well, begins soon and quickly where it is not', () => {
  const interval = new PollInterval()
  const next = (count: number, isWell: boolean) => Array.from({ length: count }, () => interval.next(isWell))
  expect(next(6, true)).toEqual([64, 128, 256, 512, 1_024, 1_024])
  expect(next(7, false)).toEqual([2, 4, 8, 16, 32, 64, 64])
  expect(next(2, true)).toEqual([64, 128])
  interval.restart()
  expect(next(2, true)).toEqual([64, 128])
  expect(next(1, false)).toEqual([2])
})
