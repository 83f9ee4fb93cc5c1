import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Host } from '#runtime/host.ts'
import type { HttpAnswer, HttpClient, HostNetwork } from '#runtime/network.ts'
import { descendant, parseDocument } from '#simulators/protocol/xml/element.ts'
import { impConfiguration, startNode } from './imp.fixture.ts'
import { OneTimePasswords } from './one-time-passwords.ts'
import { HostWallClock, realMonotonicClock } from '#runtime/clock.ts'
import { systemRandom } from '#runtime/random.ts'

const address = '127.82.3.30'
let host: Host
let network: HostNetwork
let client: HttpClient
beforeAll(async () => {
  ;({ host, network } = await startNode(address))
  client = network.httpClient(() =>
    network.dialTls({ to: { address, port: 8443 }, protocol: 'HTTP', tls: { serverName: 'imp1.example.com' } }),
  )
})
afterAll(async () => {
  await client.close()
  await host.stop()
})
const set = (change: object) => host.management['set']!(change as never)
beforeEach(() => set({ services: { clientProfileAgent: true, axlWebService: true } }))

function post(target: string, body: string, headers: Record<string, string> = {}): Promise<HttpAnswer> {
  return client.send({ method: 'POST', target, headers: { Host: 'imp1.example.com:8443', ...headers }, body })
}

function epas(body: string, key?: string): Promise<HttpAnswer> {
  const header =
    key === undefined ? '' : `<soap:Header><session-key xmlns="urn:cisco:epas:soap">${key}</session-key></soap:Header>`
  return post(
    '/EPASSoap/service/v80',
    `<soap:Envelope xmlns:soap="http://www.w3.org/2003/05/soap-envelope">${header}<soap:Body>${body}</soap:Body></soap:Envelope>`,
  )
}

const login = (user: string, password: string) =>
  epas(
    `<login xmlns="urn:cisco:epas:soap" force="true"><username>${user}</username><password>${password}</password></login>`,
  )

function textIn(answer: HttpAnswer, name: string): string | undefined {
  return descendant(parseDocument(answer.body.toString()), name)?.getText()
}

test('login, configuration, one-time passwords, logout', async () => {
  const key = textIn(await login('alice@example.com', 'alice-password'), 'session-key')
  const config = await epas(
    '<get-all-config xmlns="urn:cisco:epas:soap"><system-config/><user-config/></get-all-config>',
    key,
  )
  const domain = descendant(parseDocument(config.body.toString()), 'property')
  expect(domain?.attrs).toEqual({ name: 'Presence.Domain', value: 'example.com' })
  expect(config.body.toString()).not.toContain('contact-info')
  const oneTime = '<get-onetime-password xmlns="urn:cisco:epas:soap"/>'
  const [first, second] = [textIn(await epas(oneTime, key), 'password'), textIn(await epas(oneTime, key), 'password')]
  expect(first).toMatch(/^[0-9A-F]{32}$/)
  expect(second).not.toBe(first)
  expect((await epas('<logout xmlns="urn:cisco:epas:soap"/>', key)).status).toBe(200)
  expect(textIn(await epas(oneTime, key), 'Text')).toBe('Invalid session key')
})

test('a wrong password fails the login; unreadable requests are faults; a stopped agent is not there', async () => {
  const failed = await login('alice', 'wrong')
  expect(textIn(failed, 'reason')).toBe('Invalid username or password')
  expect(textIn(await login('nobody', 'alice-password'), 'session-key')).toBeUndefined()
  expect((await login('alice@example.net', 'alice-password')).body.toString()).toContain('<failure>')
  expect(textIn(await epas('<unknown xmlns="urn:cisco:epas:soap"/>', 'x'), 'Text')).toBe('Invalid session key')
  expect(textIn(await post('/EPASSoap/service/v80', 'not XML'), 'Text')).toBe('Invalid request')
  await set({ services: { clientProfileAgent: false } })
  expect((await login('alice', 'alice-password')).status).toBe(503)
})

test('users set while the Sync Agent is off come in when it runs again', async () => {
  await set({ services: { syncAgent: false }, users: [{ userId: 'dave', password: 'dave-password' }] })
  expect((await login('dave', 'dave-password')).body.toString()).toContain('<failure>')
  await set({ services: { syncAgent: true } })
  expect((await login('dave', 'dave-password')).body.toString()).toContain('<session-key>')
})

const basic = (user: string, password: string) => ({
  Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
})
const axl = (operation: string, headers: Record<string, string>) =>
  post(
    '/axl/',
    `<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:ns="http://www.cisco.com/AXL/API/9.1"><soapenv:Body>${operation}</soapenv:Body></soapenv:Envelope>`,
    headers,
  )

test('AXL tells version and nodes to its account only', async () => {
  const account = basic('axl', 'axl-password')
  expect(textIn(await axl('<ns:getCCMVersion/>', account), 'version')).toBe('9.1.1.31900-1')
  const nodes = parseDocument((await axl('<ns:listProcessNode sequence="1"/>', account)).body.toString())
  const names = descendant(nodes, 'return')?.getChildren('processNode')
  expect(names?.map((node) => node.getChildText('name'))).toEqual(['EnterpriseWideData', 'imp1.example.com'])
  const query = (sql: string) => axl(`<ns:executeSQLQuery><sql>${sql}</sql></ns:executeSQLQuery>`, account)
  expect(textIn(await axl('<ns:executeSQLQuery/>', account), 'axlcode')).toBe('-201')
  const aliases = (await query('select tcalias, isprimary from tcaliases')).body.toString()
  expect(aliases).toMatch(/<tcalias>conference-2-StandAloneCluster\w{5}\.example\.com<.tcalias><isprimary>t</)
  const certificates = 'select subjectname, certificate from certificate'
  expect((await query(certificates)).body.toString()).toContain('CN=imp1.example.com')
  await set({ caCertificatesMissing: true })
  expect((await query(certificates)).status).toBe(500)
  expect((await query('select name from processnode')).body.toString()).toContain('imp1.example.com')
  await set({ caCertificatesMissing: false })
  expect((await query(certificates)).status).toBe(200)
  const refused = await axl('<ns:getCCMVersion/>', basic('axl', 'wrong'))
  expect([refused.status, refused.headers['www-authenticate']]).toEqual([401, 'Basic realm="Cisco Web Services Realm"'])
  await set({ services: { axlWebService: false } })
  expect((await axl('<ns:getCCMVersion/>', account)).status).toBe(503)
})

test('a one-time password is good once, for its user, for five minutes', async () => {
  const wall = new HostWallClock(realMonotonicClock, new Date())
  const passwords = new OneTimePasswords(wall, systemRandom())
  const [a, b, c] = [passwords.issue('alice'), passwords.issue('alice'), passwords.issue('alice')]
  expect([passwords.redeem('alice', a), passwords.redeem('alice', a)]).toEqual([true, false])
  expect(passwords.redeem('bob', b)).toBe(false)
  await wall.advance(5 * 60_000 + 1)
  expect(passwords.redeem('alice', c)).toBe(false)
})

test('the fault of 9.1.1 exists in 9.1.1 only', async () => {
  const broken = { ...impConfiguration, release: '10.0.1.10000-26', caCertificatesMissing: true }
  await expect(startNode('127.78.4.9', broken)).rejects.toThrow(/only release 9.1.1/)
})
