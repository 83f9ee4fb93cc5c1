import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Connection, HostNetwork } from '#runtime/network.ts'
import { oneOfNames } from '#simulators/protocol/endpoint/certificate-rule.ts'
import { selfSigned } from '#runtime/self-signed.fixture.ts'
import { testHost } from '#runtime/test-host.fixture.ts'
import type { Element } from '#simulators/protocol/xml/element.ts'
import { xml } from '#simulators/protocol/xml/element.ts'
import { StreamParser } from '#simulators/protocol/xml/stream-parser.ts'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ClientLog } from './client-log.ts'
import { Messaging } from './messaging.ts'
import { openXmppSession, vtgToken } from './xmpp-session.ts'

let disposables = new AsyncDisposableStack()
beforeEach(() => void (disposables = new AsyncDisposableStack()))
afterEach(() => disposables.disposeAsync())

const identity = selfSigned('example.com')
const token = 'ABCDEF0123456789'
const header = `<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0' from='example.com' id='1'>`
const features = (inner: string) => `${header}<stream:features>${inner}</stream:features>`
const starttls = `<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>`
const mechanisms = `<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>CISCO-VTG-TOKEN</mechanism></mechanisms>`
const binding = `<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/><session xmlns='urn:ietf:params:xml:ns:xmpp-session'/>`

/** A server that knows one token; `bind` answers the bind request. */
async function server(bind: (id: string) => string) {
  const { network } = testHost({ address: '127.249.2.10' })
  const seen: Element[] = []
  const listener = await network.listenTcp({
    port: 0,
    protocol: 'XMPP',
    onConnection: (connection) => inClear(network, connection, (secured) => secure(secured, seen, bind)),
  })
  disposables.use(listener)
  return { seen, to: listener.local }
}

/** Reads one stream; a header is answered with what `onHeader` gives. */
function serve(connection: Connection, onHeader: () => string, onElement: (element: Element) => void): () => void {
  let parser: StreamParser
  const restart = () => {
    parser = new StreamParser(
      { onHeader: () => void connection.stream.write(onHeader()), onElement, onEnd: () => connection.destroy() },
      { elementBytes: 65_536 },
    )
  }
  restart()
  const take = (bytes: Buffer) => void parser.write(bytes)
  connection.stream.on('data', take)
  disposables.defer(() => connection.destroy())
  return () => {
    restart()
    if (connection.tls === undefined) connection.stream.off('data', take)
  }
}

function inClear(network: HostNetwork, connection: Connection, onSecured: (secured: Connection) => void): void {
  const stop = serve(
    connection,
    () => features(starttls),
    () => {
      stop()
      const securing = network.startTlsAsServer(connection, { identity })
      securing.then(onSecured, () => connection.destroy())
      connection.stream.write(`<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>`)
    },
  )
}

function secure(connection: Connection, seen: Element[], bind: (id: string) => string): void {
  let isAuthenticated = false
  const restart = serve(
    connection,
    () => features(isAuthenticated ? binding : mechanisms),
    (element) => {
      seen.push(element)
      if (element.getName() === 'auth') {
        isAuthenticated = Buffer.from(element.getText(), 'base64').toString().endsWith(`\0token=${token}`)
        const failure = '<failure xmlns="urn:ietf:params:xml:ns:xmpp-sasl"><not-authorized/></failure>'
        connection.stream.write(isAuthenticated ? '<success xmlns="urn:ietf:params:xml:ns:xmpp-sasl"/>' : failure)
        restart()
      }
      const id = element.attrs['id'] ?? ''
      if (element.getChild('bind') !== undefined) connection.stream.write(bind(id))
      else if (element.getName() === 'iq') connection.stream.write(`<iq type='result' id='${id}'/>`)
    },
  )
}

const bound = (id: string) =>
  `<iq type='result' id='${id}'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>alice@example.com/jabber_1</jid></bind></iq>`
const conflict = (id: string) =>
  `<iq type='error' id='${id}'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/><error code='409' type='cancel'><conflict xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>`

