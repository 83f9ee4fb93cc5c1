import { expect, test } from 'vitest'
import { seededRandom } from '#runtime/random.ts'
import { ServerChoice } from './server-choice.ts'

const server = (host: string) => ({ host, port: 5061 })
const peers = ['e1', 'e2', 'e3', 'e4'].map(server)
const hosts = ({ order }: ServerChoice) => order.map(({ host }) => host).join(' ')

function choiceOf(seed: number): ServerChoice {
  const choice = new ServerChoice(seededRandom(seed))
  choice.offer(peers)
  return choice
}

test('equals stand in an order that is drawn, and every one of them may come first', () => {
  const first = Array.from({ length: 40 }, (_, seed) => choiceOf(seed).order[0]!.host)
  expect(new Set(first)).toEqual(new Set(['e1', 'e2', 'e3', 'e4']))
  expect(hosts(choiceOf(7))).toBe(hosts(choiceOf(7)))
})

test('what failed goes to the end and stays there when the same servers are named again', () => {
  const choice = choiceOf(1)
  const [first, ...others] = choice.order
  choice.failed(first!)
  choice.offer([...peers].reverse())
  expect(choice.order).toEqual([...others, first])
})

test('a server that is named no longer is gone, a new one comes behind the known ones', () => {
  const choice = choiceOf(1)
  choice.offer([...peers.slice(0, 2), server('e5')])
  expect(hosts(choice)).toMatch(/^e[12] e[12] e5$/)
  choice.failed(server('e3'))
  expect(choice.order).toHaveLength(3)
})

test('one that is preferred comes first, once', () => {
  const choice = choiceOf(1)
  choice.prefer({ host: 'E3', port: 5061 })
  expect(choice.order[0]!.host).toBe('E3')
  expect(choice.order).toHaveLength(4)
})
