import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { waitFor } from '#runtime/wait.ts'
import { cseq, header } from '#simulators/protocol/sip/message.ts'
import type { SipRequest, SipResponse } from '#simulators/protocol/sip/message.ts'
import type { RunningCluster } from '../cluster.fixture.ts'
import { networkAt, smallCluster, startTestCluster } from '../cluster.fixture.ts'
import { ScriptedDevice, sdp } from '../scripted-device.fixture.ts'
import type { CallRecord } from './call-history.ts'

let cluster: RunningCluster
let alice: ScriptedDevice
let bob: ScriptedDevice

beforeEach(async () => {
  cluster = await startTestCluster('127.78.3.2', smallCluster)
  alice = await ScriptedDevice.connect(networkAt('127.78.3.31'), '127.78.3.2', { name: 'CSFALICE', line: '1001' })
  bob = await ScriptedDevice.connect(networkAt('127.78.3.32'), '127.78.3.2', { name: 'SEP0000000000B0', line: '2001' })
  for (const device of [alice, bob]) {
    device.register()
    await device.response(200)
  }
})
afterEach(async () => {
  for (const device of [alice, bob]) device[Symbol.dispose]()
  await cluster[Symbol.asyncDispose]()
})

async function lastCall(): Promise<CallRecord> {
  return (await cluster.management.call<{ calls: CallRecord[] }>('history')).calls.at(-1)!
}

async function callBob(): Promise<{ invite: SipRequest; answer: SipResponse }> {
  alice.invite('2001', sdp(alice.address, 16384, { video: true }))
  const invite = await bob.incoming('INVITE')
  bob.respond(invite, '180 Ringing')
  await alice.response(180)
  bob.respond(invite, '200 OK', sdp(bob.address, 20000, { video: true }))
  const answer = await alice.response(200, 'INVITE')
  alice.inDialog('ACK', answer, { sequence: cseq(answer).number })
  await bob.incoming('ACK')
  return { invite, answer }
}

