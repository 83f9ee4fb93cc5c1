import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { RtpPacket, SrtpSession } from 'werift'
import { testHost } from '#runtime/test-host.fixture.ts'
import { waitFor } from '#runtime/wait.ts'
import { emptyReceiverReport } from '../../protocol/rtp/rtcp.ts'
import { SrtpReceiver } from '../../protocol/rtp/srtp.ts'
import type { SrtpMaster } from '../../protocol/rtp/srtp-keys.ts'
import type { ControlMediaStream } from './control-media.ts'
import { ControlMedia } from './control-media.ts'
import { EdgeMediaRelay } from './edge-media-relay.ts'
import { master, opened, payloadType, SecureClient, Socket, tone } from './loopback.fixture.ts'

const addresses = { control: '127.78.3.10', expressway: '127.78.2.10', client: '127.78.1.10', phone: '127.78.3.20' }
const probes = { openingMs: 10, openingCount: 5, keepaliveMs: 20_000 }

let scope: AsyncDisposableStack
let media: ControlMedia
let stream: ControlMediaStream
let phone: Socket
let phoneRtcp: Socket

async function socket(address: string, port?: number): Promise<Socket> {
  const opened = await Socket.open(address, port)
  scope.defer(() => opened.port.close())
  return opened
}

const controlHost = testHost({ address: addresses.control })

beforeEach(async () => {
  scope = new AsyncDisposableStack()
  media = scope.use(new ControlMedia({ network: controlHost.network, probes }))
  stream = opened(await media.open({ label: 'audio' }))
  phone = await socket(addresses.phone)
  phoneRtcp = await socket(addresses.phone)
  const rtpPort = phone.port.local.port
  stream.setInsideRemote({ address: addresses.phone, rtpPort, rtcpPort: phoneRtcp.port.local.port })
})

afterEach(() => scope.disposeAsync())

const inside = () => ({ address: stream.inside.address, port: stream.inside.rtpPort })
const outside = () => ({ address: stream.outside.address, port: stream.outside.rtpPort })

describe.each(['AES_CM_128_HMAC_SHA1_80', 'AES_CM_128_HMAC_SHA1_32'] as const)('a whole call with %s', (suite) => {
  const clientKey = master(1, suite)
  let relay: EdgeMediaRelay
  let client: Socket

  /** Client – Expressway – Control – phone, as the descriptions of a call would arrange it. */
  async function call(keyTheClientSends: SrtpMaster = clientKey) {
    relay = scope.use(await EdgeMediaRelay.start({ network: testHost({ address: addresses.expressway }).network }))
    const edge = opened(await relay.open({ label: 'audio' }))
    client = await socket(addresses.client)
    const controlKey = { suite, key: stream.outside.crypto!.key }
    edge.setControl(stream.outside)
    edge.setClientCrypto(clientKey)
    edge.setControlCrypto(controlKey)
    stream.setOutsideRemote({ ...edge.inner, crypto: clientKey })
    await waitFor('the Control’s probes', () => edge.statistics().rtp.isControlHeard)
    const outer = { address: edge.outer.address, port: edge.outer.rtpPort }
    return { edge, outer, crypto: new SecureClient(keyTheClientSends, controlKey) }
  }

  test('carries the tone from client to phone and back', async () => {
    const { outer, crypto } = await call()
    const there = Array.from({ length: 20 }, (_, index) => tone(65_530 + index - (index > 5 ? 65_536 : 0), 0x1111))
    for (const packet of there) client.send(crypto.protect(packet), outer)
    expect(await phone.received(20)).toEqual(there)
    const back = Array.from({ length: 20 }, (_, index) => tone(index, 0x2222))
    for (const packet of back) phone.send(packet, inside())
    expect((await client.received(20)).map((packet) => crypto.unprotect(packet))).toEqual(back)
    expect(stream.statistics()).toMatchObject({
      outside: { sent: 20, reception: { packets: 20, lost: 0, octets: 20 * 172 } },
      inside: { sent: 20, reception: { packets: 20, lost: 0 } },
    })
  })

  // The other implementation has the long suite only.
  if (suite.endsWith('80'))
    test('carries what another SRTP implementation sends and is read by it', async () => {
      const { outer } = await call()
      const controlKey = stream.outside.crypto!.key
      const foreign = new SrtpSession({
        profile: 1,
        keys: {
          localMasterKey: Buffer.from(clientKey.key.subarray(0, 16)),
          localMasterSalt: Buffer.from(clientKey.key.subarray(16)),
          remoteMasterKey: Buffer.from(controlKey.subarray(0, 16)),
          remoteMasterSalt: Buffer.from(controlKey.subarray(16)),
        },
      })
      const there = [tone(1), tone(2), tone(3)]
      for (const packet of there) {
        const { header, payload } = RtpPacket.deSerialize(packet)
        client.send(foreign.encrypt(payload, header), outer)
      }
      expect(await phone.received(3)).toEqual(there)
      phone.send(tone(9), inside())
      const [back] = await client.received(1)
      expect(Buffer.from(foreign.decrypt(back!))).toEqual(tone(9))
    })

  test('follows another source under the same keys, as behind a transfer, from any sequence number on', async () => {
    const { outer, crypto } = await call()
    const there = [tone(40_000, 0x1111), tone(65_000, 0x3333), tone(3, 0x4444), tone(40_001, 0x1111)]
    for (const packet of there) client.send(crypto.protect(packet), outer)
    expect(await phone.received(4)).toEqual(there)
    const back = [tone(9, 0x2222), tone(60_000, 0x5555)]
    for (const packet of back) phone.send(packet, inside())
    expect((await client.received(2)).map((packet) => crypto.unprotect(packet))).toEqual(back)
  })

  test('with a wrong key brings nothing to the phone and says why', async () => {
    const { edge, outer, crypto } = await call(master(99, suite))
    for (let count = 0; count < 5; count++) client.send(crypto.protect(tone(count)), outer)
    await waitFor('the drops', () => edge.statistics().rtp.fromClient.dropped.authentication === 5)
    expect(phone.arrivals).toEqual([])
    expect(stream.statistics().outside.reception.packets).toBe(0)
  })
})

