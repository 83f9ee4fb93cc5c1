import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { Host } from '#runtime/host.ts'
import type { Connection, HostNetwork } from '#runtime/network.ts'
import { selfSigned } from '#runtime/self-signed.fixture.ts'
import { testHost } from '#runtime/test-host.fixture.ts'
import { waitFor } from '#runtime/wait.ts'
import { impConfiguration, InsideClient } from '../imp.fixture.ts'
import { startImAndPresence } from '../start.ts'

const [here, there, hostile, client] = ['127.88.3.30', '127.88.1.91', '127.88.1.66', '127.88.3.72']
const identity = selfSigned('imp1.example.com', 'example.com', 'partner.test')
const names = {
  '_xmpp-server._tcp.example.com': 'imp1.example.com:5269',
  'imp1.example.com': here,
  '_xmpp-server._tcp.partner.test': 'imp.partner.test:5269',
  'imp.partner.test': there,
  // Known to DNS, but nobody listens.
  'silent.test': '127.88.1.99',
}
const services = { xmppFederationConnectionManager: true }

let hosts: Host[]
let network: HostNetwork
let stranger: HostNetwork
const opened: { destroy(): void }[] = []

beforeAll(async () => {
  const node = (name: string, address: string, domain: string) => {
    const { environment } = testHost({ name, address, identity, names })
    return startImAndPresence(environment, { ...impConfiguration, domain, services }, new AbortController().signal)
  }
  hosts = await Promise.all([node('imp1', here, 'example.com'), node('imp', there, 'partner.test')])
  ;({ network } = testHost({ name: 'client', address: client, trust: [identity.cert] }))
  ;({ network: stranger } = testHost({ name: 'stranger', address: hostile }))
})
afterEach(() => {
  for (const each of opened.splice(0)) each.destroy()
})
afterAll(() => Promise.all(hosts.map((host) => host.stop())))

async function online(address: string, user: string, resource: string, domain = 'example.com') {
  const inside = await InsideClient.online(network, address, user, resource, domain)
  opened.push(inside)
  return inside
}

const switchFederation = (isOn: boolean) =>
  hosts[1]!.management['set']!({ services: { xmppFederationConnectionManager: isOn } } as never)

test('a message and its answer pass between two domains, verified by dialback both ways', async () => {
  const alice = await online(here, 'alice', 'a')
  const dora = await online(there, 'bob', 'b', 'partner.test')
  await dora.ask('<presence/>', '<presence')
  alice.send(
    `<message to='bob@partner.test' type='chat' id='1'><body>a &lt; b</body><x xmlns='urn:x'><y/></x></message>`,
  )
  const received = await dora.until('</message>')
  expect(received).toContain('from="alice@example.com/a"')
  expect(received).toContain('<body>a &lt; b</body><x xmlns="urn:x"><y/></x>')
  expect(received).not.toContain('jabber:server')
  dora.send(`<message to='alice@example.com/a' type='chat' id='2'><body>yes</body></message>`)
  expect(await alice.until('</message>')).toContain('from="bob@partner.test/b"')
  const state = (await hosts[0]!.management['state']!({} as never)) as { federation: unknown }
  expect(state.federation).toMatchObject({
    outgoing: [{ domain: 'partner.test', isVerified: true }],
    incoming: [{ domains: ['partner.test'] }],
  })
  const history = (await hosts[1]!.management['history']!({} as never)) as { messages: unknown[] }
  expect(history.messages).toMatchObject([{ from: 'alice@example.com/a', body: 'a < b', via: 'federation' }])
})

test('presence follows a subscription; iq reaches a session, a ping the server', async () => {
  const alice = await online(here, 'alice', 'a')
  const dora = await online(there, 'bob', 'b', 'partner.test')
  await dora.ask('<presence><status>here</status></presence>', 'here')
  await alice.ask(`<presence to='bob@partner.test' type='subscribe'/>`, 'type="subscribed"')
  expect(await alice.until('<status>here</status>')).toContain('from="bob@partner.test/b"')
  const ask = (to: string) => `<iq to='${to}' type='get' id='q'><ping xmlns='urn:xmpp:ping'/></iq>`
  expect(await alice.ask(ask('partner.test'), 'id="q"')).toContain('type="result"')
  expect(await alice.ask(ask('bob@partner.test/none'), '</iq>')).toContain('<service-unavailable')
  alice.send(ask('bob@partner.test/b'))
  await dora.ask(`<iq to='alice@example.com/a' type='result' id='q'/>`, 'urn:xmpp:ping')
  await alice.until('type="result"')
  dora.destroy()
  expect(await alice.until('type="unavailable"')).toContain('from="bob@partner.test/b"')
})

