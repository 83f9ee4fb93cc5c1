import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Host } from '#runtime/host.ts'
import type { HostNetwork } from '#runtime/network.ts'
import { selfSigned } from '#runtime/self-signed.fixture.ts'
import { testHost } from '#runtime/test-host.fixture.ts'
import { waitFor } from '#runtime/wait.ts'
import { header, impConfiguration, InsideClient } from '../imp.fixture.ts'
import { startImAndPresence } from '../start.ts'

const addresses = { 'imp1.example.com': '127.82.3.30', 'imp2.example.com': '127.82.3.31' }
const [one, two] = Object.values(addresses) as [string, string]
const identity = selfSigned('imp1.example.com', 'imp2.example.com', 'example.com')

let disposables = new AsyncDisposableStack()
beforeEach(() => void (disposables = new AsyncDisposableStack()))
afterEach(() => disposables.disposeAsync())

async function start(name: 'imp1' | 'imp2', more: object): Promise<Host> {
  const { environment } = testHost({ name, address: addresses[`${name}.example.com`], names: addresses, identity })
  const host = await startImAndPresence(environment, { ...impConfiguration, ...more }, new AbortController().signal)
  disposables.defer(() => host.stop())
  return host
}

const client = (): HostNetwork => testHost({ address: '127.82.3.72', trust: [identity.cert] }).network

async function online(address: string, user: string, resource = 'r'): Promise<InsideClient> {
  const opened = await InsideClient.online(client(), address, user, resource)
  disposables.defer(() => opened.destroy())
  return opened
}

interface State {
  readonly nodes: ReadonlyArray<{ node: string }>
  readonly sessions: ReadonlyArray<{ jid: string }>
}
const stateOf = async (host: Host) => (await host.management['state']!({} as never)) as State
const linked = (host: Host, count = 1) =>
  waitFor('links between the nodes', async () => (await stateOf(host)).nodes.length === count)

/** A publisher and a subscriber. */
async function cluster(): Promise<[Host, Host]> {
  const nodes = { nodes: Object.keys(addresses) }
  const both: [Host, Host] = [await start('imp1', nodes), await start('imp2', nodes)]
  for (const host of both) await linked(host)
  return both
}

test('users at two nodes of a cluster see each other and talk', async () => {
  const [, second] = await cluster()
  const alice = await online(one, 'alice')
  alice.send('<presence><show>away</show></presence>')
  await alice.until('away')
  const bob = await online(two, 'bob')
  const seen = await bob.ask('<presence/>', 'alice@example.com/r')
  expect(seen).toContain('<show>away</show>')
  await alice.until('bob@example.com/r')
  bob.send(`<message to='alice@example.com' type='chat' id='m'><body>over there?</body></message>`)
  expect(await alice.until('</message>')).toContain('from="bob@example.com/r"')
  alice.send(`<iq to='bob@example.com/r' type='get' id='v'><query xmlns='jabber:iq:version'/></iq>`)
  expect(await bob.until('</iq>')).toContain('from="alice@example.com/r"')
  alice.destroy()
  expect(await bob.until('unavailable')).toContain('alice@example.com/r')
  const refused = await bob.ask(`<message to='alice@example.com' id='n'><body>?</body></message>`, '</message>')
  expect(refused).toContain('service-unavailable')
  const history = (await second.management['history']!({} as never)) as { messages: Array<{ body: string }> }
  expect(history.messages.map(({ body }) => body)).toEqual(['over there?'])
})

test('a node that dies takes its sessions with it; private data are at the other one', async () => {
  const [first] = await cluster()
  const alice = await online(one, 'alice')
  const note = `<n xmlns='note'>kept</n>`
  await alice.ask(`<iq type='set' id='s'><query xmlns='jabber:iq:private'>${note}</query></iq>`, 'result')
  await alice.ask('<presence/>', 'alice@example.com/r')
  const bob = await online(two, 'bob')
  await bob.ask('<presence/>', 'alice@example.com/r')
  bob.text = ''
  await first.stop()
  expect(await bob.until('unavailable')).toContain('alice@example.com/r')
  const again = await online(two, 'alice')
  const stored = `<iq type='get' id='g'><query xmlns='jabber:iq:private'><n xmlns='note'/></query></iq>`
  expect(await again.ask(stored, '</iq>')).toContain('kept')
})

test('the same resource at another node replaces the session at this one', async () => {
  await cluster()
  const first = await online(one, 'alice')
  await online(two, 'alice')
  expect(await first.untilClosed()).toContain('conflict')
})

test('a node that dies and comes back is linked again', async () => {
  const [, second] = await cluster()
  await second.stop()
  const again = await start('imp2', { nodes: Object.keys(addresses) })
  await linked(again)
})

const dave = { userId: 'dave', password: 'dave-password', displayName: 'Dave' }

/** Two clusters of a node each; Dave is at home in the second one. */
async function twoClusters(more: object = {}): Promise<[Host, Host]> {
  const first = await start('imp1', { interclusterPeers: [['imp2.example.com']] })
  const peers = { interclusterPeers: [['imp1.example.com']], users: [dave], ...more }
  return [first, await start('imp2', peers)]
}

test('clusters tell each other their users, whose presence and messages go between them', async () => {
  const [first, second] = await twoClusters()
  for (const host of [first, second]) await linked(host)
  const [alice, other] = [await online(one, 'alice'), await online(two, 'dave')]
  await alice.ask('<presence/>', 'alice@example.com/r')
  await other.ask('<presence/>', 'alice@example.com/r')
  const roster = await alice.ask(`<iq type='get' id='q'><query xmlns='jabber:iq:roster'/></iq>`, '</iq>')
  expect(roster).toContain('jid="dave@example.com" name="Dave"')
  alice.send(`<message to='dave@example.com' type='chat'><body>hello</body></message>`)
  await other.until('hello')
})

test('without the Intercluster Sync Agent clusters know nothing of each other, until it runs', async () => {
  const [first, second] = await twoClusters({ services: { interclusterSyncAgent: false } })
  const alice = await online(one, 'alice')
  await alice.ask('<presence/>', 'alice@example.com/r')
  const message = `<message to='dave@example.com' type='chat' id='m'><body>hello</body></message>`
  expect(await alice.ask(message, '</message>')).toContain('service-unavailable')
  expect((await stateOf(first)).nodes).toEqual([])
  const services = { interclusterSyncAgent: true }
  await second.management['set']!({ services } as never)
  for (const host of [first, second]) await linked(host)
})

test('a user at home in both clusters conflicts where the agent has stopped', async () => {
  const alice = { userId: 'alice', password: 'alice-password' }
  const [first, second] = await twoClusters({ users: [dave, alice] })
  for (const host of [first, second]) await linked(host)
  await online(one, 'alice')
  await first.management['set']!({ services: { interclusterSyncAgent: false } } as never)
  const bound = InsideClient.online(client(), one, 'alice', 'again')
  const refused = await bound
  disposables.defer(() => refused.destroy())
  expect(refused.text).toContain('conflict')
})

test('a stranger is no node', async () => {
  await cluster()
  const { stream } = await client().dialTcp({ to: { address: one, port: 7400 }, protocol: 'XCP' })
  let text = ''
  stream.on('data', (bytes: Buffer) => (text += String(bytes)))
  stream.write(header)
  await waitFor('a header', () => text.includes('id='))
  stream.write(`<handshake>${'0'.repeat(40)}</handshake>`)
  await waitFor('a refusal', () => text.includes('not-authorized'))
  stream.destroy()
})
