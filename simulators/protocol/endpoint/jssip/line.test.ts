import { afterEach, beforeEach, expect, test } from 'vitest'
import { AudioStream } from '../../media/audio-stream.ts'
import { testHost } from '#runtime/test-host.fixture.ts'
import { ScriptedRegistrar } from '../scripted-registrar.fixture.ts'
import { PhoneService } from '../phone-service.ts'
import { openJsSipLine } from './line.ts'
import { pretendBrowser } from './sdes-peer-connection.ts'

let disposables = new AsyncDisposableStack()
beforeEach(() => {
  pretendBrowser()
  disposables = new AsyncDisposableStack()
})
afterEach(() => disposables.disposeAsync())

const route = '<sip:127.249.3.10:5061;transport=tls;zone-id=3;directed;lr>'

async function registered() {
  const host = testHost({ address: '127.249.1.80' })
  const edge = testHost({ address: '127.249.2.10' })
  const registrar = await ScriptedRegistrar.start(edge.network)
  const phone = new PhoneService(host.network.clocks, { mode: 'auto', toneHz: 587 })
  disposables.use(registrar)
  disposables.defer(() => phone.drop())
  const audio = (network: typeof host.network, toneHz: number) =>
    AudioStream.open({ network, isSecure: true, toneHz, origin: 'tandberg', sessionName: '-', ports: [2_326, 2_485] })
  const far = await audio(edge.network, 441)
  disposables.defer(() => far.close())
  const outcome = await phone.start(async (onLost) => {
    const connection = await host.network.dialTcp({ to: registrar.listener.local, protocol: 'SIP' })
    return openJsSipLine(host.network, connection, {
      number: '1004',
      displayName: 'Board room',
      node: 'cucm1.example.com',
      userId: 'boardroom',
      password: 's3cret',
      route,
      userAgent: 'TANDBERG/522 (TC7.0.1.b9e5a2c)',
      contactUser: 'aa01bb02cc03',
      contactParameters: ['+u.sip!devicename.ccm.cisco.com="SEP000000001004"'],
      registerHeaders: [],
      firstRegister: undefined,
      openAudio: (toneHz) => audio(host.network, toneHz),
      isSecure: true,
      calls: phone.calls,
      rules: phone.rules,
      onLost,
    })
  })
  const contact = /<([^>]+)>/.exec(registrar.received[0]!.values('Contact')[0]!)![1]!
  return { registrar, phone, outcome, far, contact }
}

test('REGISTER is answered to the challenge and carries the route verbatim', async () => {
  const { registrar, outcome, phone } = await registered()
  expect(outcome).toEqual({ status: 200, reason: 'OK', expires: 120 })
  expect(registrar.received.map((head) => head.values('Route'))).toEqual([[route], [route]])
  expect(registrar.received[1]!.values('Proxy-Authorization')[0]).toContain('username="boardroom"')
  expect((await phone.reRegister()).status).toBe(200)
  expect(new Set(registrar.received.map(({ callId }) => callId)).size).toBe(1)
})

test('an incoming call is answered, held by UPDATE and ended', async () => {
  const { registrar, phone, far, contact } = await registered()
  registrar.request('INVITE', contact, { body: far.offer() })
  const accepted = await registrar.response('INVITE')
  far.takeAnswer(accepted.body)
  registrar.acknowledge(accepted, contact)
  const call = await phone.calls.wait(undefined, 'connected', 4_000)
  const dialog = { to: accepted.values('To')[0]! }
  far.want('sendonly')
  registrar.request('INVITE', contact, { ...dialog, body: far.offer() })
  const held = await registrar.response('INVITE')
  expect([held.status, held.body.includes('a=recvonly')]).toEqual([200, true])
  registrar.acknowledge(held, contact)
  registrar.request('BYE', contact, dialog)
  expect((await registrar.response('BYE')).status).toBe(200)
  await phone.calls.wait(call.id, 'ended', 2_000)
  expect(call.endedBy).toBe('BYE received')
})

test('a cancelled call has the 487 that was received', async () => {
  const { registrar, phone } = await registered()
  const call = await phone.line().call('1002', 587)
  const invite = await registrar.next('the INVITE', ({ method, status }) => method === 'INVITE' && status === undefined)
  registrar.answer(invite, 180, 'Ringing')
  await phone.calls.wait(call.id, 'ringing', 2_000)
  await phone.line().hangUp(call)
  const cancel = await registrar.next('the CANCEL', ({ method }) => method === 'CANCEL')
  registrar.answer(cancel, 200, 'OK')
  registrar.answer(invite, 487, 'Request Terminated')
  await phone.calls.wait(call.id, 'ended', 2_000)
  expect(call).toMatchObject({ status: 487, endedBy: 'cancelled' })
})

test('busy is busy', async () => {
  const { registrar, phone, far, contact } = await registered()
  phone.rules.mode = 'busy'
  registrar.request('INVITE', contact, { body: far.offer() })
  expect((await registrar.response('INVITE')).status).toBe(486)
})

test('a lost connection is not dialled again by the library', async () => {
  const { registrar, phone } = await registered()
  await registrar[Symbol.asyncDispose]()
  await expect.poll(() => phone.status.registration).toBe('lost')
})
