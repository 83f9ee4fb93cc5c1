import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Connection, Listener } from '#runtime/network.ts'
import { waitFor } from '#runtime/wait.ts'
import { header } from '#simulators/protocol/sip/message.ts'
import type { RunningCluster } from '../cluster.fixture.ts'
import { networkAt, smallCluster, startTestCluster, testIdentity } from '../cluster.fixture.ts'
import { ScriptedDevice, sdp } from '../scripted-device.fixture.ts'

const here = '127.78.21.20'
const vcs = '127.78.21.10'
const stranger = '127.78.21.66'
const profilePage = 'System > Security > SIP Trunk Security Profile'
const trunkCluster = {
  ...smallCluster,
  sipTrunkSecurityProfiles: [{ name: 'VCS trunk', incomingPort: 5065 }],
  sipTrunks: [{ name: 'ToVcs', destinationAddress: vcs, sipTrunkSecurityProfile: 'VCS trunk' }],
  routePatterns: [
    { pattern: '8XXX', gatewayOrRouteList: 'ToVcs' },
    { pattern: '9.!', gatewayOrRouteList: 'ToVcs', discardDigits: 'PreDot' },
  ],
  sipRoutePatterns: [{ pattern: 'example.com', sipTrunk: 'ToVcs' }],
}

const secureTrunkProfile = {
  name: 'VCS trunk',
  deviceSecurityMode: 'Encrypted',
  incomingTransportType: 'TLS',
  outgoingTransportType: 'TLS',
  x509SubjectName: 'cucm1.example.com',
}

let cluster: RunningCluster
let bob: ScriptedDevice
let open: Disposable[]
let incoming: ScriptedDevice[]
let listener: Listener
beforeEach(async () => {
  cluster = await startTestCluster(here, trunkCluster)
  open = []
  incoming = []
  listener = await networkAt(vcs).listenTcp({
    port: 5060,
    protocol: 'SIP',
    onConnection: (connection: Connection) => void incoming.push(ScriptedDevice.on(connection, peer)),
  })
  bob = await device(networkAt('127.78.21.61'), 'SEP0000000000B0', '2001')
  bob.register()
  await bob.response(200, 'REGISTER')
})
afterEach(async () => {
  for (const each of [...open, ...incoming]) each[Symbol.dispose]()
  await listener.stop()
  await cluster[Symbol.asyncDispose]()
})

const peer = { name: 'VCS', line: 'dave' }

async function device(network: ReturnType<typeof networkAt>, name: string, line: string, port = 5060) {
  const made = await ScriptedDevice.connect(network, here, { name, line, port })
  open.push(made)
  return made
}

const trunkPeer = (port = 5065) => device(networkAt(vcs), peer.name, peer.line, port)
const ports = async () => ((await cluster.management.call('state')) as { sipPorts: number[] }).sipPorts
const calls = async () =>
  ((await cluster.management.call('history')) as { calls: { from: object; to: object; cause?: string }[] }).calls

function options(from: ScriptedDevice) {
  const lines = ['From: <sip:vcs@x>;tag=o', 'To: <sip:cucm1.example.com>', 'Call-ID: o', `Contact: ${from.contact}`]
  from.request('OPTIONS', 'sip:cucm1.example.com', lines)
}

describe('a call in over the trunk', () => {
  test('rings the device on the line and is the trunk’s in the call history', async () => {
    const dave = await trunkPeer()
    dave.invite('2001', sdp(vcs, 20_000))
    const ringing = await bob.incoming('INVITE')
    expect(header(ringing, 'From')).toContain('<sip:dave@cucm1.example.com>')
    bob.respond(ringing, '200 OK', sdp(bob.address, 30_000))
    const answer = await dave.response(200, 'INVITE')
    expect(header(answer, 'Contact')).toContain(`@${here}:5065;transport=tcp`)
    expect(answer.body.toString()).toContain('m=audio')
    await bob.incoming('ACK')
    dave.inDialog('ACK', answer, { sequence: 101 })
    dave.inDialog('BYE', answer)
    await bob.incoming('BYE')
    const [call] = await calls()
    expect(call).toMatchObject({
      from: { number: 'dave', device: 'ToVcs' },
      to: { number: '2001', device: 'SEP0000000000B0' },
    })
  })

  test('is 404 for nobody, and does not go back over the same trunk', async () => {
    const dave = await trunkPeer()
    dave.invite('7777', sdp(vcs, 20_000))
    await dave.response(404, 'INVITE')
    dave.invite('8001', sdp(vcs, 20_000))
    await dave.response(404, 'INVITE')
    expect(incoming).toEqual([])
  })

  test('comes from the Destination Address only; OPTIONS is answered, REGISTER is not for trunks', async () => {
    const mallory = await device(networkAt(stranger), 'X', 'x', 5065)
    mallory.invite('2001', sdp(stranger, 20_000))
    const refusal = await mallory.response(503, 'INVITE')
    expect(header(refusal, 'Warning')).toContain(`received on port 5065 from ${stranger}`)
    const dave = await trunkPeer()
    options(dave)
    await dave.response(200, 'OPTIONS')
    dave.register()
    const disallowed = await dave.response(405, 'REGISTER')
    expect(header(disallowed, 'Warning')).toBe('399 cucm1 "SIP trunk disallows REGISTER"')
    expect(header(disallowed, 'Allow')).not.toContain('REGISTER')
  })
})

