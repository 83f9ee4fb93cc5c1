import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { HttpAnswer, HttpClient } from '#runtime/network.ts'
import type { RunningCluster } from '../cluster.fixture.ts'
import { networkAt, secondCluster, smallCluster, startTestCluster } from '../cluster.fixture.ts'
import type { AccessRecord } from './access-log.ts'

let cluster: RunningCluster
let https: HttpClient
let http: HttpClient
const password = 's3cret & <x>'

beforeAll(async () => {
  cluster = await startTestCluster('127.78.3.3', smallCluster)
  const network = networkAt('127.78.3.41')
  https = network.httpClient(() =>
    network.dialTls({
      to: { address: '127.78.3.3', port: 8443 },
      protocol: 'HTTPS',
      tls: { serverName: 'cucm1.example.com' },
    }),
  )
  http = network.httpClient(() => network.dialTcp({ to: { address: '127.78.3.3', port: 6970 }, protocol: 'HTTP' }))
})
afterAll(async () => {
  await https.close()
  await http.close()
  await cluster[Symbol.asyncDispose]()
})

const basic = (user: string, secret: string) => ({
  Authorization: `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`,
})

async function uds(
  path: string,
  credentials?: Record<string, string>,
  method = 'GET',
  body?: string,
): Promise<HttpAnswer> {
  const headers = { Host: 'cucm1.example.com:8443', ...credentials }
  return https.send({ method, target: `/cucm-uds${path}`, headers, ...(body === undefined ? {} : { body }) })
}

describe('UDS', () => {
  test('version and servers are open to everybody', async () => {
    const version = await uds('/version')
    expect(version.status).toBe(200)
    expect(version.headers['content-type']).toContain('application/xml')
    expect(version.headers['x-frame-options']).toBe('SAMEORIGIN')
    expect(version.headers['cache-control']).toBe('private')
    expect(version.headers['set-cookie']).toHaveLength(2)
    expect(version.body.toString()).toContain('<version>9.1.2</version>')
    expect((await uds('/servers')).body.toString()).toContain('<server>cucm1.example.com</server>')
  })

  test('clusterUser names the home cluster of a user who has one', async () => {
    const found = (await uds('/clusterUser?username=ALICE')).body.toString()
    expect(found).toContain('found="true" uri="https://cucm1.example.com:8443/cucm-uds/user/alice"')
    expect(found).toContain('>cucm1.example.com</homeCluster>')
    expect((await uds('/clusterUser?email=alice@example.com')).body.toString()).toContain('found="true"')
    expect((await uds('/clusterUser?username=nobody')).body.toString()).toContain('found="false"/></clusterUser>')
    const withoutTick = (await uds('/clusterUser?username=carol')).body.toString()
    expect(withoutTick).toMatch(/found="true" uri="[^"]+\/user\/carol"\/><homeCluster\/>/)
    expect((await uds('/clusterUser')).status).toBe(415)
  })

  test('a user reads his own record with his password', async () => {
    const answer = await uds('/user/alice', basic('alice', password))
    expect(answer.status).toBe(200)
    expect(answer.body.toString()).toContain('<uri>http://cucm1.example.com:6970/SPDefault.cnf.xml</uri>')
    expect(answer.body.toString()).toContain('<server>imp1.example.com</server>')
    const devices = (await uds('/user/alice/devices', basic('alice', password))).body.toString()
    const uri = /<device uri="https:\/\/[^/]+\/cucm-uds([^"]+)"/.exec(devices)![1]!
    expect((await uds(uri, basic('alice', password))).body.toString()).toContain('<name>CSFALICE</name>')
    expect((await uds('/user/alice/extensions', basic('alice', password))).body.toString()).toContain('>1001<')
    expect((await uds('/user/alice/device/other', basic('alice', password))).status).toBe(404)
  })

  test.each([
    ['no credentials', '/user/alice', undefined],
    ['a wrong password', '/user/alice', basic('alice', 'wrong')],
    ["somebody else's path", '/user/bob', basic('alice', password)],
  ])('401 for %s', async (_, path, credentials) => {
    const answer = await uds(path, credentials)
    expect(answer.status).toBe(401)
    expect(answer.headers['www-authenticate']).toBe('Basic realm="Cisco Web Services Realm"')
    expect(answer.headers['content-type']).toContain('text/html')
  })

  test('403 without the end user role, 404 and 405', async () => {
    expect((await uds('/user/carol/devices', basic('carol', 'c'))).status).toBe(403)
    expect((await uds('/nothing')).status).toBe(404)
    const refused = await uds('/version', undefined, 'DELETE')
    expect(refused.status).toBe(405)
    expect(refused.headers['allow']).toBe('GET, HEAD')
  })

  test('users are searched by name, page by page, and values are escaped', async () => {
    const answer = (await uds('/users?name=bo')).body.toString()
    expect(answer).toContain('returnedCount="1" totalCount="1"')
    expect(answer).toContain('Bob &#34;B&#34; Brown')
    expect((await uds('/users?start=1&max=1')).body.toString()).toContain(
      'start="1" requestedCount="1" returnedCount="1" totalCount="3"',
    )
    expect((await uds('/users?max=many')).status).toBe(415)
  })

  test('a password changed by its user works at once, the old one no more', async () => {
    const document = '<credentials><password>n&#38;w</password></credentials>'
    expect((await uds('/user/bob/credentials', basic('bob', 'b0b'), 'PUT', document)).status).toBe(204)
    expect((await uds('/user/bob', basic('bob', 'b0b'))).status).toBe(401)
    expect((await uds('/user/bob', basic('bob', 'n&w'))).status).toBe(200)
    const withDtd = `<!DOCTYPE c [<!ENTITY a "b">]><credentials><password>&a;</password></credentials>`
    expect((await uds('/user/bob/credentials', basic('bob', 'n&w'), 'PUT', withDtd)).status).toBe(400)
    await cluster.management.call('setPassword', { user: 'bob', password: 'b0b' })
    expect((await uds('/user/bob', basic('bob', 'b0b'))).status).toBe(200)
  })

  test('the access log shows who was authenticated, never a password', async () => {
    await uds('/user/alice/devices', basic('alice', 'wrong'))
    const log = await cluster.management.call<AccessRecord[]>('accessLog')
    expect(log.at(-1)).toMatchObject({
      service: 'uds',
      target: '/cucm-uds/user/alice/devices',
      user: 'alice',
      status: 401,
      authentication: 'failed',
    })
    expect(JSON.stringify(log)).not.toContain(password)
  })

  test('UDS stopped is 503; paths that climb are refused', async () => {
    expect((await uds('/user/%2e%2e%2fx')).status).toBe(400)
    await cluster.management.call('set', { path: 'services.uds', value: false })
    expect((await uds('/version')).status).toBe(503)
    await cluster.management.call('set', { path: 'services.uds', value: true })
  })
})

