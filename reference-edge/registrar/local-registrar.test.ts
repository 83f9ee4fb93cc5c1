import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { waitFor } from '#runtime/wait.ts'
import { answerChallenge, parseChallenge } from '../protocol/sip/digest.ts'
import type { RegistrarScene } from './registrar-scene.fixture.ts'
import { openRegistrarScene, TestDevice } from './registrar-scene.fixture.ts'

let scene: RegistrarScene
let device: TestDevice
beforeEach(async () => {
  scene = await openRegistrarScene({ subnet: '127.9.11' })
  device = await TestDevice.connect(scene, 5060)
})
afterEach(async () => {
  await device[Symbol.asyncDispose]()
  await scene[Symbol.asyncDispose]()
})

interface Asked {
  readonly contact?: string | readonly string[]
  readonly aor?: string
  readonly expires?: number
  readonly callId?: string
  readonly number?: number
  readonly uri?: string
  readonly headers?: ReadonlyArray<readonly [string, string]>
  readonly by?: TestDevice
}

let cseq = 0
const contactOf = (which: TestDevice) => `<sip:dave@${which.hostPort};transport=tcp>`

function register(asked: Asked = {}) {
  const { aor = 'sip:dave@example.com', callId = 'reg-1', headers = [], by = device, expires } = asked
  const { number = ++cseq, uri = 'sip:example.com', contact = contactOf(by) } = asked
  return by.ask('REGISTER', uri, [
    ['From', `<${aor}>;tag=a`],
    ['To', `<${aor}>`],
    ['Call-ID', callId],
    ['CSeq', `${number} REGISTER`],
    ...[contact].flat().map((value) => ['Contact', value] as const),
    ...(expires === undefined ? [] : [['Expires', String(expires)] as const]),
    ...headers,
  ])
}

describe('a REGISTER for a domain of this VCS', () => {
  it('is answered by the VCS itself, with the time granted, and found by its alias', async () => {
    const answer = await register({ expires: 3600 })
    expect(answer.status).toBe(200)
    expect(answer.first('contact')).toBe(`${contactOf(device)};expires=60`)
    const binding = scene.devices.registrar.find('sip:Dave@Example.com')
    expect(binding).toMatchObject({ aor: 'dave@example.com', contact: contactOf(device).slice(1, -1) })
    expect(await binding?.peer.connect()).toMatchObject({ remote: { address: '127.9.11.61' } })
    expect(scene.host.records.at(-1)).toMatchObject({
      event: 'Registration Accepted',
      'Src-ip': '127.9.11.61',
      Protocol: 'TCP',
      AOR: 'sip:dave@example.com',
      Duration: 60,
    })
  })

  it('works over TLS on 5061', async () => {
    await using secure = await TestDevice.connect(scene, 5061)
    expect((await register({ by: secure, uri: 'sip:vcsc1.example.com' })).status).toBe(200)
    expect(scene.devices.registrar.find('dave@example.com')?.peer.transport).toBe('TLS')
  })

  it('is rejected while the service is off, for other domains, and meant for another registrar', async () => {
    expect((await register({ aor: 'sip:dave@elsewhere.test' })).status).toBe(403)
    expect(scene.host.records.at(-1)).toMatchObject({ event: 'Registration Rejected', Reason: 'Unknown domain' })
    expect((await register({ uri: 'sip:cucm1.example.com' })).status).toBe(403)
    scene.service = 'Off'
    expect((await register()).status).toBe(403)
    expect(scene.devices.registrar.size).toBe(0)
  })

  it('is too brief below the minimum, malformed with a bad contact, and wants no extension', async () => {
    const brief = await register({ expires: 30 })
    expect([brief.status, brief.first('min-expires')]).toEqual([423, '45'])
    expect((await register({ contact: '<tel:+4711>' })).status).toBe(400)
    expect((await register({ contact: `${contactOf(device)};q=7` })).status).toBe(400)
    expect((await register({ contact: '*' })).status).toBe(400)
    const extended = await register({ headers: [['Require', 'outbound']] })
    expect([extended.status, extended.first('unsupported')]).toEqual([420, 'outbound'])
  })

  it('keeps several contacts by preference, tells all of them, and removes one or all', async () => {
    const contacts = ['<sip:dave@127.0.0.1:1>;q=0.5', '<sip:dave@127.0.0.1:2>;q=0.8;expires=50']
    expect((await register({ contact: contacts })).addresses('contact')).toHaveLength(2)
    expect(scene.devices.registrar.findAll('dave@example.com').map(({ q }) => q)).toEqual([0.8, 0.5])
    const asked = await register({ contact: [] })
    expect(asked.all('contact')).toEqual([
      '<sip:dave@127.0.0.1:2>;q=0.8;expires=50',
      '<sip:dave@127.0.0.1:1>;q=0.5;expires=60',
    ])
    const one = await register({ contact: '<sip:dave@127.0.0.1:1>;expires=0' })
    expect(one.addresses('contact')?.map(({ uri }) => uri)).toEqual(['sip:dave@127.0.0.1:2'])
    expect((await register({ contact: '*', expires: 0 })).has('contact')).toBe(false)
    expect(scene.devices.registrar.size).toBe(0)
  })

  it('is out of order with an older CSeq of the same Call-ID and then changes nothing', async () => {
    await register({ number: 500 })
    expect((await register({ number: 499, expires: 0 })).status).toBe(500)
    expect(scene.devices.registrar.size).toBe(1)
    expect((await register({ number: 1, callId: 'another', expires: 0 })).status).toBe(200)
    expect(scene.devices.registrar.size).toBe(0)
  })

  it('is refused in maintenance mode, and beyond the limit with an alarm until there is room', async () => {
    scene.isInMaintenance = true
    expect((await register()).status).toBe(503)
    scene.isInMaintenance = false
    await using small = await openSmallScene()
    expect((await register({ by: small.device })).status).toBe(200)
    expect((await register({ by: small.device, aor: 'sip:erin@example.com' })).status).toBe(503)
    expect(small.wasFull.at(-1)).toBe(true)
    expect((await register({ by: small.device })).status).toBe(200)
    expect((await register({ by: small.device, expires: 0 })).status).toBe(200)
    expect(small.wasFull.at(-1)).toBe(false)
  })
})

