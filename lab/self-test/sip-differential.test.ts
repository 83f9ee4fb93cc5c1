import { describe, expect, test } from 'vitest'
import { tortureMessages } from '#edge/protocol/sip/torture.fixture.ts'
import { compare } from './sip-comparison.ts'
import { generateCorpus } from './sip-corpus.ts'
import type { CorpusMessage } from './sip-corpus.ts'
import { knownDifferences } from './sip-differences.ts'

/** The seed and the size of the corpus are fixed: what no longer occurs in it has to leave the list. */
const corpus: readonly CorpusMessage[] = [
  ...generateCorpus(4475, 6_000),
  ...tortureMessages.map(({ name, bytes }) => ({ name: `RFC 4475 ${name}`, bytes })),
]
const comparisons = corpus.map((message) => ({ ...message, ...compare(message.bytes) }))

describe('the SIP stacks of the edge and of the simulators read the same bytes', () => {
  test('every disagreement is a known one', () => {
    const unknown = comparisons
      .filter(
        ({ difference }) =>
          difference !== undefined && !knownDifferences.some(({ fits }) => fits.test(difference.kind)),
      )
      .map(({ name, difference }) => `${difference!.kind} (${difference!.detail}): ${name}`)
    expect(unknown).toEqual([])
  })

  test.each(knownDifferences)('known: $name', ({ fits, who }) => {
    const found = comparisons.filter(({ difference }) => difference !== undefined && fits.test(difference.kind))
    expect(found.length).toBeGreaterThan(0)
    expect(found.every(({ difference }) => difference!.kind.startsWith(who))).toBe(true)
  })

  test('the corpus holds enough messages both read and enough both refuse', () => {
    const count = (wanted: string) => comparisons.filter(({ agreement }) => agreement === wanted).length
    expect(count('accepted')).toBeGreaterThan(corpus.length / 5)
    expect(count('refused')).toBeGreaterThan(corpus.length / 5)
  })
})
