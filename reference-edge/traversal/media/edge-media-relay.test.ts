import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { testHost } from '#runtime/test-host.fixture.ts'
import { waitFor } from '#runtime/wait.ts'
import { emptyReceiverReport } from '../../protocol/rtp/rtcp.ts'
import type { EdgeMediaStream } from './edge-media-relay.ts'
import { EdgeMediaRelay } from './edge-media-relay.ts'
import { master, opened, probe, SecureClient, Socket, tone } from './loopback.fixture.ts'

const addresses = { outer: '127.77.2.10', inner: '127.77.4.10', control: '127.77.3.10', client: '127.77.1.10' }
const clientKey = master(1)
const controlKey = master(90)

let scope: AsyncDisposableStack
let relay: EdgeMediaRelay
let stream: EdgeMediaStream
let control: Socket
let controlRtcp: Socket
let client: Socket
let clientCrypto: SecureClient
let controlCrypto: SecureClient

async function socket(address: string, port?: number): Promise<Socket> {
  const opened = await Socket.open(address, port)
  scope.defer(() => opened.port.close())
  return opened
}

beforeEach(async () => {
  scope = new AsyncDisposableStack()
  const { network } = testHost({ address: addresses.inner, otherAddresses: [addresses.outer] })
  relay = scope.use(
    await EdgeMediaRelay.start({ network, innerAddress: addresses.inner, outerAddress: addresses.outer }),
  )
  stream = opened(await relay.open({ label: 'audio' }))
  control = await socket(addresses.control)
  controlRtcp = await socket(addresses.control)
  client = await socket(addresses.client)
  clientCrypto = new SecureClient(clientKey, controlKey)
  controlCrypto = new SecureClient(controlKey, clientKey)
  const { port } = control.port.local
  stream.setControl({ address: addresses.control, rtpPort: port, rtcpPort: controlRtcp.port.local.port })
  stream.setClientCrypto(clientKey)
  stream.setControlCrypto(controlKey)
})

afterEach(() => scope.disposeAsync())

const outer = () => ({ address: stream.outer.address, port: stream.outer.rtpPort })
const inner = () => ({ address: stream.inner.address, port: stream.inner.rtpPort })
const figures = () => stream.statistics().rtp

/** Waits until the relay has dealt with so many datagrams on both sides of its RTP half. */
async function settled(fromClient: number, fromControl: number): Promise<void> {
  const handled = (side: 'fromClient' | 'fromControl') => {
    const { packets, dropped } = figures()[side]
    return packets + Object.values(dropped).reduce((sum, count) => sum + count, 0)
  }
  await waitFor(
    'the relay to take the datagrams',
    () => handled('fromClient') >= fromClient && handled('fromControl') >= fromControl,
    { lastSeen: figures },
  )
}

/** The Control and the client have both been heard. */
async function established(): Promise<void> {
  control.send(controlCrypto.protect(probe(1)), inner())
  await settled(0, 1)
  client.send(clientCrypto.protect(tone(1)), outer())
  await control.received(1)
}

test('uses the two demultiplexing ports inside and an even/odd pair outside', () => {
  expect(stream.inner).toEqual({ address: addresses.inner, rtpPort: 36_000, rtcpPort: 36_001 })
  expect(stream.outer.address).toBe(addresses.outer)
  expect(stream.outer.rtpPort % 2).toBe(0)
  expect(stream.outer.rtcpPort).toBe(stream.outer.rtpPort + 1)
  expect(stream.outer.rtpPort).toBeGreaterThanOrEqual(36_002)
})

test('passes SRTP through unchanged, both ways, from the pinned sources', async () => {
  await established()
  const wire = clientCrypto.protect(tone(2))
  client.send(wire, outer())
  expect((await control.received(2))[1]).toEqual(wire)
  expect(control.arrivals[1]!.from).toMatchObject(inner())
  const back = controlCrypto.protect(tone(1, 99))
  control.send(back, inner())
  expect((await client.received(1))[0]).toEqual(back)
  expect(client.arrivals[0]!.from).toMatchObject(outer())
  expect(figures().client).toEqual(client.port.local)
})

