import { afterEach, describe, expect, test } from 'vitest'
import type { HttpHandler, HttpResponse } from '#runtime/network.ts'
import { selfSigned } from '#runtime/self-signed.fixture.ts'
import { testHost } from '#runtime/test-host.fixture.ts'
import { waitFor } from '#runtime/wait.ts'
import { testAuthority } from '../certificates/authority.fixture.ts'
import type { AxlAnswers } from './axl-server.fixture.ts'
import { axlHandler, clusterAnswers, processNode, soapFault, sql } from './axl-server.fixture.ts'
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

const server: DiscoveryServer = {
  kind: 'unified-cm',
  address: 'cucm1.example.com',
  username: 'admin',
  password: 'pw & <x>',
  tlsVerify: true,
}
const imp: DiscoveryServer = { ...server, kind: 'im-and-presence', address: 'imp1.example.com' }

async function publisher(handler: HttpHandler, presented = identity) {
  const { environment } = testHost({ name: 'cucm1', address: '127.79.3.20' })
  disposables.use(await environment.network.listenHttp({ port: 8443, tls: { identity: presented }, handler }))
}

function control(servers: DiscoveryServer[], trust = [authority.certificate]) {
  const { environment, records } = testHost({ name: 'vcsc1', address: '127.79.3.10', names, trust })
  return { environment, discovered: new Discovery({ environment, servers: () => servers }), records }
}

async function discovery(answers: AxlAnswers, servers: DiscoveryServer[]) {
  await publisher(axlHandler(answers))
  return control(servers)
}

