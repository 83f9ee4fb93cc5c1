import { afterEach, describe, expect, test } from 'vitest'
import type { ManagementClient } from '#runtime/management.ts'
import { inlineManagement } from '#runtime/management.ts'
import { selfSigned } from '#runtime/self-signed.fixture.ts'
import type { TestHost } from '#runtime/test-host.fixture.ts'
import { testHost } from '#runtime/test-host.fixture.ts'
import { waitFor } from '#runtime/wait.ts'
import type { AudioReport } from '#simulators/protocol/media/audio-stream.ts'
import type { CallReport } from '#simulators/protocol/endpoint/calls.ts'
import { scriptedRegistrar } from './scripted-registrar.fixture.ts'
import type { SeenRequest } from './history.ts'
import { startSipDevice } from './start.ts'

const opened = new AsyncDisposableStack()
let stack = opened
afterEach(async () => {
  await stack.disposeAsync()
  stack = new AsyncDisposableStack()
})

interface Device {
  readonly host: TestHost
  call<T = unknown>(method: string, parameters?: object): Promise<T>
}

async function device(host: TestHost, configuration: object): Promise<Device> {
  const started = stack.use(await startSipDevice(host.environment, configuration))
  const management: ManagementClient = inlineManagement(host.environment.name, started.management)
  return { host, call: (method, parameters) => management.call(method, parameters) }
}

/** Two devices that know each other's address, over TCP. */
async function pair(one: object = {}, other: object = {}): Promise<{ dave: Device; gateway: Device }> {
  const leg = (host: string) => ({ callsBy: 'peer', peer: { host }, listen: { tcp: 5060 }, domain: 'example.com' })
  const dave = await device(testHost({ address: '127.221.3.65', name: 'dave' }), {
    id: 'dave',
    ...leg('127.221.3.66'),
    ...one,
  })
  const gateway = await device(testHost({ address: '127.221.3.66', name: 'gateway' }), {
    id: 'gateway',
    answersFor: 'any',
    ...leg('127.221.3.65'),
    ...other,
  })
  for (const each of [dave, gateway]) expect(await each.call('signIn')).toMatchObject({ state: 'signed-in' })
  return { dave, gateway }
}

const connected = (who: Device) => who.call<CallReport>('waitCall', { state: 'connected' })
const ended = (who: Device) => who.call<CallReport>('waitCall', { state: 'ended' })

async function hears(who: Device, hz: number): Promise<void> {
  let last: AudioReport | undefined
  await waitFor(
    `${hz} Hz`,
    async () => {
      last = await who.call<AudioReport>('audio', { heardForMs: 200 })
      return Math.abs((last.heardHz ?? 0) - hz) < 5
    },
    { lastSeen: () => last },
  )
}