describe('a call between two registered devices', () => {
  test('rings, is answered, and ends; each side has its own dialog', async () => {
    const { invite, answer } = await callBob()
    expect(header(invite, 'Call-ID')).not.toBe('call-CSFALICE')
    expect(header(invite, 'From')).toContain('"Alice Adams" <sip:1001@cucm1.example.com>;tag=')
    expect(header(invite, 'Remote-Party-ID')).toContain('party=calling')
    expect(header(invite, 'Call-Info')).toContain('urn:x-cisco-remotecc:callinfo')
    expect(header(invite, 'Session-Expires')).toBe('1800')
    expect(invite.uri).toBe(bob.contact.slice(1, -1))
    expect(header(answer, 'Remote-Party-ID')).toContain('"Bob Brown" <sip:2001@cucm1.example.com>;party=called')
    expect(answer.body.toString()).toMatch(/^v=0\r\no=CiscoSystemsCCM-SIP \d+ 1 IN IP4 127\.78\.3\.2\r\ns=SIP Call\r\n/)
    expect(answer.body.toString()).toContain('m=audio 20000 RTP/AVP 9 0 8 101')
    alice.inDialog('BYE', answer)
    await alice.response(200, 'BYE')
    bob.respond(await bob.incoming('BYE'), '200 OK')
    const record = await lastCall()
    expect(record).toMatchObject({
      from: { number: '1001', device: 'CSFALICE' },
      to: { number: '2001', device: 'SEP0000000000B0' },
      cause: 'caller hung up',
    })
    expect(record.connected).toBeDefined()
    expect(record.descriptions[0]).toMatchObject({ to: 'called', in: 'INVITE' })
  })

  test('the called side hangs up', async () => {
    const { invite } = await callBob()
    bob.inDialog('BYE', invite)
    await bob.response(200, 'BYE')
    alice.respond(await alice.incoming('BYE'), '200 OK')
    expect(await lastCall()).toMatchObject({ cause: 'called hung up' })
  })

  test('hold: a re-INVITE goes through with a new version of the origin, and its answer comes back', async () => {
    const { invite, answer } = await callBob()
    alice.inDialog('INVITE', answer, { body: sdp(alice.address, 16384).replace('sendrecv', 'sendonly') })
    const held = await bob.incoming('INVITE')
    expect(header(held, 'Call-ID')).toBe(header(invite, 'Call-ID'))
    expect(held.body.toString()).toMatch(/o=CiscoSystemsCCM-SIP \d+ 2 [\s\S]*a=sendonly/)
    bob.respond(held, '200 OK', sdp(bob.address, 20000).replace('sendrecv', 'recvonly'))
    expect((await alice.response(200, 'INVITE')).body.toString()).toContain('a=recvonly')
    await bob.incoming('ACK')
  })

  test('UPDATE without description is a session refresh; with one it goes through', async () => {
    const { answer } = await callBob()
    alice.inDialog('UPDATE', answer, { extra: ['Supported: timer', 'Session-Expires: 1800;refresher=uac'] })
    expect(header(await alice.response(200, 'UPDATE'), 'Session-Expires')).toBe('1800;refresher=uac')
    alice.inDialog('UPDATE', answer, { body: sdp(alice.address, 16400) })
    const update = await bob.incoming('UPDATE')
    expect(update.body.toString()).toContain('m=audio 16400')
    bob.respond(update, '200 OK', sdp(bob.address, 20000))
    expect((await alice.response(200, 'UPDATE')).body.toString()).toContain('m=audio 20000')
  })

  test('a re-INVITE while another one is on its way gets 491', async () => {
    const { invite, answer } = await callBob()
    alice.inDialog('INVITE', answer, { body: sdp(alice.address, 16384) })
    await bob.incoming('INVITE')
    bob.inDialog('INVITE', invite, { body: sdp(bob.address, 20000) })
    await bob.response(491)
  })

  test('a session that its refresher forgets is ended on both sides', async () => {
    alice.invite('2001', sdp(alice.address, 16384), ['Supported: timer', 'Session-Expires: 1800;refresher=uac'])
    const invite = await bob.incoming('INVITE')
    bob.respond(invite, '200 OK', sdp(bob.address, 20000))
    const answer = await alice.response(200, 'INVITE')
    expect(header(answer, 'Session-Expires')).toBe('1800;refresher=uac')
    alice.inDialog('ACK', answer, { sequence: cseq(answer).number })
    await cluster.management.call('advanceClock', { milliseconds: 1_800_000 })
    await Promise.all([alice.incoming('BYE'), bob.incoming('BYE')])
    expect((await lastCall()).cause).toBe('session of the caller not refreshed')
  })
})

describe('what a call goes through', () => {
  test('a caller that names no interval is refreshed by Unified CM at half of it', async () => {
    alice.invite('2001', sdp(alice.address, 16384), ['Supported: timer'])
    bob.respond(await bob.incoming('INVITE'), '200 OK', sdp(bob.address, 20000))
    const answer = await alice.response(200, 'INVITE')
    expect(header(answer, 'Session-Expires')).toBe('1800;refresher=uas')
    alice.inDialog('ACK', answer, { sequence: cseq(answer).number })
    await cluster.management.call('advanceClock', { milliseconds: 900_000 })
    const update = await alice.incoming('UPDATE')
    expect(header(update, 'Session-Expires')).toBe('1800;refresher=uac')
    expect(update.body).toHaveLength(0)
    alice.respond(update, '200 OK')
  })

  test('INFO is passed on with its body, and its answer comes back', async () => {
    const { answer } = await callBob()
    alice.inDialog('INFO', answer, { body: 'v=0' })
    const info = await bob.incoming('INFO')
    expect(info.body.toString()).toBe('v=0')
    bob.respond(info, '200 OK')
    await alice.response(200, 'INFO')
  })

  test('a shared line rings everywhere; who answers has the call, the others stop', async () => {
    const devices = [
      ...smallCluster.devices,
      { name: 'CSFBOB', model: 'Cisco Unified Client Services Framework', line: '2001' },
    ]
    await cluster.management.call('set', { path: 'devices', value: devices })
    using second = await ScriptedDevice.connect(networkAt('127.78.3.34'), '127.78.3.2', {
      name: 'CSFBOB',
      line: '2001',
    })
    second.register()
    await second.response(200)
    alice.invite('2001', sdp(alice.address, 16384))
    const [atBob, atSecond] = await Promise.all([bob.incoming('INVITE'), second.incoming('INVITE')])
    bob.respond(atBob, '180 Ringing')
    second.respond(atSecond, '180 Ringing')
    await alice.response(180)
    second.respond(atSecond, '200 OK', sdp(second.address, 22000))
    expect((await alice.response(200, 'INVITE')).body.toString()).toContain('m=audio 22000')
    bob.respond(await bob.incoming('CANCEL'), '200 OK')
    bob.respond(atBob, '487 Request Terminated')
    await bob.incoming('ACK')
    expect((await lastCall()).to).toEqual({ number: '2001', device: 'CSFBOB' })
  })
})

