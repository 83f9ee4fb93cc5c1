import { afterEach, beforeEach, expect, test } from 'vitest'
import { domainInSubjectAltName, isCertificateProblem, oneOfNames } from './certificate-rule.ts'
import { CookieJar } from './cookie-jar.ts'
import { selfSigned } from '#runtime/self-signed.fixture.ts'
import { seededRandom } from '#runtime/random.ts'
import { testHost } from '#runtime/test-host.fixture.ts'
import { inThisOrder, ServerChoice } from './server-choice.ts'
import { edgeAccess } from './service-access.ts'
import { WebClient } from './web-client.ts'

let disposables = new AsyncDisposableStack()
beforeEach(() => void (disposables = new AsyncDisposableStack()))
afterEach(() => disposables.disposeAsync())

const identity = selfSigned('vcse1.example.com', 'example.com')
const names = { 'vcse1.example.com': '127.249.2.10', 'vcse2.example.com': '127.249.2.11' }

async function edge() {
  const server = testHost({ address: '127.249.2.10' })
  const targets: string[] = []
  const listener = await server.network.listenHttp({
    port: 0,
    tls: { identity },
    async handler({ target, headers }) {
      targets.push(`${target} ${headers['cookie'] ?? '-'}`)
      return { status: 200, headers: { 'Set-Cookie': 'X-Auth=1; Domain=.example.com; Path=/; Secure' }, body: 'yes' }
    },
  })
  disposables.use(listener)
  return { targets, port: listener.local.port }
}

function client(trust = [identity.cert]) {
  const host = testHost({ address: '127.249.1.71', trust, names })
  const web = new WebClient(host.network)
  disposables.defer(() => web.close())
  return { ...host, web }
}

test('requests go through the next edge where one is dead, with the cookie it set', async () => {
  const { targets, port } = await edge()
  const { web, wall, events } = client()
  const access = edgeAccess({
    web,
    jar: new CookieJar(wall),
    domain: 'example.com',
    servers: inThisOrder([
      { host: 'vcse2.example.com', port },
      { host: 'vcse1.example.com', port },
    ]),
    nameCheck: ({ host }) => oneOfNames([host, 'example.com']),
    userAgent: 'Jabber-Win-472',
  })
  await access.fetch('http://cucm1.example.com:6970/jabber-config.xml')
  const { status, body } = await access.fetch('http://cucm1.example.com:6970/jabber-config.xml')
  expect([status, String(body)]).toEqual([200, 'yes'])
  const path = '/ZXhhbXBsZS5jb20vaHR0cC9jdWNtMS5leGFtcGxlLmNvbS82OTcw/jabber-config.xml'
  expect(targets).toEqual([`${path} -`, `${path} X-Auth=1`])
  const messages = events
    .filter(({ kind }) => kind === 'message')
    .map(({ direction, summary }) => `${direction} ${summary}`)
  expect(messages).toEqual([`sent GET ${path}`, 'received 200 OK', `sent GET ${path}`, 'received 200 OK'])
})

test.each([
  ['one of two names', oneOfNames(['vcse9.example.com', 'example.com']), [identity.cert], undefined],
  ['neither name', oneOfNames(['vcse9.example.com', 'example.net']), [identity.cert], 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ['an unknown authority', oneOfNames(['example.com']), [selfSigned('other').cert], 'DEPTH_ZERO_SELF_SIGNED_CERT'],
  ['the domain, for TC', domainInSubjectAltName('example.com'), [identity.cert], undefined],
  [
    'a domain it does not name, for TC',
    domainInSubjectAltName('example.net'),
    [identity.cert],
    'ERR_TLS_CERT_ALTNAME_INVALID',
  ],
])('the certificate is judged by %s', async (_name, nameCheck, trust, code) => {
  const { port } = await edge()
  const { web } = client(trust)
  const sent = web.send({ scheme: 'https', host: 'vcse1.example.com', port, nameCheck }, { target: '/' })
  if (code === undefined) return expect((await sent).status).toBe(200)
  const error = await sent.catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code })
  expect(isCertificateProblem(error)).toBe(true)
})

test('an edge with nobody behind it is left for another one that reaches the node', async () => {
  const { port, targets } = await edge()
  const dead = testHost({ address: '127.249.2.11' })
  const listener = await dead.network.listenHttp({
    port,
    tls: { identity },
    handler: async () => ({ status: 502, headers: {} }),
  })
  disposables.use(listener)
  const { web, wall } = client()
  const servers = new ServerChoice(seededRandom(1))
  servers.offer([{ host: 'vcse1.example.com', port }])
  servers.prefer({ host: 'vcse2.example.com', port })
  const access = edgeAccess({
    web,
    jar: new CookieJar(wall),
    domain: 'example.com',
    servers,
    nameCheck: () => oneOfNames(['example.com']),
    userAgent: 'Jabber-Win-472',
  })
  expect((await access.fetch('https://cucm1.example.com:8443/')).status).toBe(200)
  expect(servers.order.map(({ host }) => host)).toEqual(['vcse1.example.com', 'vcse2.example.com'])
  await listener.stop()
  expect((await access.fetch('https://cucm1.example.com:8443/')).status).toBe(200)
  expect(targets).toHaveLength(2)
})
