import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Candidate } from './truechimers.ts'
import { truechimers } from './truechimers.ts'

const at = (offsetMs: number, stratum = 2, distanceMs = 5): Candidate => ({ offsetMs, stratum, distanceMs })

describe('truechimers', () => {
  it.each([
    ['one', [at(5_000)], [at(5_000)]],
    ['two that agree, the better first', [at(1, 3), at(2, 2)], [at(2, 2), at(1, 3)]],
    ['none of two that disagree', [at(0), at(5_000)], []],
    ['two of three', [at(90_000), at(1), at(0, 2, 4)], [at(0, 2, 4), at(1)]],
    ['none of two pairs', [at(0), at(1), at(5_000), at(5_001)], []],
    ['none of none', [], []],
  ])('%s', (_what, servers, expected) => expect(truechimers(servers)).toEqual(expected))

  it('are a majority within reach of each other, whatever the rest says', () => {
    const candidate = fc.record({
      offsetMs: fc.integer({ min: -500, max: 500 }),
      distanceMs: fc.integer({ min: 0, max: 100 }),
      stratum: fc.integer({ min: 1, max: 15 }),
    })
    fc.assert(
      fc.property(fc.array(candidate, { maxLength: 5 }), (servers) => {
        const chosen = truechimers(servers)
        if (chosen.length === 0) return true
        const isClose = (one: Candidate, other: Candidate) =>
          Math.abs(one.offsetMs - other.offsetMs) <= one.distanceMs + other.distanceMs + 100
        return chosen.length * 2 > servers.length && chosen.every((one) => chosen.every((other) => isClose(one, other)))
      }),
    )
  })
})
