import { expect, test } from 'vitest'
import type { EvidenceMessage } from './neighbours.ts'
import { divergence } from './neighbours.ts'

const healthy: EvidenceMessage[] = Array.from({ length: 9 }, (_, index) => ({
  number: index + 1,
  milliseconds: index - 2,
  step: index < 6 ? 1 : 2,
  from: 'alice',
  to: 'vcse1',
  protocol: index % 2 === 0 ? 'SIP' : 'HTTP',
  summary: 'request',
  isLost: false,
  isRefusal: false,
}))

const numbers = (text: string) =>
  [...text.matchAll(/^(.) #(\d+)/gm)].map(([, mark, number]) => `${mark}${number}`.trim())
const changed = (changes: Record<number, Partial<EvidenceMessage>>) =>
  healthy.map((message) => ({ ...message, ...changes[message.number] }))

test('nothing went wrong: the last messages before the failure, never start-up traffic', () => {
  expect(numbers(divergence(healthy, { number: 2 }, 80))).toEqual(['5', '6', '7', '8', '9'])
  expect(numbers(divergence(healthy, { number: 1 }, 80))).toEqual(['3', '4', '5', '6'])
  expect(divergence([], { number: 1 }, 80)).toBe('')
})

test('of a protocol the step names, if there is any', () => {
  expect(numbers(divergence(healthy, { number: 2, text: 'an HTTP request reaches the edge' }, 80))).toEqual([
    '4',
    '6',
    '8',
  ])
  expect(numbers(divergence(healthy, { number: 2, text: 'an XMPP stanza' }, 80))).toHaveLength(5)
})

test('what went wrong is marked, among its own protocol; one of bring-up never', () => {
  const refusals = changed({ 1: { isRefusal: true }, 5: { isRefusal: true }, 8: { isLost: true } })
  expect(numbers(divergence(refusals, { number: 2 }, 80))).toEqual(['3', '>5', '7', '9'])
  expect(numbers(divergence(refusals, { number: 2, text: 'over HTTP' }, 80))).toEqual(['4', '6', '>8'])
})

test('a refusal of the failed step or the one before counts more than an earlier one', () => {
  const [early, late] = [3, 7]
  const refusals = changed({ [early]: { isRefusal: true, step: 1 }, [late]: { isRefusal: true, step: 3 } })
  expect(numbers(divergence(refusals, { number: 3 }, 80))).toContain('>7')
  expect(numbers(divergence(refusals, { number: 9 }, 80))).toContain('>3')
})