describe('the outside leg', () => {
  const farKey = master(1)
  let expressway: Socket
  let expresswayRtcp: Socket
  let far: SecureClient

  beforeEach(async () => {
    expressway = await socket(addresses.expressway, 36_000)
    expresswayRtcp = await socket(addresses.expressway, 36_001)
    far = new SecureClient(farKey, stream.outside.crypto!)
  })

  const remote = () => ({ address: addresses.expressway, rtpPort: 36_000, rtcpPort: 36_001, crypto: farKey })

  test('opens the way with authenticated probes, so many and no more, then keeps it open', async () => {
    stream.setOutsideRemote(remote())
    const [probe] = await expressway.received(probes.openingCount)
    expect(payloadType(far.unprotect(probe!))).toBe(127)
    const [report] = await expresswayRtcp.received(probes.openingCount)
    const receiver = new SrtpReceiver(stream.outside.crypto!)
    expect(receiver.verifyControlOnly(report!)).toBeUndefined()
    await controlHost.wall.advance(20_000)
    await expressway.received(probes.openingCount + 1)
    await controlHost.wall.advance(20_000)
    expect(await expressway.received(probes.openingCount + 2)).toHaveLength(probes.openingCount + 2)
    expect(expressway.arrivals[0]!.from).toMatchObject(outside())
  })

  test('takes only what comes from there, is authentic and new', async () => {
    stream.setOutsideRemote(remote())
    const other = await socket(addresses.expressway)
    const first = far.protect(tone(1))
    other.send(first, outside())
    expressway.send(first, outside())
    expressway.send(first, outside())
    expressway.send(new SecureClient(master(9), farKey).protect(tone(2)), outside())
    expressway.send(Buffer.from('000100002112a442000102030405060708090a0b', 'hex'), outside())
    await waitFor('the drops', () => stream.statistics().outside.rtp.dropped.malformed === 1)
    expect(stream.statistics().outside.rtp).toMatchObject({
      packets: 1,
      dropped: { stranger: 1, replay: 1, authentication: 1, malformed: 1 },
    })
    expect(await phone.received(1)).toEqual([tone(1)])
  })

  test('changes keys on both sides of it', async () => {
    stream.setOutsideRemote(remote())
    const newKey = master(44, 'AES_CM_128_HMAC_SHA1_32')
    const own = { suite: newKey.suite, key: stream.renewKey('outside') }
    stream.setOutsideRemote({ ...remote(), crypto: newKey })
    const renewed = new SecureClient(newKey, own)
    expressway.send(far.protect(tone(1)), outside())
    expressway.send(renewed.protect(tone(2)), outside())
    expressway.send(far.protect(tone(3)), outside())
    // One that the new key's first packet has overtaken is not lost.
    expect(await phone.received(3)).toEqual([tone(1), tone(2), tone(3)])
    let late = 3
    await waitFor('the old key to be refused', () => {
      expressway.send(far.protect(tone(++late)), outside())
      return stream.statistics().outside.rtp.dropped.authentication > 0
    })
    const passed = phone.arrivals.length
    expressway.send(far.protect(tone(++late)), outside())
    expressway.send(renewed.protect(tone(1_000)), outside())
    expect((await phone.received(passed + 1)).at(-1)).toEqual(tone(1_000))
    const probeCount = expressway.arrivals.length
    phone.send(tone(9), inside())
    await waitFor('the tone', () =>
      expressway.arrivals.slice(probeCount).some(({ datagram }) => datagram.length === 176),
    )
    const tonePacket = expressway.arrivals.find(({ datagram }) => datagram.length === 176)!
    expect(renewed.unprotect(tonePacket.datagram)).toEqual(tone(9))
  })

  test('changes the suite under the key it has', async () => {
    stream.setOutsideRemote(remote())
    phone.send(tone(1), inside())
    await waitFor('the long tag', () => expressway.arrivals.some(({ datagram }) => datagram.length === 182))
    stream.setOutsideRemote({ ...remote(), crypto: { ...farKey, suite: 'AES_CM_128_HMAC_SHA1_32' } })
    phone.send(tone(2), inside())
    const isShort = ({ datagram }: { datagram: Buffer }) => datagram.length === 176
    const arrival = await waitFor('the short tag', () => expressway.arrivals.find(isShort))
    const crypto = { ...stream.outside.crypto!, suite: 'AES_CM_128_HMAC_SHA1_32' as const }
    expect(new SecureClient(farKey, crypto).unprotect(arrival.datagram)).toEqual(tone(2))
  })

  test('needs the key of its other end', () => {
    expect(() => stream.setOutsideRemote({ address: addresses.expressway, rtpPort: 1, rtcpPort: 2 })).toThrow(TypeError)
  })

  test('carries reports and remembers what they said', async () => {
    stream.setOutsideRemote(remote())
    const report = Buffer.from(
      '81c90007' + '00000001' + '00001234' + '10000005' + '00010000' + '00000040' + '0000000000000000',
      'hex',
    )
    expresswayRtcp.send(far.protectControl(report), { ...outside(), port: stream.outside.rtcpPort })
    expect(await phoneRtcp.received(1)).toEqual([report])
    expect(stream.statistics().outside.reported).toMatchObject({ fractionLost: 16, cumulativeLost: 5, jitter: 64 })
    const before = expresswayRtcp.arrivals.length
    phoneRtcp.send(emptyReceiverReport(3), { ...inside(), port: stream.inside.rtcpPort })
    await expresswayRtcp.received(before + 1)
  })
})