test('RTCP takes its own ports and pins its own source', async () => {
  const rtcpClient = await socket(addresses.client)
  controlRtcp.send(controlCrypto.protectControl(emptyReceiverReport(7)), { ...inner(), port: 36_001 })
  await waitFor('the Control’s RTCP', () => stream.statistics().rtcp.isControlHeard)
  const wire = clientCrypto.protectControl(emptyReceiverReport(8))
  rtcpClient.send(wire, { ...outer(), port: stream.outer.rtcpPort })
  expect((await controlRtcp.received(1))[0]).toEqual(wire)
  const full = controlCrypto.protectControl(Buffer.concat([emptyReceiverReport(7), Buffer.from('81ca0000', 'hex')]))
  controlRtcp.send(full, { ...inner(), port: 36_001 })
  expect((await rtcpClient.received(1))[0]).toEqual(full)
  expect(figures().isControlHeard).toBe(false)
})

test('sends nothing to the Control before it was heard, nothing to the client before it was', async () => {
  client.send(clientCrypto.protect(tone(1)), outer())
  await settled(1, 0)
  expect(figures().fromClient).toMatchObject({ packets: 1, undelivered: 1 })
  control.send(controlCrypto.protect(probe(1)), inner())
  await settled(1, 1)
  client.send(clientCrypto.protect(tone(2)), outer())
  expect(await control.received(1)).toHaveLength(1)
})

test('the Control’s probes end here', async () => {
  await established()
  control.send(controlCrypto.protect(probe(2)), inner())
  const media = [controlCrypto.protect(tone(3, 7)), controlCrypto.protect(tone(4, 7, 127))]
  for (const packet of media) control.send(packet, inner())
  expect(await client.received(2)).toEqual(media)
})

describe('what is not authentic', () => {
  test('a wrong key passes nothing and is counted', async () => {
    control.send(controlCrypto.protect(probe(1)), inner())
    client.send(new SecureClient(master(55), controlKey).protect(tone(1)), outer())
    await settled(1, 1)
    expect(figures().fromClient).toMatchObject({ packets: 0, dropped: { authentication: 1 } })
    expect(figures().client).toBeUndefined()
    expect(control.arrivals).toEqual([])
  })

  test('a wrong key at the Control’s own source opens nothing and passes nothing', async () => {
    control.send(new SecureClient(master(55), clientKey).protect(probe(1)), inner())
    client.send(clientCrypto.protect(tone(1)), outer())
    await settled(1, 1)
    expect(figures()).toMatchObject({
      isControlHeard: false,
      fromControl: { packets: 0, dropped: { authentication: 1 } },
    })
    control.send(new SecureClient(master(55), clientKey).protect(tone(2)), inner())
    const wire = controlCrypto.protect(tone(1, 99))
    control.send(wire, inner())
    control.send(wire, inner())
    await settled(1, 4)
    expect(figures().fromControl.dropped).toMatchObject({ authentication: 2, replay: 1 })
    expect(await client.received(1)).toEqual([wire])
    expect(control.arrivals).toEqual([])
  })

  test('nothing passes before the keys are known', async () => {
    const unkeyed = opened(await relay.open({ label: 'unkeyed' }))
    client.send(clientCrypto.protect(tone(1)), { address: unkeyed.outer.address, port: unkeyed.outer.rtpPort })
    await waitFor('the drop', () => unkeyed.statistics().rtp.fromClient.dropped.unkeyed === 1)
    expect(unkeyed.statistics().rtp.client).toBeUndefined()
  })

  test('a hundred bad packets do not end the call', async () => {
    await established()
    for (let count = 0; count < 100; count++) client.send(tone(200 + count), outer())
    await settled(101, 0)
    client.send(clientCrypto.protect(tone(2)), outer())
    await control.received(2)
    expect(figures().fromClient.dropped.authentication).toBe(100)
  })

  test('a replayed packet is dropped, from wherever it comes', async () => {
    await established()
    const wire = clientCrypto.protect(tone(2))
    client.send(wire, outer())
    await control.received(2)
    const copyist = await socket('127.77.1.66')
    client.send(wire, outer())
    copyist.send(wire, outer())
    await settled(4, 1)
    expect(figures().fromClient.dropped).toMatchObject({ replay: 1, stranger: 1 })
    expect(control.arrivals).toHaveLength(2)
  })

  test('a pinned client cannot be taken over, not even with the right key', async () => {
    await established()
    const thief = await socket('127.77.1.66')
    thief.send(clientCrypto.protect(tone(2)), outer())
    await settled(2, 1)
    control.send(controlCrypto.protect(tone(2, 99)), inner())
    await client.received(1)
    expect(figures().fromClient.dropped.stranger).toBe(1)
    expect(thief.arrivals).toEqual([])
    expect(control.arrivals).toHaveLength(1)
  })

  test('strangers on the demultiplexing pair are neither learnt nor answered', async () => {
    const stranger = await socket('127.77.3.66')
    const stun = Buffer.from('000100002112a442000102030405060708090a0b', 'hex')
    const clientHello = Buffer.from('16feff0000000000000000002f01', 'hex')
    for (const datagram of [stun, clientHello, controlCrypto.protect(probe(1)), Buffer.alloc(0)]) {
      stranger.send(datagram, inner())
    }
    await waitFor('the strangers to be counted', () => relay.strangers === 4, { lastSeen: () => relay.strangers })
    client.send(stun, outer())
    client.send(clientHello, outer())
    await settled(2, 0)
    expect(figures().isControlHeard).toBe(false)
    expect(figures().client).toBeUndefined()
    expect(stranger.arrivals).toEqual([])
    expect(client.arrivals).toEqual([])
  })
})

