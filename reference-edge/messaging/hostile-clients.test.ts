import { afterAll, beforeAll, expect, test } from 'vitest'
import { startImAndPresence } from '#simulators/imp/start.ts'
import type { MessagingPath } from './messaging-path.fixture.ts'
import { startMessagingPath } from './messaging-path.fixture.ts'
import { plain, RawClient, streamHeader } from './messaging.fixture.ts'

let path: MessagingPath
beforeAll(async () => {
  path = await startMessagingPath(startImAndPresence, 78)
})
afterAll(() => path[Symbol.asyncDispose]())
const at = () => path.xmpp.status().local

const streamErrorOf = (condition: string) => `<stream:error><${condition} xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>`
const startTls = `<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>`

test.each([
  ['another domain', [streamHeader('example.net')], 'host-unknown'],
  ['no domain', [streamHeader('').replace(` to=''`, '')], 'improper-addressing'],
  ['another version', [streamHeader('example.com').replace(`version='1.0'>`, `version='0.9'>`)], 'unsupported-version'],
  ['a router header', [streamHeader('example.com').replace('jabber:client', 'jabber:server')], 'invalid-namespace'],
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

test('the sixth SASL try ends the stream and is a protocol violation; wrong passwords alone are none', async () => {
  path.failures.length = 0
  const client = await RawClient.secure(path.client, at())
  await client.until('</stream:features>')
  for (let tries = 1; tries <= 5; tries++) await client.ask(plain('alice', 'wrong'), '<not-authorized/></failure>')
  expect(path.failures).toEqual([])
  client.send(plain('alice', 'alice-password'))
  expect(await client.untilClosed()).toContain(streamErrorOf('policy-violation'))
  expect(path.failures).toEqual([{ category: 'xmpp-intrusion', source: path.address.client }])
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
