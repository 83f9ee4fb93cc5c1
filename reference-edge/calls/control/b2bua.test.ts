import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { waitFor } from '#runtime/wait.ts'
import { AuthenticationPolicy } from '../../control/authentication-policy.ts'
import { createCancel } from '../../protocol/sip/client-transaction.ts'
import type { SipRequest, SipResponse } from '../../protocol/sip/message.ts'
import type { ScriptedPeer } from './scripted-peer.fixture.ts'
import { nodeName, openScene, plainDescription, secureOffer, type Scene } from './b2bua-scene.fixture.ts'

let scene: Scene
beforeEach(() => {
  scene = openScene()
})
afterEach(() => scene[Symbol.asyncDispose]())

const aliceContact = 'sip:3f0c@192.0.2.10:50784;transport=tls'
const aliceParameters = ';+u.sip!devicename.ccm.cisco.com="CSFALICE"'

function dial(options: { body?: string; headers?: [string, string][] } = {}): SipRequest {
  return scene.outside.request(
    'INVITE',
    `sip:1003@${nodeName}`,
    [
      ['From', `"Alice" <sip:1001@${nodeName}>;tag=alice`],
      ['To', `<sip:1003@${nodeName}>`],
      ['Call-ID', 'call-1@client'],
      ['CSeq', '101 INVITE'],
      ['Contact', `<${aliceContact}>${aliceParameters}`],
      ['Record-Route', '<sip:proxy-call-id=1@127.9.2.10:7001;transport=tls;lr>'],
      ['Session-Expires', '1800'],
      ['Supported', '100rel,timer,replaces'],
      ...(options.headers ?? []),
    ],
    options.body,
  )
}

/** A request in a dialog that `response` made, from the one it was sent to. */
function inDialog(peer: ScriptedPeer, method: string, number: number, made: SipResponse, body?: string): SipRequest {
  return peer.request(
    method,
    made.addresses('contact')?.[0]?.uri ?? 'sip:127.9.3.10:5073;transport=tls',
    [
      ['From', made.first('from')!],
      ['To', made.first('to')!],
      ['Call-ID', made.callId!],
      ['CSeq', `${number} ${method}`],
      ...(method === 'ACK' || method === 'BYE' ? [] : ([['Contact', `<${aliceContact}>`]] as [string, string][])),
    ],
    body,
  )
}

/** A request of the callee, whose dialog an INVITE of the B2BUA made. */
function fromCallee(peer: ScriptedPeer, method: string, number: number, invite: SipRequest, body?: string): SipRequest {
  return peer.request(
    method,
    invite.addresses('contact')![0]!.uri,
    [
      ['From', `${invite.first('to')!};tag=tag-${peer.peer.side}`],
      ['To', invite.first('from')!],
      ['Call-ID', invite.callId!],
      ['CSeq', `${number} ${method}`],
      ['Contact', '<sip:1003@127.9.3.20:5060;transport=tcp>'],
    ],
    body,
  )
}

async function connect(): Promise<{ answered: SipResponse; invite: SipRequest }> {
  dial({ body: secureOffer() })
  const invite = await scene.inside.nextRequest('INVITE')
  scene.inside.respond(invite, 200, 'OK', {
    contact: 'sip:1003@127.9.3.20:5060;transport=tcp',
    body: plainDescription(),
  })
  await scene.inside.nextRequest('ACK')
  const answered = await scene.outside.nextResponse(200)
  inDialog(scene.outside, 'ACK', 101, answered)
  return { answered, invite }
}

const states = () => scene.b2bua.status().active.map(({ state }) => state)

