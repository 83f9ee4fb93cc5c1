import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { afterEach, describe, expect, test } from 'vitest'
import type { Endpoint } from '#runtime/network.ts'
import { waitFor } from '#runtime/wait.ts'
import { testHost } from '#runtime/test-host.fixture.ts'
import type { FailureReport } from '../protection/failure-category.ts'
import type { SshTunnelServer } from './ssh-tunnel-server.ts'
import { startSshTunnelServer } from './ssh-tunnel-server.ts'
import type { TunnelTarget } from './ssh-tunnel-client.ts'
import { startSshTunnelClient } from './ssh-tunnel-client.ts'
import type { TunnelKey } from './tunnel-keys.ts'
import { makeTunnelKeyPair } from './tunnel-keys.ts'

let disposables = new AsyncDisposableStack()
afterEach(async () => {
  await disposables.disposeAsync()
  disposables = new AsyncDisposableStack()
})

const client = { address: '127.77.1.71', port: 50_000 }

const failures: FailureReport[] = []

async function expressway(authorized: () => readonly TunnelKey[], largestChannels = 256): Promise<SshTunnelServer> {
  failures.length = 0
  const { environment } = testHost({ name: 'vcse1', address: '127.77.2.10' })
  const { network, log } = environment
  const onFailure = (failure: FailureReport) => void failures.push(failure)
  return disposables.use(await startSshTunnelServer({ network, log, port: 0, authorized, largestChannels, onFailure }))
}

interface Taken {
  readonly stream: Duplex
  readonly remote: Endpoint
}

function control(
  target: () => TunnelTarget | undefined,
  { key = makeTunnelKeyPair('vcsc'), address = '127.77.3.10' } = {},
) {
  const { environment } = testHost({ name: 'vcsc1', address })
  const { network, log } = environment
  const taken: Taken[] = []
  const onChannel = (stream: Duplex, { remote }: { remote: Endpoint }) => {
    taken.push({ stream, remote })
    stream.on('data', (chunk: Buffer) => stream.write(`echo ${chunk.toString()}`))
  }
  const tunnel = startSshTunnelClient({ network, log, key, target, onChannel })
  disposables.use(tunnel)
  return { tunnel, taken, key }
}

function targetOf(server: SshTunnelServer): TunnelTarget {
  return { host: server.local.address, port: server.local.port, hostKeySha256: server.hostKeySha256 }
}

async function firstData(stream: Duplex): Promise<string> {
  return new Promise((resolve) => stream.once('data', (chunk: Buffer) => resolve(chunk.toString())))
}

