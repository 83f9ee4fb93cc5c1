import { expect, test } from 'vitest'
import type { Verdict } from '#guide/register.ts'
import { standingOf } from './coverage.ts'

test.each<[Verdict, boolean, boolean, string]>([
  ['by scenario', true, true, 'proved'],
  ['by scenario', false, true, 'failed'],
  ['by scenario', false, false, 'notRun'],
  ['documentation', false, false, 'reasoned'],
  ['out of scope', false, false, 'reasoned'],
  ['open', false, false, 'open'],
  ['open', true, false, 'proved'],
])('%s, proved %s, failed %s: %s', (verdict, isProved, hasFailed, standing) => {
  expect(standingOf(verdict, { isProved, hasFailed })).toBe(standing)
})
