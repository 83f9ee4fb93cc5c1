import { afterEach, beforeEach, expect, test } from 'vitest'
import { waitFor } from '#runtime/wait.ts'
import { header } from '#simulators/protocol/sip/message.ts'
import type { RunningCluster } from '../cluster.fixture.ts'
import { networkAt, smallCluster, startTestCluster } from '../cluster.fixture.ts'
import { ScriptedDevice } from '../scripted-device.fixture.ts'

let cluster: RunningCluster
let alice: ScriptedDevice

beforeEach(async () => {
  cluster = await startTestCluster('127.78.3.1', { ...smallCluster, sendMessageWaiting: false })
  alice = await ScriptedDevice.connect(networkAt('127.78.3.21'), '127.78.3.1', { name: 'CSFALICE', line: '1001' })
})
afterEach(async () => {
  alice[Symbol.dispose]()
  await cluster[Symbol.asyncDispose]()
})

const registered = async () =>
  (await cluster.management.call<{ registrations: { device: string; line: string; source: string }[] }>('state'))
    .registrations

test('grants 120 s whatever was asked, marks a new registration, and gives its body to a client that sent one', async () => {
  alice.register({ expires: 3600, body: true })
  await alice.response(100)
  const answer = await alice.response(200)
  expect(header(answer, 'Expires')).toBe('120')
  expect(header(answer, 'Server')).toBe('Cisco-CUCM9.1')
  expect(header(answer, 'Date')).toMatch(/GMT$/)
  expect(header(answer, 'Contact')).toBe(`${alice.contact}${alice.deviceParameters};x-cisco-newreg`)
  expect(answer.body.toString()).toContain('<optionsind>')
  expect(await registered()).toMatchObject([
    { device: 'CSFALICE', line: '1001', source: `127.78.3.21:${alice.connection.local.port}` },
  ])
  alice.register()
  const keepalive = await alice.response(200)
  expect(header(keepalive, 'Contact')).not.toContain('x-cisco-newreg')
  expect(keepalive.body).toHaveLength(0)
})

test('keepalives each 115 s keep the registration; 120 s without one end it', async () => {
  alice.register()
  await alice.response(200)
  await cluster.management.call('advanceClock', { milliseconds: 115_000 })
  alice.register()
  await alice.response(200)
  await cluster.management.call('advanceClock', { milliseconds: 115_000 })
  expect(await registered()).toHaveLength(1)
  await cluster.management.call('advanceClock', { milliseconds: 6_000 })
  expect(await registered()).toHaveLength(0)
  const { registrations } = await cluster.management.call<{ registrations: { event: string }[] }>('history')
  expect(registrations.map(({ event }) => event)).toEqual(['registered', 'refreshed', 'expired'])
})

test('Expires 0 unregisters; cisco-keep-alive with Expires 0 does not', async () => {
  alice.register()
  await alice.response(200)
  alice.request('REGISTER', 'sip:cucm1.example.com', [
    'From: <sip:1001@cucm1.example.com>;tag=standby',
    'To: <sip:1001@cucm1.example.com>',
    'Call-ID: standby',
    `Contact: ${alice.contact};cisco-keep-alive`,
    'Expires: 0',
  ])
  await alice.response(200)
  expect(await registered()).toHaveLength(1)
  alice.register({ expires: 0 })
  await alice.response(200)
  expect(await registered()).toHaveLength(0)
})

test.each([
  ['a device that is not in the database', { name: 'CSFNOBODY' }, 404],
  ["another user's device for this line", { name: 'SEP0000000000B0' }, 403],
])('refuses %s', async (_, change, status) => {
  alice.register(change)
  expect(header(await alice.response(status), 'Warning')).toMatch(/^399 cucm1 "/)
  const { registrations } = await cluster.management.call<{ registrations: { event: string }[] }>('history')
  expect(registrations).toMatchObject([{ event: 'refused', status, line: 'sip:1001@cucm1.example.com' }])
})

test('a REGISTER older than the last one of its Call-ID is refused', async () => {
  alice.register()
  await alice.response(200)
  alice.send('REGISTER sip:cucm1.example.com SIP/2.0', [
    'CSeq: 1 REGISTER',
    'From: <sip:1001@cucm1.example.com>;tag=reg',
    'To: <sip:1001@cucm1.example.com>',
    'Call-ID: reg-CSFALICE',
    `Contact: ${alice.contact}${alice.deviceParameters}`,
  ])
  await alice.response(500)
})

test('message waiting is notified behind a new registration where it is switched on', async () => {
  await cluster.management.call('set', { path: 'sendMessageWaiting', value: true })
  using bob = await ScriptedDevice.connect(networkAt('127.78.3.22'), '127.78.3.1', {
    name: 'SEP0000000000B0',
    line: '2001',
  })
  bob.register()
  await bob.response(200)
  const notify = await bob.incoming('NOTIFY')
  expect(header(notify, 'Event')).toBe('message-summary')
  expect(notify.body.toString()).toBe('Messages-Waiting: yes\r\n')
  bob.respond(notify, '200 OK')
})

test('broken requests are answered 400 with the reason, and the connection goes on', async () => {
  alice.send('OPTIONS sip:cucm1.example.com SIP/2.0', [
    'CSeq: 1 REGISTER',
    'From: <sip:1001@cucm1.example.com>;tag=x',
    'To: <sip:cucm1.example.com>',
    'Call-ID: broken',
  ])
  expect(header(await alice.response(400), 'Warning')).toContain('CSeq')
  alice.register()
  await alice.response(200)
})

test('a message above SIP Max Incoming Message Size ends the connection, not the service', async () => {
  alice.send('OPTIONS sip:cucm1.example.com SIP/2.0', [`Subject: ${'x'.repeat(12_000)}`])
  await waitFor('the connection to close', () => alice.isClosed)
  using bob = await ScriptedDevice.connect(networkAt('127.78.3.22'), '127.78.3.1', {
    name: 'SEP0000000000B0',
    line: '2001',
  })
  bob.register()
  await bob.response(200)
})

test('methods and extensions it does not know are refused by name', async () => {
  const head = ['From: <sip:1001@cucm1.example.com>;tag=x', 'To: <sip:cucm1.example.com>', 'Call-ID: other']
  alice.request('PUBLISH', 'sip:cucm1.example.com', head)
  expect(header(await alice.response(405), 'Allow')).toContain('INVITE')
  alice.request('OPTIONS', 'sip:cucm1.example.com', [...head, 'Require: telepathy'])
  expect(header(await alice.response(420), 'Unsupported')).toBe('telepathy')
})

test('Cisco CallManager stopped: nothing listens on 5060; started again, it does', async () => {
  await cluster.management.call('set', { path: 'services.callManager', value: false })
  const dial = () => ScriptedDevice.connect(networkAt('127.78.3.22'), '127.78.3.1', { name: 'X', line: '1' })
  await expect(dial()).rejects.toThrow(/ECONNREFUSED/)
  await cluster.management.call('set', { path: 'services.callManager', value: true })
  ;(await dial())[Symbol.dispose]()
})
