import { afterEach, beforeEach, expect, test } from 'vitest'
import { oneOfNames } from '#simulators/protocol/endpoint/certificate-rule.ts'
import type { TestHost } from '#runtime/test-host.fixture.ts'
import { selfSigned } from '#runtime/self-signed.fixture.ts'
import { testHost } from '#runtime/test-host.fixture.ts'
import { ScriptedRegistrar } from '#simulators/protocol/endpoint/scripted-registrar.fixture.ts'
import { PhoneService } from '#simulators/protocol/endpoint/phone-service.ts'
import { AudioStream } from '#simulators/protocol/media/audio-stream.ts'
import { openJabberLine } from './telephone-line.ts'

let disposables = new AsyncDisposableStack()
beforeEach(() => void (disposables = new AsyncDisposableStack()))
afterEach(() => disposables.disposeAsync())

const identity = selfSigned('vcse1.example.com')
const route = '<sip:127.249.3.10:5061;transport=tls;zone-id=3;directed;lr>'

async function registered() {
  const host = testHost({ address: '127.249.1.71', trust: [identity.cert] })
  const edge = testHost({ address: '127.249.2.10' })
  const registrar = await ScriptedRegistrar.start(edge.network, identity)
  const phone = new PhoneService(host.network.clocks, { mode: 'auto', toneHz: 437 })
  disposables.use(registrar)
  disposables.defer(() => phone.drop())
  const outcome = await phone.start((onLost) => openLine(host, registrar, phone, onLost))
  const far = await AudioStream.open(audioOptions(edge, 441))
  disposables.defer(() => far.close())
  const contact = /<([^>]+)>/.exec(lastRegister(registrar).values('Contact')[0]!)![1]!
  return { host, registrar, phone, outcome, far, contact }
}

async function openLine({ network }: TestHost, registrar: ScriptedRegistrar, phone: PhoneService, onLost: () => void) {
  const tls = { serverName: 'vcse1.example.com', checkName: oneOfNames(['example.com', 'vcse1.example.com']) }
  const connection = await network.dialTls({ to: registrar.listener.local, protocol: 'SIP', tls })
  return openJabberLine(network, connection, {
    number: '1001',
    displayName: 'Alice',
    node: 'cucm1.example.com',
    userId: 'alice',
    password: 's3cret',
    route,
    userAgent: 'Cisco-CSF',
    contactUser: '3f0c2a51-6b1e-4d7a-9e55-aa01bb02cc03',
    contactParameters: ['+u.sip!devicename.ccm.cisco.com="CSFALICE"', 'video'],
    registerHeaders: [],
    firstRegister: { headers: ['Mime-Version: 1.0'], contentType: 'multipart/mixed; boundary=x', body: '--x--\r\n' },
    openAudio: (toneHz) => AudioStream.open(audioOptions({ network }, toneHz)),
    isSecure: true,
    calls: phone.calls,
    rules: phone.rules,
    onLost,
  })
}

const audioOptions = ({ network }: Pick<TestHost, 'network'>, toneHz: number) => ({
  network,
  isSecure: true,
  toneHz,
  origin: 'Cisco-SIPUA',
  sessionName: 'SIP Call',
  ports: [16_384, 32_766] as const,
})

const lastRegister = (registrar: ScriptedRegistrar) =>
  registrar.received.findLast(({ method, status }) => method === 'REGISTER' && status === undefined)!

test('REGISTER carries the route of the edge configuration, the Cisco parameters and, once, the body', async () => {
  const { registrar, phone, outcome, contact } = await registered()
  expect(outcome).toEqual({ status: 200, reason: 'OK', expires: 120 })
  const [first, second] = registrar.received
  expect(first!.startLine).toBe('REGISTER sip:cucm1.example.com SIP/2.0')
  expect(first!.values('Route')).toEqual([route])
  expect(first!.body).toBe('--x--\r\n')
  expect(first!.values('Contact')[0]).toMatch(
    /^<sip:3f0c2a51-.*@127\.249\.1\.71:\d+;transport=tls>;\+u\.sip!devicename/,
  )
  expect(second!.values('Proxy-Authorization')[0]).toContain('username="alice"')
  await phone.reRegister()
  expect(lastRegister(registrar).body).toBe('')
  expect(lastRegister(registrar).callId).toBe(first!.callId)
  expect(contact).toContain('3f0c2a51')
})