describe('a call from outside', () => {
  it('is a new dialog inside with plain RTP, and answered with SRTP outside', async () => {
    dial({ body: secureOffer() })
    const invite = await scene.inside.nextRequest('INVITE')
    expect(invite.callId).not.toBe('call-1@client')
    expect(invite.fromTag).not.toBe('alice')
    expect(invite.requestUri).toBe(`sip:1003@${nodeName}`)
    expect(invite.first('contact')).toBe(`<sip:3f0c@127.9.3.10:5073;transport=tls>${aliceParameters}`)
    expect(invite.first('session-expires')).toBe('1800')
    expect(invite.first('supported')).toBe('timer')
    expect(invite.all('supported')).toEqual(['timer', 'replaces'])
    expect(invite.maxForwards).toBe(15)
    expect(invite.topVia?.parameters.get('egress-zone')).toBe(`CEtcp-${nodeName}`)
    expect(invite.body.toString()).toMatch(/o=tandberg 0 1 IN IP4 127\.9\.3\.10/)
    expect(invite.body.toString()).toMatch(/m=audio \d+ RTP\/AVP 0 101/)
    expect(invite.body.toString()).not.toContain('crypto')

    scene.inside.respond(invite, 183, 'Session Progress', { body: plainDescription() })
    const ringing = await scene.outside.nextResponse(180)
    expect(ringing.body.length).toBe(0)

    scene.inside.respond(invite, 200, 'OK', { contact: 'sip:x@127.9.3.20:5060', body: plainDescription() })
    const ack = await scene.inside.nextRequest('ACK')
    expect(ack.requestUri).toBe('sip:x@127.9.3.20:5060')
    const answered = await scene.outside.nextResponse(200)
    expect(answered.toTag).toBe(ringing.toTag)
    expect(answered.all('record-route').at(-1)).toContain('127.9.2.10:7001')
    expect(answered.body.toString()).toMatch(/m=audio \d+ RTP\/SAVP 0 101/)
    expect(answered.body.toString()).toMatch(/a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:[\w+/]{40}\|2\^48/)
    expect(answered.body.toString()).not.toContain('A'.repeat(40))
    expect(states()).toEqual(['Connected'])
    expect(scene.media.portsInUse).toBe(4)

    inDialog(scene.outside, 'ACK', 101, answered)
    inDialog(scene.outside, 'BYE', 102, answered)
    await scene.outside.nextResponse(200)
    const bye = await scene.inside.nextRequest('BYE')
    expect(bye.callId).toBe(invite.callId)
    await waitFor('media released', () => scene.media.portsInUse === 0)
    const [record] = scene.b2bua.status().history
    expect(record?.components.map(({ type }) => type)).toEqual(['VCS', 'B2BUA', 'VCS'])
    expect(record?.state).toBe('Disconnected')
    expect(scene.b2bua.status().admission.remoteSessions.current).toBe(0)
    const events = scene.host.records.map(({ event }) => event)
    expect(events).toEqual(['Search Completed', 'Call Attempted', 'Call Connected', 'Call Disconnected'])
    expect(scene.searches.list()).toMatchObject([{ rule: `CEtcp-${nodeName}`, outcome: 'Found' }])
  })

  it.each([
    ['RTP/AVP', 'media are not encrypted'],
    ['RTP/SAVPF', 'no usable key in the description'],
    ['UDP/TLS/RTP/SAVPF', 'DTLS-SRTP is not supported: keys come with the description'],
  ])('is refused 488 where the client offers %s without keys, and the warning says why', async (profile, why) => {
    dial({ body: secureOffer({ profile }) })
    const refused = await scene.outside.nextResponse(488)
    expect(refused.first('warning')).toBe(`399 vcsc1.example.com "${why}"`)
    expect(scene.inside.received).toHaveLength(0)
    expect(scene.media.portsInUse).toBe(0)
  })

  it('is refused 400 where the description cannot be read', async () => {
    dial({ body: 'v=0\r\nrubbish\r\n' })
    await scene.outside.nextResponse(400)
  })

  it('carries video with keys, the floor in clear, and switches other m-lines off', async () => {
    const key = 'B'.repeat(40)
    const video =
      `m=video 36000 RTP/SAVP 97\r\na=rtpmap:97 H264/90000\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${key}\r\n` +
      'm=application 36000 UDP/BFCP *\r\na=floorctrl:c-s\r\na=setup:actpass\r\n' +
      'm=application 5072 TCP/BFCP *\r\na=floorctrl:c-s\r\n'
    dial({ body: secureOffer({ extra: video }) })
    const invite = await scene.inside.nextRequest('INVITE')
    expect(invite.body.toString()).toMatch(/m=video [1-9]\d* RTP\/AVP 97/)
    expect(invite.body.toString()).toMatch(
      /m=application [1-9]\d* UDP\/BFCP \*\r\nc=IN IP4 127.9.3.10\r\na=floorctrl:c-s\r\na=setup:actpass\r\nm=application 0 TCP/,
    )
    const extra = 'm=video 0 RTP/AVP 97\r\nm=application 0 UDP/BFCP *\r\nm=application 0 TCP/BFCP *\r\n'
    scene.inside.respond(invite, 200, 'OK', { contact: 'sip:x@127.9.3.20', body: plainDescription({ extra }) })
    const answered = await scene.outside.nextResponse(200)
    expect(answered.body.toString()).toMatch(/m=video 0 /)
    await waitFor('the declined lines closed', () => scene.media.portsInUse === 4)
  })

  it.each([486, 480, 404, 488])('passes %i on with its headers', async (status) => {
    dial({ body: secureOffer() })
    const invite = await scene.inside.nextRequest('INVITE')
    scene.inside.respond(invite, status, 'No', { headers: [['Warning', '370 cucm1 "Insufficient Bandwidth"']] })
    await scene.inside.nextRequest('ACK')
    const refused = await scene.outside.nextResponse(status)
    expect(refused.first('warning')).toContain('Insufficient Bandwidth')
    await waitFor('media released', () => scene.media.portsInUse === 0)
    expect(scene.b2bua.status().history[0]).toMatchObject({ state: 'Rejected', responseCode: status })
  })

  it('answers 503 where the node cannot be reached and 404 where no search rule fits', async () => {
    scene.inside.isReachable = false
    dial({ body: secureOffer() })
    await scene.outside.nextResponse(503)
    scene.outside.request('INVITE', 'sip:1003@elsewhere.example', [
      ['From', '<sip:1001@x>;tag=b'],
      ['To', '<sip:1003@x>'],
      ['Call-ID', 'call-2'],
      ['CSeq', '1 INVITE'],
      ['Contact', `<${aliceContact}>`],
    ])
    await scene.outside.nextResponse(404)
  })

  it('is cancelled: 487 outside, CANCEL inside, media gone', async () => {
    const invite = dial({ body: secureOffer() })
    const inside = await scene.inside.nextRequest('INVITE')
    scene.inside.respond(inside, 180, 'Ringing')
    await scene.outside.nextResponse(180)
    scene.outside.say(createCancel(invite))
    const replies = [await scene.outside.next(), await scene.outside.next()] as SipResponse[]
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 487])
    const passedOn = await scene.inside.nextRequest('CANCEL')
    expect(passedOn.topVia?.parameters.get('branch')).toBe(inside.topVia?.parameters.get('branch'))
    scene.inside.respond(passedOn, 200, 'OK')
    scene.inside.respond(inside, 487, 'Request Terminated')
    await scene.inside.nextRequest('ACK')
    await waitFor('media released', () => scene.media.portsInUse === 0)
  })

  it('leaves no transaction where the callee never answers the CANCEL', async () => {
    const invite = dial({ body: secureOffer() })
    const inside = await scene.inside.nextRequest('INVITE')
    scene.inside.respond(inside, 180, 'Ringing')
    await scene.outside.nextResponse(180)
    scene.outside.say(createCancel(invite))
    await scene.inside.nextRequest('CANCEL')
    expect(scene.layer.counters.client).toBe(2)
    scene.clock.advance(32_000)
    expect(scene.layer.counters.client).toBe(0)
    expect(scene.clock.pending).toBe(0)
  })

  it('is acknowledged and ended where the 2xx crosses the CANCEL', async () => {
    const invite = dial({ body: secureOffer() })
    const inside = await scene.inside.nextRequest('INVITE')
    scene.inside.respond(inside, 180, 'Ringing')
    await scene.outside.nextResponse(180)
    scene.outside.say(createCancel(invite))
    await scene.inside.nextRequest('CANCEL')
    scene.inside.respond(inside, 200, 'OK', { contact: 'sip:x@127.9.3.20', body: plainDescription() })
    await scene.inside.nextRequest('ACK')
    await scene.inside.nextRequest('BYE')
    await waitFor('media released', () => scene.media.portsInUse === 0)
  })

  it('is challenged by the zone policy Check credentials and never gets inside', async () => {
    scene.policy = AuthenticationPolicy.check
    dial({ body: secureOffer() })
    const challenged = await scene.outside.nextResponse(407)
    expect(challenged.first('proxy-authenticate')).toContain('realm="vcsc1.example.com"')
    expect(scene.inside.received).toHaveLength(0)
  })

  it('ends where no ACK comes', async () => {
    dial({ body: secureOffer() })
    const invite = await scene.inside.nextRequest('INVITE')
    scene.inside.respond(invite, 200, 'OK', { contact: 'sip:x@127.9.3.20', body: plainDescription() })
    await scene.inside.nextRequest('ACK')
    await scene.outside.nextResponse(200)
    scene.clock.advance(32_000)
    await scene.outside.nextRequest('BYE')
    await scene.inside.nextRequest('BYE')
  })

  it('is refused 503 beyond the limit of remote sessions', async () => {
    await scene[Symbol.asyncDispose]()
    scene = openScene({ callLimit: 0 })
    dial({ body: secureOffer() })
    await scene.outside.nextResponse(503)
    expect(scene.b2bua.status().admission).toMatchObject({
      remoteSessions: { current: 0, refused: 1 },
      traversalResources: { limit: 0, refused: 1 },
    })
  })
})

