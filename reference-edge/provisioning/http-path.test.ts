import type { Duplex } from 'node:stream'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { LogGate, LogRecord } from '#runtime/log.ts'
import type { HttpAnswer, HttpHandler, HttpRequest } from '#runtime/network.ts'
import { waitFor } from '#runtime/wait.ts'
import { testAuthority } from '../certificates/authority.fixture.ts'
import { noCluster } from '../cluster/cluster.ts'
import { writeBasic } from '../protocol/http/basic-credentials.ts'
import { child, childElements, descendants, textOf } from '../protocol/xml/element.ts'
import { readXml } from '../protocol/xml/read.ts'
import { startSshTunnelClient } from '../traversal/ssh-tunnel-client.ts'
import { startSshTunnelServer } from '../traversal/ssh-tunnel-server.ts'
import type { TunnelKey } from '../traversal/tunnel-keys.ts'
import { makeTunnelKeyPair } from '../traversal/tunnel-keys.ts'
import type { DiscoveredNode } from '../unified-cm/discovered-node.ts'
import type { ControlHttpConfiguration } from './control-http-options.ts'
import { startControlHttp } from './control-http.ts'
import { CredentialCache } from './credential-cache.ts'
import { SharedSignIns } from './shared-sign-ins.ts'
import { encodeEdgeSegment } from './edge-path.ts'
import { startHttpsEdge } from './https-edge.ts'
import type { TestHost } from '#runtime/test-host.fixture.ts'
import { testHost } from '#runtime/test-host.fixture.ts'
import type { FailureReport } from '../protection/failure-category.ts'
import { UdsAuthentication } from './uds-authentication.ts'

const names = {
  'vcse1.example.com': '127.78.2.10',
  'cucm1.example.com': '127.78.3.20',
  'cuc1.example.com': '127.78.3.40',
  'alias.example.com': '127.78.3.20',
  'rebound.example.com': '127.78.3.10',
  '_cisco-uds._tcp.example.com': 'cucm1.example.com:8443',
  '_cuplogin._tcp.example.com': 'imp1.example.com:8443',
}
const minute = 60_000

/** A Unified CM of a test: UDS with two users, and a mirror for everything else. */
function unifiedCm(passwords: ReadonlyMap<string, string>, seen: HttpRequest[]): HttpHandler {
  return async (request) => {
    seen.push(request)
    const { pathname, searchParams } = new URL(request.target, 'http://x')
    if (pathname === '/cucm-uds/clusterUser') {
      const user = searchParams.get('username') ?? ''
      const found = passwords.has(user)
      const home = user === 'nohome' ? '' : 'cucm1.example.com'
      return {
        status: 200,
        headers: { 'Content-Type': 'application/xml' },
        body: `<clusterUser version="10.0.0"><result version="10.0.0" found="${found}"/>${found ? `<homeCluster>${home}</homeCluster>` : ''}</clusterUser>`,
      }
    }
    const [, user] = /^\/cucm-uds\/user\/([^/]+)\/devices$/.exec(pathname) ?? []
    if (user !== undefined) {
      const isRight = request.headers['authorization'] === writeBasic({ user, password: passwords.get(user) ?? '\0' })
      const realm = { 'WWW-Authenticate': 'Basic realm="Cisco Web Services Realm"' }
      if (isRight && user === 'norole') return { status: 403, headers: {} }
      return isRight ? { status: 200, headers: {}, body: '<devices/>' } : { status: 401, headers: realm }
    }
    if (pathname === '/never') return new Promise<never>(() => {})
    if (pathname === '/redirect') return { status: 302, headers: { Location: 'https://127.78.3.99/' } }
    return {
      status: 200,
      headers: { 'Set-Cookie': ['JSESSIONID=1', 'JSESSIONIDSSO=2'], Server: '' },
      body: JSON.stringify({
        target: request.target,
        method: request.method,
        headers: request.headers,
        body: request.body.toString(),
      }),
    }
  }
}

interface Lab {
  readonly edge: TestHost
  readonly control: TestHost
  readonly cache: CredentialCache
  readonly passwords: Map<string, string>
  readonly seen: HttpRequest[]
  readonly failures: string[]
  readonly nodes: DiscoveredNode[]
  readonly keys: TunnelKey[]
  readonly configuration: { -readonly [K in keyof ControlHttpConfiguration]: ControlHttpConfiguration[K] }
  readonly authority: string
  readonly tunnelIsUp: () => boolean
  readonly channels: () => number
  readonly retry: () => void
}