describe('the inside leg', () => {
  test('takes only what comes from the address signalled, and one port of it', async () => {
    const elsewhere = await socket('127.78.3.66')
    const samePlace = await socket(addresses.phone)
    elsewhere.send(tone(1), inside())
    phone.send(tone(2), inside())
    phone.send(tone(3), inside())
    samePlace.send(tone(4), inside())
    phone.send(Buffer.from('nonsense'), inside())
    await waitFor('the drops', () => stream.statistics().inside.rtp.dropped.malformed === 1)
    expect(stream.statistics().inside.rtp).toMatchObject({ packets: 2, undelivered: 2, dropped: { stranger: 2 } })
  })

  test('takes another source port of that address until the signalled one is heard, and answers the signalled one', async () => {
    const asymmetric = await socket(addresses.phone)
    asymmetric.send(tone(1), inside())
    await waitFor('the first', () => stream.statistics().inside.rtp.packets === 1)
    phone.send(tone(2), inside())
    await waitFor('the second', () => stream.statistics().inside.rtp.packets === 2)
    asymmetric.send(tone(3), inside())
    await waitFor('the stranger', () => stream.statistics().inside.rtp.dropped.stranger === 1)
  })

  test('has no remote end where the address is no host’s', async () => {
    for (const address of ['0.0.0.0', 'phone.example.com', '239.1.1.1', '::1', '1.2.3', '1.2.3.4.5', '']) {
      stream.setInsideRemote({ address, rtpPort: 20_000, rtcpPort: 20_001 })
      phone.send(tone(1), inside())
    }
    stream.setInsideRemote({ address: addresses.phone, rtpPort: 0, rtcpPort: 1 })
    phone.send(tone(1), inside())
    await waitFor('the drops', () => stream.statistics().inside.rtp.dropped.stranger === 8)
  })

  test('meets another call’s inside leg when both parties are outside', async () => {
    const second = opened(await media.open({ label: 'other call' }))
    stream.setInsideRemote(second.inside)
    second.setInsideRemote(stream.inside)
    const clients = await Promise.all([socket(addresses.expressway, 36_000), socket('127.78.2.11', 36_000)])
    const remoteOf = (address: string, crypto: SrtpMaster) => ({ address, rtpPort: 36_000, rtcpPort: 36_001, crypto })
    stream.setOutsideRemote(remoteOf(addresses.expressway, master(1)))
    second.setOutsideRemote(remoteOf('127.78.2.11', master(2)))
    clients[0].send(new SecureClient(master(1), master(1)).protect(tone(5)), outside())
    const isTone = ({ datagram }: { datagram: Buffer }) => datagram.length === 182
    const arrival = await waitFor('the tone', () => clients[1].arrivals.find(isTone))
    expect(new SecureClient(master(2), second.outside.crypto!).unprotect(arrival.datagram)).toEqual(tone(5))
  })
})

