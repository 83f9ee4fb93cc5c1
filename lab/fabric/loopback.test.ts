import { expect, test } from 'vitest'
import { testHost } from '#runtime/test-host.fixture.ts'
import { claimLoopbackFabric } from './loopback.ts'

test('a number on which something still listens is passed over', async () => {
  const first = await claimLoopbackFabric()
  const address = first.address('dmz', 10)
  const { network } = testHost({ address })
  await using _listener = await network.listenTcp({ port: 2222, protocol: 'SSH', onConnection: () => {} })
  first.release()
  const second = await claimLoopbackFabric()
  second.release()
  expect(second.lab).not.toBe(first.lab)
})

test('a claimed number belongs to its owner until it is released', async () => {
  const [one, other] = [await claimLoopbackFabric(), await claimLoopbackFabric()]
  expect(one.lab).not.toBe(other.lab)
  one.release()
  other.release()
})