/** What the VCSs' modules are at. */
const logging = { isDebug: false }
const logGate: LogGate = {
  admits: (_module, level) => level !== 'debug' || logging.isDebug,
  take: () => {},
}

let lab: Lab
const disposables = new AsyncDisposableStack()
afterAll(() => disposables.disposeAsync())

beforeAll(async () => {
  const authority = testAuthority()
  const trust = [authority.certificate]
  const identity = (name: string) => authority.issue({ commonName: name, names: [name] })
  const passwords = new Map<string, string>()
  const seen: HttpRequest[] = []
  const cucm = testHost({ name: 'cucm1', address: '127.78.3.20' })
  const handler = unifiedCm(passwords, seen)
  const tls = { identity: identity('cucm1.example.com') }
  disposables.use(await cucm.environment.network.listenHttp({ port: 8443, tls, handler }))
  disposables.use(await cucm.environment.network.listenHttp({ port: 6970, handler }))

  const edge = testHost({ name: 'vcse1', address: '127.78.2.10', identity: identity('vcse1.example.com'), logGate })
  const keys: TunnelKey[] = []
  const { network, log } = edge.environment
  const tunnel = await startSshTunnelServer({ network, log, authorized: () => keys })
  disposables.use(tunnel)
  const domains = () => ['example.com']
  const failures: string[] = []
  const onFailure = ({ category, source }: FailureReport) => void failures.push(`${category} ${source}`)
  disposables.use(await startHttpsEdge({ environment: edge.environment, tunnel, domains, onFailure }))

  const control = testHost({ name: 'vcsc1', address: '127.78.3.10', names, trust, logGate })
  const { environment } = control
  const nodes: DiscoveredNode[] = []
  const uds = new UdsAuthentication({ network: environment.network, log: environment.log, nodes: () => nodes })
  const cache = new CredentialCache({
    wall: control.wall,
    random: environment.random,
    authenticate: (user, password) => uds.verify(user, password),
  })
  disposables.defer(() => cache.stop())
  const homes = { of: () => undefined, learn: () => undefined }
  const clock = environment.clocks.monotonic
  const signIns = disposables.use(new SharedSignIns({ cache, cluster: noCluster, clock, homes }))
  const configuration = { domains: [], expressways: [], allowList: [], refusedNetworks: [] }
  const http = startControlHttp({
    environment,
    configuration: () => configuration,
    signIns,
    nodes: () => nodes,
    homeOf: (user) => uds.home(user),
  })
  disposables.use(http)
  const client = startSshTunnelClient({
    network: environment.network,
    log: environment.log,
    key: makeTunnelKey(keys),
    target: () => ({ host: 'vcse1.example.com', hostKeySha256: tunnel.hostKeySha256 }),
    onChannel: (stream, ends) => http.accept(stream, ends),
  })
  disposables.use(client)
  lab = {
    edge,
    control,
    cache,
    passwords,
    seen,
    failures,
    nodes,
    keys,
    configuration,
    authority: authority.certificate,
    tunnelIsUp: () => tunnel.status().some(({ state }) => state === 'Active'),
    channels: () => client.status().channels + tunnel.status().reduce((sum, { channels }) => sum + channels, 0),
    retry: () => client.retry(),
  }
})

/** Both VCSs stay synchronised. */
async function advance(milliseconds: number): Promise<void> {
  await lab.edge.wall.advance(milliseconds)
  await lab.control.wall.advance(milliseconds)
}

function makeTunnelKey(keys: TunnelKey[]) {
  const pair = makeTunnelKeyPair('vcsc')
  keys.push({ user: pair.user, publicKey: pair.publicKey })
  return pair
}

const node: DiscoveredNode = {
  kind: 'unified-cm',
  name: 'cucm1',
  fqdn: 'cucm1.example.com',
  address: '127.78.3.20',
  role: 'Publisher',
  publisher: 'cucm1.example.com',
  version: '9.1.2',
  sipTcpPort: 5060,
  tlsVerify: true,
}