test('on hold media is counted and not passed on', async () => {
  const expressway = await socket(addresses.expressway, 36_000)
  stream.setOutsideRemote({ address: addresses.expressway, rtpPort: 36_000, rtcpPort: 36_001, crypto: master(1) })
  const far = new SecureClient(master(1), stream.outside.crypto!)
  stream.setDirection({ toInside: false, toOutside: true })
  expressway.send(far.protect(tone(1)), outside())
  await waitFor('the packet', () => stream.statistics().outside.rtp.undelivered === 1)
  stream.setDirection({ toInside: true, toOutside: true })
  expressway.send(far.protect(tone(2)), outside())
  expect(await phone.received(1)).toEqual([tone(2)])
})

test('streams free their ports, are bounded and end with the service', async () => {
  expect(media.portsInUse).toBe(4)
  const { rtpPort } = stream.inside
  await stream.close()
  expect(media.portsInUse).toBe(0)
  await socket(addresses.control, rtpPort)
  const one = scope.use(new ControlMedia({ network: controlHost.network, mostStreams: 1 }))
  opened(await one.open({ label: 'a' }))
  expect(await one.open({ label: 'b' })).toEqual({ refusal: 'too many streams' })
  const range = { first: 41_000, last: 41_003 }
  const tight = scope.use(new ControlMedia({ network: testHost({ address: '127.78.3.11' }).network, ports: range }))
  opened(await tight.open({ label: 'a' }))
  expect(await tight.open({ label: 'b' })).toEqual({ refusal: 'no free port pair' })
  await tight.stop()
  expect(tight.portsInUse).toBe(0)
  expect(await tight.open({ label: 'c' })).toEqual({ refusal: 'stopped' })
})

describe('a leg that need not be encrypted', () => {
  test('is in clear where its other end has no key, and encrypted where it has', async () => {
    const either = opened(await media.open({ label: 'audio', mayOutsideBePlain: true }))
    expect(either.outside.crypto).toBeDefined()
    const far = await socket(addresses.expressway)
    const remote = { address: addresses.expressway, rtpPort: far.port.local.port, rtcpPort: 9 }
    either.setInsideRemote({ address: addresses.phone, rtpPort: phone.port.local.port, rtcpPort: 9 })
    either.setOutsideRemote(remote)
    expect(payloadType((await far.received(1))[0]!)).toBe(127)
    far.send(tone(1), { address: either.outside.address, port: either.outside.rtpPort })
    expect(await phone.received(1)).toEqual([tone(1)])
    const before = far.arrivals.length
    either.setOutsideRemote({ ...remote, crypto: master(5) })
    const received = await far.received(before + 1)
    expect(received.at(-1)!.length).toBeGreaterThan(12)
    far.send(tone(2), { address: either.outside.address, port: either.outside.rtpPort })
    await waitFor('the clear packet to be refused', () => {
      const { dropped } = either.statistics().outside.rtp
      return Object.values(dropped).some((count) => count > 0)
    })
  })

  test('passes what the ends encrypt among themselves', async () => {
    const through = opened(await media.open({ label: 'audio', isOutsideSecure: false, isOpaque: true }))
    const far = await socket(addresses.expressway)
    const farRtcp = await socket(addresses.expressway)
    const rtcpPort = phoneRtcp.port.local.port
    through.setInsideRemote({ address: addresses.phone, rtpPort: phone.port.local.port, rtcpPort })
    const remote = { rtpPort: far.port.local.port, rtcpPort: farRtcp.port.local.port }
    through.setOutsideRemote({ address: addresses.expressway, ...remote })
    const client = new SecureClient(master(3), master(4))
    const [packet, report] = [client.protect(tone(1)), client.protectControl(emptyReceiverReport(7))]
    far.send(packet, { address: through.outside.address, port: through.outside.rtpPort })
    farRtcp.send(report, { address: through.outside.address, port: through.outside.rtcpPort })
    expect(await phone.received(1)).toEqual([packet])
    expect(await phoneRtcp.received(1)).toEqual([report])
    expect(through.outside.crypto).toBeUndefined()
  })
})