async function openSmallScene() {
  await scene[Symbol.asyncDispose]()
  scene = await openRegistrarScene({ subnet: '127.9.11', limit: 1 })
  const small = await TestDevice.connect(scene, 5060)
  return { device: small, wasFull: scene.wasFull, [Symbol.asyncDispose]: () => small[Symbol.asyncDispose]() }
}

describe('a binding', () => {
  it('ends with its time on the clock of the VCS, and with the service of its domain', async () => {
    await register()
    await scene.host.wall.advance(59_000)
    expect(scene.devices.registrar.size).toBe(1)
    await scene.host.wall.advance(1_500)
    expect(scene.devices.registrar.find('dave@example.com')).toBeUndefined()
    expect(scene.host.records.at(-1)).toMatchObject({ event: 'Registration Removed', Reason: 'Expired' })
    await register()
    scene.service = 'Off'
    scene.devices.domainsChanged()
    expect(scene.devices.registrar.size).toBe(0)
  })

  it('stays without its connection, is not reached, and goes on over the next one', async () => {
    await register()
    const contact = contactOf(device)
    await device[Symbol.asyncDispose]()
    const binding = scene.devices.registrar.find('dave@example.com')!
    await waitFor('the connection to be gone', () => !binding.peer.isReachable)
    await expect(binding.peer.connect()).rejects.toMatchObject({ code: 'MRA_PEER_UNREACHABLE' })
    expect(scene.devices.registrar.status()).toMatchObject([{ isReachable: false }])
    device = await TestDevice.connect(scene, 5060)
    await register({ contact })
    expect(scene.devices.registrar.size).toBe(1)
    expect(`${(await binding.peer.connect()).remote.port}`).toBe(device.hostPort.split(':')[1])
  })
})

describe('Check credentials', () => {
  it('challenges by 401, lets the right password in, counts wrong ones', async () => {
    scene.policy = 'Check credentials'
    const challenge = await register()
    expect(challenge.status).toBe(401)
    const withPassword = (password: string) => {
      const asked = parseChallenge(challenge.first('www-authenticate') ?? '')!
      expect(asked.realm).toBe('vcsc1.example.com')
      const request = { method: 'REGISTER', uri: 'sip:example.com' }
      const user = { username: 'dave', secret: { password } }
      return answerChallenge(asked, request, user, { nonceCount: 1, cnonce: 'c' })
    }
    expect((await register({ headers: [['Authorization', withPassword('wrong')]] })).status).toBe(401)
    expect(scene.failures).toEqual(['sip-auth 127.9.11.61'])
    expect((await register({ headers: [['Authorization', withPassword('s3cret')]] })).status).toBe(200)
    expect((await register({ headers: [['Authorization', withPassword('s3cret')]] })).status).toBe(401)
  })
})
