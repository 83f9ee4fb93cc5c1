import { afterEach, beforeEach, expect, test } from 'vitest'
import { testHost } from '#runtime/test-host.fixture.ts'
import { waitFor } from '#runtime/wait.ts'
import type { ControlMediaStream } from './control-media.ts'
import { ControlMedia } from './control-media.ts'
import { EdgeMediaRelay } from './edge-media-relay.ts'
import { master, opened, SecureClient, Socket, tone } from './loopback.fixture.ts'

const control = '127.78.3.12'
const expressways = ['127.78.2.12', '127.78.2.13'] as const
const [client, phone] = ['127.78.1.12', '127.78.3.22']

let scope: AsyncDisposableStack
let media: ControlMedia

beforeEach(() => {
  scope = new AsyncDisposableStack()
  media = scope.use(new ControlMedia({ network: testHost({ address: control }).network, probes: { openingMs: 10 } }))
})
afterEach(() => scope.disposeAsync())

async function socket(address: string): Promise<Socket> {
  const made = await Socket.open(address)
  scope.defer(() => made.port.close())
  return made
}

const startRelay = async (address: string) =>
  scope.use(await EdgeMediaRelay.start({ network: testHost({ address }).network }))

/** A stream of the Control to a phone, whose other end is yet to be told. */
async function openStream() {
  const stream = opened(await media.open({ label: 'audio' }))
  const [at, reports] = [await socket(phone), await socket(phone)]
  const rtcpPort = reports.port.local.port
  stream.setInsideRemote({ address: phone, rtpPort: at.port.local.port, rtcpPort })
  return { stream, phone: at }
}

/** The way of a stream over one Expressway to a client with that key. */
async function connect(relay: EdgeMediaRelay, stream: ControlMediaStream, number: number) {
  const edge = opened(await relay.open({ label: `over ${relay.name}` }))
  const clientKey = master(number)
  const { crypto } = stream.outside
  edge.setControl(stream.outside)
  edge.setClientCrypto(clientKey)
  edge.setControlCrypto(crypto!)
  stream.setOutsideRemote({ ...edge.inner, crypto: clientKey })
  await waitFor('the probes of the Control', () => edge.statistics().rtp.isControlHeard)
  const outer = { address: edge.outer.address, port: edge.outer.rtpPort }
  return { edge, client: await socket(client), outer, crypto: new SecureClient(clientKey, crypto!) }
}

test('streams over several Expressways at once, all at 36000 of an address of its own, are kept apart', async () => {
  const calls = []
  for (const [number, address] of expressways.entries()) {
    const { stream, phone } = await openStream()
    calls.push({ stream, phone, address, ...(await connect(await startRelay(address), stream, number + 1)) })
  }
  expect(calls.map(({ edge }) => [edge.inner.address, edge.inner.rtpPort])).toEqual(
    expressways.map((at) => [at, 36_000]),
  )
  for (const [number, { client, crypto, outer }] of calls.entries()) client.send(crypto.protect(tone(number)), outer)
  for (const [number, { phone }] of calls.entries()) expect(await phone.received(1)).toEqual([tone(number)])
  for (const [number, { stream, phone, client, crypto }] of calls.entries()) {
    phone.send(tone(number, 0x2222), { address: stream.inside.address, port: stream.inside.rtpPort })
    expect((await client.received(1)).map((packet) => crypto.unprotect(packet))).toEqual([tone(number, 0x2222)])
  }
  for (const { stream, phone } of calls) {
    expect(phone.arrivals).toHaveLength(1)
    expect(Object.values(stream.statistics().outside.rtp.dropped).every((count) => count === 0)).toBe(true)
  }
})

test('a packet of another Expressway than the described one is a stranger’s, even with the right key', async () => {
  const { stream, phone } = await openStream()
  const { crypto, client, outer } = await connect(await startRelay(expressways[0]), stream, 1)
  const other = await Socket.open(expressways[1], 36_000)
  scope.defer(() => other.port.close())
  other.send(crypto.protect(tone(1)), { address: stream.outside.address, port: stream.outside.rtpPort })
  await waitFor('the stranger', () => stream.statistics().outside.rtp.dropped.stranger === 1)
  client.send(crypto.protect(tone(2)), outer)
  expect(await phone.received(1)).toEqual([tone(2)])
})

test('a stream that is described anew at another Expressway goes there', async () => {
  const { stream, phone } = await openStream()
  await connect(await startRelay(expressways[0]), stream, 1)
  const { client, crypto, outer } = await connect(await startRelay(expressways[1]), stream, 2)
  client.send(crypto.protect(tone(7)), outer)
  expect(await phone.received(1)).toEqual([tone(7)])
  phone.send(tone(8, 0x2222), { address: stream.inside.address, port: stream.inside.rtpPort })
  expect((await client.received(1)).map((packet) => crypto.unprotect(packet))).toEqual([tone(8, 0x2222)])
})
