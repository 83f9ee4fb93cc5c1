import { execFile } from 'node:child_process'
import { expect, test } from 'vitest'
import type { Connection, Listener } from './network.ts'
import { testHost } from './test-host.fixture.ts'
import { waitFor } from './wait.ts'

const right = { identity: 'cluster', key: Buffer.alloc(32, 7) }
const wrong = { identity: 'cluster', key: Buffer.alloc(32, 8) }
const server = testHost({ address: '127.76.9.1', traceLevel: 'bytes' })
const client = testHost({ address: '127.76.9.2' })

/** Says back what it is told; what went wrong in a handshake stands in `errors`. */
async function echo(errors: string[] = []): Promise<Listener> {
  return server.network.listenWithKey({
    port: 0,
    protocol: 'CLUSTER',
    key: right,
    onConnection: ({ stream }) => void stream.pipe(stream),
    onTlsError: ({ message }) => errors.push(message),
  })
}

async function firstOf({ stream }: Connection): Promise<string> {
  const [chunk] = (await new Promise((resolve) => stream.once('data', (...data) => resolve(data)))) as [Buffer]
  return chunk.toString()
}

test('who has the key is served, from the own address and without a certificate', async () => {
  await using listener = await echo()
  const connection = await client.network.dialWithKey({ to: listener.local, protocol: 'CLUSTER', key: right })
  expect(connection.local.address).toBe('127.76.9.2')
  expect(connection.tls).toEqual({ isAuthorized: true, protocol: 'TLSv1.2' })
  connection.stream.write('hello')
  expect(await firstOf(connection)).toBe('hello')
  expect(server.events.some(({ kind }) => kind === 'secret')).toBe(true)
  connection.destroy()
})

test.each([
  ['another key', wrong],
  ['another identity', { identity: 'somebody', key: right.key }],
])('%s is refused on both sides', async (_case, key) => {
  const errors: string[] = []
  await using listener = await echo(errors)
  const dialled = client.network.dialWithKey({ to: listener.local, protocol: 'CLUSTER', key })
  await expect(dialled).rejects.toMatchObject({ code: 'MRA_KEY_REFUSED' })
  await waitFor('the server to have seen it', () => errors.length === 1)
  await waitFor('the connection to be gone', () => listener.open === 0)
})

test('bytes that are no TLS, and TLS by certificate, are refused', async () => {
  const errors: string[] = []
  await using listener = await echo(errors)
  const plain = await client.network.dialTcp({ to: listener.local, protocol: 'CLUSTER' })
  plain.stream.write('GET / HTTP/1.1\r\n\r\n')
  const tls = { serverName: 'cluster.example.com', acceptAny: true }
  const dialled = client.network.dialTls({ to: listener.local, protocol: 'CLUSTER', tls })
  await expect(dialled).rejects.toThrow('handshake failure')
  await waitFor('both to be refused', () => errors.length === 2)
})

/** What OpenSSL's own client says, with the key in hexadecimal. */
function askOfOpenssl(listener: Listener, key: Uint8Array): Promise<{ code: unknown; said: string }> {
  const { address, port } = listener.local
  const options = ['-tls1_2', '-cipher', 'PSK', '-psk_identity', 'cluster', '-psk', Buffer.from(key).toString('hex')]
  return new Promise((resolve) => {
    const program = execFile(
      'openssl',
      ['s_client', '-connect', `${address}:${port}`, ...options],
      { timeout: 10_000 },
      (error, stdout, stderr) => resolve({ code: error?.code ?? 0, said: stdout + stderr }),
    )
    program.stdin?.end()
  })
}

test('OpenSSL sees forward secrecy and no certificate, and gets nowhere with another key', async () => {
  await using listener = await echo()
  const { code, said } = await askOfOpenssl(listener, right.key)
  expect(said).toContain('Cipher is ECDHE-PSK-CHACHA20-POLY1305')
  expect(said).toContain('no peer certificate available')
  expect(code).toBe(0)
  const refused = await askOfOpenssl(listener, wrong.key)
  expect(refused.said).toContain('alert bad record mac')
  expect(refused.code).toBe(1)
})