beforeEach(async () => {
  lab.cache.clear()
  lab.seen.length = 0
  lab.failures.length = 0
  lab.control.records.length = 0
  lab.passwords.clear()
  for (const user of ['alice', 'bob', 'nohome', 'norole']) lab.passwords.set(user, `${user}-s3cret`)
  lab.nodes.splice(0, lab.nodes.length, node)
  Object.assign(lab.configuration, {
    domains: [{ name: 'example.com', sip: true, imAndPresence: true }],
    expressways: [{ fqdn: 'vcse1.example.com', domain: 'example.com', zoneId: 3 }],
    allowList: [],
    refusedNetworks: ['127.78.100.0/22'],
  })
  await waitFor('the tunnel', lab.tunnelIsUp)
})

afterEach(() => waitFor('the end of every channel', () => lab.channels() === 0, { lastSeen: lab.channels }))

function dial() {
  const { network } = testHost({ name: 'alice', address: '127.78.1.71', trust: [lab.authority] }).environment
  const to = { address: '127.78.2.10', port: 8443 }
  return {
    network,
    connect: () => network.dialTls({ to, protocol: 'HTTPS', tls: { serverName: 'vcse1.example.com' } }),
  }
}

async function send(
  target: string,
  headers: Record<string, string> = {},
  more: { method?: string; body?: string } = {},
) {
  const { network, connect } = dial()
  await using client = network.httpClient(connect)
  const all = { Host: 'vcse1.example.com:8443', ...headers }
  return await client.send({ method: 'GET', target, headers: all, ...more })
}

const basic = (user: string, password = `${user}-s3cret`) => ({ Authorization: writeBasic({ user, password }) })
const domain = encodeEdgeSegment('example.com')
const inside = (host: string, rest: string, port = 8443, scheme: 'http' | 'https' = 'https') =>
  `/${encodeEdgeSegment('example.com', { scheme, host, port })}${rest}`
const cookieOf = (answer: HttpAnswer) => String(answer.headers['set-cookie']).split(';')[0]!
const mirrored = (answer: HttpAnswer) => JSON.parse(answer.body.toString()) as HttpRequest

describe('at DEBUG', () => {
  const debugOf = (records: readonly LogRecord[]) => records.filter(({ level }) => level === 'debug')
  const said = (records: readonly LogRecord[]) => debugOf(records).map(({ module, event }) => `${module}: ${event}`)
  const text = () => JSON.stringify([lab.edge.records, lab.control.records])
  beforeEach(() => {
    logging.isDebug = true
    lab.edge.records.length = 0
  })
  afterEach(() => (logging.isDebug = false))

  test('edge configuration provisioning and the HTTP proxy say what they do, without secrets', async () => {
    const answer = await send(`/${domain}/get_edge_config`, basic('alice'))
    const cookie = cookieOf(answer)
    await send(inside('cucm1.example.com', '/x?password=alice-s3cret'), { Cookie: cookie, ...basic('alice') })
    expect(said(lab.edge.records).slice(0, 2)).toEqual([
      'developer.trafficserver: Receive Request',
      'developer.trafficserver: Sending Response',
    ])
    expect(said(lab.control.records)).toEqual([
      'developer.edgeconfigprovisioning.server: Request for edge configuration',
      ...Array.from({ length: 2 }, () => [
        'developer.edgeconfigprovisioning.uds: Sending Request',
        'developer.edgeconfigprovisioning.uds: Receive Response',
      ]).flat(),
      'developer.edgeconfigprovisioning.server: Sending edge configuration response',
      'developer.trafficserver: Sending Request',
      'developer.trafficserver: Receive Response',
    ])
    expect(text()).toContain(
      '<sip:127.78.3.10:5061;transport=tls;zone-id=3;directed;lr>'.replaceAll('<', '&lt;').replaceAll('>', '&gt;'),
    )
    expect(text()).not.toContain('alice-s3cret')
    expect(text()).not.toContain(basic('alice').Authorization.split(' ')[1])
    expect(text()).not.toContain(cookie.split('=')[1])
  })

  test('and nothing where nobody asked for it', async () => {
    logging.isDebug = false
    await send(`/${domain}/get_edge_config`, basic('alice'))
    expect(said([...lab.edge.records, ...lab.control.records])).toEqual([])
  })
})