describe('a call out over the trunk', () => {
  const out = async () => waitFor('a call at the destination', () => incoming[0])

  test('goes by the domain, with the offer of the destination where Early Offer is not supported', async () => {
    const { address } = bob
    bob.request(
      'INVITE',
      'sip:dave@example.com',
      [
        'From: <sip:2001@cucm1.example.com>;tag=c',
        'To: <sip:dave@example.com>',
        'Call-ID: out',
        `Contact: ${bob.contact}`,
        'Content-Type: application/sdp',
      ],
      sdp(address, 30_000),
    )
    const dave = await out()
    const invite = await dave.incoming('INVITE')
    expect(invite.uri).toBe('sip:dave@example.com')
    expect(header(invite, 'Contact')).toContain(`@${here}:5065`)
    expect(header(invite, 'From')).toContain('"Bob Brown" <sip:2001@cucm1.example.com>')
    expect(invite.body).toHaveLength(0)
    dave.respond(invite, '200 OK', sdp(vcs, 40_000))
    expect((await dave.incoming('ACK')).body.toString()).toContain('m=audio 30000')
    expect((await bob.response(200, 'INVITE')).body.toString()).toContain('m=audio 40000')
    expect(await calls()).toMatchObject([{ from: { number: '2001' }, to: { number: 'dave', device: 'ToVcs' } }])
  })

  test('goes by a route pattern, with the offer where Early Offer is supported, and digits discarded', async () => {
    await cluster.management.call('set', { path: 'sipTrunks.0.earlyOfferSupport', value: true })
    bob.invite('8001', sdp(bob.address, 30_000))
    const dave = await out()
    const invite = await dave.incoming('INVITE')
    expect(invite.uri).toBe(`sip:8001@${vcs}`)
    expect(invite.body.toString()).toContain('m=audio 30000')
    dave.respond(invite, '486 Busy Here')
    await bob.response(486, 'INVITE')
    bob.invite('94711', sdp(bob.address, 30_000))
    expect((await dave.incoming('INVITE')).uri).toBe(`sip:4711@${vcs}`)
  })

  test('is unavailable where the destination does not answer', async () => {
    await listener.stop()
    bob.invite('8001', sdp(bob.address, 30_000))
    await bob.response(480, 'INVITE')
  })
})