describe('a call that does not come about', () => {
  test.each([
    ['an unknown number', '9999', 404, 'unallocated number'],
    ['a number without a registered device', '3001', 480, 'not registered'],
  ])('%s', async (_, number, status, cause) => {
    alice.invite(number, sdp(alice.address, 16384))
    await alice.response(status)
    expect(await lastCall()).toMatchObject({ status, cause })
  })

  test("a line in a partition that the caller's calling search space does not have", async () => {
    const set = (path: string, value: unknown) => cluster.management.call('set', { path, value })
    await set('lines', [{ number: '2001', partition: 'Staff' }])
    alice.invite('2001', sdp(alice.address, 16384))
    await alice.response(404)
    await set('callingSearchSpaces', [{ name: 'Everybody', partitions: ['Staff'] }])
    await set('devices.0.callingSearchSpace', 'Everybody')
    await callBob()
  })

  test.each([
    ['486 Busy Here', 486, 'busy'],
    ['488 Not Acceptable Here', 488, 'no common media'],
    ['500 Server Internal Error', 480, 'refused by the called device'],
  ])('the called device answers %s', async (line, status, cause) => {
    alice.invite('2001', sdp(alice.address, 16384))
    const invite = await bob.incoming('INVITE')
    bob.respond(invite, line)
    await alice.response(status)
    expect((await bob.incoming('ACK')).method).toBe('ACK')
    expect(await lastCall()).toMatchObject({ status, cause })
  })

  test('the caller cancels while it rings', async () => {
    alice.invite('2001', sdp(alice.address, 16384))
    const invite = await bob.incoming('INVITE')
    bob.respond(invite, '180 Ringing')
    await alice.response(180)
    const via = cluster.events.find((event) => event.summary?.startsWith('INVITE sip:2001@'))!
    const sent = Buffer.from(via.bytes!, 'base64').toString()
    const branch = /branch=(\S+)/.exec(sent)![1]!
    const number = /CSeq: (\d+)/.exec(sent)![1]!
    alice.send(
      'CANCEL sip:2001@cucm1.example.com SIP/2.0',
      [
        'Max-Forwards: 70',
        'From: <sip:1001@cucm1.example.com>;tag=call',
        'To: <sip:2001@cucm1.example.com>',
        'Call-ID: call-CSFALICE',
        `CSeq: ${number} CANCEL`,
      ],
      '',
      branch,
    )
    await alice.response(200, 'CANCEL')
    await alice.response(487, 'INVITE')
    const cancel = await bob.incoming('CANCEL')
    expect(header(cancel, 'Via')).toBe(header(invite, 'Via'))
    bob.respond(cancel, '200 OK')
    bob.respond(invite, '487 Request Terminated')
    await bob.incoming('ACK')
    expect(await lastCall()).toMatchObject({ status: 487, cause: 'cancelled' })
  })

  test('nobody answers', async () => {
    alice.invite('2001', sdp(alice.address, 16384))
    bob.respond(await bob.incoming('INVITE'), '180 Ringing')
    await alice.response(180)
    await cluster.management.call('advanceClock', { milliseconds: 181_000 })
    await alice.response(480)
    await bob.incoming('CANCEL')
    expect(await lastCall()).toMatchObject({ cause: 'no answer' })
  })

  test('a device that is not registered may not call', async () => {
    using stranger = await ScriptedDevice.connect(networkAt('127.78.3.33'), '127.78.3.2', { name: 'X', line: '4001' })
    stranger.invite('2001', sdp('127.78.3.33', 16384))
    expect(header(await stranger.response(403), 'Warning')).toContain('Unable to find a device handler')
  })

  test('a session interval below Min-SE is refused with it', async () => {
    alice.invite('2001', sdp(alice.address, 16384), ['Supported: timer', 'Session-Expires: 90'])
    expect(header(await alice.response(422), 'Min-SE')).toBe('1800')
  })

  test('a device whose connection is gone and whose Contact cannot be dialled is unavailable', async () => {
    bob[Symbol.dispose]()
    await waitFor('the connection to close', () => bob.isClosed)
    await waitFor('Unified CM to see it', async () => {
      alice.invite('2001', sdp(alice.address, 16384))
      return (await alice.response(480)) !== undefined
    })
  })
})