describe('a cluster of Unified CM', () => {
  const profile = (name: string, port: number) => `<row><name>${name}</name><sipphoneport>${port}</sipphoneport></row>`
  const profiles = profile('a.example.com', 5061) + profile('EX90-secure', 5061) + profile('b.example.com', 5071)

  test('nodes with their roles and SIP ports, without the pseudo node and other products', async () => {
    const { discovered } = await discovery(clusterAnswers(), [server])
    const [status] = await discovered.refresh()
    expect(status).toMatchObject({ state: 'Active', version: '9.1.2.11900-12', mixed: false, problems: [] })
    expect(discovered.nodes()).toEqual([
      expect.objectContaining({
        name: 'cucm1',
        fqdn: 'cucm1.example.com',
        address: '127.79.3.20',
        role: 'Publisher',
        sipTcpPort: 5065,
        runsTftp: true,
        tlsVerify: true,
      }),
      expect.objectContaining({ name: 'cucm2', fqdn: 'cucm2.example.com', address: '127.79.3.21', role: 'Subscriber' }),
    ])
    expect(discovered.nodes()[0]).not.toHaveProperty('sipTlsPort')
    // It runs no CallManager, although it has the entry of one.
    expect(discovered.nodes()[1]).not.toHaveProperty('sipTcpPort')
    expect(discovered.nodes()[1]).toMatchObject({ runsTftp: true })
  })

  test('in mixed mode with secure ports and the names of TLS profiles', async () => {
    const answers = clusterAnswers({
      [sql('processconfig')]: '<row><paramvalue>1</paramvalue></row>',
      [sql('securityprofile')]: profiles,
    })
    const { discovered } = await discovery(answers, [server])
    const [status] = await discovered.refresh()
    expect(status).toMatchObject({ mixed: true, tlsProfiles: ['a.example.com', 'EX90-secure', 'b.example.com'] })
    expect(discovered.nodes()[0]).toMatchObject({ sipTcpPort: 5065, sipTlsPort: 5066 })
    expect(status!.problems).toMatchObject([
      { message: 'Phone security profile "EX90-secure" of cucm1.example.com is not named by an FQDN' },
      { message: 'Phone security profile "b.example.com" of cucm1.example.com has SIP phone port 5071' },
    ])
  })

  test('whose database keeps the SIP phone port of profiles elsewhere', async () => {
    const answers = clusterAnswers({ [sql('securityprofile')]: profiles })
    const handler = axlHandler(answers)
    const noColumn = soapFault('Column (sipphoneport) not found in any table in the query')
    await publisher(async (request) => (request.body.includes('sipphoneport') ? noColumn : handler(request)))
    const { discovered } = control([server])
    const [status] = await discovered.refresh()
    expect(status!.tlsProfiles).toHaveLength(3)
  })

  test('what a server cannot tell is a problem of its own, never a failure', async () => {
    const { discovered } = await discovery(
      { getCCMVersion: clusterAnswers()['getCCMVersion']!, listProcessNode: processNode('cucm1') },
      [server],
    )
    const [status] = await discovered.refresh()
    expect(status).toMatchObject({ state: 'Active', mixed: false, nodes: [{ name: 'cucm1' }] })
    expect(status!.problems.map(({ message }) => message)).toEqual([
      'Active services of cucm1.example.com could not be read',
      'SIP phone ports of cucm1.example.com could not be read',
      'Cluster security mode of cucm1.example.com could not be read',
      'Phone security profiles of cucm1.example.com could not be read',
    ])
    expect(status!.problems[0]!.reason).toContain('Unknown request listProcessNodeService')
  })

  test('ports from the list where single CallManagers cannot be asked for', async () => {
    const answers = clusterAnswers({ getCallManager: soapFault('Unknown request getCallManager') })
    const { discovered } = await discovery(answers, [server])
    await discovered.refresh()
    expect(discovered.nodes()[0]).toMatchObject({ sipTcpPort: 5060 })
  })

  test('nodes without address, of odd names or with fully qualified names are problems, the others are there', async () => {
    const nodes = ['cucm1', 'nowhere', 'cucm2.example.com', 'x;egress-zone=y'].map((name) => processNode(name))
    const { discovered } = await discovery(clusterAnswers({ listProcessNode: nodes.join('') }), [server])
    const [status] = await discovered.refresh()
    expect(status!.state).toBe('Active')
    expect(status!.problems.map(({ message }) => message).toSorted()).toEqual([
      '"x;egress-zone=y", a node of cucm1.example.com, is no host name or IPv4 address',
      'Unable to resolve nowhere, a node of cucm1.example.com',
      'Unsupported configuration: cucm2.example.com, a node of cucm1.example.com, is a fully qualified name',
    ])
    expect(discovered.nodes().map(({ name }) => name)).toEqual(['cucm1', 'cucm2.example.com'])
  })

  test.each([
    [server, '9.1.2.10000-28', '9.1(2)SU1'],
    [server, '8.6.2.20000-2', '9.1(2)SU1'],
    [imp, '8.6.5.10000-12', '9.1(1)'],
  ])('of an old release: %o %s', async (which, version, oldest) => {
    const answers = clusterAnswers({
      getCCMVersion: `<componentVersion><version>${version}</version></componentVersion>`,
    })
    const { discovered } = await discovery(answers, [which])
    const [status] = await discovered.refresh()
    expect(status).toMatchObject({ state: 'Active', version })
    expect(status!.problems.map(({ message }) => message)).toEqual([
      expect.stringMatching(`${version}; ${oldest.replace(/[()]/g, '.')} or later is required`),
    ])
  })

  test('of a release so old that it speaks no schema of ours', async () => {
    const answers = clusterAnswers({
      getCCMVersion: '<componentVersion><version>8.6.2.20000-2</version></componentVersion>',
      listProcessNode: { status: 599, headers: {} },
    })
    const { discovered } = await discovery(answers, [server])
    const [status] = await discovered.refresh()
    expect(status).toMatchObject({ state: 'Inactive' })
    expect(status!.problems[0]!.message).toMatch(/8\.6\.2\.20000-2; 9\.1\(2\)SU1 or later is required .*599/)
  })

  test.each([
    [server, '10.0.1.10000-24'],
    [imp, '9.1.1.10000-8'],
  ])('of a supported release: %o %s', async (which, version) => {
    const answers = clusterAnswers({
      getCCMVersion: `<componentVersion><version>${version}</version></componentVersion>`,
    })
    const { discovered } = await discovery(answers, [which])
    expect((await discovered.refresh())[0]!.problems).toEqual([])
  })
})

