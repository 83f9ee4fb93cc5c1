import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Host } from '#runtime/host.ts'
import type { HostNetwork } from '#runtime/network.ts'
import { waitFor } from '#runtime/wait.ts'
import { header, InsideClient, startNode } from './imp.fixture.ts'

const address = '127.81.3.30'
let host: Host
let network: HostNetwork
beforeAll(async () => {
  ;({ host, network } = await startNode(address))
})
afterAll(() => host.stop())

const online = (user: string, resource: string) => InsideClient.online(network, address, user, resource)

async function withClients(
  names: readonly string[],
  run: (...clients: InsideClient[]) => Promise<void>,
): Promise<void> {
  const clients: InsideClient[] = []
  try {
    for (const name of names) clients.push(await online(name.split('/')[0]!, name.split('/')[1]!))
    await run(...clients)
  } finally {
    for (const client of clients) client.destroy()
    await waitFor('no session', async () => (await state()).sessions.length === 0)
  }
}

async function state(): Promise<{ sessions: unknown[] }> {
  return (await host.management['state']!({} as never)) as { sessions: unknown[] }
}

test('roster, private storage, vCard, ping, disco', () =>
  withClients(['alice/a'], async (alice) => {
    const get = (payload: string, to = '') => alice.ask(`<iq type='get' id='q'${to}>${payload}</iq>`, '</iq>')
    expect(await get(`<query xmlns='jabber:iq:roster'/>`)).toContain('name="Bob &lt;Builder&gt;" subscription="both"')
    const stored = `<storage xmlns='storage:bookmarks'><note a='1'>x &amp; y</note></storage>`
    const set = `<iq type='set' id='s'><query xmlns='jabber:iq:private'>${stored}</query></iq>`
    await alice.ask(set, 'id="s"')
    const empty = `<query xmlns='jabber:iq:private'><storage xmlns='storage:bookmarks'/></query>`
    expect(await get(empty)).toContain('<note a="1">x &amp; y</note>')
    expect(await get(empty.replaceAll('bookmarks', 'other'))).toContain('<storage xmlns="storage:other"/>')
    expect(await get(`<vCard xmlns='vcard-temp'/>`, ` to='bob@example.com'`)).toContain('<vCard xmlns="vcard-temp"/>')
    expect(await get(`<query xmlns='http://jabber.org/protocol/disco#info'/>`)).toContain('category="server"')
    expect(await get(`<query xmlns='urn:x'/>`)).toContain('<service-unavailable')
    expect(await get(`<query xmlns='urn:x'/>`, ` to='bob@example.com/none'`)).toContain('<service-unavailable')
    expect(await get(`<query xmlns='urn:x'/>`, ` to='a.example.net'`)).toContain('<remote-server-not-found')
  }))

test('a message reaches the available session of the highest priority, or the one it names', () =>
  withClients(['alice/a', 'bob/low', 'bob/high', 'bob/silent'], async (alice, low, high, silent) => {
    await low!.ask('<presence><priority>1</priority></presence>', 'bob@example.com/low')
    await high!.ask('<presence><priority>5</priority></presence>', 'bob@example.com/high')
    await alice!.ask(`<message to='bob@example.com' type='chat'><body>one</body></message><presence/>`, '<presence')
    expect(await high!.until('<body>one</body>')).toContain('from="alice@example.com/a"')
    await alice!.ask(`<message to='bob@example.com/silent'><body>two</body></message><presence/>`, '<presence')
    await silent!.until('<body>two</body>')
    expect(low!.text).not.toContain('<body>')
  }))

test('a message to nobody comes back as an error; a headline is dropped', () =>
  withClients(['alice/a'], async (alice) => {
    const headline = `<message to='bob@example.com' type='headline' id='h'><body>x</body></message>`
    const chat = (to: string) => `<message to='${to}' type='chat' id='c'><body>x</body></message>`
    expect(await alice.ask(headline + chat('bob@example.com'), '</message>')).toContain('<service-unavailable')
    expect(alice.text).not.toContain('id="h"')
    expect(await alice.ask(chat('nobody@example.com'), '</message>')).toContain('<service-unavailable')
    expect(await alice.ask(chat('x@example.net'), '</message>')).toContain('<remote-server-not-found')
    expect(await alice.ask(`<message to='bob@example.com' type='error'/>${chat('@')}`, '</message>')).not.toContain(
      'bob',
    )
  }))

test('presence: initial probe, broadcast, unavailable when the stream breaks', () =>
  withClients(['alice/a', 'bob/b'], async (alice, bob) => {
    await alice!.ask('<presence><status>here</status></presence>', 'here')
    expect(await bob!.ask('<presence/>', 'here')).toContain('to="bob@example.com/b"')
    await alice!.until('bob@example.com/b')
    await bob!.ask(`<presence to='alice@example.com' type='probe'/>`, 'here')
    bob!.destroy()
    expect(await alice!.until('type="unavailable"')).toContain('from="bob@example.com/b"')
  }))

test('a second session of the same resource replaces the first; kick ends a user', () =>
  withClients(['alice/a', 'alice/a', 'bob/b'], async (first, second, bob) => {
    expect(await first!.untilClosed()).toContain('<conflict')
    await host.management['kick']!({ userId: 'alice' } as never)
    expect(await second!.untilClosed()).toContain('<policy-violation')
    expect(bob!.isClosed).toBe(false)
  }))

test.each([
  ['another domain', header.replace('example.com', 'example.net'), 'host-unknown'],
  ['a stanza in clear', `${header}<message/>`, 'not-authorized'],
  ['crossed tags', `${header}<a></b>`, 'not-well-formed'],
  ['a DTD', `<!DOCTYPE x [<!ENTITY a 'b'>]>`, 'not-well-formed'],
  ['an oversized element', `${header}<a>${'x'.repeat(400_000)}`, 'not-well-formed'],
])('%s ends that stream', async (_what, bytes, condition) => {
  const client = await InsideClient.dial(network, address)
  await client.ask(bytes, `<${condition}`)
  await client.untilClosed()
})
