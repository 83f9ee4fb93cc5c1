import { afterEach, expect, test } from 'vitest'
import type { MonotonicClock } from '#runtime/clock.ts'
import { realMonotonicClock } from '#runtime/clock.ts'
import type { Connection } from '#runtime/network.ts'
import { testHost } from '#runtime/test-host.fixture.ts'
import { waitFor } from '#runtime/wait.ts'
import type { ClusterPeer } from './cluster.ts'
import { clusterKey } from './cluster-key.ts'
import type { ClusterSettings } from './cluster-settings.ts'
import type { Hello } from './hello.ts'
import type { MembershipOptions } from './membership.ts'
import { Membership } from './membership.ts'
import { clusterPort } from './outgoing-link.ts'
import { PeerChannel } from './peer-channel.ts'
import { encoded } from './peer-message.ts'

let running = new AsyncDisposableStack()
afterEach(async () => {
  await running.disposeAsync()
  running = new AsyncDisposableStack()
})

const [first, second, third] = ['127.77.9.1', '127.77.9.2', '127.77.9.3'] as const
const cluster = { name: 'vcsc.example.com', peers: [first, second], master: first, preSharedKey: 'k3y' }

/** Seconds pass in a tenth of their time: what is tested is silence, not how long it is. */
const hurried: MonotonicClock = {
  now: () => realMonotonicClock.now(),
  after: (milliseconds, action) => realMonotonicClock.after(milliseconds / 10, action),
}

interface Given extends Partial<Omit<ClusterSettings, 'own'>> {
  readonly product?: string
  readonly release?: string
  readonly clock?: MonotonicClock
}

function join(own: string, given: Given = {}) {
  const { product = 'VCS Control', release = 'X8.1.1', clock = realMonotonicClock, ...changes } = given
  const host = testHost({ address: own })
  const { environment } = host
  let settings: ClusterSettings | undefined = { ...cluster, own, ...changes }
  let fqdn = `vcs-${own}`
  const options: MembershipOptions = {
    environment: { ...environment, clocks: { ...environment.clocks, monotonic: clock } },
    product,
    release,
    fqdn: () => fqdn,
    settings: () => settings,
    onChange: () => undefined,
  }
  const membership = new Membership(options)
  running.defer(() => membership.stop())
  membership.start()
  return Object.assign(membership, {
    host,
    configure: (changed: ClusterSettings | undefined) => {
      settings = changed
      membership.update()
    },
    rename: (name: string) => (fqdn = name),
  })
}

const stateOf = (member: Membership, address: string) => member.others().find((peer) => peer.address === address)
const isActive = (member: Membership, address: string) => stateOf(member, address)?.state === 'Active'

async function joined() {
  const [one, other] = [join(first), join(second)]
  await waitFor('both to be active', () => isActive(one, second) && isActive(other, first))
  return { one, other }
}

test('peers know each other by name, ask and answer, and learn why one did not', async () => {
  const { one, other } = await joined()
  expect(one.others()).toEqual([{ address: second, fqdn: `vcs-${second}`, isMaster: false, state: 'Active' }])
  expect([one.isMaster, other.isMaster]).toEqual([true, false])
  other.answer('sum', (given, from) => ({ sum: (given as number[]).reduce((a, b) => a + b), for: from.fqdn }))
  other.answer('broken', () => Promise.reject(new Error('not today')))
  expect(await one.ask('sum', [1, 2])).toMatchObject([{ ok: true, answer: { sum: 3, for: `vcs-${first}` } }])
  expect(await one.ask('broken', null)).toMatchObject([{ ok: false, reason: 'not today' }])
  expect(await one.ask('nothing', null)).toMatchObject([{ ok: false, reason: 'nothing answers "nothing"' }])
  const traced = one.host.events.filter(({ protocol, kind }) => protocol === 'CLUSTER' && kind === 'message')
  expect(traced.map(({ summary }) => summary)).toContain('ask sum')
})

test('a new name is known within seconds, without a new connection', async () => {
  const { one, other } = await joined()
  other.rename('renamed.example.com')
  await waitFor('the new name', () => stateOf(one, second)?.fqdn === 'renamed.example.com')
})

test('an answer of megabytes arrives; one that is larger than any is refused', async () => {
  const { one, other } = await joined()
  other.answer('much', (size) => 'x'.repeat(size as number))
  expect(await one.askPeer(second, 'much', 4_000_000, 5_000)).toHaveLength(4_000_000)
  await expect(one.askPeer(second, 'much', 9_000_000, 5_000)).rejects.toThrow('too large')
  expect(isActive(one, second)).toBe(true)
})

test('a peer that leaves is Failed at once, is asked nothing, and everybody is told when it is back', async () => {
  const { one, other } = await joined()
  const told: ClusterPeer[] = []
  one.onActive((peer) => told.push(peer))
  await waitFor('to be told of who is active already', () => told.length === 1)
  other.configure(undefined)
  await waitFor('the peer to be Failed', () => !isActive(one, second))
  expect(stateOf(one, second)).toMatchObject({ reason: expect.stringContaining('cannot be reached') })
  expect(one.problems()).toMatchObject([{ kind: 'communication' }])
  expect(await one.ask('sum', [])).toEqual([])
  expect(other.others()).toEqual([])
  other.configure({ ...cluster, own: second })
  await waitFor('the peer to be back', () => isActive(one, second) && told.length === 2)
})

test('applications that have started again are told of', async () => {
  const { one, other } = await joined()
  const told: string[] = []
  one.onActive(({ address }) => told.push(address))
  await waitFor('to be told of who is active already', () => told.length === 1)
  other.applicationsStarted()
  await waitFor('to be told again', () => told.length === 2)
})