describe('the Incoming Port', () => {
  test('moves with Apply Config, not with Save', async () => {
    expect(await ports()).toEqual([5060, 5065])
    await cluster.management.call('set', { page: profilePage, row: 'VCS trunk', field: 'Incoming Port', value: 5075 })
    expect(await ports()).toEqual([5060, 5065])
    options(await trunkPeer(5065))
    await expect(trunkPeer(5075)).rejects.toThrow()
    await cluster.management.call('applyConfig', { page: profilePage, row: 'VCS trunk' })
    expect(await ports()).toEqual([5060, 5075])
    const dave = await trunkPeer(5075)
    options(dave)
    await dave.response(200, 'OPTIONS')
    await expect(trunkPeer(5065)).rejects.toThrow()
  })

  test('that is the SIP Phone Port takes what comes from the destination for trunk traffic', async () => {
    await cluster.management.call('set', { page: profilePage, row: 'VCS trunk', field: 'Incoming Port', value: 5060 })
    await cluster.management.call('applyConfig', { page: profilePage })
    expect(await ports()).toEqual([5060])
    const dave = await trunkPeer(5060)
    dave.register()
    await dave.response(405, 'REGISTER')
    bob.register()
    await bob.response(200, 'REGISTER')
    dave.invite('2001', sdp(vcs, 20_000))
    await bob.incoming('INVITE')
  })

  test('of a profile that no trunk has is not listened on; two trunks may share one', async () => {
    const add = (page: string, values: object) => cluster.management.call('addRow', { page, values })
    await add(profilePage, { Name: 'Other', 'Incoming Port': 5066 })
    expect(await ports()).toEqual([5060, 5065])
    await add('Device > Trunk', {
      'Device Name': 'ToOther',
      'Destination Address': stranger,
      'SIP Trunk Security Profile': 'Other',
    })
    expect(await ports()).toEqual([5060, 5065, 5066])
    await cluster.management.call('set', {
      page: 'Device > Trunk',
      row: 'ToOther',
      field: 'SIP Trunk Security Profile',
      value: 'VCS trunk',
    })
    expect(await ports()).toEqual([5060, 5065])
    const other = await device(networkAt(stranger), 'X', 'x', 5065)
    options(other)
    await other.response(200, 'OPTIONS')
  })

  test('a page that names what is not there is refused, and Apply Config is on this page only', async () => {
    const { management } = cluster
    const broken = { page: 'Device > Trunk', values: { 'Device Name': 'T', 'Destination Address': 'a b' } }
    await expect(management.call('addRow', broken)).rejects.toThrow()
    await expect(management.call('applyConfig', { page: 'Device > Trunk', row: 'ToVcs' })).rejects.toThrow(
      'has no Apply Config',
    )
  })
})

describe('a trunk over TLS', () => {
  const secure = { ...secureTrunkProfile, incomingPort: 5066 }
  const dialling = { serverName: 'cucm1.example.com', trust: [testIdentity.cert], identity: testIdentity }
  const dial = async (port: number) =>
    ScriptedDevice.on(
      await networkAt(vcs).dialTls({ to: { address: here, port }, protocol: 'SIP', tls: dialling }),
      peer,
    )

  async function restartWith(more: object) {
    await cluster[Symbol.asyncDispose]()
    const certificate = { certificatePurpose: 'CallManager-trust', description: '', certificate: testIdentity.cert }
    cluster = await startTestCluster(here, { ...trunkCluster, trustedCertificates: [certificate], ...more })
  }

  test('takes who shows the X.509 Subject Name of its profile, and nobody else', async () => {
    await restartWith({ sipTrunkSecurityProfiles: [secure] })
    expect(await ports()).toEqual([5060, 5066])
    using dave = await dial(5066)
    options(dave)
    await dave.response(200, 'OPTIONS')
    await restartWith({ sipTrunkSecurityProfiles: [{ ...secure, x509SubjectName: 'vcsc1.example.com' }] })
    using other = await dial(5066)
    options(other)
    await other.response(503, 'OPTIONS')
  })

  test('calls the destination over TLS, whose certificate has to be of that name', async () => {
    await restartWith({ sipTrunkSecurityProfiles: [secure] })
    await listener.stop()
    listener = await networkAt(vcs).listenTls({
      port: 5060,
      protocol: 'SIP',
      tls: { identity: testIdentity },
      onConnection: (connection: Connection) => void incoming.push(ScriptedDevice.on(connection, peer)),
    })
    bob = await device(networkAt('127.78.21.61'), 'SEP0000000000B0', '2001')
    bob.register()
    await bob.response(200, 'REGISTER')
    bob.invite('8001', sdp(bob.address, 30_000))
    const dave = await waitFor('a call at the destination', () => incoming[0])
    expect(header(await dave.incoming('INVITE'), 'Contact')).toContain(`@${here}:5066;transport=tls`)
  })

  test('on the SIP Phone Secure Port disallows REGISTER', async () => {
    await restartWith({
      sipTrunkSecurityProfiles: [{ ...secure, incomingPort: 5061 }],
      enterpriseParameters: { clusterSecurityMode: 1 },
    })
    expect(await ports()).toEqual([5060, 5061])
    using dave = await dial(5061)
    dave.register()
    await dave.response(405, 'REGISTER')
  })
})
