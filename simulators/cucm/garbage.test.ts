import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Connection } from '#runtime/network.ts'
import type { RunningCluster } from './cluster.fixture.ts'
import { networkAt, smallCluster, startTestCluster } from './cluster.fixture.ts'
import { ScriptedDevice, sdp } from './scripted-device.fixture.ts'

let cluster: RunningCluster
let healthy: ScriptedDevice
const hostile = networkAt('127.78.3.51')

beforeAll(async () => {
  cluster = await startTestCluster('127.78.3.5', {
    ...smallCluster,
    enterpriseParameters: { clusterSecurityMode: 1 },
  })
  healthy = await ScriptedDevice.connect(networkAt('127.78.3.52'), '127.78.3.5', { name: 'CSFALICE', line: '1001' })
  healthy.register()
  await healthy.response(200)
})
afterAll(async () => {
  healthy[Symbol.dispose]()
  await cluster[Symbol.asyncDispose]()
})

async function throwAt(port: number, bytes: Buffer): Promise<Connection> {
  const to = { address: '127.78.3.5', port }
  const connection = await hostile.dialTcp({ to, protocol: 'garbage' })
  connection.stream.resume()
  connection.stream.write(bytes)
  return connection
}

async function expectHealthy(): Promise<void> {
  healthy.register()
  await healthy.response(200)
}

const sip = (start: string, ...lines: string[]) => Buffer.from([start, ...lines, '', ''].join('\r\n'))
const sound = [
  'Via: SIP/2.0/TCP 127.78.3.51;branch=z9hG4bKg',
  'From: <sip:1001@cucm1.example.com>;tag=g',
  'To: <sip:2001@cucm1.example.com>',
  'Call-ID: g',
]

const garbage: readonly [string, Buffer][] = [
  ['nothing but zeros', Buffer.alloc(20_000)],
  ['a TLS ClientHello in clear', Buffer.from('16030100c8010000c40303', 'hex')],
  ['an HTTP request', Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n')],
  ['a head without end', Buffer.from('INVITE sip:2001@cucm1.example.com SIP/2.0\r\n' + 'X: y\r\n'.repeat(5_000))],
  ['no Content-Length', sip('OPTIONS sip:a@b SIP/2.0', ...sound, 'CSeq: 1 OPTIONS')],
  ['two Content-Length', sip('OPTIONS sip:a@b SIP/2.0', ...sound, 'CSeq: 1 OPTIONS', 'l: 0', 'Content-Length: 9')],
  ['a huge Content-Length', sip('OPTIONS sip:a@b SIP/2.0', ...sound, 'CSeq: 1 OPTIONS', 'l: 999999999')],
  [
    'an unclosed quote in a header nobody reads',
    sip('OPTIONS sip:a@b SIP/2.0', ...sound, 'CSeq: 1 OPTIONS', 'P-Asserted-Identity: "x', 'Path: <sip:', 'l: 0'),
  ],
  ['a response out of nowhere', sip('SIP/2.0 200 OK', ...sound, 'CSeq: 1 INVITE', 'l: 0')],
  ['a BYE for no dialog', sip('BYE sip:a@b SIP/2.0', ...sound.with(2, 'To: <sip:a@b>;tag=x'), 'CSeq: 1 BYE', 'l: 0')],
  ['an ACK for nothing', sip('ACK sip:a@b SIP/2.0', ...sound, 'CSeq: 1 ACK', 'l: 0')],
  [
    'a REGISTER with Contact: *',
    sip('REGISTER sip:a SIP/2.0', ...sound, 'CSeq: 1 REGISTER', 'Contact: *', 'Expires: 0', 'l: 0'),
  ],
  ['an INVITE to a tel URI', sip('INVITE tel:+1 SIP/2.0', ...sound, 'CSeq: 1 INVITE', 'Contact: <mailto:a@b>', 'l: 0')],
  [
    'XML with a DTD',
    Buffer.from('POST /axl/ HTTP/1.1\r\nHost: a\r\nContent-Length: 30\r\n\r\n<!DOCTYPE a [<!ENTITY b "c">]>'),
  ],
]

describe.each([5060, 5061, 6970, 8443])('port %i', (port) => {
  test.each(garbage)('%s harms nobody else', async (_, bytes) => {
    const connection = await throwAt(port, bytes)
    await expectHealthy()
    connection.destroy()
  })
})

test('an INVITE with damage anywhere is answered or ignored, never fatal', async () => {
  const body = sdp('127.78.3.52', 16384, { video: true })
  const whole = Buffer.concat([
    sip(
      'INVITE sip:9999@cucm1.example.com SIP/2.0',
      ...sound,
      'CSeq: 1 INVITE',
      `Contact: ${healthy.contact}`,
      'Content-Type: application/sdp',
      `Content-Length: ${body.length}`,
    ),
    Buffer.from(body),
  ])
  const damage = fc.tuple(fc.nat(whole.length - 1), fc.uint8Array({ maxLength: 4 }), fc.nat(6))
  await fc.assert(
    fc.asyncProperty(fc.array(damage, { minLength: 1, maxLength: 3 }), async (damages) => {
      const broken = damages.reduce(
        (bytes, [at, insert, skip]) =>
          Buffer.concat([bytes.subarray(0, at), Buffer.from(insert), bytes.subarray(at + skip)]),
        whole,
      )
      ;(await throwAt(5060, broken)).stream.end()
    }),
    { numRuns: 100 },
  )
  await expectHealthy()
})

test('a device deleted while registered is forgotten, and cannot call', async () => {
  const devices = smallCluster.devices.filter((device) => device.name !== 'CSFALICE')
  await cluster.management.call('set', { path: 'users.0.devices', value: [] })
  await cluster.management.call('set', { path: 'devices', value: devices })
  const state = await cluster.management.call<{ registrations: unknown[] }>('state')
  expect(state.registrations).toEqual([])
  healthy.invite('2001', sdp('127.78.3.52', 16384))
  await healthy.response(403)
})