describe('get_edge_config', () => {
  test.each(['', '/', '?service_name=_cisco-uds&service_name=_cuplogin', '/?service_name=_cisco-uds'])(
    'answers with the deployment: get_edge_config%s',
    async (more) => {
      const answer = await send(`/${domain}/get_edge_config${more}`, basic('alice'))
      expect([answer.status, answer.headers['server'], answer.headers['content-type']]).toEqual([
        200,
        'CE_C ECS',
        'text/xml',
      ])
      expect(answer.body.toString()).toMatch(/^<\?xml version='1\.0' encoding='UTF-8'\?>/)
      const root = readXml(answer.body)
      expect(textOf(descendants(root, 'route')[0])).toBe('<sip:127.78.3.10:5061;transport=tls;zone-id=3;directed;lr>')
      expect(textOf(child(descendants(root, 'userUdsServer')[0], 'server'))).toBe('cucm1.example.com8443')
      expect(textOf(descendants(root, 'xmppEdgeServer')[0])).toBe('vcse1.example.com5222')
    },
  )

  test("services come from the Control's DNS; what is not there is a NameError", async () => {
    const answer = await send(`/${domain}/get_edge_config`, basic('alice'))
    const [config] = descendants(readXml(answer.body), 'serviceConfig')
    expect(childElements(config!).map(textOf)).toEqual([
      '_cisco-phone-tftpNameError',
      '_cuplogin10108443imp1.example.com',
      '_cisco-uds10108443cucm1.example.com',
      'tftpServercucm1.example.com',
    ])
  })

  test('the cookie has the five attributes of the time and opens a provisioning session', async () => {
    const answer = await send(`/${domain}/get_edge_config`, { ...basic('alice'), 'User-Agent': 'Jabber-Win-472' })
    const [cookie] = answer.headers['set-cookie'] as string[]
    expect(cookie).toMatch(
      /^X-Auth=[0-9a-f-]{36}; Expires=\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT; Domain=\.example\.com; Path=\/; Secure$/,
    )
    const expires = Date.parse(/Expires=([^;]+)/.exec(cookie!)![1]!)
    expect(Math.abs(expires - lab.control.wall.now().getTime() - 480 * minute)).toBeLessThan(5_000)
    expect(lab.cache.sessions()).toMatchObject([{ user: 'alice', device: 'Jabber-Win-472', domain: 'example.com' }])
  })

  test('a user without home cluster signs in but learns of no UDS server', async () => {
    const answer = await send(`/${domain}/get_edge_config`, basic('nohome'))
    expect(answer.status).toBe(200)
    expect(childElements(descendants(readXml(answer.body), 'userUdsServer')[0]!)).toEqual([])
  })

  test('a user without the end user role signs in, and hears 403 from UDS itself', async () => {
    expect((await send(`/${domain}/get_edge_config`, basic('norole', 'wrong'))).status).toBe(401)
    expect((await send(`/${domain}/get_edge_config`, basic('norole'))).status).toBe(200)
    const devices = inside('cucm1.example.com', '/cucm-uds/user/norole/devices')
    expect((await send(devices, basic('norole'))).status).toBe(403)
  })

  test('unknown user, wrong password and no credentials are told apart by nothing', async () => {
    const answers = await Promise.all(
      [basic('mallory'), basic('alice', 'wrong'), {}, { Authorization: 'Bearer x' }].map((headers) =>
        send(`/${domain}/get_edge_config`, headers),
      ),
    )
    const shapes = answers.map(({ status, rawHeaders, body }) => {
      const rest = rawHeaders.filter((_text, index) => rawHeaders[index - (index % 2)] !== 'Date')
      return JSON.stringify({ status, rest, body: body.toString() })
    })
    expect(new Set(shapes).size).toBe(1)
    expect(answers[0]!.status).toBe(401)
    expect(answers[0]!.headers).toMatchObject({ server: 'CE_C ECS', 'www-authenticate': 'Basic realm="Cisco-Edge"' })
    const queries = (user: string) => lab.seen.filter(({ target }) => target.includes(user)).length
    expect(queries('mallory')).toBe(queries('alice'))
  })

  test('Unified CM that cannot be asked, or whose certificate is not good, is 503', async () => {
    lab.nodes.splice(0, 1, { ...node, fqdn: 'other.example.com' })
    expect((await send(`/${domain}/get_edge_config`, basic('alice'))).status).toBe(503)
    lab.nodes.length = 0
    expect((await send(`/${domain}/get_edge_config`, basic('alice'))).status).toBe(503)
    lab.nodes.push({ ...node, fqdn: 'other.example.com', tlsVerify: false })
    expect((await send(`/${domain}/get_edge_config`, basic('alice'))).status).toBe(401)
  })

  test('other resources of the edge do not exist', async () => {
    for (const rest of ['/get_edge_sso?email=a', '/', '', '/get_edge_configs', '/get_edge_config/x']) {
      expect((await send(`/${domain}${rest}`, basic('alice'))).status).toBe(404)
    }
    expect((await send(`/${domain}/get_edge_config`, basic('alice'), { method: 'POST', body: 'x' })).status).toBe(405)
  })
})