describe('keys that change in mid-call', () => {
  test('the old key is taken until the new one is first heard; the client may have moved with it', async () => {
    await established()
    const newKey = master(33, 'AES_CM_128_HMAC_SHA1_32')
    stream.setClientCrypto(newKey)
    client.send(clientCrypto.protect(tone(2)), outer())
    await control.received(2)
    const moved = await socket('127.77.1.11')
    moved.send(clientCrypto.protect(tone(3)), outer())
    await settled(3, 1)
    const wire = new SecureClient(newKey, controlKey).protect(tone(4))
    moved.send(wire, outer())
    expect((await control.received(3))[2]).toEqual(wire)
    client.send(clientCrypto.protect(tone(5)), outer())
    await settled(5, 1)
    expect(figures().fromClient.dropped).toMatchObject({ stranger: 2 })
    control.send(controlCrypto.protect(tone(2, 99)), inner())
    await moved.received(1)
    expect(client.arrivals).toEqual([])
  })

  test('a client that moved without a new key is learnt anew when its description says so', async () => {
    await established()
    const moved = await socket('127.77.1.11')
    stream.forgetClient()
    control.send(controlCrypto.protect(tone(2, 99)), inner())
    await settled(1, 2)
    const wire = clientCrypto.protect(tone(2))
    moved.send(wire, outer())
    expect((await control.received(2))[1]).toEqual(wire)
    const back = controlCrypto.protect(tone(3, 99))
    control.send(back, inner())
    expect(await moved.received(1)).toEqual([back])
    expect(client.arrivals).toEqual([])
  })

  test('the same key again forgets nothing', async () => {
    await established()
    const wire = clientCrypto.protect(tone(2))
    client.send(wire, outer())
    await control.received(2)
    stream.setClientCrypto({ ...clientKey, key: Buffer.from(clientKey.key) })
    client.send(wire, outer())
    await settled(3, 1)
    expect(figures().fromClient.dropped.replay).toBe(1)
  })
})

describe('streams', () => {
  test('of two calls are told apart by the Control’s port', async () => {
    await established()
    const second = opened(await relay.open({ label: 'second' }))
    const secondControl = await socket(addresses.control)
    const secondClient = await socket('127.77.1.12')
    const { port } = secondControl.port.local
    expect(second.setControl({ address: addresses.control, rtpPort: control.port.local.port, rtcpPort: 9 })).toBe(false)
    expect(second.setControl({ address: addresses.control, rtpPort: port, rtcpPort: port + 1 })).toBe(true)
    second.setClientCrypto(master(11))
    second.setControlCrypto(master(12))
    const secondCrypto = new SecureClient(master(12), master(11))
    secondControl.send(secondCrypto.protect(probe(1)), inner())
    await waitFor('the second Control stream', () => second.statistics().rtp.isControlHeard)
    const wire = new SecureClient(master(11), master(12)).protect(tone(1))
    secondClient.send(wire, { address: second.outer.address, port: second.outer.rtpPort })
    expect(await secondControl.received(1)).toEqual([wire])
    expect(control.arrivals).toHaveLength(1)
  })

  test('follow the Control to another port, which has to be heard first', async () => {
    await established()
    const moved = await socket(addresses.control)
    const { port } = moved.port.local
    expect(stream.setControl({ address: addresses.control, rtpPort: port, rtcpPort: port + 1 })).toBe(true)
    client.send(clientCrypto.protect(tone(2)), outer())
    await settled(2, 1)
    control.send(controlCrypto.protect(probe(2)), inner())
    await waitFor('the old source to be a stranger', () => relay.strangers === 1)
    moved.send(controlCrypto.protect(probe(3)), inner())
    await settled(2, 2)
    const wire = clientCrypto.protect(tone(3))
    client.send(wire, outer())
    expect(await moved.received(1)).toEqual([wire])
    expect(control.arrivals).toHaveLength(1)
  })

  test('free their ports and their source when they close', async () => {
    expect(relay.portsInUse).toBe(2)
    const { rtpPort } = stream.outer
    await stream.close()
    await stream.close()
    expect(relay.portsInUse).toBe(0)
    await socket(addresses.outer, rtpPort)
    const next = opened(await relay.open({ label: 'next' }))
    const { port } = control.port.local
    const rtcpPort = controlRtcp.port.local.port
    expect(next.setControl({ address: addresses.control, rtpPort: port, rtcpPort })).toBe(true)
  })

  test('are bounded in number and by the range, and end with the relay', async () => {
    const { network } = testHost({ address: '127.77.5.10' })
    const small = scope.use(
      await EdgeMediaRelay.start({
        network,
        demultiplexing: [{ rtp: 50_000, rtcp: 50_001 }],
        ports: { first: 50_002, last: 50_007 },
        mostStreams: 3,
      }),
    )
    const blocker = await socket('127.77.5.10', 50_005)
    opened(await small.open({ label: '1' }))
    opened(await small.open({ label: '2' }))
    expect(await small.open({ label: '3' })).toEqual({ refusal: 'no free port pair' })
    await blocker.port.close()
    const all = await Promise.all([small.open({ label: '3' }), small.open({ label: '4' })])
    expect(all.filter((one) => 'refusal' in one)).toEqual([{ refusal: 'too many streams' }])
    expect(small.portsInUse).toBe(6)
    await small.stop()
    await small.stop()
    expect(small.portsInUse).toBe(0)
    expect(await small.open({ label: '5' })).toEqual({ refusal: 'stopped' })
    await socket('127.77.5.10', 50_000)
  })
})