test.each<[string, Given, RegExp]>([
  ['another key', { preSharedKey: 'other' }, /another pre-shared key/],
  ['another cluster name', { name: 'other.example.com' }, /belongs to the cluster "other/],
  ['another product', { product: 'VCS Expressway' }, /is a VCS Expressway/],
  ['another release', { release: 'X8.2' }, /runs X8.2, this VCS X8.1.1/],
  ['a list without this VCS', { peers: [second, third] }, /does not list 127.77.9.1/],
])('a peer with %s is Failed with the reason and what to do', async (_case, given, reason) => {
  const one = join(first)
  const other = join(second, given)
  await waitFor('the reason', () => reason.test(stateOf(one, second)?.reason ?? ''), {
    lastSeen: () => one.others(),
  })
  expect(stateOf(one, second)).toMatchObject({ state: 'Failed', action: expect.stringMatching(/./) })
  expect(one.problems()).toMatchObject([{ kind: 'configuration' }])
  expect(isActive(other, first)).toBe(false)
})

test('peers with another idea of the master work together and are a configuration problem', async () => {
  const one = join(first)
  join(second, { master: second })
  await waitFor('the peer to be active', () => isActive(one, second))
  expect(one.problems()).toMatchObject([
    { kind: 'configuration', says: expect.stringContaining('configuration master') },
  ])
})

/** A peer of this test: it has the key, and says what the test says. */
async function stranger(preSharedKey = cluster.preSharedKey) {
  const key = await clusterKey(preSharedKey)
  const host = testHost({ address: second })
  const to = { address: first, port: clusterPort }
  const dial = async (): Promise<Connection> => {
    const connection = await host.network.dialWithKey({ to, protocol: 'CLUSTER', key })
    running.defer(() => connection.destroy())
    return connection
  }
  return { host, key, dial: () => waitFor('the peer to listen', () => dial().catch(() => undefined)) }
}

const hello: Hello = {
  cluster: cluster.name,
  product: 'VCS Control',
  release: 'X8.1.1',
  address: second,
  fqdn: 'stranger',
  master: first,
  peers: [first, second],
}

test('a peer that goes silent counts as gone within seconds', async () => {
  const one = join(first, { clock: hurried })
  const { host, key } = await stranger()
  let isSilent = false
  const listener = await host.network.listenWithKey({
    port: clusterPort,
    protocol: 'CLUSTER',
    key,
    onConnection: (connection) =>
      void new PeerChannel({
        connection,
        clock: realMonotonicClock,
        onRequest: () => (isSilent ? new Promise(() => undefined) : hello),
        onEnd: () => undefined,
      }),
  })
  running.defer(() => listener.stop())
  await waitFor('the peer to be active', () => isActive(one, second))
  isSilent = true
  await waitFor('the peer to be Failed', () => /no answer within/.test(stateOf(one, second)?.reason ?? ''))
})

test.each<[string, Buffer]>([
  ['bytes of another protocol', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
  ['a length beyond all bounds', Buffer.from([255, 255, 255, 255])],
  ['no JSON', Buffer.from([0, 0, 0, 3, 0x7b, 0x7b, 0x7b])],
  ['JSON that is no message', Buffer.from([0, 0, 0, 2, 0x7b, 0x7d])],
  ['JSON a hundred thousand levels deep', framed(`{"ask":1,"subject":"hello","given":${nested(100_000)}}`)],
  ['a long message before any hello', framed(`{"ask":1,"subject":"hello","given":"${'x'.repeat(100_000)}"}`)],
])('%s end the connection and nothing else', async (_case, bytes) => {
  const one = join(first)
  const { dial } = await stranger()
  const connection = await dial()
  connection.stream.write(bytes)
  connection.stream.resume()
  await new Promise((resolve) => connection.stream.once('close', resolve))
  join(second)
  await waitFor('the true peer to be active', () => isActive(one, second))
})

function framed(text: string): Buffer {
  const head = Buffer.alloc(4)
  head.writeUInt32BE(text.length)
  return Buffer.concat([head, Buffer.from(text)])
}

function nested(depth: number): string {
  return '['.repeat(depth) + ']'.repeat(depth)
}

test('whatever nests too deep is refused a peer, too', async () => {
  const one = join(first)
  const { dial } = await stranger()
  const connection = await dial()
  connection.stream.write(encoded({ ask: 1, subject: 'hello', given: hello }))
  connection.stream.write(framed(`{"ask":2,"subject":"anything","given":${nested(100_000)}}`))
  connection.stream.resume()
  await new Promise((resolve) => connection.stream.once('close', resolve))
  join(second)
  await waitFor('the true peer to be active', () => isActive(one, second))
})

test('nobody is answered before a hello that fits; answers nobody asked for are nothing', async () => {
  const one = join(first)
  one.answer('secret', () => 'told')
  const { dial } = await stranger()
  const connection = await dial()
  connection.stream.write(encoded({ answer: 7, value: 'unasked' }))
  const channel = new PeerChannel({
    connection,
    clock: realMonotonicClock,
    onRequest: () => null,
    onEnd: () => undefined,
  })
  await expect(channel.ask('secret', null, 2_000)).rejects.toThrow('say hello first')
  await expect(channel.ask('hello', { cluster: 7 }, 2_000)).rejects.toThrow('no hello')
  await channel.ask('hello', { ...hello, cluster: 'other.example.com' }, 2_000)
  await expect(channel.ask('secret', null, 2_000)).rejects.toThrow('say hello first')
  await channel.ask('hello', hello, 2_000)
  expect(await channel.ask('secret', null, 2_000)).toBe('told')
})
