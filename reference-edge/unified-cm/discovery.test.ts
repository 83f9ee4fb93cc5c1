import { afterEach, expect, test } from 'vitest'
import type { HttpHandler, HttpResponse } from '#runtime/network.ts'
import { waitFor } from '#runtime/wait.ts'
import { testAuthority } from '../certificates/authority.fixture.ts'
import { writeBasic } from '../protocol/http/basic-credentials.ts'
import { childElements, descendants, textOf } from '../protocol/xml/element.ts'
import { readXml } from '../protocol/xml/read.ts'
import { testHost } from '#runtime/test-host.fixture.ts'
import type { DiscoveryServer } from './discovery.ts'
import { Discovery, startDiscovery } from './discovery.ts'

let disposables = new AsyncDisposableStack()
afterEach(async () => {
  await disposables.disposeAsync()
  disposables = new AsyncDisposableStack()
})

const authority = testAuthority()
const identity = authority.issue({ commonName: 'cucm1', names: ['cucm1.example.com', 'imp1.example.com'] })
const names = {
  'cucm1.example.com': '127.79.3.20',
  'cucm2.example.com': '127.79.3.21',
  'imp1.example.com': '127.79.3.20',
  'gone.example.com': '127.79.3.98',
}

const node = (name: string, role = 'CUCM Voice/Video') =>
  `<processNode><name>${name}</name><processNodeRole>${role}</processNodeRole></processNode>`
const lists = {
  getCCMVersion: '<componentVersion><version>9.1.2.11900-12</version></componentVersion>',
  listProcessNode: `<processNode><name>EnterpriseWideData</name></processNode>${node('cucm1')}${node('cucm2')}${node('imp1', 'CUCM IM and Presence')}`,
  listCallManager: `<callManager><name>CM_cucm1</name><processNodeName>cucm1</processNodeName><ports><sipPorts><sipPhonePort>5065</sipPhonePort></sipPorts></ports></callManager>`,
}

/** A publisher whose AXL answers with the given lists, or with `instead`. */
function axl(results: Readonly<Record<string, string>>, instead: { answer?: HttpResponse } = {}): HttpHandler {
  return async (request) => {
    if (instead.answer !== undefined) return instead.answer
    expect(request.headers['authorization']).toBe(writeBasic({ user: 'admin', password: 'pw & <x>' }))
    expect([request.method, request.target]).toEqual(['POST', '/axl/'])
    const [operation] = childElements(descendants(readXml(request.body), 'Body')[0]!)
    expect(operation!.namespace).toBe('http://www.cisco.com/AXL/API/9.1')
    if (operation!.local.startsWith('list')) expect(textOf(descendants(operation!, 'searchCriteria')[0])).toBe('%')
    const name = operation!.local
    return {
      status: 200,
      headers: { 'Content-Type': 'text/xml' },
      body: `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><ns:${name}Response xmlns:ns="x"><return>${results[name]}</return></ns:${name}Response></s:Body></s:Envelope>`,
    }
  }
}

const server: DiscoveryServer = {
  kind: 'unified-cm',
  address: 'cucm1.example.com',
  username: 'admin',
  password: 'pw & <x>',
  tlsVerify: true,
}

async function discovery(handler: HttpHandler, servers: DiscoveryServer[], trust = [authority.certificate]) {
  const publisher = testHost({ name: 'cucm1', address: '127.79.3.20' })
  disposables.use(await publisher.environment.network.listenHttp({ port: 8443, tls: { identity }, handler }))
  const { environment, records } = testHost({ name: 'vcsc1', address: '127.79.3.10', names, trust })
  return { discovered: new Discovery({ environment, servers: () => servers }), records }
}

test('nodes of a cluster with their roles and SIP ports, without the pseudo node and other products', async () => {
  const { discovered } = await discovery(axl(lists), [server])
  const [status] = await discovered.refresh()
  expect(status).toMatchObject({ state: 'Active', version: '9.1.2.11900-12', problems: [] })
  expect(discovered.nodes()).toEqual([
    expect.objectContaining({
      name: 'cucm1',
      fqdn: 'cucm1.example.com',
      address: '127.79.3.20',
      role: 'Publisher',
      sipTcpPort: 5065,
      tlsVerify: true,
    }),
    expect.objectContaining({ name: 'cucm2', fqdn: 'cucm2.example.com', address: '127.79.3.21', role: 'Subscriber' }),
  ])
  expect(discovered.nodes()[1]).not.toHaveProperty('sipTcpPort')
})

test('an IM and Presence publisher', async () => {
  const imp: DiscoveryServer = { ...server, kind: 'im-and-presence', address: 'imp1.example.com' }
  const { discovered } = await discovery(axl(lists), [imp])
  await discovered.refresh()
  expect(discovered.nodes()).toMatchObject([{ kind: 'im-and-presence', name: 'imp1', role: 'Publisher' }])
})