describe('a Control and an Expressway', () => {
  test('a channel carries data and the address of the client it is for; both ends close', async () => {
    const keys: TunnelKey[] = []
    const server = await expressway(() => keys)
    const { tunnel, taken, key } = control(() => targetOf(server))
    await expect(server.open(client)).rejects.toMatchObject({ code: 'MRA_TUNNEL_DOWN' })
    keys.push(key)
    tunnel.retry()
    await waitFor('the tunnel', () => server.status().some(({ state }) => state === 'Active'))
    const channel = await server.open(client)
    channel.stream.write('hello')
    expect(await firstData(channel.stream)).toBe('echo hello')
    expect(taken[0]!.remote).toEqual(client)
    expect(failures.filter(({ category }) => category !== 'sshpfwd-auth')).toEqual([])
    expect([tunnel.status(), server.status()[0]]).toMatchObject([{ state: 'Active', channels: 1 }, { channels: 1 }])
    channel.destroy()
    await waitFor('the other end', () => taken[0]!.stream.destroyed)
    await waitFor('both counters', () => tunnel.status().channels + server.status()[0]!.channels === 0)
  })

  test('large answers pass in both directions without loss', async () => {
    const keys: TunnelKey[] = []
    const server = await expressway(() => keys)
    const { taken, key } = control(() => targetOf(server))
    keys.push(key)
    await waitFor('the tunnel', () => server.status().some(({ state }) => state === 'Active'))
    const { stream } = await server.open(client)
    await waitFor('the channel', () => taken.length === 1)
    let received = 0
    stream.on('data', (chunk: Buffer) => (received += chunk.length))
    taken[0]!.stream.end(Buffer.alloc(5_000_000, 'x'))
    await waitFor('all bytes', () => received === 5_000_000, { lastSeen: () => received })
  })

  test('the Control refuses another host key', async () => {
    const keys: TunnelKey[] = []
    const server = await expressway(() => keys)
    const { tunnel, key } = control(() => ({ ...targetOf(server), hostKeySha256: 'AAAA' }))
    keys.push(key)
    await waitFor('the refusal', () => tunnel.status().state === 'Failed')
    expect(server.status().filter(({ state }) => state !== 'Connecting')).toEqual([])
  })

  test('it comes back after the Expressway cut it, and goes when its key is taken back', async () => {
    let keys: TunnelKey[] = []
    const server = await expressway(() => keys)
    const { tunnel, taken, key } = control(() => targetOf(server))
    keys = [key]
    await waitFor('the tunnel', () => tunnel.status().state === 'Active')
    keys = []
    await expect(server.open(client)).rejects.toMatchObject({ code: 'MRA_TUNNEL_DOWN' })
    await waitFor('the loss', () => tunnel.status().state === 'Failed')
    keys = [key]
    tunnel.retry()
    await waitFor('the tunnel again', () => tunnel.status().state === 'Active')
    await server.open(client)
    await waitFor('a channel', () => taken.length === 1)
  })

  test('channels are bounded', async () => {
    const keys: TunnelKey[] = []
    const server = await expressway(() => keys, 2)
    keys.push(control(() => targetOf(server)).key)
    await waitFor('the tunnel', () => server.status().some(({ state }) => state === 'Active'))
    await server.open(client)
    await server.open(client)
    await expect(server.open(client)).rejects.toMatchObject({ code: 'MRA_TUNNEL_DOWN' })
  })

  test('several Controls take turns; where one does not answer the next does', async () => {
    const keys: TunnelKey[] = []
    const server = await expressway(() => keys)
    const [first, second] = ['127.77.3.10', '127.77.3.11'].map((address) =>
      control(() => targetOf(server), { address }),
    )
    keys.push(first!.key, second!.key)
    const active = () => server.status().filter(({ state }) => state === 'Active').length
    await waitFor('both tunnels', () => active() === 2)
    for (let count = 0; count < 4; count++) await server.open(client)
    await waitFor('the channels', () => first!.taken.length + second!.taken.length === 4)
    expect([first!.taken.length, second!.taken.length]).toEqual([2, 2])
    await first!.tunnel.stop()
    await waitFor('the loss', () => active() === 1)
    await server.open(client)
    await server.open(client)
    await waitFor('both at the second', () => second!.taken.length === 4)
    keys.splice(1)
    await expect(server.open(client)).rejects.toMatchObject({ code: 'MRA_TUNNEL_DOWN' })
  })

  test('without information about the Expressway nothing is dialled', async () => {
    const { tunnel } = control(() => undefined)
    expect(tunnel.status().state).toBe('Waiting for traversal server info')
  })
})

const isMissing = spawnSync('ssh', ['-V']).error !== undefined
if (isMissing) process.stdout.write('not run: OpenSSH against the Expressway, because there is no ssh here\n')