test('the keep-alive comes when the wall clock has moved 115 s', async () => {
  const { host, registrar, phone } = await registered()
  const before = registrar.received.length
  await host.wall.advance(114_000)
  expect(registrar.received.length).toBe(before)
  await host.wall.advance(1_500)
  expect(phone.status).toMatchObject({ registration: 'registered', keepAlives: 1 })
})

test('an incoming call is answered and heard; UPDATE and remote control are answered in front of the library', async () => {
  const { registrar, phone, far, contact } = await registered()
  registrar.request('INVITE', contact, { body: far.offer() })
  const accepted = await registrar.response('INVITE')
  expect(accepted.status).toBe(200)
  far.takeAnswer(accepted.body)
  registrar.acknowledge(accepted, contact)
  const call = await phone.calls.wait(undefined, 'connected', 4_000)
  const dialog = { to: accepted.values('To')[0]! }

  far.want('sendonly')
  registrar.request('UPDATE', contact, { ...dialog, body: far.offer() })
  const updated = await registrar.response('UPDATE')
  expect([updated.status, updated.body.includes('a=recvonly')]).toEqual([200, true])
  await phone.calls.wait(call.id, 'held', 1_000)
  registrar.request('UPDATE', contact, { ...dialog, body: 'v=0\r\n' })
  expect((await registrar.response('UPDATE')).status).toBe(488)
  registrar.request('UPDATE', contact, { callId: 'another' })
  expect((await registrar.response('UPDATE')).status).toBe(481)
  registrar.request('REFER', contact, { callId: 'remotecc', headers: ['Refer-To: <cid:1234@cucm1.example.com>'] })
  expect((await registrar.response('REFER')).status).toBe(202)

  registrar.request('BYE', contact, dialog)
  expect((await registrar.response('BYE')).status).toBe(200)
  await phone.calls.wait(call.id, 'ended', 1_000)
  expect(call).toMatchObject({ endedBy: 'BYE received', status: 200 })
})

test('an offer without keys is refused with 488', async () => {
  const { registrar, contact, far } = await registered()
  registrar.request('INVITE', contact, { body: far.offer().replaceAll('RTP/SAVP', 'RTP/AVP') })
  expect((await registrar.response('INVITE')).status).toBe(488)
})

test('the final status of a call is the one received', async () => {
  const { registrar, phone } = await registered()
  const call = await phone.line().call('1002', 437)
  const invite = await registrar.next('the INVITE', ({ method, status }) => method === 'INVITE' && status === undefined)
  expect(invite.values('Route')).toEqual([route])
  registrar.answer(invite, 500, 'Server Internal Error', ['Warning: 399 vcsc1 "Policy Response"'])
  await phone.calls.wait(call.id, 'ended', 2_000)
  expect(call).toMatchObject({ status: 500, reason: 'Server Internal Error', warning: '399 vcsc1 "Policy Response"' })
})

test('a lost connection ends calls and registration', async () => {
  const { registrar, phone } = await registered()
  await registrar[Symbol.asyncDispose]()
  await expect.poll(() => phone.status.registration).toBe('lost')
})

test('garbage closes the connection and nothing else', async () => {
  const { registrar, phone } = await registered()
  registrar.send('INVITE sip:x SIP/2.0\r\nContent-Length: 5\r\n\r\nab\u0000cd')
  registrar.send('SIP/2.0 200 OK\r\nVia: \r\nCSeq: x\r\nContent-Length: 0\r\n\r\n')
  registrar.send(`X: y\r\nContent-Length: -1\r\n\r\n`)
  await expect.poll(() => phone.status.registration).toBe('lost')
})
