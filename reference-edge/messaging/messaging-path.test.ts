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

test('a one-time password from SOAP signs in once', async () => {
  const soap = await path.client.environment.network.httpClient(() =>
    path.client.environment.network.dialTls({
      to: { address: address.imp, port: 8443 },
      protocol: 'HTTP',
      tls: { serverName: 'imp1.example.com' },
    }),
  )
  const ask = async (header: string, body: string) => {
    const answer = await soap.send({
      method: 'POST',
      target: '/EPASSoap/service/v80',
      headers: { Host: 'imp1.example.com:8443', 'Content-Type': 'application/soap+xml; charset=utf-8' },
      body: `<soap:Envelope xmlns:soap="http://www.w3.org/2003/05/soap-envelope"><soap:Header>${header}</soap:Header><soap:Body>${body}</soap:Body></soap:Envelope>`,
    })
    return answer.body.toString()
  }
  const login = `<login xmlns="urn:cisco:epas:soap" force="true"><username>alice</username><password>alice-password</password></login>`
  const [, key] = /<session-key>(.+?)<\/session-key>/.exec(await ask('', login))!
  const header = `<session-key xmlns="urn:cisco:epas:soap">${key}</session-key>`
  const config = await ask(header, `<get-all-config xmlns="urn:cisco:epas:soap"><system-config/></get-all-config>`)
  expect(config).toContain('<property name="Presence.Domain" value="example.com">')
  const answer = await ask(header, `<get-onetime-password xmlns="urn:cisco:epas:soap"/>`)
  const [, token] = /<password>(.+?)<\/password>/.exec(answer)!
  await soap.close()
  const client = await RawClient.secure(path.client, at())
  expect(await client.until('</stream:features>')).toContain('<mechanism>CISCO-VTG-TOKEN</mechanism>')
  const tokenAuth = auth('CISCO-VTG-TOKEN', `userid=alice@example.com\0token=${token}`)
  await client.ask(tokenAuth, '<success')
  await client.ask(streamHeader('example.com'), '</stream:features>')
  await client.ask(bind('jabber_7'), '<jid>alice@example.com/jabber_7</jid>')
  const second = await RawClient.secure(path.client, at())
  await second.until('</stream:features>')
  await second.ask(tokenAuth, '<not-authorized/>')
  client.destroy()
  second.destroy()
})

test('a bind conflict is the stanza of the guide', async () => {
  await call('set', { services: { interclusterSyncAgent: false }, usersAtOtherNodes: ['carol'] })
  const client = await RawClient.secure(path.client, at())
  await client.until('</stream:features>')
  await client.ask(plain('carol', 'carol-password'), '<success')
  await client.ask(streamHeader('example.com'), '</stream:features>')
  expect(await client.ask(bind('jabber_9'), '</iq>')).toBe(
    `<iq id='uid:54aa:00000001:00000001' type='error'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/><error code='409' type='cancel'><conflict xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>`,
  )
  await call('set', { services: { interclusterSyncAgent: true } })
  await client.ask(bind('jabber_9'), '<jid>carol@example.com/jabber_9</jid>')
  client.destroy()
})

const streamErrorOf = (condition: string) => `<stream:error><${condition} xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>`
const startTls = `<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>`

test.each([
  ['another domain', [streamHeader('example.net')], 'host-unknown'],
  ['no domain', [streamHeader('').replace(` to=''`, '')], 'improper-addressing'],
  ['another version', [streamHeader('example.com').replace(`version='1.0'>`, `version='0.9'>`)], 'unsupported-version'],
  ['a password in clear', [streamHeader('example.com'), plain('alice', 'alice-password')], 'not-authorized'],
  ['bytes behind starttls', [streamHeader('example.com') + startTls + streamHeader('example.com')], 'policy-violation'],
  ['a blank behind starttls', [streamHeader('example.com') + startTls + ' '], 'policy-violation'],
  ['a DTD', [`<!DOCTYPE x [<!ENTITY a 'aaaa'>]><stream:stream>`], 'restricted-xml'],
  ['something else', ['GET / HTTP/1.1\r\n\r\n'], 'not-well-formed'],
])('in clear, %s ends the stream', async (_what, sent, condition) => {
  const client = await RawClient.dial(path.client, at())
  for (const text of sent) client.send(text)
  expect(await client.untilClosed()).toContain(streamErrorOf(condition))
  expect(client.text).not.toContain('<proceed')
})

test.each([
  ['a stanza before SASL', `<message to='bob@example.com'/>`, 'not-authorized'],
  ['a DTD', `<!DOCTYPE x [<!ENTITY a 'aaaa'>]>`, 'restricted-xml'],
  ['a comment', '<!-- -->', 'restricted-xml'],
  [
    'an oversized SASL element',
    `<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>${'A'.repeat(300_000)}</auth>`,
    'policy-violation',
  ],
])('behind TLS, %s ends the stream', async (_what, sent, condition) => {
  const client = await RawClient.secure(path.client, at())
  await client.until('</stream:features>')
  client.send(sent)
  expect(await client.untilClosed()).toContain(streamErrorOf(condition))
})

test.each([
  ['a wrong from', `<message from='bob@example.com/x' to='carol@example.com'><body>x</body></message>`, 'invalid-from'],
  [
    'an element of another namespace',
    `<session xmlns='urn:mra:xcp' id='e1' event='close'/>`,
    'unsupported-stanza-type',
  ],
  ['an oversized stanza', `<message><body>${'x'.repeat(300_000)}</body></message>`, 'policy-violation'],
  ['ill-formed UTF-8', Buffer.from([0x3c, 0x61, 0x3e, 0xc0, 0xaf]), 'not-well-formed'],
  ['depth', '<iq>'.repeat(100), 'policy-violation'],
])('when signed in, %s ends that stream only', async (_what, sent, condition) => {
  const bob = await RawClient.online(path.client, at(), 'bob', 'jabber_b')
  const alice = await RawClient.online(path.client, at(), 'alice', 'jabber_a')
  alice.send(sent)
  expect(await alice.untilClosed()).toContain(streamErrorOf(condition))
  const ping = `<iq type='get' id='p1'><ping xmlns='urn:xmpp:ping'/></iq>`
  expect(await bob.ask(ping, `id='p1'`)).toContain(`type='result'`)
  bob.destroy()
})

test('the sixth SASL try ends the stream; each failure is reported with its source', async () => {
  failures.length = 0
  const client = await RawClient.secure(path.client, at())
  await client.until('</stream:features>')
  for (let tries = 1; tries <= 5; tries++) await client.ask(plain('alice', 'wrong'), '<not-authorized/></failure>')
  client.send(plain('alice', 'alice-password'))
  expect(await client.untilClosed()).toContain(streamErrorOf('policy-violation'))
  expect(failures).toEqual(Array.from({ length: 5 }, () => address.client))
})

test('a stanza cut into single bytes arrives whole, also with characters of several bytes', async () => {
  const [alice, bob] = [
    await RawClient.online(path.client, at(), 'alice', 'jabber_1'),
    await RawClient.online(path.client, at(), 'bob', 'jabber_2'),
  ]
  for (const byte of Buffer.from(`<message to='bob@example.com/jabber_2'><body>€ 😀</body></message>`)) {
    alice.send(Buffer.of(byte))
  }
  expect(await bob.until('</message>')).toContain('<body>€ 😀</body>')
  alice.destroy()
  bob.destroy()
})