describe('a connected call', () => {
  it('relays hold and resume, and media follow the direction', async () => {
    const { invite } = await connect()
    fromCallee(scene.inside, 'INVITE', 1, invite, plainDescription({ direction: 'sendonly' }))
    const hold = await scene.outside.nextRequest('INVITE')
    expect(hold.requestUri).toBe(aliceContact)
    expect(hold.first('route')).toContain('127.9.2.10:7001')
    expect(hold.body.toString()).toMatch(/o=tandberg 0 2 /)
    expect(hold.body.toString()).toMatch(/a=crypto:1 AES_CM_128_HMAC_SHA1_80/)
    expect(hold.body.toString()).not.toContain('SHA1_32')
    expect(hold.body.toString()).toContain('a=sendonly')
    scene.outside.respond(hold, 200, 'OK', {
      contact: aliceContact,
      body: secureOffer({ direction: 'recvonly' }),
    })
    await scene.outside.nextRequest('ACK')
    const held = await scene.inside.nextResponse(200)
    expect(held.body.toString()).toContain('a=recvonly')
    expect(held.body.toString()).toContain('RTP/AVP')
  })

  it('answers 491 to a re-INVITE that meets one from the other side, 500 to a second from the same', async () => {
    const { answered, invite } = await connect()
    inDialog(scene.outside, 'INVITE', 102, answered, secureOffer())
    const first = await scene.inside.nextRequest('INVITE')
    fromCallee(scene.inside, 'INVITE', 1, invite, plainDescription())
    await scene.inside.nextResponse(491)
    inDialog(scene.outside, 'INVITE', 103, answered, secureOffer())
    const refused = await scene.outside.nextResponse(500)
    expect(refused.has('retry-after')).toBe(true)
    scene.inside.respond(first, 200, 'OK', { contact: 'sip:x@127.9.3.20', body: plainDescription() })
    expect(states()).toEqual(['Connected'])
  })

  it('stays as it was where a re-INVITE is refused', async () => {
    const { answered } = await connect()
    inDialog(scene.outside, 'INVITE', 102, answered, secureOffer({ direction: 'inactive' }))
    const invite = await scene.inside.nextRequest('INVITE')
    scene.inside.respond(invite, 488, 'Not Acceptable Here')
    await scene.inside.nextRequest('ACK')
    await scene.outside.nextResponse(488)
    expect(states()).toEqual(['Connected'])
    expect(scene.media.portsInUse).toBe(4)
  })

  it('relays UPDATE with and without a description', async () => {
    const { answered } = await connect()
    inDialog(scene.outside, 'UPDATE', 102, answered)
    const plain = await scene.inside.nextRequest('UPDATE')
    scene.inside.respond(plain, 200, 'OK', { contact: 'sip:x@127.9.3.20' })
    await scene.outside.nextResponse(200)
    inDialog(scene.outside, 'UPDATE', 103, answered, secureOffer({ direction: 'sendonly' }))
    const described = await scene.inside.nextRequest('UPDATE')
    expect(described.body.toString()).toContain('RTP/AVP')
    scene.inside.respond(described, 200, 'OK', {
      contact: 'sip:x@127.9.3.20',
      body: plainDescription({ direction: 'recvonly' }),
    })
    expect((await scene.outside.nextResponse(200)).body.toString()).toContain('RTP/SAVP')
  })

  it('answers 491 to an UPDATE with an offer that meets a re-INVITE from the other side', async () => {
    const { answered, invite } = await connect()
    inDialog(scene.outside, 'INVITE', 102, answered, secureOffer())
    await scene.inside.nextRequest('INVITE')
    fromCallee(scene.inside, 'UPDATE', 1, invite, plainDescription())
    await scene.inside.nextResponse(491)
  })

  it('takes back a re-INVITE that is cancelled and stays connected', async () => {
    const { answered } = await connect()
    const reinvite = inDialog(scene.outside, 'INVITE', 102, answered, secureOffer({ direction: 'inactive' }))
    const relayed = await scene.inside.nextRequest('INVITE')
    scene.inside.respond(relayed, 100, 'Trying')
    scene.outside.say(createCancel(reinvite))
    await scene.outside.nextResponse(200)
    const cancel = await scene.inside.nextRequest('CANCEL')
    scene.inside.respond(cancel, 200, 'OK')
    scene.inside.respond(relayed, 487, 'Request Terminated')
    await scene.outside.nextResponse(487)
    expect(states()).toEqual(['Connected'])
  })

  it('takes hold by c=0.0.0.0 and keeps the ports', async () => {
    const { invite } = await connect()
    fromCallee(scene.inside, 'INVITE', 1, invite, plainDescription({ address: '0.0.0.0', direction: 'inactive' }))
    const hold = await scene.outside.nextRequest('INVITE')
    expect(hold.body.toString()).toContain('c=IN IP4 127.9.3.10')
    scene.outside.respond(hold, 200, 'OK', { contact: aliceContact, body: secureOffer({ direction: 'inactive' }) })
    await scene.inside.nextResponse(200)
    expect(scene.media.portsInUse).toBe(4)
  })

  it('survives an old CSeq and a foreign tag', async () => {
    const { answered } = await connect()
    inDialog(scene.outside, 'INFO', 1, answered)
    await scene.outside.nextResponse(500)
    const forged = answered.clone()
    forged.set('From', forged.first('from')!.replace('tag=alice', 'tag=mallory'))
    inDialog(scene.outside, 'BYE', 200, forged)
    await scene.outside.nextResponse(481)
    expect(states()).toEqual(['Connected'])
  })

  it('relays INFO, NOTIFY and REFER with their bodies, and refusals back', async () => {
    const { invite, answered } = await connect()
    for (const [index, method] of ['INFO', 'NOTIFY', 'REFER'].entries()) {
      fromCallee(scene.inside, method, index + 1, invite)
      const relayed = await scene.outside.nextRequest(method)
      expect(relayed.callId).toBe('call-1@client')
      expect(relayed.toTag).toBe('alice')
      scene.outside.respond(relayed, 202, 'Accepted')
      await scene.inside.nextResponse(202)
    }
    const info = scene.outside.request('INFO', answered.addresses('contact')![0]!.uri, [
      ['From', answered.first('from')!],
      ['To', answered.first('to')!],
      ['Call-ID', answered.callId!],
      ['CSeq', '110 INFO'],
      ['Content-Type', 'application/media_control+xml'],
    ])
    expect(info).toBeDefined()
    const relayed = await scene.inside.nextRequest('INFO')
    scene.inside.respond(relayed, 415, 'Unsupported Media Type')
    await scene.outside.nextResponse(415)
  })

  it('repeats its ACK for a repeated 2xx', async () => {
    dial({ body: secureOffer() })
    const invite = await scene.inside.nextRequest('INVITE')
    const options = { contact: 'sip:x@127.9.3.20', body: plainDescription() }
    scene.inside.respond(invite, 200, 'OK', options)
    const ack = await scene.inside.nextRequest('ACK')
    scene.inside.respond(invite, 200, 'OK', options)
    expect((await scene.inside.nextRequest('ACK')).toBuffer().toString()).toBe(ack.toBuffer().toString())
  })

  it('ends with BYE inside when the traversal zone is lost, and outside when Unified CM is', async () => {
    await connect()
    scene.closeFlow(scene.outside)
    await scene.inside.nextRequest('BYE')
    await waitFor('media released', () => scene.media.portsInUse === 0)
    await scene[Symbol.asyncDispose]()
    scene = openScene()
    await connect()
    scene.closeFlow(scene.inside)
    await scene.outside.nextRequest('BYE')
  })

  it('answers 481 to what belongs to no call', async () => {
    const { answered } = await connect()
    inDialog(scene.outside, 'BYE', 102, answered)
    await scene.outside.nextResponse(200)
    inDialog(scene.outside, 'INVITE', 103, answered, secureOffer())
    await scene.outside.nextResponse(481)
  })
})