describe('IM and Presence', () => {
  test('its nodes and chat node aliases', async () => {
    const { discovered } = await discovery(clusterAnswers(), [imp])
    const [status] = await discovered.refresh()
    expect(status).toMatchObject({
      nodes: [{ kind: 'im-and-presence', name: 'imp1', role: 'Publisher' }],
      chatNodeAliases: ['conference-2-StandAloneCluster1.example.com'],
      problems: [],
    })
  })

  test('a publisher without nodes of the kind', async () => {
    const answers = clusterAnswers({ listProcessNode: processNode('cucm1') })
    const { discovered } = await discovery(answers, [{ ...server, kind: 'im-and-presence' }])
    const [status] = await discovered.refresh()
    expect(status!.problems[0]!.message).toBe('Failed: cucm1.example.com is not a IM and Presence Server')
  })

  test('9.1.1 without CA certificates cannot tell its certificates', async () => {
    const answers = clusterAnswers({ [sql('certificate')]: soapFault('Query failed: no such certificate') })
    const { discovered } = await discovery(answers, [imp])
    const [status] = await discovered.refresh()
    expect(status).toMatchObject({ state: 'Inactive', nodes: [] })
    expect(status!.problems).toMatchObject([
      {
        message: 'Failed: imp1.example.com is not a IM and Presence Server',
        reason: expect.stringContaining('CSCul05131'),
      },
    ])
  })

  test('a server that knows no such query is used all the same', async () => {
    const { [sql('certificate')]: _, ...answers } = clusterAnswers()
    const { discovered } = await discovery(answers, [imp])
    const [status] = await discovered.refresh()
    expect(status).toMatchObject({ state: 'Active', nodes: [{ name: 'imp1' }] })
    expect(status!.problems).toMatchObject([{ message: 'Certificates of imp1.example.com could not be read' }])
  })
})

const html = { 'Content-Type': 'text/html' }
const unable = /^Unable to communicate with cucm1\.example\.com\. /

test.each<[string, HttpResponse, RegExp, RegExp, RegExp]>([
  ['wrong credentials', { status: 401, headers: html }, unable, /HTTPError:401/, /user name and password/],
  ['a user without the role', { status: 403, headers: html }, unable, /HTTPError:403/, /Standard AXL API Access/],
  ['something else', { status: 404, headers: html }, /not a Unified CM Server$/, /HTTPError:404/, /publisher/],
  ['a service that is off', { status: 503, headers: html }, unable, /HTTPError:503/, /Activate/],
  ['an error without SOAP', { status: 500, headers: html }, unable, /''HTTPError:500''/, /AXL log/],
  ['a fault', soapFault('Item not valid'), unable, /Item not valid/, /AXL log/],
  ['no XML', { status: 200, headers: html, body: '<html>' }, unable, /not XML/, /publisher/],
  ['a DTD', { status: 200, headers: html, body: '<!DOCTYPE a><a/>' }, unable, /DTD/, /publisher/],
])('%s', async (_what, answer, message, reason, remedy) => {
  await publisher(async () => answer)
  const { discovered, records } = control([server])
  const [status] = await discovered.refresh()
  expect(status).toMatchObject({ state: 'Inactive', nodes: [] })
  const [problem] = status!.problems
  expect(problem!.url).toBe('https://cucm1.example.com:8443/axl/')
  expect(problem!.message).toMatch(message)
  expect(problem!.reason).toMatch(reason)
  expect(problem!.remedy).toMatch(remedy)
  expect(JSON.stringify(records)).not.toContain('pw &')
})

