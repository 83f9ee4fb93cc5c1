import { expect, test } from 'vitest'
import type { HostNetwork } from '#runtime/network.ts'
import { testHost } from '#runtime/test-host.fixture.ts'
import { claimLoopbackFabric } from './loopback.ts'

const tcp = (network: HostNetwork, port: number): Promise<AsyncDisposable> =>
  network.listenTcp({ port, protocol: 'SIP', onConnection: () => {} })
async function udp(network: HostNetwork, port: number): Promise<AsyncDisposable> {
  const socket = await network.udp({ port, protocol: 'RTP', onMessage: () => {} })
  return { [Symbol.asyncDispose]: () => socket.close() }
}

test.each([
  ['the tunnel of the VCS Expressway', 'dmz', 10, 2_222, tcp],
  ['the pages of another peer', 'inside', 11, 1_443, tcp],
  ['the media of a client', 'internet', 71, 20_000, udp],
] as const)('a number where something is still open is passed over: %s', async (_what, place, host, port, open) => {
  const first = await claimLoopbackFabric()
  const { network } = testHost({ address: first.address(place, host) })
  await using _open = await open(network, port)
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