describe.skipIf(isMissing)('OpenSSH as the client', () => {
  function keyFile(): { key: TunnelKey; path: string; folder: string } {
    const folder = mkdtempSync(join(tmpdir(), 'mra-ssh-'))
    disposables.defer(() => rmSync(folder, { recursive: true }))
    const { publicKey, privateKey, user } = makeTunnelKeyPair('vcsc')
    const path = join(folder, 'key')
    writeFileSync(path, privateKey, { mode: 0o600 })
    return { key: { user, publicKey }, path, folder }
  }

  function ssh(server: SshTunnelServer, path: string, ...more: string[]): string[] {
    const { address, port } = server.local
    const strictness = ['-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null', '-o', 'BatchMode=yes']
    return [...strictness, '-F', 'none', '-b', '127.77.3.10', '-p', `${port}`, '-i', path, ...more, `vcsc@${address}`]
  }

  function start(args: readonly string[]) {
    const child = spawn('ssh', args, { stdio: ['ignore', 'ignore', 'pipe'] })
    disposables.defer(() => void child.kill())
    let said = ''
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
    return { said: () => said, ended }
  }

  test('the one forward works and nothing listens for it', async () => {
    const { key, path } = keyFile()
    const server = await expressway(() => [key])
    const { environment } = testHost({ name: 'origin', address: '127.77.3.20' })
    const origin = await environment.network.listenTcp({
      port: 0,
      protocol: 'HTTP',
      onConnection: ({ stream }) => stream.on('data', (chunk: Buffer) => stream.write(`origin ${chunk.toString()}`)),
    })
    disposables.use(origin)
    const forward = `8443:${origin.local.address}:${origin.local.port}`
    const child = start(ssh(server, path, '-N', '-o', 'ExitOnForwardFailure=yes', '-R', forward))
    await waitFor('the tunnel', () => server.status().some(({ state }) => state === 'Active'), {
      lastSeen: child.said,
    })
    const { stream } = await server.open(client)
    stream.write('hello')
    expect(await firstData(stream)).toBe('origin hello')
    expect(execFileSync('ss', ['-ltnH']).toString()).not.toMatch(/127\.0\.0\.1:8443|127\.77\.\S+:8443/)
  })

  test.each([
    ['another port', ['-N', '-R', '9443:127.77.3.20:1'], /remote port forwarding failed/],
    ['all addresses', ['-N', '-R', '*:8443:127.77.3.20:1'], /remote port forwarding failed/],
    ['a Unix socket', ['-N', '-R', '/tmp/mra-refused:127.77.3.20:1'], /remote port forwarding failed/],
  ])('a forward of %s is refused', async (_what, more, said) => {
    const { key, path } = keyFile()
    const server = await expressway(() => [key])
    const child = start(ssh(server, path, '-o', 'ExitOnForwardFailure=yes', ...more))
    expect(await child.ended).toBe(255)
    expect(child.said()).toMatch(said)
    expect(server.status().filter(({ state }) => state === 'Active')).toEqual([])
  })

  test.each([
    ['a shell', []],
    ['a subsystem', ['-s']],
    ['a way through (direct-tcpip)', ['-W', '127.77.3.20:8443']],
  ])('%s is administratively prohibited', async (_what, more) => {
    const { key, path } = keyFile()
    const server = await expressway(() => [key])
    const command = more.includes('-s') ? ['sftp'] : []
    const child = start([...ssh(server, path, ...more), ...command])
    expect(await child.ended).not.toBe(0)
    expect(child.said()).toMatch(/administratively prohibited/)
  })

  test('another key, another user and a password are refused', async () => {
    const { path } = keyFile()
    const { key } = keyFile()
    const server = await expressway(() => [key])
    const wrongKey = start(ssh(server, path, '-N'))
    expect(await wrongKey.ended).toBe(255)
    expect(wrongKey.said()).toMatch(/Permission denied \(publickey\)/)
    expect(failures).toEqual([{ category: 'sshpfwd-auth', source: '127.77.3.10' }])
    const password = start(ssh(server, path, '-N', '-o', 'PreferredAuthentications=password'))
    await password.ended
    expect(password.said()).toMatch(/Permission denied \(publickey\)/)
    const otherServer = await expressway(() => [{ ...key, user: 'root' }])
    const wrongUser = start(ssh(otherServer, path, '-N'))
    await wrongUser.ended
    expect(wrongUser.said()).toMatch(/Permission denied \(publickey\)/)
  })
})

test('bytes that are not SSH end the connection and nothing else', async () => {
  const server = await expressway(() => [])
  const { environment } = testHost({ name: 'stranger', address: '127.77.1.66' })
  const connection = await environment.network.dialTcp({ to: server.local, protocol: 'SSH' })
  connection.stream.resume()
  connection.stream.write(`GET / HTTP/1.1\r\n${'x'.repeat(300_000)}\r\n\r\n`)
  await waitFor('the end', () => connection.stream.destroyed)
  expect(failures).toEqual([{ category: 'sshpfwd-intrusion', source: '127.77.1.66' }])
  expect(server.status()).toEqual([])
})

test('it listens on each of its addresses', async () => {
  const otherAddresses = ['127.77.1.10']
  const { environment } = testHost({ name: 'vcse1', address: '127.77.2.10', otherAddresses })
  const { network, log } = environment
  const addresses = ['127.77.2.10', ...otherAddresses]
  await using server = await startSshTunnelServer({ network, log, port: 0, addresses, authorized: () => [] })
  expect(server.locals.map(({ address }) => address)).toEqual(addresses)
  const { environment: stranger } = testHost({ name: 'stranger', address: '127.77.1.66' })
  for (const to of server.locals) {
    const connection = await stranger.network.dialTcp({ to, protocol: 'SSH' })
    expect(await firstData(connection.stream)).toMatch(/^SSH-2\.0-mra/)
    connection.destroy()
  }
})
