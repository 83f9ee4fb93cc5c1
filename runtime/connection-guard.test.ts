import { expect, test } from 'vitest'
import { ConnectionGuard } from './connection-guard.ts'
import type { Connection } from './network.ts'
import { openNetwork } from './open-network.ts'
import { selfSigned } from './self-signed.fixture.ts'
import type { TestHost } from './test-host.fixture.ts'
import { testHost } from './test-host.fixture.ts'
import { waitFor } from './wait.ts'

const server = selfSigned('server.example.com')

function host(address: string, traceLevel: 'messages' | 'bytes' = 'messages'): TestHost {
  return testHost({ address, trust: [server.cert], traceLevel })
}

/** What one side of a connection saw so far. */
function watch({ stream }: Connection) {
  const seen = { text: '', isClosed: false }
  stream.on('data', (bytes: Buffer) => (seen.text += bytes.toString()))
  stream.once('close', () => (seen.isClosed = true))
  return seen
}

function answering(edge: TestHost, port: number) {
  return edge.network.listenHttp({
    port,
    tls: { identity: server },
    handler: async () => ({ status: 200, headers: {}, body: 'served' }),
  })
}

async function get(client: TestHost, to: { address: string; port: number }, timeoutMs = 5_000) {
  await using http = client.network.httpClient(() =>
    client.network.dialTls({ to, protocol: 'HTTP', tls: { serverName: 'server.example.com' }, timeoutMs }),
  )
  return await http.send({ method: 'GET', target: '/', headers: { Host: 'server' }, timeoutMs })
}

test('a dropped address gets silence, another is served, and nothing is left behind', async () => {
  const [edge, a, b] = [host('127.76.20.1'), host('127.76.20.2'), host('127.76.20.3')]
  await using listener = await answering(edge, 0)
  edge.network.guard.use(({ remote }) => (remote.address === '127.76.20.2' ? 'drop' : 'admit'))
  await expect(get(a, listener.local, 400)).rejects.toThrow()
  expect((await get(b, listener.local)).status).toBe(200)
  const raw = await a.network.dialTcp({ to: listener.local, protocol: 'HTTP' })
  const seen = watch(raw)
  raw.stream.write('GET / HTTP/1.1\r\n')
  await waitFor('two connections to be held', () => edge.network.guard.status().held === 2)
  expect(listener.open).toBe(1)
  expect(seen).toEqual({ text: '', isClosed: false })
  expect(edge.events.filter(({ remote }) => remote?.startsWith('127.76.20.2'))).toEqual([])
  await listener.stop()
  expect(edge.network.guard.status()).toMatchObject({ held: 0, dropped: 2 })
})

test('rejecting resets', async () => {
  const [edge, a] = [host('127.76.20.4'), host('127.76.20.5')]
  await using listener = await answering(edge, 0)
  edge.network.guard.use(() => 'reject')
  await expect(get(a, listener.local)).rejects.toThrow(/ECONNRESET|disconnected/)
  expect(edge.network.guard.status()).toMatchObject({ held: 0, rejected: 1 })
})

test.each(['messages', 'bytes'] as const)('an open TLS connection goes silent; traced %s', async (level) => {
  const number = level === 'bytes' ? 6 : 8
  const [edge, a] = [host(`127.76.21.${number}`, level), host(`127.76.21.${number + 1}`)]
  const inside = Promise.withResolvers<Connection>()
  await using listener = await edge.network.listenTls({
    port: 0,
    protocol: 'SIP',
    tls: { identity: server },
    onConnection: inside.resolve,
  })
  const outside = await a.network.dialTls({
    to: listener.local,
    protocol: 'SIP',
    tls: { serverName: 'server.example.com' },
  })
  const [here, there] = [watch(await inside.promise), watch(outside)]
  outside.stream.write('one')
  await waitFor('the first bytes', () => here.text === 'one')
  const { guard } = edge.network
  expect(guard.silence('127.76.99.99', () => true)).toBe(0)
  expect(guard.silence(outside.local.address, ({ local }) => local.port === 1)).toBe(0)
  expect(guard.silence(outside.local.address, ({ local }) => local.port === listener.local.port)).toBe(1)
  await waitFor('the server to see it closed', () => here.isClosed)
  ;(await inside.promise).stream.write('too late')
  outside.stream.write('two')
  // A round trip on another connection: whatever could have left has arrived.
  const other = await a.network.dialTcp({ to: listener.local, protocol: 'TCP' })
  await waitFor('the second connection', () => listener.open === 1)
  expect([here.text, there]).toEqual(['one', { text: '', isClosed: false }])
  expect(edge.events.filter(({ kind }) => kind === 'close')).toEqual([])
  guard.release(() => true)
  await waitFor('the client to be let go', () => there.isClosed)
  expect(guard.status()).toMatchObject({ held: 0, silenced: 1 })
  other.destroy()
})

test('what is held is bounded: the oldest is closed first', async () => {
  const [plain, a] = [host('127.76.22.1'), host('127.76.22.2')]
  const guard = new ConnectionGuard({ monotonic: plain.network.clocks.monotonic, mostHeld: 2, holdMs: 500 })
  const network = openNetwork({ ...plain.network, guard })
  guard.use(() => 'drop')
  await using listener = await network.listenTcp({ port: 0, protocol: 'TCP', onConnection: () => {} })
  const dialled: ReturnType<typeof watch>[] = []
  for (const count of [1, 2, 3]) {
    dialled.push(watch(await a.network.dialTcp({ to: listener.local, protocol: 'TCP' })))
    await waitFor('the guard to see it', () => guard.status().dropped === count)
  }
  await waitFor('the first to be closed', () => dialled[0]!.isClosed)
  expect(dialled.map(({ isClosed }) => isClosed)).toEqual([true, false, false])
  await waitFor('the others to be closed after their time', () => guard.status().held === 0)
})

test('datagrams of a dropped address are not taken', async () => {
  const [edge, a, b] = [host('127.76.23.1'), host('127.76.23.2'), host('127.76.23.3')]
  const taken: string[] = []
  const udp = await edge.network.udp({
    port: 0,
    protocol: 'SIP',
    onMessage: (bytes, { address }) => taken.push(`${bytes} ${address}`),
  })
  edge.network.guard.use(({ transport, remote, local }) =>
    transport === 'udp' && remote.address === '127.76.23.2' && local.port === udp.local.port ? 'drop' : 'admit',
  )
  const ports = await Promise.all(
    [a, b].map(({ network }) => network.udp({ port: 0, protocol: 'SIP', onMessage: () => {} })),
  )
  for (const port of ports) port.send(Buffer.from('ping'), udp.local.port, udp.local.address)
  await waitFor('both datagrams', () => taken.length + edge.network.guard.status().dropped === 2)
  expect(taken).toEqual(['ping 127.76.23.3'])
  for (const port of [udp, ...ports]) await port.close()
})