describe('a stream that is not encrypted', () => {
  test('passes well-formed packets, the client’s from where the first came', async () => {
    stream.setPlain()
    const stranger = await socket('127.77.1.11')
    control.send(probe(1), inner())
    client.send(tone(1), outer())
    await settled(1, 1)
    stranger.send(tone(2), outer())
    client.send(Buffer.from('no RTP at all'), outer())
    await settled(3, 1)
    expect(await control.received(1)).toEqual([tone(1)])
    expect(figures().fromClient.dropped).toMatchObject({ stranger: 1, malformed: 1 })
    control.send(tone(7), inner())
    expect(await client.received(1)).toEqual([tone(7)])
  })

  test('takes nothing in clear once it has keys', async () => {
    stream.setPlain()
    stream.setClientCrypto(clientKey)
    client.send(tone(1), outer())
    await settled(1, 0)
    expect(figures().fromClient.packets).toBe(0)
  })
})

test('two Controls use the same source ports at once, each heard by the client of its own stream', async () => {
  const secondAddress = '127.77.3.11'
  const { port } = control.port.local
  const rtcpPort = controlRtcp.port.local.port
  const second = opened(await relay.open({ label: 'through the other Control' }))
  expect(second.inner).toEqual(stream.inner)
  expect(second.setControl({ address: addresses.control, rtpPort: port, rtcpPort })).toBe(false)
  expect(second.setControl({ address: secondAddress, rtpPort: port, rtcpPort })).toBe(true)
  const [secondClientKey, secondControlKey] = [master(17), master(33)]
  second.setClientCrypto(secondClientKey)
  second.setControlCrypto(secondControlKey)
  const secondControl = await socket(secondAddress, port)
  const secondClient = await socket('127.77.1.11')
  const ofSecondClient = new SecureClient(secondClientKey, secondControlKey)
  const ofSecondControl = new SecureClient(secondControlKey, secondClientKey)
  await established()
  secondControl.send(ofSecondControl.protect(probe(1)), inner())
  await waitFor('the second Control', () => second.statistics().rtp.isControlHeard)
  const towardsSecond = ofSecondClient.protect(tone(1))
  secondClient.send(towardsSecond, { address: second.outer.address, port: second.outer.rtpPort })
  expect(await secondControl.received(1)).toEqual([towardsSecond])
  const [fromFirst, fromSecond] = [controlCrypto.protect(tone(5, 9)), ofSecondControl.protect(tone(5, 9))]
  control.send(fromFirst, inner())
  secondControl.send(fromSecond, inner())
  expect(await client.received(1)).toEqual([fromFirst])
  expect(await secondClient.received(1)).toEqual([fromSecond])
  expect(relay.strangers).toBe(0)
  await second.close()
  const again = controlCrypto.protect(tone(6, 9))
  control.send(again, inner())
  expect((await client.received(2))[1]).toEqual(again)
})
