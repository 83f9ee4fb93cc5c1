import { afterEach, beforeEach, expect, test } from 'vitest'
import { testHost } from '#runtime/test-host.fixture.ts'
import { waitFor } from '#runtime/wait.ts'
import type { EdgeMediaStream } from './edge-media-relay.ts'
import { EdgeMediaRelay } from './edge-media-relay.ts'
import { master, opened, probe, SecureClient, Socket, tone } from './loopback.fixture.ts'
import { mediaPortPlans } from './media-ports.ts'

const addresses = { edge: '127.77.8.10', control: '127.77.8.30', client: '127.77.8.71', stranger: '127.77.8.66' }
const { multiplexed, calls } = mediaPortPlans['Large VM']

let scope: AsyncDisposableStack
let relay: EdgeMediaRelay

beforeEach(async () => {
  scope = new AsyncDisposableStack()
  const { network } = testHost({ address: addresses.edge })
  relay = scope.use(await EdgeMediaRelay.start({ network, demultiplexing: multiplexed, ports: calls }))
})

afterEach(() => scope.disposeAsync())

async function socket(address: string, port?: number): Promise<Socket> {
  const made = await Socket.open(address, port)
  scope.defer(() => made.port.close())
  return made
}

/** A stream between two sockets with keys of its own. */
async function connect(number: number) {
  const stream = opened(await relay.open({ label: `stream ${number}` }))
  const [control, client] = [await socket(addresses.control), await socket(addresses.client)]
  const [clientKey, controlKey] = [master(number), master(100 + number)]
  const { port } = control.port.local
  expect(stream.setControl({ address: addresses.control, rtpPort: port, rtcpPort: port + 1 })).toBe(true)
  stream.setClientCrypto(clientKey)
  stream.setControlCrypto(controlKey)
  return {
    stream,
    control,
    client,
    clientCrypto: new SecureClient(clientKey, controlKey),
    controlCrypto: new SecureClient(controlKey, clientKey),
  }
}

const inner = ({ inner: { address, rtpPort } }: EdgeMediaStream) => ({ address, port: rtpPort })
const outer = ({ outer: { address, rtpPort } }: EdgeMediaStream) => ({ address, port: rtpPort })

test('streams take the pairs in turn, and per-call ports begin behind them', async () => {
  const streams = []
  for (let number = 0; number < 7; number++) streams.push(opened(await relay.open({ label: `${number}` })))
  const used = streams.map((stream) => stream.inner)
  expect(used.map(({ rtpPort }) => rtpPort)).toEqual([36_000, 36_002, 36_004, 36_006, 36_008, 36_010, 36_000])
  expect(used.every(({ rtpPort, rtcpPort }) => rtcpPort === rtpPort + 1)).toBe(true)
  for (const stream of streams) expect(stream.outer.rtpPort).toBeGreaterThanOrEqual(36_012)
})

test('media passes both ways over each pair, and leaves from the port it came to', async () => {
  for (const number of multiplexed.keys()) {
    const { stream, control, client, clientCrypto, controlCrypto } = await connect(number)
    control.send(controlCrypto.protect(probe(1)), inner(stream))
    await waitFor('the Control', () => stream.statistics().rtp.isControlHeard)
    const [there, back] = [clientCrypto.protect(tone(1)), controlCrypto.protect(tone(2, 99))]
    client.send(there, outer(stream))
    expect(await control.received(1)).toEqual([there])
    expect(control.arrivals[0]!.from).toMatchObject({ address: addresses.edge, port: multiplexed[number]!.rtp })
    control.send(back, inner(stream))
    expect(await client.received(1)).toEqual([back])
  }
})

test('a stream is not reached through the pair of another one', async () => {
  const [one, other] = [await connect(1), await connect(2)]
  one.control.send(one.controlCrypto.protect(probe(1)), inner(other.stream))
  await waitFor('the stranger to be counted', () => relay.strangers === 1)
  expect(one.stream.statistics().rtp.isControlHeard).toBe(false)
  expect(other.stream.statistics().rtp.isControlHeard).toBe(false)
})

test('strangers on every pair are counted together and not answered', async () => {
  const stranger = await socket(addresses.stranger)
  for (const { rtp, rtcp } of multiplexed) {
    for (const port of [rtp, rtcp]) stranger.send(Buffer.from('hello'), { address: addresses.edge, port })
  }
  await waitFor('the strangers', () => relay.strangers === 2 * multiplexed.length)
  expect(stranger.arrivals).toEqual([])
})

test('a pair that is taken keeps none of the others open', async () => {
  const { network } = testHost({ address: addresses.stranger })
  const taken = await socket(addresses.stranger, 36_006)
  await expect(EdgeMediaRelay.start({ network, demultiplexing: multiplexed })).rejects.toMatchObject({
    code: 'EADDRINUSE',
  })
  await taken.port.close()
  scope.use(await EdgeMediaRelay.start({ network, demultiplexing: multiplexed }))
})

test('a relay that has stopped leaves all its ports', async () => {
  opened(await relay.open({ label: 'open' }))
  await relay.stop()
  expect(relay.portsInUse).toBe(0)
  const { network } = testHost({ address: addresses.edge })
  scope.use(await EdgeMediaRelay.start({ network, demultiplexing: multiplexed }))
})
