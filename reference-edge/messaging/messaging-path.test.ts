import { afterAll, beforeAll, expect, test } from 'vitest'
import { waitFor } from '#runtime/wait.ts'
import { startImAndPresence } from '#simulators/imp/start.ts'
import type { MessagingPath } from './messaging-path.fixture.ts'
import { startMessagingPath } from './messaging-path.fixture.ts'
import { auth, bind, plain, RawClient, streamHeader } from './messaging.fixture.ts'

let path: MessagingPath
beforeAll(async () => {
  path = await startMessagingPath(startImAndPresence, 77, { logGate: { admits: () => true, take: () => {} } })
})
afterAll(() => path[Symbol.asyncDispose]())
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
  const { messages } = await path.call<{ messages: unknown[] }>('history')
  expect(messages).toMatchObject([
    { from: 'alice@example.com/jabber_1', to: 'bob@example.com', body: 'hi & bye', via: 'xcp' },
  ])
  const { sessions, links } = await path.call<{ sessions: unknown[]; links: unknown[] }>('state')
  expect(sessions).toMatchObject([{ via: 'xcp', address: path.address.client }, { presence: 'dnd' }])
  expect(links).toEqual([{ address: path.address.control, sessions: 2 }])
  expect(path.xmpp.status().clients.map(({ jid }) => jid)).toContain('alice@example.com/jabber_1')
  expect(path.linkClient.status()).toMatchObject({ edges: [{ state: 'Active' }], nodes: [{ state: 'Active' }] })
  alice.destroy()
  await bob.until(`type='unavailable'`)
  bob.send('</stream:stream>')
  expect(await bob.untilClosed()).toContain('</stream:stream>')
  await waitFor(
    'no session left',
    async () => (await path.call<{ sessions: unknown[] }>('state')).sessions.length === 0,
  )
  expect(path.linkClient.status().sessions).toEqual([])
})

test('the trace names the parties and never a password', () => {
  const summaries = path.edge.events.flatMap(({ protocol, summary, kind }) =>
    kind === 'message' ? [`${protocol} ${summary}`] : [],
  )
  expect(summaries).toContain('XMPP <auth mechanism=PLAIN>')
  expect(
    summaries.some((text) => /^XCP <session data e\d+> <message type=chat> {2}→ bob@example.com$/.test(text)),
  ).toBe(true)
  const encoded = Buffer.from('\0alice\0alice-password').toString('base64')
  expect(summaries.join('\n')).not.toContain(encoded)
  expect(JSON.stringify([path.edge.records, path.control.records])).not.toContain('alice-password')
})

test('at DEBUG both routers name each frame, and no text of a message', () => {
  for (const { records } of [path.edge, path.control]) {
    const frames = records.filter(({ module, level }) => module === 'developer.xcp' && level === 'debug')
    const summaries = frames.map(({ Frame }) => Frame as string)
    expect(summaries.some((frame) => /^<session data [ec]\d+> <message type=chat> {2}→ bob@/.test(frame))).toBe(true)
    expect(JSON.stringify(records)).not.toMatch(/hi &amp; bye|alice-password/)
  }
})

test('a one-time password from SOAP signs in once', async () => {
  const soap = await path.client.network.httpClient(() =>
    path.client.network.dialTls({
      to: { address: path.address.imp, port: 8443 },
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
  await path.call('set', { services: { interclusterSyncAgent: false }, usersAtOtherNodes: ['carol'] })
  const client = await RawClient.secure(path.client, at())
  await client.until('</stream:features>')
  await client.ask(plain('carol', 'carol-password'), '<success')
  await client.ask(streamHeader('example.com'), '</stream:features>')
  expect(await client.ask(bind('jabber_9'), '</iq>')).toBe(
    `<iq id='uid:54aa:00000001:00000001' type='error'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/><error code='409' type='cancel'><conflict xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>`,
  )
  await path.call('set', { services: { interclusterSyncAgent: true } })
  await client.ask(bind('jabber_9'), '<jid>carol@example.com/jabber_9</jid>')
  client.destroy()
})
