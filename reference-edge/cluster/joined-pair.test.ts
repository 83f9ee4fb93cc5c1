import { expect, test } from 'vitest'
import { joinedClusters, joinedPair } from './joined-pair.fixture.ts'

test('peers ask each other, and learn why there is no answer', async () => {
  const { members } = joinedClusters(3)
  const [first, second, third] = members
  second!.answer('calls', (given, from) => ({ given, from: from.address }))
  third!.answer('calls', () => {
    throw new Error('no calls here')
  })
  const answers = await first!.ask('calls', { at: 1 })
  expect(answers).toMatchObject([
    { peer: { address: '10.0.0.2' }, ok: true, answer: { given: { at: 1 }, from: '10.0.0.1' } },
    { peer: { address: '10.0.0.3' }, ok: false, reason: 'no calls here' },
  ])
  expect(await first!.ask('presence', null)).toMatchObject([{ ok: false }, { ok: false }])
})

test('a peer apart is not asked; back again everybody is told', async () => {
  const { one, other, part, rejoin } = joinedPair()
  const told: string[] = []
  one.onActive(({ address }) => told.push(`one sees ${address}`))
  other.onActive(({ address }) => told.push(`other sees ${address}`))
  part()
  expect(await one.ask('anything', 1)).toEqual([])
  expect(one.others()).toMatchObject([{ state: 'Failed', reason: expect.any(String) }])
  rejoin()
  expect(one.others()).toMatchObject([{ state: 'Active', isMaster: false }])
  expect(other.others()).toMatchObject([{ isMaster: true }])
  expect(told).toEqual(['one sees 10.0.0.2', 'other sees 10.0.0.1'])
})
