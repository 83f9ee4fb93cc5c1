import { afterEach, expect, test } from 'vitest'
import { selfSigned } from './self-signed.fixture.ts'
import type { TestHost } from './test-host.fixture.ts'
import { testHost } from './test-host.fixture.ts'

const disposables = new AsyncDisposableStack()
afterEach(() => disposables.disposeAsync())

function hostAt(address: string, trust: readonly string[] = []): TestHost {
  return testHost({ address, trust, traceLevel: 'bytes' })
}

test('TLS both ways: own source address, source port range, client certificate verified, secrets traced', async () => {
  const server = selfSigned('server.example.com')
  const client = selfSigned('client.example.com')
  const a = hostAt('127.76.1.1', [server.cert])
  const b = hostAt('127.76.2.1', [client.cert])
  const accepted = Promise.withResolvers<import('./network.ts').Connection>()
  await using listener = await b.network.listenTls({
    port: 0,
    protocol: 'SIP',
    tls: { identity: server, requestClientCertificate: true },
    onConnection: accepted.resolve,
  })
  const dialled = await a.network.dialTls({
    to: listener.local,
    protocol: 'SIP',
    sourcePorts: [25000, 29999],
    tls: { serverName: 'server.example.com', identity: client },
  })
  const inbound = await accepted.promise
  expect(inbound.tls).toMatchObject({ isAuthorized: true })
  expect(inbound.remote.address).toBe('127.76.1.1')
  expect(inbound.remote.port).toBeGreaterThanOrEqual(25000)
  expect(inbound.id).toBe(dialled.id)
  inbound.stream.write('hello')
  const [chunk] = (await new Promise((resolve) => dialled.stream.once('data', (...data) => resolve(data)))) as [Buffer]
  expect(chunk.toString()).toBe('hello')
  expect(a.events.some((event) => event.kind === 'secret')).toBe(true)
  expect(b.events.some((event) => event.kind === 'segment' && event.direction === 'received')).toBe(true)
  dialled.destroy()
})

test('a client certificate of a stranger is reported as not authorised; a wrong server name is refused', async () => {
  const server = selfSigned('server.example.com')
  const a = hostAt('127.76.1.2', [server.cert])
  const b = hostAt('127.76.2.2')
  const accepted = Promise.withResolvers<import('./network.ts').Connection>()
  await using listener = await b.network.listenTls({
    port: 0,
    protocol: 'SIP',
    tls: { identity: server, requestClientCertificate: true },
    onConnection: accepted.resolve,
  })
  const options = { to: listener.local, protocol: 'SIP' }
  const dialled = await a.network.dialTls({
    ...options,
    tls: { serverName: 'server.example.com', identity: selfSigned('x.example.com') },
  })
  expect((await accepted.promise).tls).toMatchObject({ isAuthorized: false })
  dialled.destroy()
  await expect(a.network.dialTls({ ...options, tls: { serverName: 'other.example.com' } })).rejects.toThrow(/altnames/i)
})

test('a client certificate is optional; one that cannot be verified is refused, over HTTP too', async () => {
  const server = selfSigned('server.example.com')
  const client = selfSigned('client.example.com')
  const a = hostAt('127.76.1.9', [server.cert])
  const b = hostAt('127.76.2.9', [client.cert])
  const [verified, refused]: [string[], string[]] = [[], []]
  await using listener = await b.network.listenHttp({
    port: 0,
    tls: {
      identity: server,
      requestClientCertificate: true,
      refusesUnverified: true,
      onVerified: ({ subject }, { address }) => void verified.push(`${subject} ${address}`),
    },
    onTlsError: ({ message }) => void refused.push(message),
    handler: async () => ({ status: 200, headers: {} }),
  })
  const ask = async (identity?: typeof client) => {
    const tls = { serverName: 'server.example.com', ...(identity === undefined ? {} : { identity }) }
    await using http = a.network.httpClient(() => a.network.dialTls({ to: listener.local, protocol: 'HTTP', tls }))
    return (await http.send({ method: 'GET', target: '/', headers: { Host: 'server.example.com' } })).status
  }
  expect(await ask()).toBe(200)
  expect(verified).toEqual([])
  expect(await ask(client)).toBe(200)
  expect(verified).toEqual(['CN=client.example.com 127.76.1.9'])
  await expect(ask(selfSigned('x.example.com'))).rejects.toThrow()
  expect(refused).toEqual(['client certificate of CN=x.example.com not accepted: DEPTH_ZERO_SELF_SIGNED_CERT'])
})

