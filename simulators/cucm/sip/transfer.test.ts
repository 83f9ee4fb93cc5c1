import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { cseq, fromTag, header, toTag } from '#simulators/protocol/sip/message.ts'
import type { SipMessage, SipRequest, SipResponse } from '#simulators/protocol/sip/message.ts'
import type { RunningCluster } from '../cluster.fixture.ts'
import { networkAt, smallCluster, startTestCluster } from '../cluster.fixture.ts'
import { ScriptedDevice, sdp } from '../scripted-device.fixture.ts'
import type { CallRecord, ConferenceRecord } from './call-history.ts'

const devices = [
  ...smallCluster.devices,
  { name: 'SEP0000000000C0', model: 'Cisco 7962', line: '3001', owner: 'carol' },
]

let cluster: RunningCluster
let alice: ScriptedDevice
let bob: ScriptedDevice
let carol: ScriptedDevice

beforeEach(async () => {
  cluster = await startTestCluster('127.78.4.2', { ...smallCluster, devices })
  const at = async (host: string, name: string, line: string) => {
    const device = await ScriptedDevice.connect(networkAt(host), '127.78.4.2', { name, line })
    device.register()
    await device.response(200)
    return device
  }
  alice = await at('127.78.4.31', 'CSFALICE', '1001')
  bob = await at('127.78.4.32', 'SEP0000000000B0', '2001')
  carol = await at('127.78.4.33', 'SEP0000000000C0', '3001')
})
afterEach(async () => {
  for (const device of [alice, bob, carol]) device[Symbol.dispose]()
  await cluster[Symbol.asyncDispose]()
})

const history = () => cluster.management.call<{ calls: CallRecord[]; conferences: ConferenceRecord[] }>('history')

/** From one scripted device to another; each side's view of the dialog. */
async function connect(caller: ScriptedDevice, called: ScriptedDevice, port = 20_000) {
  caller.invite(called.line, sdp(caller.address, 16_384))
  const invite = await called.incoming('INVITE')
  called.respond(invite, '200 OK', sdp(called.address, port))
  const answer = await caller.response(200, 'INVITE')
  caller.inDialog('ACK', answer, { sequence: cseq(answer).number })
  await called.incoming('ACK')
  return { invite, answer }
}

function refer(device: ScriptedDevice, dialog: SipMessage, referTo: string): void {
  device.inDialog('REFER', dialog, { extra: [`Refer-To: ${referTo}`] })
}

/** The next NOTIFY, answered; what it tells. */
async function told(device: ScriptedDevice): Promise<string> {
  const notify = await device.incoming('NOTIFY')
  device.respond(notify, '200 OK')
  return notify.body.toString().trim()
}

const replaces = (answer: SipResponse) =>
  encodeURIComponent(`${header(answer, 'Call-ID')};to-tag=${toTag(answer)};from-tag=${fromTag(answer)}`)

describe('a blind transfer', () => {
  test('rings the target without an offer, and its offer goes to the party that was transferred', async () => {
    const { answer } = await connect(alice, bob)
    refer(alice, answer, '<sip:3001@cucm1.example.com>')
    await alice.response(202)
    expect(await told(alice)).toBe('SIP/2.0 100 Trying')
    const invite = await carol.incoming('INVITE')
    expect(invite.body).toHaveLength(0)
    expect(header(invite, 'Remote-Party-ID')).toContain('sip:2001@')
    carol.respond(invite, '200 OK', sdp(carol.address, 21_000))
    const offered = await bob.incoming('INVITE')
    expect(offered.body.toString()).toContain('m=audio 21000')
    bob.respond(offered, '200 OK', sdp(bob.address, 20_000))
    expect((await carol.incoming('ACK')).body.toString()).toContain('m=audio 20000')
    expect(await told(alice)).toBe('SIP/2.0 200 OK')
    alice.respond(await alice.incoming('BYE'), '200 OK')
    const [first, second] = (await history()).calls
    expect(first!.cause).toBe('transferred')
    expect(second).toMatchObject({ from: { number: '2001' }, to: { number: '3001', device: 'SEP0000000000C0' } })
  })

  test('that is refused leaves the call as it was', async () => {
    const { answer } = await connect(alice, bob)
    refer(alice, answer, '<sip:3001@cucm1.example.com>')
    await told(alice)
    carol.respond(await carol.incoming('INVITE'), '486 Busy Here')
    expect(await told(alice)).toBe('SIP/2.0 486 Busy Here')
    alice.inDialog('INVITE', answer, { body: sdp(alice.address, 16_384).replace('sendrecv', 'sendonly') })
    expect((await bob.incoming('INVITE')).body.toString()).toContain('a=sendonly')
  })

  test('to nobody is told as 404', async () => {
    const { answer } = await connect(alice, bob)
    refer(alice, answer, '<sip:9999@cucm1.example.com>')
    await told(alice)
    expect(await told(alice)).toBe('SIP/2.0 404 Not Found')
  })

  test('goes on where the one who asked for it hangs up, and ends with the party that was transferred', async () => {
    const { answer, invite: bobs } = await connect(alice, bob)
    refer(alice, answer, '<sip:3001@cucm1.example.com>')
    const invite = await carol.incoming('INVITE')
    carol.respond(invite, '180 Ringing')
    alice.inDialog('BYE', answer)
    await alice.response(200, 'BYE')
    bob.inDialog('BYE', bobs)
    await bob.response(200, 'BYE')
    await carol.incoming('CANCEL')
  })
})