describe('servers inside', () => {
  test('a request is written anew: cookie taken out, Basic kept, claims about the client gone', async () => {
    const signIn = await send(`/${domain}/get_edge_config`, basic('alice'))
    lab.seen.length = 0
    const answer = await send(
      inside('cucm1.example.com', '/cucm-uds/user/alice?x=1&y=%20'),
      {
        ...basic('alice'),
        Cookie: `JSESSIONIDSSO=9; ${cookieOf(signIn)}`,
        'X-Forwarded-For': '10.0.0.1',
        Connection: 'close, X-Drop',
        'X-Drop': '1',
        'X-Keep': '2',
      },
      { method: 'PUT', body: '<credentials/>' },
    )
    expect(answer.status).toBe(200)
    expect(answer.headers['set-cookie']).toEqual(['JSESSIONID=1', 'JSESSIONIDSSO=2'])
    const { target, method, headers, body } = mirrored(answer)
    expect([method, target, body]).toEqual(['PUT', '/cucm-uds/user/alice?x=1&y=%20', '<credentials/>'])
    expect(headers).toMatchObject({
      ...{ authorization: basic('alice').Authorization, cookie: 'JSESSIONIDSSO=9', 'x-keep': '2' },
      host: 'cucm1.example.com:8443',
      'content-length': '14',
    })
    expect(headers).not.toHaveProperty('x-forwarded-for')
    expect(headers).not.toHaveProperty('x-drop')
    expect(lab.seen).toHaveLength(1)
    expect(lab.control.records).toContainEqual(
      expect.objectContaining({ event: 'Request Allowed', Username: 'alice', 'Src-ip': '127.78.1.71' }),
    )
  })

  test("plain HTTP inside, and a device file names the session's device", async () => {
    const signIn = await send(`/${domain}/get_edge_config`, basic('alice'))
    const cookie = { Cookie: cookieOf(signIn) }
    const answers = [
      await send(inside('cucm1.example.com', '/CSFALICE.cnf.xml', 6970, 'http'), cookie),
      await send(inside('cucm1.example.com', '/jabber-config.xml', 6970, 'http'), cookie),
    ]
    expect(answers.map(({ status }) => status)).toEqual([200, 200])
    expect(lab.cache.sessions()).toMatchObject([{ device: 'CSFALICE' }])
  })

  test('who did not sign in hears 401 from the Control, whatever the server', async () => {
    const signIn = await send(`/${domain}/get_edge_config`, basic('alice'))
    const cookie = cookieOf(signIn)
    for (const headers of [
      {},
      basic('alice', 'wrong'),
      { Cookie: 'X-Auth=00000000-0000-4000-8000-000000000000' },
      { Cookie: `${cookie}; X-Auth=1` },
      { Cookie: cookie, ...basic('bob') },
      { Cookie: cookie, Authorization: 'Negotiate x' },
    ]) {
      const answer = await send(inside('intranet.example.com', '/'), headers)
      expect([answer.status, answer.headers['server']]).toEqual([401, 'CE_C ECS'])
    }
  })

  test('Basic alone is enough, and asks Unified CM once', async () => {
    await send(inside('cucm1.example.com', '/cucm-uds/version'), basic('alice'))
    await send(inside('cucm1.example.com', '/cucm-uds/version'), basic('alice'))
    expect(lab.seen.filter(({ target }) => target.endsWith('/devices'))).toHaveLength(1)
    expect(lab.cache.password('alice')).toBe('alice-s3cret')
  })

  test('after 480 minutes the cookie is refused', async () => {
    const cookie = { Cookie: cookieOf(await send(`/${domain}/get_edge_config`, basic('alice'))) }
    await advance(479 * minute)
    expect((await send(inside('cucm1.example.com', '/'), cookie)).status).toBe(200)
    await advance(minute)
    expect((await send(inside('cucm1.example.com', '/'), cookie)).status).toBe(401)
  })

  test.each([
    [59, 200],
    [-59, 200],
    [62, 403],
    [-62, 403],
  ])('with the Expressway %d s off, sign-in is answered %d', async (seconds, status) => {
    lab.edge.wall.setOffset(seconds * 1_000)
    try {
      expect((await send(`/${domain}/get_edge_config`, basic('alice'))).status).toBe(status)
    } finally {
      lab.edge.wall.setOffset(0)
    }
  })

  test.each([
    ['a server nobody listed', 'intranet.example.com', '/'],
    ['the Control itself by name', 'rebound.example.com', '/'],
    ['the Control itself by address', '127.78.3.10', '/'],
    ["a host's private loopback", '127.78.101.10', '/'],
    ['AXL of a discovered node', 'cucm1.example.com', '/axl/'],
    ['AXL by another name', 'alias.example.com', '/%61xl/'],
    ['self-care', '127.78.3.20', '/ucmuser/'],
  ])('%s is 403 from the Control', async (_what, host, rest) => {
    lab.configuration.allowList = ['rebound.example.com']
    const answer = await send(inside(host, rest), basic('alice'))
    expect([answer.status, answer.headers['server'], answer.body.length]).toEqual([403, 'CE_C', 0])
    expect(answer.headers['connection']).toBe('close')
    expect(lab.control.records).toContainEqual(
      expect.objectContaining({ event: 'Request Rejected', Username: 'alice', Method: 'GET' }),
    )
  })

  test('a listed server that is not there is 502; the list is read anew each time', async () => {
    const ask = async () => (await send(inside('cuc1.example.com', '/', 443), basic('alice'))).status
    expect(await ask()).toBe(403)
    lab.configuration.allowList = ['cuc1.example.com']
    expect(await ask()).toBe(502)
    lab.configuration.allowList = ['gone.example.com']
    expect((await send(inside('gone.example.com', '/'), basic('alice'))).status).toBe(502)
  })

  test('a redirect goes to the client and is not followed', async () => {
    const answer = await send(inside('cucm1.example.com', '/redirect'), basic('alice'))
    expect([answer.status, answer.headers['location']]).toEqual([302, 'https://127.78.3.99/'])
  })

  test('HEAD tells the length and has no body', async () => {
    const get = await send(inside('cucm1.example.com', '/x'), basic('alice'))
    const head = await send(inside('cucm1.example.com', '/x'), basic('alice'), { method: 'HEAD' })
    expect([head.status, head.body.length]).toEqual([200, 0])
    expect(Number(head.headers['content-length'])).toBe(get.body.length + 1)
  })

  test('no password is in any record of the log', async () => {
    await send(`/${domain}/get_edge_config`, basic('alice'))
    await send(inside('cucm1.example.com', '/?token=alice-s3cret'), basic('alice'))
    expect(lab.control.records.length).toBeGreaterThan(0)
    expect(JSON.stringify(lab.control.records)).not.toMatch(/s3cret|czNjcmV0/)
  })
})