async function open(
  to: { address: string; port: number },
  { oneTimePassword = token, domain = 'example.com', log = clientLog(), onStanza = (_stanza: Element) => {} } = {},
) {
  const { network } = testHost({ address: '127.249.1.71', trust: [identity.cert] })
  const connection = await network.dialTcp({ to, protocol: 'XMPP' })
  disposables.defer(() => connection.destroy())
  return openXmppSession({
    network,
    connection,
    domain: 'example.com',
    serverName: 'example.com',
    nameCheck: oneOfNames([domain]),
    mechanism: vtgToken('alice@example.com', oneTimePassword),
    resource: 'jabber_1',
    onStanza,
    onClosed: () => {},
    log,
  })
}

function clientLog(): ClientLog {
  const folder = mkdtempSync(join(tmpdir(), 'mra-client-log-'))
  disposables.defer(() => rmSync(folder, { recursive: true }))
  return new ClientLog(folder)
}

test('STARTTLS, token, bind and session; roster and presence follow', async () => {
  const { seen, to } = await server(bound)
  const session = await open(to)
  expect(session.jid).toBe('alice@example.com/jabber_1')
  const messaging = new Messaging(testHost({ address: '127.249.1.72' }).wall)
  await messaging.start(session)
  await messaging.sendMessage('bob@example.com', 'a < b')
  await expect.poll(() => seen.at(-1)?.getChildText('body')).toBe('a < b')
  expect(seen.map((element) => element.getName())).toEqual(['auth', 'iq', 'iq', 'iq', 'presence', 'message'])
  await messaging.stop()
})

test('a request that Jabber does not know, an offered file among them, is refused', async () => {
  const { seen, to } = await server(bound)
  const messaging = new Messaging(testHost({ address: '127.249.1.72' }).wall)
  await messaging.start(await open(to))
  const offer = xml('si', { xmlns: 'http://jabber.org/protocol/si', id: 'file' })
  messaging.take(xml('iq', { type: 'set', id: 'offer', from: 'bob@example.com/jabber_2' }, offer))
  await expect.poll(() => seen.at(-1)?.attrs['id']).toBe('offer')
  expect(seen.at(-1)!.attrs).toMatchObject({ type: 'error', to: 'bob@example.com/jabber_2' })
  expect(seen.at(-1)!.getChild('error')?.getChild('service-unavailable')).toBeDefined()
  messaging.take(xml('iq', { type: 'result', id: 'answer' }))
  await messaging.stop()
  expect(seen.some(({ attrs }) => attrs['id'] === 'answer')).toBe(false)
})

test('what happens on the stream is kept', async () => {
  const { to } = await server(bound)
  const messaging = new Messaging(testHost({ address: '127.249.1.72' }).wall)
  const session = await open(to, { onStanza: (stanza) => messaging.take(stanza) })
  await messaging.start(session)
  await messaging.stop()
  expect(messaging.jid).toBeUndefined()
  await expect(messaging.sendMessage('bob@example.com', 'late')).rejects.toThrow('not connected')
})

test.each([
  ['a used token', bound, { oneTimePassword: 'OTHER' }, { token: 'LERR_JABBER_AUTH', status: 401 }],
  ['a bind elsewhere', conflict, {}, { token: 'LERR_JABBER_UNREACHABLE', status: 409 }],
  ['a certificate for another domain', bound, { domain: 'example.net' }, { token: 'LERR_JABBER_CERT' }],
])('%s has its own code', async (_name, bind, options, problem) => {
  const { to } = await server(bind)
  await expect(open(to, options)).rejects.toMatchObject({ problem })
})

test('a bind elsewhere is in the log in the words of the guide (Appendix 1)', async () => {
  const { to } = await server(conflict)
  const log = clientLog()
  await expect(open(to, { log })).rejects.toThrow('Cannot communicate with the server')
  const [received, ...rest] = log.lines
  expect(received).toMatch(/^XmppSDK\.dll #0, 201, Recv:<iq .*<error code="409" type="cancel"><conflict /)
  expect(rest).toEqual([
    'XmppSDK.dll #0, CXmppClient::onResourceBindError',
    'XmppSDK.dll #0, 39, CTriClient::HandleDisconnect, reason:16',
  ])
})