describe('a call from inside', () => {
  const registered = 'sip:3f0c@127.9.3.10:5060;transport=tcp;orig-hostport=192.0.2.10:50784'

  beforeEach(() => {
    const [node, by] = [scene.inside.peer, scene.outside.peer]
    scene.registrations.keep(
      { key: '3f0c@192.0.2.10:50784', contact: aliceContact, aor: 'sip:1001@x', deviceName: 'CSFALICE', node, by },
      120,
    )
  })

  const call = (body?: string) =>
    scene.inside.request(
      'INVITE',
      registered,
      [
        ['From', `"Carol" <sip:1003@${nodeName}>;tag=carol`],
        ['To', `<sip:1001@${nodeName}>`],
        ['Call-ID', 'inside-1@127.9.3.20'],
        ['CSeq', '101 INVITE'],
        ['Contact', '<sip:1003@127.9.3.20:5060;transport=tcp>'],
      ],
      body,
    )

  it('goes to the client’s own contact with SRTP offered', async () => {
    call(plainDescription())
    const invite = await scene.outside.nextRequest('INVITE')
    expect(invite.requestUri).toBe(aliceContact)
    const offer = invite.body.toString()
    expect(offer.match(/a=crypto/g)).toHaveLength(4)
    expect(offer).toMatch(/RTP\/SAVP/)
    scene.outside.respond(invite, 200, 'OK', { contact: aliceContact, body: secureOffer() })
    const answered = await scene.inside.nextResponse(200)
    expect(answered.body.toString()).toMatch(/RTP\/AVP 0 101/)
  })

  it('works with a delayed offer: the client’s offer goes in with the 200, the answer out with the ACK', async () => {
    call()
    const invite = await scene.outside.nextRequest('INVITE')
    expect(invite.body.length).toBe(0)
    scene.outside.respond(invite, 200, 'OK', { contact: aliceContact, body: secureOffer() })
    const answered = await scene.inside.nextResponse(200)
    expect(answered.body.toString()).toMatch(/m=audio \d+ RTP\/AVP/)
    expect(scene.outside.hasMore).toBe(false)
    inDialog(scene.inside, 'ACK', 101, answered, plainDescription())
    const ack = await scene.outside.nextRequest('ACK')
    expect(ack.body.toString()).toMatch(/m=audio \d+ RTP\/SAVP/)
    expect(ack.body.toString()).toMatch(/a=crypto:1 /)
    expect(states()).toEqual(['Connected'])
  })

  it('tells the caller once of a repeated late offer', async () => {
    call()
    const invite = await scene.outside.nextRequest('INVITE')
    const options = { contact: aliceContact, body: secureOffer() }
    scene.outside.respond(invite, 200, 'OK', options)
    const answered = await scene.inside.nextResponse(200)
    scene.outside.respond(invite, 200, 'OK', options)
    inDialog(scene.inside, 'ACK', 101, answered, plainDescription())
    await scene.outside.nextRequest('ACK')
    expect(scene.inside.hasMore).toBe(false)
  })

  it('gives 500 where the Expressway challenges it', async () => {
    call(plainDescription())
    const invite = await scene.outside.nextRequest('INVITE')
    const headers = [['Proxy-Authenticate', 'Digest realm="vcse1.example.com", nonce="1"']] as const
    scene.outside.respond(invite, 407, 'Proxy Authentication Required', { headers })
    await scene.outside.nextRequest('ACK')
    const refused = await scene.inside.nextResponse(500)
    expect(refused.has('proxy-authenticate')).toBe(false)
  })

  it('is refused 488 where the client answers without a key', async () => {
    call(plainDescription())
    const invite = await scene.outside.nextRequest('INVITE')
    const body = secureOffer({ profile: 'RTP/AVP' })
    scene.outside.respond(invite, 200, 'OK', { contact: aliceContact, body })
    await scene.outside.nextRequest('ACK')
    await scene.inside.nextResponse(488)
    await scene.outside.nextRequest('BYE')
  })

  it('is 404 for nobody', async () => {
    scene.registrations.clear()
    call(plainDescription())
    await scene.inside.nextResponse(404)
  })
})