describe('AXL', () => {
  const envelope = (request: string) =>
    `<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:ns="http://www.cisco.com/AXL/API/9.1"><soapenv:Body>${request}</soapenv:Body></soapenv:Envelope>`
  const ask = (request: string, credentials = basic('axl', 'axlpass')) =>
    https.send({
      method: 'POST',
      target: '/axl/',
      headers: { Host: 'cucm1.example.com:8443', 'Content-Type': 'text/xml', ...credentials },
      body: request,
    })

  test.each([
    ['<ns:getCCMVersion/>', '<componentVersion><version>9.1.2.11900-12</version>'],
    [
      '<ns:listProcessNode sequence="1"><searchCriteria><name>%</name></searchCriteria><returnedTags><name/></returnedTags></ns:listProcessNode>',
      '<name>cucm1</name><processNodeRole>CUCM Voice/Video',
    ],
    ['<ns:listProcessNodeService/>', '<service>Cisco CallManager</service>'],
    [
      '<ns:listCallManager><searchCriteria><name>CM_%</name></searchCriteria></ns:listCallManager>',
      '<sipPhonePort>5060</sipPhonePort>',
    ],
    ['<ns:getCallManager><name>CM_cucm1</name></ns:getCallManager>', '<sipPhoneSecurePort>5061</sipPhoneSecurePort>'],
    [
      "<ns:executeSQLQuery><sql>select paramvalue from processconfig where paramname='ClusterSecurityMode'</sql></ns:executeSQLQuery>",
      '<row><paramvalue>0</paramvalue></row>',
    ],
  ])('%s', async (request, expected) => {
    const answer = await ask(envelope(request))
    expect(answer.status).toBe(200)
    expect(answer.body.toString()).toContain(expected)
    expect(answer.body.toString()).toContain('Response xmlns:ns="http://www.cisco.com/AXL/API/9.1"')
  })

  test.each([
    ['an unknown request', 'Client', envelope('<ns:dropEverything/>')],
    ['a node that is not there', 'Server', envelope('<ns:getCallManager><name>CM_x</name></ns:getCallManager>')],
    ['other SQL', 'Server', envelope('<ns:executeSQLQuery><sql>select * from enduser</sql></ns:executeSQLQuery>')],
    ['a DTD', 'Client', `<!DOCTYPE x>${envelope('<ns:getCCMVersion/>')}`],
    ['no XML', 'Client', 'hello'],
    ['an object member for a request', 'Client', envelope('<ns:constructor/>')],
  ])('a fault for %s, of the %s', async (_, side, request) => {
    const answer = await ask(request)
    expect(answer.status).toBe(500)
    expect(answer.body.toString()).toContain(`<faultcode>soapenv:${side}</faultcode>`)
  })

  test('401 for strangers, 403 without AXL access, 503 where the service is not activated', async () => {
    const stranger = await ask(envelope('<ns:getCCMVersion/>'), basic('axl', 'wrong'))
    expect(stranger.status).toBe(401)
    expect((await ask(envelope('<ns:getCCMVersion/>'), basic('reader', 'r'))).status).toBe(403)
    await cluster.management.call('set', { path: 'services.axl', value: false })
    expect((await ask(envelope('<ns:getCCMVersion/>'))).status).toBe(503)
    await cluster.management.call('set', { path: 'services.axl', value: true })
  })
})

