import { afterEach, expect, test } from 'vitest'
import type { Connection } from '#runtime/network.ts'
import type { TestHost } from '#runtime/test-host.fixture.ts'
import { testHost } from '#runtime/test-host.fixture.ts'
import { waitFor } from '#runtime/wait.ts'
import { startImAndPresence } from '#simulators/imp/start.ts'
import type { TestAuthority } from '../certificates/authority.fixture.ts'
import { testAuthority } from '../certificates/authority.fixture.ts'
import type { MessagingPath, PathOptions } from './messaging-path.fixture.ts'
import { linkSecretOfTest, startMessagingPath } from './messaging-path.fixture.ts'
import { plain, RawClient } from './messaging.fixture.ts'
import { Namespace, stanza } from './stanza.ts'
import { startXcpLinkClient } from './xcp-link-client.ts'
import type { XcpFrame } from './xcp-frame.ts'
import { XcpLink } from './xcp-link.ts'

let disposables = new AsyncDisposableStack()
afterEach(async () => {
  await disposables.disposeAsync()
  disposables = new AsyncDisposableStack()
})

async function start(options?: PathOptions): Promise<MessagingPath> {
  return disposables.use(await startMessagingPath(startImAndPresence, 79, options))
}

const streamErrorOf = (condition: string) => `<stream:error><${condition} xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>`

test('with the XCP Router stopped clients are closed and refused; afterwards the path comes back', async () => {
  const path = await start()
  const at = path.xmpp.status().local
  const alice = await RawClient.online(path.client, at, 'alice', 'jabber_1')
  await path.call('set', { services: { xcpRouter: false } })
  await alice.untilClosed()
  expect(alice.text).toContain('</stream:stream>')
  path.linkClient.retry()
  await waitFor('the failed link', () => path.linkClient.status().nodes[0]!.reason === '(111) Connection refused')
  expect(path.linkClient.status()).toMatchObject({ edges: [{ state: 'Active' }], nodes: [{ state: 'Failed' }] })
  expect(path.control.records.map(({ detail }) => detail)).toContain(
    `Unable to connect to host '${path.address.imp}', port 7400:(111) Connection refused`,
  )
  await waitFor('the Expressway to know', () => !path.linkServer.isAvailable)
  const refused = await RawClient.secure(path.client, at)
  expect(await refused.untilClosed()).toContain(streamErrorOf('internal-server-error'))
  expect(refused.text).not.toContain('<mechanism')
  await path.call('set', { services: { xcpRouter: true } })
  path.linkClient.retry()
  await waitFor('the path', () => path.linkServer.isAvailable)
  ;(await RawClient.online(path.client, at, 'alice', 'jabber_1')).destroy()
})

test('when the Control goes, clients are closed with remote-connection-failed', async () => {
  const path = await start()
  const alice = await RawClient.online(path.client, path.xmpp.status().local, 'alice', 'jabber_1')
  await path.linkClient.stop()
  expect(await alice.untilClosed()).toContain(streamErrorOf('remote-connection-failed'))
  await waitFor('no session at IM and Presence', async () => {
    return (await path.call<{ sessions: unknown[] }>('state')).sessions.length === 0
  })
})

test('a domain that is taken from the configuration ends its sessions and is unknown then', async () => {
  const path = await start()
  const at = path.xmpp.status().local
  const alice = await RawClient.online(path.client, at, 'alice', 'jabber_1')
  path.domains.splice(0)
  path.linkClient.refresh()
  expect(await alice.untilClosed()).toContain(streamErrorOf('host-gone'))
  const late = await RawClient.dial(path.client, at)
  late.send(`<stream:stream xmlns='jabber:client' xmlns:stream='${Namespace.stream}' to='example.com' version='1.0'>`)
  expect(await late.untilClosed()).toContain(streamErrorOf('host-unknown'))
})

test('a client that does not sign in in time is closed; so is one session too many', async () => {
  const path = await start({ maximumSessions: 1, xmpp: { authenticationMs: 300 } })
  const at = path.xmpp.status().local
  const alice = await RawClient.online(path.client, at, 'alice', 'jabber_1')
  const second = await RawClient.secure(path.client, at)
  expect(await second.untilClosed()).toContain(streamErrorOf('resource-constraint'))
  const slow = await RawClient.dial(path.client, at)
  expect(await slow.untilClosed()).toContain(streamErrorOf('connection-timeout'))
  expect(alice.isClosed).toBe(false)
  alice.destroy()
})

