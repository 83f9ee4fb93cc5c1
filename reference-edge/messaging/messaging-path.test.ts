import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Host } from '#runtime/host.ts'
import { waitFor } from '#runtime/wait.ts'
import { startImAndPresence } from '../../simulators/imp/start.ts'
import { linkSecret } from './link-secret.ts'
import type { TestHost } from './messaging.fixture.ts'
import { auth, bind, makeAuthority, makeHost, plain, RawClient, streamHeader } from './messaging.fixture.ts'
import type { XcpLinkClient } from './xcp-link-client.ts'
import { startXcpLinkClient } from './xcp-link-client.ts'
import type { XcpLinkServer } from './xcp-link-server.ts'
import { startXcpLinkServer } from './xcp-link-server.ts'
import type { XmppEdge } from './xmpp-edge.ts'
import { startXmppEdge } from './xmpp-edge.ts'

const address = { edge: '127.77.2.10', control: '127.77.3.10', imp: '127.77.3.30', client: '127.77.1.71' }
const secret = linkSecret({ username: 'exampleauth', password: 'made up for this test' })
const disposables = new AsyncDisposableStack()
afterAll(() => disposables.disposeAsync())

interface Path {
  readonly edge: TestHost
  readonly control: TestHost
  readonly client: TestHost
  readonly imp: Host
  readonly linkServer: XcpLinkServer
  readonly linkClient: XcpLinkClient
  readonly xmpp: XmppEdge
}
let path: Path
const authority = makeAuthority()
const domains = ['example.com']
const failures: string[] = []

async function startPath(): Promise<Path> {
  const edge = makeHost(
    'vcse1.example.com',
    address.edge,
    authority,
    authority.issue('vcse1.example.com', 'example.com'),
  )
  const control = makeHost('vcsc1.example.com', address.control, authority, authority.issue('vcsc1.example.com'))
  const impHost = makeHost(
    'imp1.example.com',
    address.imp,
    authority,
    authority.issue('imp1.example.com', 'example.com'),
  )
  const client = makeHost('jabber.home', address.client, authority)
  const imp = disposables.use(
    await startImAndPresence(impHost.environment, impConfiguration, new AbortController().signal),
  )
  const linkServer = disposables.use(
    await startXcpLinkServer({
      environment: edge.environment,
      peerName: () => 'vcsc1.example.com',
      secret: () => secret,
    }),
  )
  const xmpp = disposables.use(
    await startXmppEdge({
      environment: edge.environment,
      link: linkServer,
      domains: () => domains,
      onAuthenticationFailed: (from) => failures.push(from),
    }),
  )
  const linkClient = disposables.use(
    startXcpLinkClient({
      environment: control.environment,
      edges: () => [{ name: 'vcse1.example.com', address: address.edge, isTls: true, secret }],
      nodes: () => [
        { name: 'imp1.example.com', address: address.imp, isTls: false, secret: impConfiguration.xcpSecret },
      ],
      domains: () => domains,
    }),
  )
  await waitFor('the XCP path', () => linkServer.isAvailable, { lastSeen: () => linkClient.status() })
  return { edge, control, client, imp, linkServer, linkClient, xmpp }
}

const impConfiguration = {
  domain: 'example.com',
  users: ['alice', 'bob', 'carol'].map((userId) => ({ userId, password: `${userId}-password` })),
  xcpSecret: 'secret of the component',
  axl: { user: 'axl', password: 'axl-password' },
}

async function call<T>(method: string, parameters: unknown = {}): Promise<T> {
  return (await path.imp.management[method]!(parameters as never)) as T
}

beforeAll(async () => {
  path = await startPath()
})

const at = () => path.xmpp.status().local

test('sign-in, presence and a message through Expressway, Control and IM and Presence', async () => {
  const alice = await RawClient.online(path.client, at(), 'alice', 'jabber_1')
  expect(alice.text).toContain('<jid>alice@example.com/jabber_1</jid>')
  const bob = await RawClient.online(path.client, at(), 'bob', 'jabber_2')
  await alice.ask('<presence/>', 'alice@example.com/jabber_1')
  await bob.ask('<presence><show>dnd</show></presence>', 'alice@example.com/jabber_1')
  await alice.until('<show>dnd</show>')
  alice.send(`<message to='bob@example.com' type='chat' id='m1'><body>hi &amp; bye</body></message>`)
  expect(await bob.until('</message>')).toContain(
    `<message to='bob@example.com' type='chat' id='m1' from='alice@example.com/jabber_1'><body>hi &amp; bye</body></message>`,
  )
  const { messages } = await call<{ messages: unknown[] }>('history')
  expect(messages).toMatchObject([
    { from: 'alice@example.com/jabber_1', to: 'bob@example.com', body: 'hi & bye', via: 'xcp' },
  ])
  const { sessions, links } = await call<{ sessions: unknown[]; links: unknown[] }>('state')
  expect(sessions).toMatchObject([{ via: 'xcp', address: address.client }, { presence: 'dnd' }])
  expect(links).toEqual([{ address: address.control, sessions: 2 }])
  expect(path.xmpp.status().clients.map(({ jid }) => jid)).toContain('alice@example.com/jabber_1')
  expect(path.linkClient.status()).toMatchObject({ edges: [{ state: 'Active' }], nodes: [{ state: 'Active' }] })
  alice.destroy()
  await bob.until(`type='unavailable'`)
  bob.send('</stream:stream>')
  expect(await bob.untilClosed()).toContain('</stream:stream>')
  await waitFor('no session left', async () => (await call<{ sessions: unknown[] }>('state')).sessions.length === 0)
  expect(path.linkClient.status().sessions).toEqual([])
})

test('the trace names the parties and never a password', () => {
  const summaries = path.edge.trace.flatMap(({ protocol, summary, kind }) =>
    kind === 'message' ? [`${protocol} ${summary}`] : [],
  )
  expect(summaries).toContain('XMPP <auth mechanism=PLAIN>')
  expect(
    summaries.some((text) => /^XCP <session data e\d+> <message type=chat> {2}→ bob@example.com$/.test(text)),
  ).toBe(true)
  const encoded = Buffer.from('\0alice\0alice-password').toString('base64')
  expect(summaries.join('\n')).not.toContain(encoded)
  expect(JSON.stringify([path.edge.log, path.control.log])).not.toContain('alice-password')
})