describe('configuration files on 6970', () => {
  const file = (name: string) => http.send({ method: 'GET', target: name, headers: { Host: 'cucm1.example.com:6970' } })

  test.each([
    ['/jabber-config.xml', '<DirectoryServerType>UDS</DirectoryServerType>'],
    ['/SPDefault.cnf.xml', '<serverAddress>imp1.example.com</serverAddress>'],
    ['/CSFALICE.cnf.xml', '<processNodeName>cucm1.example.com</processNodeName>'],
    ['/SEP0000000000B0.cnf.xml', '<name>2001</name><displayName>Bob Brown</displayName><authName>bob</authName>'],
    ['/AppDialRules.xml', '<DialRules/>'],
  ])('%s', async (name, expected) => {
    const answer = await file(name)
    expect(answer.status).toBe(200)
    expect(answer.body.toString()).toContain(expected)
  })

  test.each(['/CSFNOBODY.cnf.xml', '/csfalice.cnf.xml', '/', '/a/b', '/..%2fetc'])('404 for %s', async (name) => {
    expect((await file(name)).status).toBe(404)
  })
})

describe('two clusters', () => {
  const dora = async () => (await uds('/clusterUser?username=dora')).body.toString()

  test('only with ILS is a user of the other cluster found, and then at home', async () => {
    const users = [{ id: 'dora', password: 'd', displayName: 'Dora' }]
    const remote = [{ name: 'A', fqdn: '127.78.3.3' }]
    const other = { nodeName: 'cucm2', fqdn: 'cucm2.example.com', users, ils: true, remoteClusters: remote }
    await using second = await startTestCluster(secondCluster, other)
    await cluster.management.call('set', { path: 'remoteClusters', value: [{ name: 'B', fqdn: secondCluster }] })
    expect(await dora()).toContain('found="false"')
    await cluster.management.call('set', { path: 'ils', value: true })
    expect(await dora()).toContain('uri="https://cucm2.example.com:8443/cucm-uds/user/dora"')
    expect(await dora()).toContain('>cucm2.example.com</homeCluster>')
    // Nobody's user: the second cluster is asked by the first and does not ask back.
    expect((await uds('/clusterUser?username=nobody')).body.toString()).toContain('found="false"')
    const asked = await second.management.call<AccessRecord[]>('accessLog')
    expect(asked.map(({ target }) => target)).toContain('/cucm-uds/clusterUser?username=nobody')
  })

  test('a remote cluster that is down does not hide local users', async () => {
    expect((await uds('/clusterUser?username=alice')).body.toString()).toContain('found="true"')
    expect(await dora()).toContain('found="false"')
  })
})