describe('an attended transfer', () => {
  test('joins the two parties of the one who asks, who is let go of both calls', async () => {
    const first = await connect(bob, alice)
    const second = await connect(alice, carol, 21_000)
    alice.inDialog('REFER', first.invite, {
      extra: [`Refer-To: <sip:3001@cucm1.example.com?Replaces=${replaces(second.answer)}>`],
    })
    const asked = await carol.incoming('INVITE')
    expect(asked.body).toHaveLength(0)
    carol.respond(asked, '200 OK', sdp(carol.address, 21_000))
    const offered = await bob.incoming('INVITE')
    expect(offered.body.toString()).toContain('m=audio 21000')
    bob.respond(offered, '200 OK', sdp(bob.address, 16_384))
    expect((await carol.incoming('ACK')).body.toString()).toContain('m=audio 16384')
    await told(alice)
    expect(await told(alice)).toBe('SIP/2.0 200 OK')
    const byes = [await alice.incoming('BYE'), await alice.incoming('BYE')].map((bye) => header(bye, 'Call-ID'))
    expect(new Set(byes).size).toBe(2)
    expect((await history()).calls.at(-1)).toMatchObject({ from: { number: '2001' }, to: { number: '3001' } })
  })

  test('to a dialog that nobody knows is told as 481', async () => {
    const { answer } = await connect(alice, bob)
    refer(alice, answer, '<sip:3001@cucm1.example.com?Replaces=no%40where%3Bto-tag%3Da%3Bfrom-tag%3Db>')
    await told(alice)
    expect(await told(alice)).toMatch(/^SIP\/2\.0 481 /)
  })

  test('a REFER that says nothing readable is refused', async () => {
    const { answer } = await connect(alice, bob)
    refer(alice, answer, '<tel:3001>')
    await alice.response(400)
  })
})

describe('a conference', () => {
  const conferenceKey = (answer: SipResponse) =>
    '<x-cisco-remotecc-request><softkeyeventmsg><softkeyevent>Conference</softkeyevent><consultdialogid>' +
    `<callid>${header(answer, 'Call-ID')}</callid><localtag>${fromTag(answer)}</localtag>` +
    `<remotetag>${toTag(answer)}</remotetag></consultdialogid></softkeyeventmsg></x-cisco-remotecc-request>`

  test('offers everybody a port of the bridge, and joins the last two without it', async () => {
    const first = await connect(bob, alice)
    const second = await connect(alice, carol, 21_000)
    const body = conferenceKey(second.answer)
    alice.inDialog('REFER', first.invite, {
      extra: ['Refer-To: <cid:1@alice>'],
      type: 'application/x-cisco-remotecc-request+xml',
      body,
    })
    await alice.incoming('BYE')
    expect(await told(alice)).toContain('<code>200</code>')
    const members = [alice, bob, carol] as const
    const offers: SipRequest[] = []
    for (const member of members) {
      const offer = await member.incoming('INVITE')
      offers.push(offer)
      member.respond(offer, '200 OK', sdp(member.address, 22_000))
    }
    const ports = offers.map(({ body: text }) => Number(/m=audio (\d+) RTP\/AVP 0/.exec(text.toString())![1]))
    expect(new Set(ports).size).toBe(3)
    expect(offers.every(({ body: text }) => text.toString().includes('c=IN IP4 127.78.4.2'))).toBe(true)
    expect((await history()).conferences).toMatchObject([{ controller: '1001', members: ['1001', '2001', '3001'] }])
    alice.inDialog('BYE', first.invite)
    const rejoined = await carol.incoming('INVITE')
    expect(rejoined.body).toHaveLength(0)
  })
})