test('a node without address is a problem of its own, the others are there', async () => {
  const results = { ...lists, listProcessNode: node('cucm1') + node('nowhere') }
  const { discovered } = await discovery(axl(results), [server])
  const [status] = await discovered.refresh()
  expect(status!.state).toBe('Active')
  expect(status!.problems).toMatchObject([{ message: 'Unable to resolve nowhere, a node of cucm1.example.com' }])
  expect(discovered.nodes()).toHaveLength(1)
})

const html = { 'Content-Type': 'text/html' }
const fault = `<Envelope><Body><Fault><faultstring>Item not valid</faultstring></Fault></Body></Envelope>`

test.each<[string, HttpResponse, RegExp, RegExp]>([
  ['wrong credentials', { status: 401, headers: html }, /HTTPError:401/, /user name and password/],
  ['a user without the role', { status: 403, headers: html }, /HTTPError:403/, /Standard AXL API Access/],
  ['something else', { status: 404, headers: html }, /HTTPError:404/, /publisher/],
  ['a service that is off', { status: 503, headers: html }, /HTTPError:503/, /Activate/],
  ['an error without SOAP', { status: 500, headers: html }, /''HTTPError:500''/, /AXL log/],
  ['a fault', { status: 500, headers: { 'Content-Type': 'text/xml' }, body: fault }, /Item not valid/, /AXL log/],
  ['no XML', { status: 200, headers: html, body: '<html>' }, /not XML/, /publisher/],
  ['a DTD', { status: 200, headers: html, body: '<!DOCTYPE a><a/>' }, /DTD/, /publisher/],
])('%s', async (_what, answer, reason, remedy) => {
  const { discovered, records } = await discovery(axl(lists, { answer }), [server])
  const [status] = await discovered.refresh()
  expect(status).toMatchObject({ state: 'Inactive', nodes: [] })
  const [problem] = status!.problems
  expect(problem!.url).toBe('https://cucm1.example.com:8443/axl/')
  expect(problem!.message).toMatch(/^Unable to communicate with cucm1\.example\.com\. /)
  expect(problem!.reason).toMatch(reason)
  expect(problem!.remedy).toMatch(remedy)
  expect(JSON.stringify(records)).not.toContain('pw &')
})

test('a Unified CM is not an IM and Presence Server', async () => {
  const results = { ...lists, listProcessNode: node('cucm1') }
  const { discovered } = await discovery(axl(results), [{ ...server, kind: 'im-and-presence' }])
  const [status] = await discovered.refresh()
  expect(status!.problems[0]!.message).toBe("'cucm1.example.com' is not a IM and Presence Server")
})

test('a certificate without a trusted CA, or for another name, matters where it is verified', async () => {
  const strangers = await discovery(axl(lists), [server], [])
  const [status] = await strangers.discovered.refresh()
  expect(status!.problems[0]!.remedy).toMatch(/trusted CA list/)
  await disposables.disposeAsync()
  disposables = new AsyncDisposableStack()
  const other = { ...server, address: '127.79.3.20' }
  const { discovered } = await discovery(axl(lists), [other, { ...other, tlsVerify: false, kind: 'im-and-presence' }])
  const states = (await discovered.refresh()).map(({ state }) => state)
  expect(states).toEqual(['Inactive', 'Active'])
})

test('no such name, and nobody there', async () => {
  const servers = ['unknown.example.com', 'gone.example.com'].map((address) => ({ ...server, address }))
  const { discovered } = await discovery(axl(lists), servers)
  const remedies = (await discovered.refresh()).map(({ problems }) => problems[0]!.remedy)
  expect(remedies[0]).toMatch(/DNS/)
  expect(remedies[1]).toMatch(/firewall/)
})

test('a failed refresh keeps the nodes as Inactive; a server taken out takes its nodes along', async () => {
  const instead: { answer?: HttpResponse } = {}
  const servers = [server]
  const { discovered } = await discovery(axl(lists, instead), servers)
  await discovered.refresh()
  instead.answer = { status: 503, headers: html }
  const [status] = await discovered.refresh()
  expect(status).toMatchObject({ state: 'Inactive', nodes: [{ state: 'Inactive' }, { state: 'Inactive' }] })
  expect(discovered.nodes()).toHaveLength(2)
  servers.length = 0
  expect(discovered.nodes()).toEqual([])
})

test('a publisher that comes up later is found without anybody asking again', async () => {
  const trust = [authority.certificate]
  const { environment } = testHost({ name: 'vcsc1', address: '127.79.3.10', names, trust })
  const told: number[] = []
  const servers = () => [server]
  const running = startDiscovery({ environment, servers, onChange: (nodes) => told.push(nodes.length) })
  disposables.use(running)
  await waitFor('the first failure', () => running.status()[0]?.state === 'Inactive')
  await discovery(axl(lists), [])
  await waitFor('the nodes', () => running.nodes().length === 2)
  expect(told.at(-1)).toBe(2)
})