describe('with TLS verify mode On', () => {
  const remedyOf = async (trust: string[], publisherAddress = server.address) => {
    const { discovered } = control([{ ...server, address: publisherAddress }], trust)
    return (await discovered.refresh())[0]!.problems[0]!.remedy
  }

  test('a certificate without a trusted CA', async () => {
    await publisher(axlHandler(clusterAnswers()))
    expect(await remedyOf([])).toMatch(/^Load the root CA/)
  })

  test('a self-signed certificate needs a copy of itself in the trusted CA list', async () => {
    const own = selfSigned('cucm1.example.com')
    await publisher(axlHandler(clusterAnswers()), own)
    expect(await remedyOf([])).toMatch(/^Load a copy/)
    const { discovered } = control([server], [own.cert])
    expect((await discovered.refresh())[0]!.state).toBe('Active')
  })

  test('a certificate for another name; with Off it does not matter', async () => {
    await publisher(axlHandler(clusterAnswers()))
    expect(await remedyOf([authority.certificate], '127.79.3.20')).toMatch(/by a name that is in its tomcat/)
    const { discovered } = control([{ ...server, address: '127.79.3.20', tlsVerify: false }], [])
    expect((await discovered.refresh())[0]!.state).toBe('Active')
  })

  test('an expired certificate', async () => {
    await publisher(
      axlHandler(clusterAnswers()),
      authority.issue({ commonName: 'cucm1.example.com', validFrom: -3, validTo: -1 }),
    )
    expect(await remedyOf([authority.certificate])).toMatch(/^Renew/)
  })
})

test('no such name, and nobody there', async () => {
  const servers = ['unknown.example.com', 'gone.example.com'].map((address) => ({ ...server, address }))
  const { discovered } = control(servers)
  const remedies = (await discovered.refresh()).map(({ problems }) => problems[0]!.remedy)
  expect(remedies[0]).toMatch(/DNS/)
  expect(remedies[1]).toMatch(/firewall/)
})

describe('refreshing', () => {
  test('a failure keeps what was known as Inactive; a server taken out takes its nodes along', async () => {
    let isOn = true
    const answers = axlHandler(clusterAnswers({ [sql('processconfig')]: '<row><paramvalue>1</paramvalue></row>' }))
    await publisher(async (request) => (isOn ? answers(request) : { status: 503, headers: html }))
    const servers = [server]
    const { discovered } = control(servers)
    await discovered.refresh()
    isOn = false
    const [status] = await discovered.refresh()
    expect(status).toMatchObject({
      state: 'Inactive',
      mixed: true,
      nodes: [{ state: 'Inactive', sipTlsPort: 5066 }, { state: 'Inactive' }],
    })
    expect(discovered.nodes()).toHaveLength(2)
    servers.length = 0
    expect(discovered.nodes()).toEqual([])
    expect(discovered.clusters()).toEqual([])
  })

  test('asks the selected publishers alone', async () => {
    const asked: string[] = []
    const answers = axlHandler(clusterAnswers())
    await publisher(async (request) => {
      asked.push(String(request.headers['host']))
      return answers(request)
    })
    const { discovered } = control([server, imp])
    await discovered.refresh()
    asked.length = 0
    const found = await discovered.refresh(['imp1.example.com'])
    expect(new Set(asked)).toEqual(new Set(['imp1.example.com:8443']))
    expect(found.map(({ publisher, state }) => [publisher, state])).toEqual([['imp1.example.com', 'Active']])
    expect(discovered.status()).toHaveLength(2)
  })

  test('a server configured while one runs is found by the next one', async () => {
    const servers = [server]
    const { discovered } = await discovery(clusterAnswers(), servers)
    const first = discovered.refresh()
    servers.push(imp)
    const [second, third] = await Promise.all([discovered.refresh(), discovered.refresh(['imp1.example.com']), first])
    expect(second).toHaveLength(2)
    expect(third).toEqual([second![1]])
  })

  test('a publisher that comes up later is found without anybody asking again', async () => {
    const { environment } = control([])
    const told: number[] = []
    const running = startDiscovery({
      environment,
      servers: () => [server],
      onChange: (nodes) => told.push(nodes.length),
    })
    disposables.use(running)
    await waitFor('the first failure', () => running.status()[0]?.state === 'Inactive')
    await publisher(axlHandler(clusterAnswers()))
    await waitFor('the nodes', () => running.nodes().length === 2)
    expect(told.at(-1)).toBe(2)
    expect(running.tlsProfiles()).toEqual([])
    expect(running.chatNodeAliases()).toEqual([])
  })
})
