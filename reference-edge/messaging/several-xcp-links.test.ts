import { afterEach, beforeEach, expect, test } from 'vitest'
import type { TestHost } from '#runtime/test-host.fixture.ts'
import { testHost } from '#runtime/test-host.fixture.ts'
import { waitFor } from '#runtime/wait.ts'
import { testAuthority } from '../certificates/authority.fixture.ts'
import { Namespace, stanza } from './stanza.ts'
import type { StreamCondition } from './stream-condition.ts'
import type { XcpFrame } from './xcp-frame.ts'
import { XcpLink } from './xcp-link.ts'
import type { XcpLinkServer } from './xcp-link-server.ts'
import { startXcpLinkServer } from './xcp-link-server.ts'

const secret = 'made up for this test'
const authority = testAuthority()
const host = (name: string, address: string) => {
  const fqdn = `${name}.example.com`
  const identity = authority.issue({ commonName: fqdn, names: [fqdn, 'vcsc.example.com'] })
  return testHost({ name, address, trust: [authority.certificate], identity })
}

let scope: AsyncDisposableStack
let server: XcpLinkServer
let first: ScriptedControl
let second: ScriptedControl

beforeEach(async () => {
  scope = new AsyncDisposableStack()
  const { environment } = host('vcse1', '127.77.2.10')
  const peerName = () => 'vcsc.example.com'
  server = scope.use(await startXcpLinkServer({ environment, port: 0, peerName, secret: () => secret, answerMs: 150 }))
  first = await linked(host('vcsc1', '127.77.3.10'))
  second = await linked(host('vcsc2', '127.77.3.11'))
})

afterEach(() => scope.disposeAsync())

interface ScriptedControl {
  readonly link: XcpLink
  readonly frames: XcpFrame[]
}

/** A Control's end of a link, with IM and Presence behind it. */
async function linked({ environment }: TestHost, isAvailable = true): Promise<ScriptedControl> {
  const { network, identity, clocks, random } = environment
  const tls = { serverName: 'vcse1.example.com', identity: identity! }
  const connection = await network.dialTls({ to: server.status().local, protocol: 'XCP', tls })
  const frames: XcpFrame[] = []
  const ready = Promise.withResolvers<void>()
  const link = new XcpLink({
    connection,
    role: 'dialler',
    localName: environment.fqdn,
    remoteName: 'vcse1.example.com',
    secret,
    isTraced: false,
    clocks,
    random,
    onReady: () => ready.resolve(),
    onFrame: (frame) => frames.push(frame),
    onDrain: () => undefined,
    onClosed: () => undefined,
  })
  scope.defer(() => link.close('end of test'))
  await ready.promise
  const known = () => server.status().links.filter(({ isServiceAvailable }) => isServiceAvailable).length
  const before = known()
  if (isAvailable) {
    link.send({ event: 'service', isAvailable: true })
    await waitFor('the Expressway to know', () => known() === before + 1)
  }
  return { link, frames }
}

/** A client's stream; tells how it was closed. */
function stream(): { closed: StreamCondition | undefined } {
  const seen: { closed: StreamCondition | undefined } = { closed: undefined }
  const session = server.openSession(
    { address: '127.77.1.71', domain: 'example.com' },
    { onElement: () => undefined, onClosed: (condition) => (seen.closed = condition), onHoldBack: () => undefined },
  )
  if (typeof session === 'string') throw new Error(session)
  return seen
}

const sessionsOf = (address: string) =>
  server
    .status()
    .links.filter((link) => link.address === address)
    .reduce((sum, { sessions }) => sum + sessions, 0)

test('streams are given to the Controls in turn', async () => {
  for (let count = 0; count < 4; count++) stream()
  expect([sessionsOf('127.77.3.10'), sessionsOf('127.77.3.11')]).toEqual([2, 2])
  const opened = ({ frames }: ScriptedControl) => frames.filter(({ event }) => event === 'open').length
  await waitFor('the streams', () => opened(first) === 2 && opened(second) === 2)
})

test('two links of one Control count once: the newer one has the new streams', async () => {
  await linked(host('vcsc1', '127.77.3.10'))
  for (let count = 0; count < 4; count++) stream()
  expect(server.status().links.map(({ sessions }) => sessions)).toEqual([0, 2, 2])
})

test('a link that is lost closes its own streams only, and the other one has the next', async () => {
  const streams = [stream(), stream(), stream(), stream()]
  first.link.close('killed')
  await waitFor('the loss', () => server.status().links.length === 1)
  expect(streams.map(({ closed }) => closed).toSorted()).toEqual([
    'remote-connection-failed',
    'remote-connection-failed',
    undefined,
    undefined,
  ])
  stream()
  expect(sessionsOf('127.77.3.11')).toBe(3)
})

test('a Control without IM and Presence behind it gets none', async () => {
  second.link.send({ event: 'service', isAvailable: false })
  await waitFor('the Expressway to know', () => server.status().links.some((link) => !link.isServiceAvailable))
  for (let count = 0; count < 3; count++) stream()
  expect([sessionsOf('127.77.3.10'), sessionsOf('127.77.3.11')]).toEqual([3, 0])
})

const opened = ({ frames }: ScriptedControl) => frames.flatMap((frame) => (frame.event === 'open' ? [frame.id] : []))

/** Answers each stream with something, as a Control does with the features. */
async function answers(control: ScriptedControl, count: number): Promise<void> {
  await waitFor('the streams', () => opened(control).length === count)
  const element = stanza('features', Namespace.stream)
  for (const id of opened(control)) control.link.send({ event: 'data', id, element })
}

test('a stream that a Control does not answer is given to the other one, and so are the next, until it speaks', async () => {
  const streams = [stream(), stream()]
  await answers(second, 1)
  await waitFor('the stream to be moved', () => opened(second).length === 2)
  await answers(second, 2)
  expect(first.frames.map(({ event }) => event)).toEqual(['open', 'close'])
  stream()
  expect([sessionsOf('127.77.3.10'), sessionsOf('127.77.3.11')]).toEqual([0, 3])
  await answers(second, 3)
  first.link.send({ event: 'service', isAvailable: true })
  await waitFor('the first one to be used', () => {
    stream()
    return opened(first).length > 1
  })
  expect(streams.map(({ closed }) => closed)).toEqual([undefined, undefined])
})

test('a stream stays where it is answered in time, and where there is nobody else', async () => {
  second.link.close('killed')
  await waitFor('the loss', () => server.status().links.length === 1)
  const only = stream()
  await waitFor('its time to be up', () => server.status().links[0]?.isSilent)
  expect([first.frames.map(({ event }) => event), only.closed]).toEqual([['open'], undefined])
})
