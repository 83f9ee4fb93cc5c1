import { expect, test } from 'vitest'
import { testHost } from '#runtime/test-host.fixture.ts'
import { mediaPortPlans, MediaPorts } from './media-ports.ts'

const address = '127.77.9.10'
const pairs = (first: number, count: number) =>
  Array.from({ length: count }, (_, index) => ({ rtp: first + 2 * index, rtcp: first + 2 * index + 1 }))

test('a new installation multiplexes on the first two ports of 36000-59999', () => {
  expect(mediaPortPlans['new installation']).toEqual({
    multiplexed: pairs(36_000, 1),
    calls: { first: 36_002, last: 59_999 },
  })
})

test('a Large VM multiplexes on the first twelve, so calls begin at 36012', () => {
  expect(mediaPortPlans['Large VM']).toEqual({ multiplexed: pairs(36_000, 6), calls: { first: 36_012, last: 59_999 } })
})

test('an upgraded system keeps 50000-54999, with the first two multiplexed', () => {
  expect(mediaPortPlans.upgraded).toEqual({ multiplexed: pairs(50_000, 1), calls: { first: 50_002, last: 54_999 } })
})

test('pairs are even and odd, inside the range, until it is full; closed ones are free again', async () => {
  const { network } = testHost({ address })
  const ports = new MediaPorts(network, address, { first: 36_011, last: 36_016 })
  await using opened = new AsyncDisposableStack()
  const open = async () => {
    const pair = await ports.openPair(
      () => undefined,
      () => undefined,
    )
    if (pair !== undefined) opened.defer(() => pair.close())
    return pair
  }
  const taken = [await open(), await open()]
  expect(taken.map((pair) => pair!.rtp.local.port).toSorted()).toEqual([36_012, 36_014])
  expect(taken.map((pair) => pair!.rtcp.local.port - pair!.rtp.local.port)).toEqual([1, 1])
  expect(ports.inUse).toBe(4)
  expect(await open()).toBeUndefined()
  await taken[0]!.close()
  expect((await open())!.rtp.local.port).toBe(taken[0]!.rtp.local.port)
})

test('a range without room for a pair gives none', async () => {
  const { network } = testHost({ address })
  const ports = new MediaPorts(network, address, { first: 36_013, last: 36_014 })
  expect(
    await ports.openPair(
      () => undefined,
      () => undefined,
    ),
  ).toBeUndefined()
})