test('HTTP over TLS, kept connection, two Host headers refused', async () => {
  const server = selfSigned('server.example.com')
  const a = hostAt('127.76.1.3', [server.cert])
  const b = hostAt('127.76.2.3')
  const seen: string[] = []
  await using listener = await b.network.listenHttp({
    port: 0,
    tls: { identity: server },
    handler: async (request) => {
      seen.push(`${request.method} ${request.target} from ${request.remote.address}`)
      return { status: 200, headers: { 'Content-Type': 'text/plain' }, body: request.body }
    },
  })
  const dial = () =>
    a.network.dialTls({ to: listener.local, protocol: 'HTTP', tls: { serverName: 'server.example.com' } })
  await using client = a.network.httpClient(dial)
  const answer = await client.send({
    method: 'POST',
    target: '/x',
    headers: { Host: 'server.example.com' },
    body: 'body',
  })
  expect([answer.status, answer.body.toString()]).toEqual([200, 'body'])
  await client.send({ method: 'GET', target: '/y', headers: { Host: 'server.example.com' } })
  expect(seen).toEqual(['POST /x from 127.76.1.3', 'GET /y from 127.76.1.3'])
  expect(b.events.filter((event) => event.kind === 'open')).toHaveLength(1)
  expect(a.events.filter((event) => event.kind === 'message').map((event) => event.summary)).toContain('POST /x')
  const raw = await dial()
  raw.stream.write('GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n')
  const first = await new Promise<Buffer>((resolve) => raw.stream.once('data', resolve))
  expect(first.toString()).toMatch(/^HTTP\/1.1 400 /)
})

test.each(['HTTP', 'HTTPS'])('the answer to an endless head arrives while more is sent: %s', async (scheme) => {
  const server = selfSigned('server.example.com')
  const a = hostAt('127.76.1.7', [server.cert])
  const b = hostAt('127.76.2.7')
  const isTls = scheme === 'HTTPS'
  await using listener = await b.network.listenHttp({
    port: 0,
    ...(isTls ? { tls: { identity: server } } : {}),
    handler: async () => ({ status: 200, headers: {} }),
  })
  const options = { to: listener.local, protocol: 'HTTP' }
  const { stream } = isTls
    ? await a.network.dialTls({ ...options, tls: { serverName: 'server.example.com' } })
    : await a.network.dialTcp(options)
  let answer = ''
  stream.on('data', (bytes: Buffer) => (answer += bytes.toString()))
  stream.write(`GET / HTTP/1.1\r\nX: ${'x'.repeat(2_000_000)}`)
  await new Promise((resolve) => stream.once('close', resolve))
  expect(answer).toMatch(/^HTTP\/1\.1 431 /)
})

test('plain HTTP over one kept connection while every segment is traced', async () => {
  const a = hostAt('127.76.1.6')
  const b = hostAt('127.76.2.6')
  await using listener = await b.network.listenHttp({
    port: 0,
    handler: async () => ({ status: 200, headers: {}, body: 'file' }),
  })
  await using client = a.network.httpClient(() => a.network.dialTcp({ to: listener.local, protocol: 'HTTP' }))
  for (const target of ['/1', '/2', '/3']) {
    expect((await client.send({ method: 'GET', target, headers: { Host: 'b' } })).status).toBe(200)
  }
  expect(b.events.filter((event) => event.kind === 'open')).toHaveLength(1)
})

test('UDP from the own address; a taken port is refused', async () => {
  const a = hostAt('127.76.1.4')
  const received = Promise.withResolvers<string>()
  const port = await a.network.udp({
    port: 0,
    protocol: 'RTP',
    onMessage: (datagram, from) => received.resolve(`${datagram} ${from.address}`),
  })
  await expect(a.network.udp({ port: port.local.port, protocol: 'RTP', onMessage: () => {} })).rejects.toMatchObject({
    code: 'EADDRINUSE',
  })
  const other = await hostAt('127.76.1.5').network.udp({ port: 0, protocol: 'RTP', onMessage: () => {} })
  other.send(Buffer.from('ping'), port.local.port, port.local.address)
  expect(await received.promise).toBe('ping 127.76.1.5')
  await port.close()
  await other.close()
})

test('strangers may use up all places, and whoever is expected comes in all the same, up to the limit of a source', async () => {
  await using opened = new AsyncDisposableStack()
  const b = hostAt('127.76.2.8')
  await using listener = await b.network.listenTcp({
    port: 0,
    protocol: 'SIP',
    limits: { perSource: 2, total: 1, expected: ['127.76.1.8'] },
    onConnection: ({ stream }) => void stream.pipe(stream),
  })
  const dial = (from: string) => hostAt(from).network.dialTcp({ to: listener.local, protocol: 'SIP' })
  /** Whether what is said is said back. */
  const isServed = async (from: string) => {
    const { stream } = await dial(from)
    opened.defer(() => void stream.destroy())
    stream.on('error', () => {})
    stream.write('hello')
    return new Promise<boolean>((resolve) =>
      stream.once('data', () => resolve(true)).once('close', () => resolve(false)),
    )
  }
  const sources = ['127.76.1.7', '127.76.1.9', '127.76.1.8', '127.76.1.8', '127.76.1.8']
  const served: boolean[] = []
  for (const from of sources) served.push(await isServed(from))
  expect(served).toEqual([true, false, true, true, false])
  expect(listener.refused).toBe(2)
})
