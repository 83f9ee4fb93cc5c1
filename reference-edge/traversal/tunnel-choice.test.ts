import { expect, it } from 'vitest'
import { tunnelsInTurn } from './tunnel-choice.ts'

const tunnel = (name: string, control: string, changes: { isForwarding?: boolean; isSilent?: boolean } = {}) => ({
  name,
  control,
  isForwarding: true,
  isSilent: false,
  ...changes,
})

const order = (tunnels: ReturnType<typeof tunnel>[], turn: number) =>
  tunnelsInTurn(tunnels, turn).map(({ name }) => name)

it('takes Controls in turn, the newest tunnel of each before older ones', () => {
  const tunnels = [
    tunnel('b-old', 'b'),
    tunnel('a', 'a'),
    tunnel('b-new', 'b'),
    tunnel('c', 'c', { isForwarding: false }),
  ]
  expect([0, 1, 2].map((turn) => order(tunnels, turn))).toEqual([
    ['a', 'b-new', 'b-old'],
    ['b-new', 'a', 'b-old'],
    ['a', 'b-new', 'b-old'],
  ])
})

it('asks last whoever did not answer', () => {
  const tunnels = [tunnel('a', 'a', { isSilent: true }), tunnel('b', 'b')]
  expect([0, 1].map((turn) => order(tunnels, turn))).toEqual([
    ['b', 'a'],
    ['b', 'a'],
  ])
})

it('has none where no tunnel forwards', () => {
  expect(order([], 3)).toEqual([])
  expect(order([tunnel('a', 'a', { isForwarding: false })], 0)).toEqual([])
})