/** A host at the Control's address with a certificate of `issuer`, or none. */
function stranger(path: MessagingPath, issuer?: TestAuthority, name = ''): TestHost {
  const identity = issuer?.issue({ commonName: name, names: [name] })
  return testHost({
    address: path.address.control,
    trust: [path.authority.certificate],
    ...(identity === undefined ? {} : { identity }),
  })
}

function dialAs(host: TestHost, path: MessagingPath): Promise<Connection> {
  const { network, identity } = host.environment
  return network.dialTls({
    to: { address: path.address.edge, port: 7400 },
    protocol: 'XCP',
    tls: { serverName: 'vcse1.example.com', ...(identity === undefined ? {} : { identity }) },
  })
}

test.each<[string, (path: MessagingPath) => TestHost, RegExp]>([
  ['without a certificate', (path) => stranger(path), /no client certificate/],
  [
    'with a certificate of another name',
    (path) => stranger(path, path.authority, 'vcsc2.example.com'),
    /certificate is not for vcsc1.example.com/,
  ],
  [
    'with a certificate of another authority',
    (path) => stranger(path, testAuthority(), 'vcsc1.example.com'),
    /UNABLE_TO|SELF_SIGNED|SIGNATURE_FAILURE/,
  ],
])('a router %s is not let in at 7400', async (_what, hostOf, reason) => {
  const path = await start()
  const connection = await dialAs(hostOf(path), path)
  connection.stream.resume()
  await waitFor('the refusal', () => connection.stream.destroyed)
  expect(path.linkServer.status().lastRefusal).toMatch(reason)
  expect(path.linkServer.isAvailable).toBe(true)
})

test.each<[string, string, string]>([
  ['garbage', '\0\x01garbage', 'not-well-formed'],
  [
    'a frame before the handshake',
    `${routerHeader()}<session xmlns='urn:mra:xcp' event='close' id='e1'/>`,
    'not-authorized',
  ],
  ['a wrong secret', `${routerHeader()}<handshake>00</handshake>`, 'not-authorized'],
  ['a DTD', `<!DOCTYPE x [<!ENTITY a 'b'>]>${routerHeader()}`, 'restricted-xml'],
])('%s at 7400 closes that link and no other', async (_what, bytes, condition) => {
  const path = await start()
  const connection = await dialAs(path.control, path)
  let text = ''
  connection.stream.on('data', (chunk: Buffer) => (text += chunk.toString()))
  connection.stream.write(bytes)
  await waitFor('the end of the link', () => connection.stream.destroyed, { lastSeen: () => text })
  expect(text).toContain(streamErrorOf(condition))
  expect(path.linkServer.isAvailable).toBe(true)
})

function routerHeader(): string {
  return `<stream:stream xmlns='${Namespace.component}' xmlns:stream='${Namespace.stream}' to='vcse1.example.com'>`
}

test('the Control trusts no Expressway: unknown domains, stanzas before SASL and early restarts do not pass', async () => {
  const path = await start()
  const { frames, link } = await takenOverExpressway(path)
  link.send({ event: 'open', id: 'a', address: '192.0.2.1', domain: 'other.example' })
  link.send({ event: 'open', id: 'b', address: '192.0.2.1', domain: 'example.com' })
  await waitFor('features', () => frames.some(({ event }) => event === 'data'))
  link.send({ event: 'data', id: 'b', element: stanza('message', Namespace.client, { to: 'bob@example.com' }) })
  link.send({ event: 'open', id: 'c', address: '192.0.2.1', domain: 'example.com' })
  link.send({ event: 'open', id: 'c', address: '192.0.2.1', domain: 'example.com' })
  const closed = () => frames.filter(({ event }) => event === 'close')
  await waitFor('three refusals', () => closed().length === 3, { lastSeen: () => frames })
  expect(closed()).toEqual([
    { event: 'close', id: 'a', condition: 'host-unknown' },
    { event: 'close', id: 'b', condition: 'not-authorized' },
    { event: 'close', id: 'c', condition: 'policy-violation' },
  ])
  expect((await path.call<{ messages: unknown[] }>('history')).messages).toEqual([])
})

test('a link whose other side does not answer pings is given up', async () => {
  const path = await start()
  const mute = await path.edge.environment.network.listenTcp({
    port: 0,
    protocol: 'XCP',
    onConnection: (connection) => {
      connection.stream.write(routerHeader().replace('to=', `id='1' from=`))
      connection.stream.once('data', () => connection.stream.write('<handshake/>'))
    },
  })
  disposables.use(mute)
  const client = disposables.use(
    startXcpLinkClient({
      environment: path.control.environment,
      edges: () => [],
      nodes: () => [{ name: 'imp2', ...mute.local, isTls: false, secret: 'x' }],
      domains: () => [],
    }),
  )
  const state = () => client.status().nodes[0]!
  await waitFor('the link', () => state().state === 'Active', { lastSeen: state })
  await path.control.wall.advance(30_000)
  expect(state().state).toBe('Active')
  await path.control.wall.advance(30_000)
  expect(state()).toMatchObject({ state: 'Failed', reason: 'no answer to a ping' })
  // The links with living peers stay.
  await waitFor('pongs', () => path.linkServer.isAvailable)
})

