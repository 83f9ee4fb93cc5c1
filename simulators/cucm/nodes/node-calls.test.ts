import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Host } from '#runtime/host.ts'
import type { HostNetwork } from '#runtime/network.ts'
import { testHost } from '#runtime/test-host.fixture.ts'
import { waitFor } from '#runtime/wait.ts'
import { cseq, header } from '#simulators/protocol/sip/message.ts'
import { smallCluster, testIdentity } from '../cluster.fixture.ts'
import { ScriptedDevice, sdp } from '../scripted-device.fixture.ts'
import { startUnifiedCm } from '../start.ts'

const names = { 'cucm1.example.com': '127.77.3.20', 'cucm2.example.com': '127.77.3.21' }
const [one, two] = Object.values(names) as [string, string]
const aliceDevice = { name: 'CSFALICE', line: '1001' }
const bobDevice = { name: 'SEP0000000000B0', line: '2001' }

let disposables = new AsyncDisposableStack()
beforeEach(() => void (disposables = new AsyncDisposableStack()))
afterEach(() => disposables.disposeAsync())

const networkAt = (address: string): HostNetwork => testHost({ address }).network

async function startNode(name: 'cucm1' | 'cucm2'): Promise<Host> {
  const fqdn = `${name}.example.com` as const
  const data = mkdtempSync(join(tmpdir(), 'mra-cucm-node-'))
  disposables.defer(() => rmSync(data, { recursive: true, force: true }))
  const { environment } = testHost({ name, address: names[fqdn], names, identity: testIdentity })
  const servers = Object.keys(names).map((each) => ({ name: each.split('.')[0], fqdn: each }))
  const configuration = { ...smallCluster, nodeName: name, fqdn, servers }
  const host = await startUnifiedCm({ ...environment, data }, configuration, new AbortController().signal)
  disposables.defer(() => host.stop())
  return host
}

async function register(node: string, from: string, who: typeof aliceDevice): Promise<ScriptedDevice> {
  const device = await ScriptedDevice.connect(networkAt(from), node, who)
  disposables.use(device)
  device.register()
  await device.response(200)
  return device
}

test('a device at one node calls a device at the other one', async () => {
  const first = await startNode('cucm1')
  await startNode('cucm2')
  const alice = await register(one, '127.77.3.31', aliceDevice)
  const bob = await register(two, '127.77.3.32', bobDevice)
  alice.invite('2001', sdp(alice.address, 16384))
  const invite = await bob.incoming('INVITE')
  expect(header(invite, 'From')).toContain('"Alice Adams" <sip:1001@cucm2.example.com>')
  bob.respond(invite, '180 Ringing')
  await alice.response(180)
  bob.respond(invite, '200 OK', sdp(bob.address, 20000))
  const answer = await alice.response(200, 'INVITE')
  expect(answer.body.toString()).toContain('m=audio 20000')
  alice.inDialog('ACK', answer, { sequence: cseq(answer).number })
  const ack = await bob.incoming('ACK')
  expect(`${String(invite.body)}${String(ack.body)}`).toContain('m=audio 16384')
  alice.inDialog('BYE', answer)
  await alice.response(200, 'BYE')
  bob.respond(await bob.incoming('BYE'), '200 OK')
  const { calls } = (await first.management['history']!({} as never)) as { calls: Array<{ to: unknown }> }
  expect(calls.at(-1)!.to).toEqual({ number: '2001', device: 'cucm2' })
})

test('a number that nobody has registered anywhere is unavailable, also where the other node is dead', async () => {
  await startNode('cucm1')
  const second = await startNode('cucm2')
  const alice = await register(one, '127.77.3.31', aliceDevice)
  for (const isDead of [false, true]) {
    if (isDead) await second.stop()
    alice.invite('2001', sdp(alice.address, 16384))
    await alice.response(480)
  }
})

test('nobody but a node is spoken to on the port between nodes', async () => {
  await startNode('cucm1')
  const { stream } = await networkAt('127.77.3.66').dialTcp({ to: { address: one, port: 8002 }, protocol: 'SIP' })
  let isClosed = false
  stream.once('close', () => (isClosed = true))
  await waitFor('the connection to be closed', () => isClosed)
})
