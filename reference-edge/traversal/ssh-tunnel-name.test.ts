import { afterEach, describe, expect, test } from 'vitest'
import { testHost } from '#runtime/test-host.fixture.ts'
import { waitFor } from '#runtime/wait.ts'
import type { TunnelTarget } from './ssh-tunnel-client.ts'
import { startSshTunnelClient } from './ssh-tunnel-client.ts'
import { startSshTunnelServer } from './ssh-tunnel-server.ts'
import { makeTunnelKeyPair } from './tunnel-keys.ts'

const failure = 'Application failed - An unexpected software error was detected in portforwarding.pyc'
const key = makeTunnelKeyPair('vcsc')

let disposables = new AsyncDisposableStack()
afterEach(async () => {
  await disposables.disposeAsync()
  disposables = new AsyncDisposableStack()
})

function panel() {
  const raised = new Set<number>()
  const set = (id: number, isRaised: boolean) => void (isRaised ? raised.add(id) : raised.delete(id))
  return { raised, set }
}

async function expressway(fqdn: string) {
  const alarms = panel()
  const { environment, records } = testHost({ name: 'vcse1', address: '127.78.2.10' })
  const { network, log } = environment
  const server = await startSshTunnelServer({ network, log, port: 0, authorized: () => [key], fqdn, alarms })
  return { server: disposables.use(server), alarms, records }
}

function control(target: () => TunnelTarget) {
  const alarms = panel()
  const names = { 'vcs_e1.example.com': '127.78.2.10', 'vcse1.example.com': '127.78.2.10' }
  const { environment, records } = testHost({ name: 'vcsc1', address: '127.78.3.10', names })
  const { network, log } = environment
  const onChannel = () => undefined
  const tunnel = startSshTunnelClient({ network, log, key, target, onChannel, alarms })
  return { tunnel: disposables.use(tunnel), alarms, records }
}

const failures = (records: readonly object[]) =>
  records.filter((record) => 'Detail' in record && record.Detail === failure).length

describe('an Expressway with an underscore in its host name', () => {
  test('gets no tunnel; the Control says why and raises the alarm, until the name is another', async () => {
    const { server } = await expressway('vcse1.example.com')
    const { port } = server.local
    const target = (host: string, fqdn?: string): TunnelTarget => ({
      host,
      ...(fqdn === undefined ? {} : { fqdn }),
      port,
      hostKeySha256: server.hostKeySha256,
    })
    let current = target('vcs_e1.example.com')
    const { tunnel, alarms, records } = control(() => current)
    await waitFor('the failure', () => tunnel.status().state === 'Failed')
    expect(tunnel.status().reason).toBe(failure)
    expect([...alarms.raised]).toEqual([15004])
    expect(server.status()).toEqual([])
    current = target('127.78.2.10', 'vcs_e1.example.com')
    tunnel.retry()
    await waitFor('a second try', () => alarms.raised.has(15004) && tunnel.status().peer === '127.78.2.10')
    current = target('vcse1.example.com', 'vcse1.example.com')
    tunnel.retry()
    await waitFor('the tunnel', () => tunnel.status().state === 'Active')
    expect([...alarms.raised]).toEqual([])
    expect(failures(records)).toBe(1)
  })

  test('turns away every tunnel itself and raises the alarm', async () => {
    const { server, alarms, records } = await expressway('vcs_e1.example.com')
    expect([...alarms.raised]).toEqual([15004])
    expect(failures(records)).toBe(1)
    const { port } = server.local
    const { tunnel } = control(() => ({ host: '127.78.2.10', port, hostKeySha256: server.hostKeySha256 }))
    await waitFor('the failure', () => tunnel.status().state === 'Failed')
    expect(server.status()).toEqual([])
  })
})
