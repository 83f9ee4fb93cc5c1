import { describe, expect, it } from 'vitest'
import { verdictOf } from './verdict.ts'

const healthy = { shortcomings: [], saturatedShare: 0.1, generatorLateMs: 4 }

describe('verdictOf', () => {
  it('passes where nothing is missing', () => expect(verdictOf(healthy)).toBe('passed'))

  it('fails where something is', () => {
    expect(verdictOf({ ...healthy, shortcomings: ['3 calls were lost'] })).toBe('failed')
  })

  it.each([{ saturatedShare: 0.6 }, { generatorLateMs: 80 }])('is no verdict about us with %o', (machine) => {
    expect(verdictOf({ ...healthy, ...machine })).toBe('not possible on this machine')
    expect(verdictOf({ ...healthy, ...machine, shortcomings: ['x'] })).toBe('not possible on this machine')
  })
})