/** An Expressway of our own making at the end of another link of the same Control. */
async function takenOverExpressway(
  path: MessagingPath,
  node = { address: path.address.imp, port: 7400 },
): Promise<{ frames: XcpFrame[]; link: XcpLink }> {
  const frames: XcpFrame[] = []
  const { clocks, random, network, identity } = path.edge.environment
  const ready = Promise.withResolvers<XcpLink>()
  const listener = await network.listenTls({
    port: 0,
    protocol: 'XCP',
    tls: { identity: identity!, requestClientCertificate: true },
    onConnection: (connection) => {
      const link: XcpLink = new XcpLink({
        connection,
        role: 'acceptor',
        localName: 'vcse1.example.com',
        remoteName: 'vcsc1.example.com',
        secret: linkSecretOfTest,
        isTraced: false,
        clocks,
        random,
        onReady: () => ready.resolve(link),
        onFrame: (frame) => frames.push(frame),
        onDrain: () => {},
        onClosed: () => {},
      })
    },
  })
  disposables.use(listener)
  disposables.use(
    startXcpLinkClient({
      environment: path.control.environment,
      edges: () => [{ name: 'vcse1.example.com', ...listener.local, isTls: true, secret: linkSecretOfTest }],
      nodes: () => [{ name: 'imp1.example.com', ...node, isTls: false, secret: 'secret of the component' }],
      domains: () => ['example.com'],
    }),
  )
  const link = await ready.promise
  await waitFor('the service', () => frames.some((frame) => frame.event === 'service' && frame.isAvailable))
  return { frames, link }
}

test('a client that does not read is dropped; its neighbours go on', async () => {
  const path = await start()
  const at = path.xmpp.status().local
  const bob = await RawClient.online(path.client, at, 'bob', 'jabber_2')
  const alice = await RawClient.online(path.client, at, 'alice', 'jabber_1')
  bob.pause()
  const body = 'x'.repeat(200_000)
  for (let count = 0; count < 60; count++) {
    alice.send(`<message to='bob@example.com/jabber_2'><body>${body}</body></message>`)
  }
  await waitFor('one client left', () => path.xmpp.status().clients.length === 1, { limitMs: 15_000 })
  const ping = `<iq type='get' id='p1'><ping xmlns='urn:xmpp:ping'/></iq>`
  expect(await alice.ask(ping, `id='p1'`)).toContain('result')
  const late = await RawClient.secure(path.client, at)
  await late.until('</stream:features>')
  await late.ask(plain('carol', 'carol-password'), '<success')
})

test('a node that does not read holds the Expressway back, and its end lets it go on', async () => {
  const path = await start()
  const nodes: Connection[] = []
  const deaf = await path.edge.environment.network.listenTcp({
    port: 0,
    protocol: 'XCP',
    onConnection: (connection) => {
      nodes.push(connection)
      connection.stream.write(routerHeader().replace('to=', `id='1' from=`))
      connection.stream.once('data', () => {
        connection.stream.write('<handshake/>')
        connection.stream.pause()
      })
    },
  })
  disposables.use(deaf)
  const { frames, link } = await takenOverExpressway(path, deaf.local)
  const auth = stanza('auth', Namespace.sasl, { mechanism: 'PLAIN' }, ['A'.repeat(200_000)])
  let sent = 0
  let congestedLooks = 0
  // A single full buffer proves nothing: the link has to stay full while nothing more is sent.
  const isHeld = () => {
    if (link.isCongested) return ++congestedLooks >= 30
    congestedLooks = 0
    link.send({ event: 'open', id: `s${sent}`, address: '192.0.2.1', domain: 'example.com' })
    link.send({ event: 'data', id: `s${sent++}`, element: auth })
    return false
  }
  await waitFor('the Control to stop reading', isHeld, { limitMs: 15_000 })
  await deaf.stop()
  await waitFor('the sessions to end', () => frames.filter(({ event }) => event === 'close').length >= sent, {
    limitMs: 10_000,
    lastSeen: () => [sent, frames.length],
  })
})