describe('what the Expressway answers itself', () => {
  test.each([
    ['/', 400],
    ['/favicon.ico', 400],
    [`/${encodeEdgeSegment('example.com/https/cucm1')}/x`, 400],
    [`/${encodeEdgeSegment('example.org')}/get_edge_config`, 403],
    [`/${encodeEdgeSegment('example.org', { scheme: 'https', host: 'cucm1.example.com', port: 8443 })}/`, 403],
  ])('%s is %i', async (target, status) => {
    const answer = await send(target, basic('alice'))
    expect([
      answer.status,
      answer.headers['server'],
      answer.headers['connection'],
      answer.headers['content-length'],
    ]).toEqual([status, 'CE_E', 'close', '0'])
    expect(lab.seen).toEqual([])
    expect(lab.failures).toEqual(status === 400 ? ['http-ce-intrusion 127.78.1.71'] : [])
  })

  test('what is counted for the automated protection: wrong credentials, not a challenge; what does not exist', async () => {
    const target = `/${domain}/get_edge_config`
    await send(target)
    await send(target, basic('alice'))
    expect(lab.failures).toEqual([])
    await send(target, basic('alice', 'wrong'))
    await send(`/${domain}/elsewhere`, basic('alice'))
    expect(lab.failures).toEqual(['http-ce-auth 127.78.1.71', 'http-ce-resource 127.78.1.71'])
  })

  test('IM and Presence of another domain: users of the e-mail domain are told the XMPP servers too', async () => {
    const told = async () => /<xmppEdgeServer>(.*)<\/xmppEdgeServer>/.exec(await edgeConfiguration())![1]
    const edgeConfiguration = async () =>
      (await send(`/${domain}/get_edge_config`, basic('alice'))).body.toString('utf8')
    const mail = { name: 'example.com', sip: true, imAndPresence: false }
    lab.configuration.domains = [mail]
    expect(await told()).toBe('')
    lab.configuration.domains = [mail, { name: 'chat.example.com', sip: false, imAndPresence: true }]
    expect(await told()).toContain('<tlsPort>5222</tlsPort>')
  })

  test('a domain the Control no longer serves is 403 from the Control', async () => {
    lab.configuration.domains = [{ name: 'example.com', sip: false, imAndPresence: false }]
    const answer = await send(`/${domain}/get_edge_config`, basic('alice'))
    expect([answer.status, answer.headers['server']]).toEqual([403, 'CE_C'])
  })

  test('bodies over 1 MiB are refused, bodies of 1 MiB pass', async () => {
    const body = 'x'.repeat(1024 * 1024)
    const target = inside('cucm1.example.com', '/upload')
    expect(mirrored(await send(target, basic('alice'), { method: 'POST', body })).body).toHaveLength(body.length)
    expect((await send(target, basic('alice'), { method: 'POST', body: `${body}y` })).status).toBe(413)
  })

  test.each([
    ['two lengths', 'Content-Length: 4\r\nContent-Length: 30'],
    ['a length and chunks', 'Content-Length: 4\r\nTransfer-Encoding: chunked'],
    ['an odd transfer coding', 'Transfer-Encoding: xchunked'],
    ['a blank before the colon', 'Transfer-Encoding : chunked'],
    ['a folded header', 'Transfer-Encoding:\r\n chunked'],
    ['a second Host', 'Host: other.example.com'],
  ])('%s does not make two requests of one', async (_what, lines) => {
    const { connect } = dial()
    const { stream } = await connect()
    const request = (rest: string) =>
      `POST ${inside('cucm1.example.com', rest)} HTTP/1.1\r\nHost: vcse1.example.com\r\nAuthorization: ${basic('alice').Authorization}\r\n`
    stream.write(`${request('/first')}${lines}\r\n\r\n0\r\n\r\n${request('/smuggled')}\r\n`)
    expect(await firstLine(stream)).toMatch(/^HTTP\/1\.1 400 /)
    expect(lab.failures[0]).toBe('http-ce-intrusion 127.78.1.71')
    expect(lab.seen.map(({ target }) => target)).not.toContain('/smuggled')
    stream.destroy()
  })

  test('many requests at once are each answered with their own', async () => {
    await send(inside('cucm1.example.com', '/'), basic('alice'))
    const targets = Array.from({ length: 40 }, (_, index) => `/item/${index}`)
    const answers = await Promise.all(targets.map((rest) => send(inside('cucm1.example.com', rest), basic('alice'))))
    expect(answers.map((answer) => mirrored(answer).target)).toEqual(targets)
  })

  test('a tunnel that breaks in the middle of an exchange is 502, and asked for once', async () => {
    const asked = send(inside('cucm1.example.com', '/never'), basic('alice'))
    await waitFor('the request inside', () => lab.seen.some(({ target }) => target === '/never'))
    const [key] = lab.keys.splice(0)
    expect(lab.tunnelIsUp()).toBe(false)
    expect((await asked).status).toBe(502)
    expect(lab.seen.filter(({ target }) => target === '/never')).toHaveLength(1)
    lab.keys.push(key!)
    lab.retry()
    await waitFor('the tunnel', lab.tunnelIsUp)
  })

  test('without a tunnel it is 502 Next Hop Connection Failed, and well again with the tunnel', async () => {
    const [key] = lab.keys.splice(0)
    const answer = await send(`/${domain}/get_edge_config`, basic('alice'))
    expect([answer.status, answer.reason, answer.headers['server']]).toEqual([
      502,
      'Next Hop Connection Failed',
      'CE_E',
    ])
    lab.keys.push(key!)
    lab.retry()
    await waitFor('the tunnel', lab.tunnelIsUp)
    expect((await send(`/${domain}/get_edge_config`, basic('alice'))).status).toBe(200)
  })
})

async function firstLine(stream: Duplex): Promise<string> {
  const chunk = await new Promise<Buffer>((resolve) => stream.once('data', resolve))
  return chunk.toString().split('\r\n')[0]!
}