describe('calls between two devices', () => {
  test('audio both ways, hold and resume, BYE', async () => {
    const { dave, gateway } = await pair({ toneHz: 700 }, { toneHz: 900 })
    await dave.call('call', { to: '4711' })
    expect(await connected(dave)).toMatchObject({ status: 200, hold: 'none', peer: 'sip:4711@example.com' })
    await connected(gateway)
    await Promise.all([hears(dave, 900), hears(gateway, 700)])
    expect(await dave.call('hold')).toEqual({ status: 200, reason: 'OK' })
    expect(await gateway.call('waitCall', { state: 'held' })).toMatchObject({ hold: 'remote' })
    expect(await dave.call('resume')).toMatchObject({ status: 200 })
    expect(await connected(gateway)).toMatchObject({ hold: 'none' })
    await gateway.call('hangUp')
    expect(await ended(dave)).toMatchObject({ endedBy: 'BYE received' })
    expect(await ended(gateway)).toMatchObject({ endedBy: 'BYE sent' })
    const messages = dave.host.events.filter(({ kind }) => kind === 'message').map(({ summary }) => summary)
    expect(messages).toEqual(expect.arrayContaining([expect.stringMatching(/^INVITE sip:4711@example.com/)]))
  })

  test.each([
    ['on', 'best effort'],
    ['preferred', 'on'],
  ])('with SRTP keys in the descriptions: %s and %s', async (encryption, other) => {
    const { dave, gateway } = await pair({ encryption, toneHz: 700 }, { encryption: other, toneHz: 900 })
    await dave.call('call', { to: '4711' })
    await Promise.all([connected(dave), connected(gateway)])
    await Promise.all([hears(dave, 900), hears(gateway, 700)])
    const heard = await gateway.call<AudioReport>('audio')
    expect(heard).toMatchObject({ suite: 'AES_CM_128_HMAC_SHA1_80', authFailures: 0 })
  })

  test('RTP and SRTP do not meet: 488 with its reason', async () => {
    const { dave } = await pair({ encryption: 'on' })
    await dave.call('call', { to: '4711' })
    expect(await ended(dave)).toMatchObject({ status: 488, warning: expect.stringContaining('RTP and SRTP') })
  })

  test.each([
    ['busy', 486],
    ['reject', 603],
  ])('answer mode %s is %i', async (mode, status) => {
    const { dave, gateway } = await pair()
    await gateway.call('setAnswer', { mode })
    await dave.call('call', { to: '4711' })
    expect(await ended(dave)).toMatchObject({ status, endedBy: 'refused' })
  })

  test('a ringing call is given up by its caller, or answered', async () => {
    const { dave, gateway } = await pair({}, { answer: 'ring' })
    const ringing = () => gateway.call('waitCall', { state: 'ringing' })
    const { callId } = await dave.call<{ callId: string }>('call', { to: '4711' })
    await ringing()
    await dave.call('hangUp', { callId })
    expect(await ended(dave)).toMatchObject({ status: 487, endedBy: 'cancelled' })
    expect(await ended(gateway)).toMatchObject({ endedBy: 'CANCEL received' })
    await dave.call('call', { to: '4712' })
    await ringing()
    await gateway.call('answer')
    await connected(dave)
  })

  test('a late offer comes in the 200 and is answered in the ACK', async () => {
    const { dave, gateway } = await pair({ lateOffer: true, toneHz: 700 }, { toneHz: 900 })
    await dave.call('call', { to: '4711' })
    await Promise.all([connected(dave), connected(gateway)])
    await Promise.all([hears(dave, 900), hears(gateway, 700)])
    const [invite] = await gateway.call<SeenRequest[]>('requests', { method: 'INVITE' })
    expect(invite!.mediaLines).toEqual([])
  })

  test('further streams stand in the offer and are taken or refused in the answer', async () => {
    const { dave, gateway } = await pair({ furtherStreams: ['video', 'slides', 'bfcp', 'fecc'] })
    await dave.call('call', { to: '4711' })
    await connected(dave)
    const [first] = await gateway.call<SeenRequest[]>('requests', { method: 'INVITE' })
    expect(first!.mediaLines.map((line) => line.split(' ')[0])).toEqual([
      'm=audio',
      'm=video',
      'm=video',
      'm=application',
      'm=application',
    ])
    expect(answeredPorts(dave)).toEqual([expect.any(Number), 0, 0, 0, 0])
    await dave.call('hangUp')
    await gateway.call('setMedia', { furtherStreams: ['video', 'bfcp'] })
    const { callId } = await dave.call<{ callId: string }>('call', { to: '4711' })
    await dave.call('waitCall', { callId, state: 'connected' })
    const [audio, video, slides, bfcp, fecc] = answeredPorts(dave)
    expect([slides, fecc]).toEqual([0, 0])
    expect(Math.min(audio!, video!, bfcp!)).toBeGreaterThan(16_000)
  })

  test('150 calls at once whose media are negotiated and silent', async () => {
    const { dave, gateway } = await pair({ media: 'none' }, { media: 'none' })
    const calls = Array.from({ length: 150 }, (_, index) => dave.call('call', { to: String(5_000 + index) }))
    await Promise.all(calls)
    const live = async (who: Device) => {
      const all = await who.call<CallReport[]>('calls')
      return all.filter(({ state }) => state === 'connected').length
    }
    await waitFor('150 calls', async () => (await live(dave)) === 150 && (await live(gateway)) === 150)
    const audio = await dave.call<AudioReport>('audio')
    expect(audio).toMatchObject({ packetsSent: 0, suite: 'none', remote: { address: '127.221.3.66' } })
    for (const { id } of await dave.call<CallReport[]>('calls')) await dave.call('hangUp', { callId: id })
    await waitFor('none of them left', async () => (await live(gateway)) === 0)
  })

  test('a user that is not its own is answered 404', async () => {
    const { dave, gateway } = await pair()
    await gateway.call('call', { to: 'somebody@example.com' })
    expect(await ended(gateway)).toMatchObject({ status: 404 })
    await gateway.call('call', { to: 'dave@example.com' })
    await connected(dave)
  })
})

