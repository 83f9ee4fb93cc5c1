import { afterEach, describe, expect, test } from 'vitest'
import { testHost } from '#runtime/test-host.fixture.ts'
import { waitFor } from '#runtime/wait.ts'
import { startSshTunnelClients } from './ssh-tunnel-clients.ts'
import type { SshTunnelServer } from './ssh-tunnel-server.ts'
import { startSshTunnelServer } from './ssh-tunnel-server.ts'
import { makeTunnelKeyPair } from './tunnel-keys.ts'

const key = makeTunnelKeyPair('vcsc')
const [one, other] = ['127.78.2.11', '127.78.2.12']

let disposables = new AsyncDisposableStack()
afterEach(async () => {
  await disposables.disposeAsync()
  disposables = new AsyncDisposableStack()
})

async function expressway(address: string): Promise<SshTunnelServer> {
  const { network, log } = testHost({ address }).environment
  return disposables.use(await startSshTunnelServer({ network, log, port: 0, authorized: () => [key] }))
}

function control(servers: Map<string, SshTunnelServer>, wanted: string[]) {
  const { network, log } = testHost({ name: 'vcsc1', address: '127.78.3.11' }).environment
  const raised = new Set<number>()
  const state = { peers: wanted, names: new Map<string, string>() }
  const tunnels = startSshTunnelClients({
    network,
    log,
    key,
    alarms: { set: (id, isRaised) => void (isRaised ? raised.add(id) : raised.delete(id)) },
    peers: () => state.peers,
    target: (peer) => {
      const server = servers.get(peer)
      if (server === undefined) return undefined
      const fqdn = state.names.get(peer) ?? peer
      return { host: peer, fqdn, port: server.local.port, hostKeySha256: server.hostKeySha256 }
    },
    onChannel: () => undefined,
  })
  disposables.use(tunnels)
  const become = (...states: string[]) =>
    waitFor(states.join(), () => tunnels.status().every(({ state }, index) => state === states[index]), {
      lastSeen: () => tunnels.status(),
    })
  return { tunnels, raised, state, become }
}

describe('tunnels to several Expressways', () => {
  test('are opened each on its own; one waits until its Expressway has been provisioned', async () => {
    const servers = new Map([[one, await expressway(one)]])
    const { tunnels, become } = control(servers, [one, other])
    await become('Active', 'Waiting for traversal server info')
    servers.set(other, await expressway(other))
    tunnels.refresh()
    await become('Active', 'Active')
    expect(tunnels.status().map(({ peer }) => peer)).toEqual([one, other])
    expect(servers.get(one)!.status()).toMatchObject([{ state: 'Active' }])
  })

  test('raise the alarm while one of them fails, and not any more when that peer is gone', async () => {
    const servers = new Map([
      [one, await expressway(one)],
      [other, await expressway(other)],
    ])
    const { tunnels, raised, state, become } = control(servers, [one, other])
    await become('Active', 'Active')
    expect([...raised]).toEqual([])
    await servers.get(one)!.stop()
    await become('Failed', 'Active')
    expect([...raised]).toEqual([35013])
    state.peers = [other]
    tunnels.refresh()
    await waitFor('the alarm to go', () => !raised.has(35013))
    expect(tunnels.status()).toMatchObject([{ peer: other, state: 'Active' }])
  })

  test('keep the alarm raised when another one becomes active', async () => {
    const servers = new Map([[one, await expressway(one)]])
    await servers.get(one)!.stop()
    const { tunnels, raised, become } = control(servers, [one, other])
    await become('Failed', 'Waiting for traversal server info')
    servers.set(other, await expressway(other))
    tunnels.refresh()
    await become('Failed', 'Active')
    expect([...raised]).toEqual([35013])
  })

  test('raise the alarm of a host name with an underscore until no peer has one', async () => {
    const servers = new Map([
      [one, await expressway(one)],
      [other, await expressway(other)],
    ])
    const { tunnels, raised, state, become } = control(servers, [one, other])
    state.names.set(other, 'vcs_e2.example.com')
    tunnels.refresh()
    await become('Active', 'Failed')
    expect([...raised]).toEqual([15004])
    state.names.delete(other)
    tunnels.refresh()
    await become('Active', 'Active')
    await waitFor('the alarm to go', () => raised.size === 0)
  })

  test('wait where there is no peer', () => {
    const { tunnels } = control(new Map(), [])
    expect(tunnels.status()).toEqual([{ state: 'Waiting for traversal server info', peer: '', channels: 0 }])
  })
})