describe('descriptions', () => {
  test('the region lowers the bit rates: 384 in all, 320 for video', async () => {
    const { invite, answer } = await callBob()
    for (const body of [invite.body.toString(), answer.body.toString()]) {
      expect(body).toContain('b=AS:384\r\n')
      expect(body).toContain('b=TIAS:320000\r\n')
    }
  })

  test('a region of 6000 leaves the offer as it is', async () => {
    const within = { of: 'Default', region: 'Default', maximumSessionBitRateForVideoCalls: 6000 }
    await cluster.management.call('set', { path: 'regionRelationships', value: [within] })
    const { invite } = await callBob()
    expect(invite.body.toString()).toContain('b=AS:4000\r\n')
    expect(invite.body.toString()).toContain('b=TIAS:4000000\r\n')
  })

  test('an INVITE without offer: the called device offers, the answer travels in the ACK', async () => {
    alice.invite('2001', '')
    const invite = await bob.incoming('INVITE')
    expect(invite.body).toHaveLength(0)
    bob.respond(invite, '200 OK', sdp(bob.address, 20000))
    const answer = await alice.response(200, 'INVITE')
    expect(answer.body.toString()).toContain('m=audio 20000')
    alice.inDialog('ACK', answer, { sequence: cseq(answer).number, body: sdp(alice.address, 16384) })
    expect((await bob.incoming('ACK')).body.toString()).toContain('m=audio 16384')
  })

  test('delayed offer: no description goes out, both sides get an answer of common codecs', async () => {
    await cluster.management.call('set', { path: 'earlyOffer', value: false })
    alice.invite('2001', sdp(alice.address, 16384, { video: true }))
    const invite = await bob.incoming('INVITE')
    expect(invite.body).toHaveLength(0)
    bob.respond(invite, '200 OK', sdp(bob.address, 20000).replace('9 0 8 101', '0 18 101'))
    const answer = (await alice.response(200, 'INVITE')).body.toString()
    expect(answer).toContain('m=audio 20000 RTP/AVP 0 101\r\n')
    expect(answer).toContain('m=video 0 RTP/AVP 126\r\n')
    const ack = (await bob.incoming('ACK')).body.toString()
    expect(ack).toContain('m=audio 16384 RTP/AVP 0 101\r\n')
    expect(ack).not.toContain('m=video')
  })
})

test('the trace shows the messages of both directions', async () => {
  await callBob()
  const sip = cluster.events.filter((event) => event.kind === 'message' && event.protocol === 'SIP')
  expect(sip.filter((event) => event.direction === 'received' && event.summary?.startsWith('INVITE'))).toHaveLength(1)
  expect(sip.filter((event) => event.direction === 'sent' && event.summary?.startsWith('INVITE'))).toHaveLength(1)
})