test('a company calls another by its SRV records, over TLS, and its certificate has to name the domain', async () => {
  const identity = selfSigned('partner.test', 'sip.partner.test')
  const names = {
    '_sips._tcp.partner.test': 'sip.partner.test:5061',
    'sip.partner.test': '127.221.1.90',
    '_sips._tcp.other.test': 'sip.partner.test:5061',
  }
  const peter = await device(testHost({ address: '127.221.1.90', name: 'peter', identity, names }), {
    id: 'peter',
    domain: 'partner.test',
    callsBy: 'dns',
    listen: { tls: 5061 },
  })
  const guest = await device(testHost({ address: '127.221.1.91', name: 'guest', trust: [identity.cert], names }), {
    id: 'guest',
    domain: 'guest.test',
    callsBy: 'dns',
  })
  for (const each of [peter, guest]) await each.call('signIn')
  await guest.call('call', { to: 'peter@partner.test' })
  expect(await connected(peter)).toMatchObject({ peer: 'sip:guest@guest.test' })
  await guest.call('hangUp')
  await ended(peter)
  for (const [to, why] of [
    ['peter@nowhere.test', 'no SRV records'],
    ['peter@other.test', 'other.test'],
  ] as const) {
    const { callId } = await guest.call<{ callId: string }>('call', { to })
    const call = await guest.call<CallReport>('waitCall', { callId, state: 'ended' })
    expect(call.endedBy).toContain(why)
  }
})

describe('a device at a registrar', () => {
  const registrarAddress = '127.221.3.10'
  async function registered(challenge: boolean) {
    const registrar = stack.use(
      await scriptedRegistrar(testHost({ address: registrarAddress }), { password: challenge ? 'secret' : undefined }),
    )
    const dave = await device(testHost({ address: '127.221.3.65', name: 'dave' }), {
      id: 'dave',
      password: 'secret',
      domain: 'example.com',
      registrar: { host: registrarAddress },
    })
    const result = await dave.call('signIn')
    expect(result).toMatchObject({ state: 'signed-in' })
    return { registrar, dave }
  }

  test('registers, refreshes by the wall clock, and unregisters', async () => {
    const { registrar, dave } = await registered(false)
    expect(registrar.methods()).toEqual(['REGISTER'])
    await dave.host.wall.advance(44_000)
    expect(registrar.methods()).toHaveLength(1)
    await dave.host.wall.advance(2_000)
    await waitFor('the refresh', () => registrar.methods().length === 2)
    await dave.call('signOut')
    expect(registrar.expires()).toEqual(['3600', '3600', '0'])
    expect(await dave.call('state')).toMatchObject({ state: 'signed-out' })
  })

  test('answers a challenge, and tells a refusal', async () => {
    const { registrar, dave } = await registered(true)
    expect(registrar.methods()).toEqual(['REGISTER', 'REGISTER'])
    registrar.password = 'changed'
    expect(await dave.call('signIn')).toMatchObject({ state: 'failed', error: { status: 401 } })
  })

  test('a lost registration is made anew', async () => {
    const { registrar, dave } = await registered(false)
    registrar.loseConnections()
    await waitFor('the loss', async () => (await dave.call<{ state: string }>('state')).state === 'failed')
    await dave.host.wall.advance(30_000)
    await waitFor('to be back', async () => (await dave.call<{ state: string }>('state')).state === 'signed-in')
  })

  test('publishes its presence and reads that of others', async () => {
    const { registrar, dave } = await registered(false)
    expect(await dave.call('publish', { basic: 'open', note: 'in a <meeting>' })).toMatchObject({ status: 200 })
    expect(registrar.bodies('PUBLISH')[0]).toContain('<note>in a &lt;meeting&gt;</note>')
    expect(await dave.call('subscribe', { to: 'erin@example.com' })).toMatchObject({ status: 200 })
    const notification = await dave.call('waitNotification', { of: 'erin@example.com', basic: 'closed' })
    expect(notification).toMatchObject({ subscription: expect.stringMatching(/^active/), presence: { note: 'away' } })
    await dave.call('unpublish')
    expect(await dave.call('unsubscribe', { to: 'erin@example.com' })).toMatchObject({ status: 200 })
    expect(registrar.notifyStatuses()).toEqual([200])
  })
})

/** Ports of the last answer that the device received. */
function answeredPorts({ host }: Device): number[] {
  const last = host.events.findLast(
    ({ direction, summary }) => direction === 'received' && summary === '200 OK (INVITE)',
  )
  const text = Buffer.from(last!.bytes!, 'base64').toString('utf8')
  return [...text.matchAll(/^m=\S+ (\d+)/gm)].map(([, port]) => Number(port))
}