test.each([
  ['nobody', 'nobody@partner.test', 'service-unavailable'],
  ['a domain that DNS does not know', 'x@unknown.test', 'remote-server-not-found'],
  ['a domain whose server does not answer', 'x@silent.test', 'remote-server-timeout'],
  ['what is no domain', 'x@a_b', 'remote-server-not-found'],
])('a message to %s comes back', async (_who, to, condition) => {
  const alice = await online(here, 'alice', 'a')
  const message = `<message to='${to}' type='chat' id='m'><body>x</body></message>`
  const answer = await alice.ask(message, '</message>')
  expect(answer).toContain(`<${condition}`)
  expect(answer).toContain(`from="${to}"`)
})

test('federation that is switched off: only other domains are lost', async () => {
  const [bob, other] = [
    await online(there, 'bob', 'b', 'partner.test'),
    await online(there, 'alice', 'a', 'partner.test'),
  ]
  await other.ask('<presence/>', '<presence')
  await switchFederation(false)
  try {
    const message = (to: string) => `<message to='${to}' type='chat' id='m'><body>x</body></message>`
    expect(await bob.ask(message('alice@example.com'), '</message>')).toContain('<remote-server-not-found')
    bob.send(message('alice@partner.test'))
    await other.until('<body>x</body>')
    await expect(stranger.dialTcp({ to: { address: there, port: 5269 }, protocol: 'XMPP' })).rejects.toThrow()
  } finally {
    await switchFederation(true)
  }
})

/** Somebody who says what no honest server says. */
class RawServer {
  text = ''
  isClosed = false
  readonly connection: Connection

  constructor(connection: Connection) {
    this.connection = connection
    connection.stream.on('data', (bytes: Buffer) => (this.text += bytes.toString()))
    connection.stream.on('close', () => (this.isClosed = true))
    opened.push(connection)
  }

  static async dial(): Promise<RawServer> {
    return new RawServer(await stranger.dialTcp({ to: { address: here, port: 5269 }, protocol: 'XMPP' }))
  }

  async ask(text: string, part: string): Promise<string> {
    this.connection.stream.write(text)
    await waitFor(`"${part}"`, () => this.text.includes(part), { lastSeen: () => this.text })
    return this.text
  }
}

const opening = (from = 'partner.test', to = 'example.com') =>
  `<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' ` +
  `xmlns:db='jabber:server:dialback' from='${from}' to='${to}' version='1.0'>`

test.each([
  ['another domain than ours', opening('partner.test', 'example.net'), 'host-unknown'],
  ['a client’s stream', opening().replace('jabber:server', 'jabber:client'), 'invalid-namespace'],
  ['a stanza ahead of dialback', `${opening()}<message from='x@partner.test' to='bob@example.com'/>`, 'not-authorized'],
  ['our own domain', `${opening()}<db:result from='example.com' to='example.com'>k</db:result>`, 'invalid-from'],
  ['a DTD', `<!DOCTYPE x [<!ENTITY a 'b'>]>`, 'not-well-formed'],
  ['an oversized element', `${opening()}<a>${'x'.repeat(400_000)}`, 'not-well-formed'],
  ['an unknown element', `${opening()}<a xmlns='urn:a'/>`, 'unsupported-stanza-type'],
])('%s ends that stream', async (_what, bytes, condition) => {
  const server = await RawServer.dial()
  await server.ask(bytes, `<${condition}`)
  await waitFor('the end', () => server.isClosed)
})

test('a domain that DNS has elsewhere is not believed, whatever the key', async () => {
  const server = await RawServer.dial()
  await server.ask(opening(), '<dialback')
  await server.ask(`<db:result from='partner.test' to='example.com'>${'0'.repeat(64)}</db:result>`, 'type="invalid"')
  await waitFor('the end', () => server.isClosed)
})

/** The hostile address as the honest server of a domain of its own. */
test('a verified server speaks for its own domain alone', async () => {
  const { environment } = testHost({ name: 'own', address: '127.88.3.31', identity, names: { 'own.test': hostile } })
  const configuration = { ...impConfiguration, services }
  const host = await startImAndPresence(environment, configuration, new AbortController().signal)
  const listener = await stranger.listenTcp({
    port: 5269,
    protocol: 'XMPP',
    onConnection: (connection) => {
      const asked = new RawServer(connection)
      connection.stream.write(opening('own.test').replace('to=', "id='1' to="))
      connection.stream.write('<stream:features/>')
      void waitFor('the question', () => asked.text.includes('</db:verify>')).then(() => {
        const id = /<db:verify[^>]* id="([^"]+)"/.exec(asked.text)![1]!
        connection.stream.write(`<db:verify from='own.test' to='example.com' id='${id}' type='valid'/>`)
      })
    },
  })
  try {
    const server = new RawServer(
      await stranger.dialTcp({ to: { address: '127.88.3.31', port: 5269 }, protocol: 'XMPP' }),
    )
    await server.ask(opening('own.test'), '<dialback')
    await server.ask(`<db:result from='own.test' to='example.com'>key</db:result>`, 'type="valid"')
    await server.ask(`<message from='alice@example.com/a' to='bob@example.com'/>`, '<invalid-from')
  } finally {
    await listener.stop()
    await host.stop()
  }
})
