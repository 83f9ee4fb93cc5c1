import { afterEach, beforeEach, expect, test } from 'vitest'
import { testHost } from '#runtime/test-host.fixture.ts'
import { waitFor } from '#runtime/wait.ts'
import type { ControlMediaStream } from './control-media.ts'
import { ControlMedia } from './control-media.ts'
import type { EdgeMediaStream } from './edge-media-relay.ts'
import { EdgeMediaRelay } from './edge-media-relay.ts'
import { opened, Socket } from './loopback.fixture.ts'

const addresses = { control: '127.79.3.10', expressway: '127.79.2.10', client: '127.79.1.10', device: '127.79.3.20' }

let scope: AsyncDisposableStack
let relay: EdgeMediaRelay
let edge: EdgeMediaStream
let control: ControlMediaStream
let client: Socket
let device: Socket
let clientHosts: string[]

async function socket(address: string): Promise<Socket> {
  const opened = await Socket.open(address)
  scope.defer(() => opened.port.close())
  return opened
}

/** Client – Expressway – Control – device, as the descriptions of a call would arrange it. */
beforeEach(async () => {
  scope = new AsyncDisposableStack()
  clientHosts = []
  relay = scope.use(await EdgeMediaRelay.start({ network: testHost({ address: addresses.expressway }).network }))
  const media = scope.use(new ControlMedia({ network: testHost({ address: addresses.control }).network }))
  client = await socket(addresses.client)
  device = await socket(addresses.device)
  const isClientHost = (address: string) => clientHosts.includes(address)
  edge = opened(await relay.open({ label: 'floor', carries: 'BFCP', isClientHost }))
  control = opened(await media.open({ label: 'floor', carries: 'BFCP' }))
  edge.setControl(control.outside)
  edge.setClient(at(client))
  control.setOutsideRemote(edge.inner)
  control.setInsideRemote(at(device))
  await waitFor('the Control’s probe', () => edge.statistics().rtp.isControlHeard)
})
afterEach(() => scope.disposeAsync())

function at({ port }: Socket) {
  return { address: port.local.address, rtpPort: port.local.port, rtcpPort: port.local.port + 1 }
}

const outer = () => ({ address: edge.outer.address, port: edge.outer.rtpPort })
const inside = () => ({ address: control.inside.address, port: control.inside.rtpPort })
const droppedAtEdge = () => edge.statistics().rtp.fromClient.dropped

/** Hello of a user, RFC 8855 §5.3.11. */
function hello(transaction: number, version = 2): Buffer {
  const message = Buffer.from([version << 5, 11, 0, 0, 0, 0, 0, 3, 0, 0, 0, 4])
  message.writeUInt16BE(transaction, 8)
  return message
}

test('messages pass both ways unchanged; probes end at the Expressway', async () => {
  client.send(hello(1), outer())
  expect(await device.received(1)).toEqual([hello(1)])
  device.send(hello(2), inside())
  expect(await client.received(1)).toEqual([hello(2)])
  expect(control.statistics().outside.rtp.packets).toBe(1)
  expect(edge.inner.rtpPort).toBe(36_000)
  expect(control.outside).not.toHaveProperty('crypto')
})

test('a stranger is neither learnt nor answered, on the outer port, the one above it, and the multiplexed one', async () => {
  const stranger = await socket('127.79.1.66')
  const other = await socket(addresses.client)
  stranger.send(hello(1), outer())
  other.send(hello(1), outer())
  stranger.send(hello(1), { ...outer(), port: outer().port + 1 })
  stranger.send(hello(1), { address: addresses.expressway, port: 36_000 })
  const strangeOf = () => droppedAtEdge().stranger + edge.statistics().rtcp.fromClient.dropped.stranger
  await waitFor('all four', () => strangeOf() === 3 && relay.strangers === 1)
  client.send(hello(2), outer())
  expect(await device.received(1)).toEqual([hello(2)])
  expect([stranger.arrivals, other.arrivals]).toEqual([[], []])
  expect(edge.statistics().rtp.client).toEqual(client.port.local)
})

test('a stranger inside is not taken either, not even from another port of the device', async () => {
  const other = await socket(addresses.device)
  other.send(hello(1), inside())
  await waitFor('the datagram', () => control.statistics().inside.rtp.dropped.stranger === 1)
  device.send(hello(2), inside())
  await waitFor('the good one', () => edge.statistics().rtp.fromControl.undelivered === 1)
})

test('what is no message is dropped at the first VCS it meets', async () => {
  for (const packet of [Buffer.alloc(0), Buffer.alloc(40, 0x80), hello(1, 3), Buffer.concat([hello(1), hello(2)])])
    client.send(packet, outer())
  await waitFor('four of them', () => droppedAtEdge().malformed >= 3)
  device.send(Buffer.alloc(172, 0x80), inside())
  await waitFor('one inside', () => control.statistics().inside.rtp.dropped.malformed === 1)
  expect(device.arrivals).toEqual([])
})

test('the inside may speak first where the client’s host is known from its media, not where it merely says so', async () => {
  device.send(hello(1), inside())
  await waitFor('the message', () => edge.statistics().rtp.fromControl.undelivered === 1)
  expect(client.arrivals).toEqual([])
  clientHosts = [addresses.client]
  device.send(hello(2), inside())
  expect(await client.received(1)).toEqual([hello(2)])
})

test('a client that describes another port is taken there only', async () => {
  client.send(hello(1), outer())
  await device.received(1)
  const moved = await socket(addresses.client)
  edge.setClient(at(moved))
  client.send(hello(2), outer())
  await waitFor('the old port', () => droppedAtEdge().stranger === 1)
  moved.send(hello(3), outer())
  expect(await device.received(2)).toEqual([hello(1), hello(3)])
})
