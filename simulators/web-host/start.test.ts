import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Host } from '#runtime/host.ts'
import { inlineManagement } from '#runtime/management.ts'
import type { HttpClient, HttpSendOptions } from '#runtime/network.ts'
import { selfSigned } from '#runtime/self-signed.fixture.ts'
import { testHost } from '#runtime/test-host.fixture.ts'
import type { AccessRecord } from './start.ts'
import { startWebHost } from './start.ts'

const disposables = new AsyncDisposableStack()
afterAll(() => disposables.disposeAsync())
const address = '127.77.3.45'
let host: Host
let plain: HttpClient
let secure: HttpClient

beforeAll(async () => {
  const identity = selfSigned('web1.example.com')
  const { environment } = testHost({ name: 'web1', address, identity })
  const documents = { '/photos/bob.jpg': { type: 'image/jpeg', body: 'the photo' } }
  host = disposables.use(await startWebHost(environment, { documents }))
  const { network } = testHost({ name: 'client', address: '127.77.3.11', trust: [identity.cert] })
  const tls = { serverName: 'web1.example.com' }
  plain = disposables.use(network.httpClient(() => network.dialTcp({ to: { address, port: 80 }, protocol: 'HTTP' })))
  secure = disposables.use(
    network.httpClient(() => network.dialTls({ to: { address, port: 443 }, protocol: 'HTTP', tls })),
  )
})

const get = (target: string, options: Partial<HttpSendOptions> = {}): HttpSendOptions => ({
  method: 'GET',
  target,
  headers: { Host: 'web1.example.com' },
  ...options,
})
const accessLog = () => inlineManagement('web1', host.management).call<AccessRecord[]>('accessLog')

test('a document is the same on both ports and each request is in the access log', async () => {
  for (const client of [plain, secure]) {
    const { status, headers, body } = await client.send(get('/photos/bob.jpg?size=2'))
    expect([status, headers['content-type'], body.toString()]).toEqual([200, 'image/jpeg', 'the photo'])
  }
  expect((await accessLog()).map(({ scheme, target, status, source }) => [scheme, target, status, source])).toEqual([
    ['http', '/photos/bob.jpg?size=2', 200, '127.77.3.11'],
    ['https', '/photos/bob.jpg?size=2', 200, '127.77.3.11'],
  ])
})

test('HEAD has no body; what is not there is 404, other methods are 405', async () => {
  const head = await plain.send(get('/photos/bob.jpg', { method: 'HEAD' }))
  expect([head.status, head.headers['content-length'], head.body.length]).toEqual([200, '9', 0])
  for (const target of ['/photos/alice.jpg', '/constructor', '/'])
    expect((await plain.send(get(target))).status).toBe(404)
  expect((await plain.send(get('/photos/bob.jpg', { method: 'POST', body: 'x' }))).status).toBe(405)
})

test('other documents can be given while it runs', async () => {
  await inlineManagement('web1', host.management).call('configure', {
    documents: { '/tabs/news.html': { type: 'text/html', body: '<p>news</p>' } },
  })
  expect((await plain.send(get('/photos/bob.jpg'))).status).toBe(404)
  expect((await plain.send(get('/tabs/news.html'))).body.toString()).toBe('<p>news</p>')
})
