import { expect, it } from 'vitest'
import { HostWallClock } from '#runtime/clock.ts'
import { ManualClock } from '#runtime/manual-clock.fixture.ts'
import { createRequest } from '../protocol/sip/message.ts'
import { ZoneClocks } from './zone-clocks.ts'

const now = new Date('2015-01-05T10:00:00Z')

function zone() {
  const raised = new Set<number>()
  const wall = new HostWallClock(new ManualClock(), now)
  const clocks = new ZoneClocks(
    wall,
    { set: (id, isRaised) => void (isRaised ? raised.add(id) : raised.delete(id)) },
    () => 'Zone',
  )
  const hear = (date: string, peer?: string) =>
    clocks.note(
      createRequest({ method: 'OPTIONS', requestUri: 'sip:vcse1.example.com', headers: [['Date', date]] }),
      peer,
    )
  return { clocks, raised, hear, at: (seconds: number) => new Date(now.getTime() + seconds * 1_000).toUTCString() }
}

it.each([
  [0, false],
  [60, false],
  [-60, false],
  [61, true],
  [-61, true],
  [86_400, true],
])('clocks %i s apart: alarm 25022 %s', (seconds, isRaised) => {
  const { clocks, raised, hear, at } = zone()
  hear(at(seconds))
  expect(clocks.status()).toEqual({ clockDifferenceSeconds: seconds })
  expect(raised.has(25022)).toBe(isRaised)
})

it('lowers the alarm where the clocks agree again, and where the zone is down', () => {
  const { clocks, raised, hear, at } = zone()
  hear(at(90))
  hear(at(1))
  expect(raised.size).toBe(0)
  hear(at(90))
  clocks.forget()
  expect(raised.size).toBe(0)
  expect(clocks.status()).toEqual({})
})

it('learns nothing from what is no date', () => {
  const { clocks, raised, hear } = zone()
  hear('yesterday')
  expect(clocks.status()).toEqual({})
  expect(raised.size).toBe(0)
})

it('raises it for each of several peers, until none is off', () => {
  const { clocks, raised, hear, at } = zone()
  hear(at(90), 'one')
  hear(at(2), 'other')
  expect(raised.has(25022)).toBe(true)
  expect(clocks.status('other')).toEqual({ clockDifferenceSeconds: 2 })
  expect(clocks.worst()).toEqual({ clockDifferenceSeconds: 90 })
  clocks.forget('one')
  expect(raised.size).toBe(0)
  expect(clocks.worst()).toEqual({ clockDifferenceSeconds: 2 })
})
