import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Host } from '#runtime/host.ts'
import { inlineManagement } from '#runtime/management.ts'
import type { HttpClient } from '#runtime/network.ts'
import { selfSigned } from '#runtime/self-signed.fixture.ts'
import type { TestHost } from '#runtime/test-host.fixture.ts'
import { testHost } from '#runtime/test-host.fixture.ts'
import { descendant, parseDocument } from '#simulators/protocol/xml/element.ts'
import { startWebex } from './start.ts'

const fqdn = 'loginp.webexconnect.com'
const address = '127.78.1.92'
const disposables = new AsyncDisposableStack()
afterAll(() => disposables.disposeAsync())
let host: Host
let client: TestHost
let plain: HttpClient
let secure: HttpClient

beforeAll(async () => {
  const identity = selfSigned(fqdn)
  const { environment } = testHost({ name: 'loginp', address, identity })
  const users = [{ userId: 'alice', password: 'a & b=c' }]
  const configuration = { domain: 'Example.com', users }
  host = disposables.use(await startWebex({ ...environment, fqdn }, configuration, new AbortController().signal))
  client = testHost({ name: 'client', address: '127.78.1.71', trust: [identity.cert] })
  const { network } = client
  const tls = { serverName: fqdn }
  plain = disposables.use(network.httpClient(() => network.dialTcp({ to: { address, port: 80 }, protocol: 'HTTP' })))
  secure = disposables.use(
    network.httpClient(() => network.dialTls({ to: { address, port: 443 }, protocol: 'HTTP', tls })),
  )
})

async function textOf(http: HttpClient, target: string, name: string, form?: Record<string, string>) {
  const posted = form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form).toString() }
  const { status, body } = await http.send({ method: 'GET', target, headers: { Host: fqdn }, ...posted })
  return status === 200 ? descendant(parseDocument(body.toString()), name)?.getText() : status
}

const credentials = { cmd: 'getwebextoken', username: 'alice@example.com', password: 'a & b=c', isp: 'wbx' }

test.each([
  ['example.com', '7'],
  ['EXAMPLE.COM', '7'],
  ['example.org', '1'],
  ['', '1'],
])('a lookup of %j is answered with errorcode %s, in clear and over TLS', async (domain, code) => {
  for (const http of [plain, secure]) {
    expect(await textOf(http, `/cas/FederatedSSO?org=${domain}`, 'errorcode')).toBe(code)
  }
})

test('a sign-in is for the right password, and over TLS only', async () => {
  expect(await textOf(secure, '/cas/auth.do', 'result', credentials)).toBe('SUCCESS')
  expect(await textOf(secure, '/cas/auth.do', 'xmppserver', credentials)).toBe(`${fqdn}:5222`)
  for (const wrong of [
    { password: 'x' },
    { username: 'nobody' },
    { username: 'alice@example.org' },
    { cmd: 'other' },
  ]) {
    expect(await textOf(secure, '/cas/auth.do', 'result', { ...credentials, ...wrong })).toBe('FAILURE')
  }
  expect(await textOf(plain, '/cas/auth.do', 'result', credentials)).toBe(404)
  expect(await textOf(secure, '/cas/other', 'result')).toBe(404)
})

test('services that are off answer nobody, and come back', async () => {
  const management = inlineManagement('loginp', host.management)
  const dial = (port: number) =>
    client.network.dialTcp({ to: { address, port }, protocol: 'any' }).then(
      (connection) => (connection.destroy(), true),
      () => false,
    )
  const open = async () => [await dial(443), await dial(5222)]
  expect(await open()).toEqual([true, true])
  await management.call('set', { services: { messaging: false } })
  expect(await open()).toEqual([true, false])
  await management.call('set', { services: { web: false, messaging: true } })
  expect(await open()).toEqual([false, true])
  await management.call('set', { services: { web: true } })
  expect(await open()).toEqual([true, true])
})
