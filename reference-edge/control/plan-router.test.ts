import { afterEach, describe, expect, it } from 'vitest'
import { waitFor } from '#runtime/wait.ts'
import { createCancel } from '../protocol/sip/client-transaction.ts'
import { plainDescription, secureOffer } from '../calls/control/b2bua-scene.fixture.ts'
import type { PlanScene } from './plan-scene.fixture.ts'
import { dial, openPlanScene, ruleTo } from './plan-scene.fixture.ts'

let scene: PlanScene
afterEach(() => scene[Symbol.asyncDispose]())

const isSearched = () =>
  scene.searches.list().map(({ rule, zone, outcome }) => `${outcome} ${rule ?? ''} ${zone ?? ''}`)

describe('search rules of a VCS Control', () => {
  it('lead a device to a neighbor zone, as a call whose media go past', async () => {
    scene = openPlanScene({ rules: [ruleTo('Trunk')] })
    dial(scene.dave, 'sip:1001@example.com', { body: plainDescription() })
    const invite = await scene.trunk.nextRequest('INVITE')
    expect(invite.requestUri).toBe('sip:1001@example.com')
    expect(invite.callId).toBe('call-LocalZone')
    expect(invite.body.toString()).toBe(plainDescription())
    expect(invite.maxForwards).toBe(15)
    expect(invite.all('record-route')).toHaveLength(2)
    expect(isSearched()).toEqual(['Found To Trunk Trunk'])
    expect(scene.calls.status().active).toMatchObject([
      {
        callType: 'VCS non-traversal call',
        components: [{ type: 'VCS', source: 'LocalZone', destination: 'Trunk' }],
        state: 'Attempted',
      },
    ])
    expect(scene.admission.status()).toMatchObject({
      nonTraversalCalls: { current: 1 },
      traversalCalls: { current: 0 },
    })
  })

  it('ask the next zone where one has not got the alias, and answer what tells most', async () => {
    scene = openPlanScene({
      rules: [ruleTo('Trunk', { priority: 1 }), ruleTo('Local Zone', { priority: 2 }), ruleTo('Partner')],
    })
    dial(scene.dave, 'sip:erin@example.com', { body: plainDescription() })
    scene.trunk.respond(await scene.trunk.nextRequest('INVITE'), 404, 'Not Found')
    await scene.trunk.nextRequest('ACK')
    const toErin = await scene.erin.nextRequest('INVITE')
    expect(toErin.requestUri).toBe('sip:erin@device')
    scene.erin.respond(toErin, 480, 'Temporarily Unavailable')
    scene.partner.respond(await scene.partner.nextRequest('INVITE'), 404, 'Not Found')
    await scene.dave.nextResponse(480)
    expect(scene.dave.hasMore).toBe(false)
    expect(isSearched()).toEqual(['Found To Partner Partner', 'Found To Local Zone LocalZone', 'Found To Trunk Trunk'])
    expect(scene.admission.status().nonTraversalCalls.current).toBe(0)
  })

  it('do not go on behind Stop, behind an answer that is one, or behind a CANCEL', async () => {
    scene = openPlanScene({ rules: [ruleTo('Trunk', { priority: 1 }), ruleTo('Partner')] })
    dial(scene.dave, 'sip:1@example.com', { body: plainDescription() })
    scene.trunk.respond(await scene.trunk.nextRequest('INVITE'), 486, 'Busy Here')
    await scene.dave.nextResponse(486)
    await scene.trunk.nextRequest('ACK')
    const invite = dial(scene.erin, 'sip:2@example.com', { body: plainDescription() })
    const ringing = await scene.trunk.nextRequest('INVITE')
    scene.trunk.respond(ringing, 180, 'Ringing')
    await scene.erin.nextResponse(180)
    scene.erin.say(createCancel(invite))
    await scene.erin.nextResponse(200)
    await scene.trunk.nextRequest('CANCEL')
    scene.trunk.respond(ringing, 480, 'Temporarily Unavailable')
    await scene.erin.nextResponse(480)
    expect(scene.partner.received).toEqual([])
  })

  it('answer 404 where none matches, and never send back where it came from', async () => {
    scene = openPlanScene({ rules: [ruleTo('Trunk'), ruleTo('Local Zone'), ruleTo('Nowhere')] })
    dial(scene.trunk, 'sip:nobody@example.com', { body: plainDescription() })
    await scene.trunk.nextResponse(404)
    expect(isSearched()).toEqual(['Not Found  '])
  })

  it('rewrite the alias for the zone', async () => {
    const pattern = { mode: 'Alias pattern match', patternType: 'Prefix', pattern: '9', behavior: 'Strip' } as const
    scene = openPlanScene({ rules: [ruleTo('Trunk', pattern)] })
    dial(scene.dave, 'sip:91001@example.com', { body: plainDescription() })
    expect((await scene.trunk.nextRequest('INVITE')).requestUri).toBe('sip:1001@example.com')
  })

  it('refuse a request that comes back, and one without hops', async () => {
    scene = openPlanScene({ rules: [ruleTo('Trunk', { source: 'Local Zone' }), ruleTo('Partner')] })
    dial(scene.dave, 'sip:1@example.com', { body: plainDescription() })
    const sent = await scene.trunk.nextRequest('INVITE')
    sent.addOnTop('Via', 'SIP/2.0/TCP 127.9.4.2:5060;branch=z9hG4bKback')
    scene.trunk.say(sent)
    await scene.trunk.nextResponse(482)
    dial(scene.partner, 'sip:2@example.com', { body: plainDescription(), extra: [] })
    await scene.partner.nextResponse(404)
  })

  it('carry a call through the traversal zone: SRTP outside, RTP inside, a traversal call', async () => {
    scene = openPlanScene({ rules: [ruleTo('TraversalZone', { source: 'Local Zone' }), ruleTo('Local Zone')] })
    dial(scene.dave, 'sip:peter@partner.test', { body: plainDescription() })
    const invite = await scene.traversal.nextRequest('INVITE')
    expect(invite.requestUri).toBe('sip:peter@partner.test')
    expect(invite.body.toString()).toContain('RTP/SAVP')
    expect(scene.b2bua.status().active).toMatchObject([{ callType: 'VCS traversal call' }])
    scene.traversal.respond(invite, 200, 'OK', { contact: 'sip:peter@far', body: secureOffer() })
    expect((await scene.dave.nextResponse(200)).body.toString()).toContain('RTP/AVP')
    expect(scene.admission.status().traversalCalls).toMatchObject({ current: 1, audio: 1 })
  })

  it('lead a call from outside to a device, and leave calls of remote access alone', async () => {
    scene = openPlanScene({ rules: [ruleTo('Trunk', { priority: 1 }), ruleTo('Local Zone')] })
    const via = ['Via', 'SIP/2.0/TLS 192.0.2.9:5061;branch=z9hG4bKx;ingress-zone=DefaultZone'] as const
    dial(scene.traversal, 'sip:dave@example.com', { from: 'sip:peter@partner.test', body: secureOffer(), extra: [via] })
    scene.trunk.respond(await scene.trunk.nextRequest('INVITE'), 404, 'Not Found')
    const invite = await scene.dave.nextRequest('INVITE')
    expect(invite.body.toString()).toContain('RTP/AVP')
    const call = ['Call-ID', 'remote'] as const
    const headers = [['From', '<sip:1001@x>;tag=a'], ['To', '<sip:1002@x>'], call, ['CSeq', '1 INVITE']] as const
    const contact = ['Contact', '<sip:a@192.0.2.8:5060>'] as const
    scene.traversal.request('INVITE', 'sip:1002@cucm1.example.com', [...headers, contact], secureOffer())
    expect((await scene.node.nextRequest('INVITE')).requestUri).toBe('sip:1002@cucm1.example.com')
    expect(scene.b2bua.status().active.map(({ callType }) => callType)).toEqual([
      'VCS traversal call',
      'Unified CM remote session',
    ])
  })

  it('do not let business calls from outside use the line side', async () => {
    scene = openPlanScene({ rules: [] })
    const via = ['Via', 'SIP/2.0/TLS 192.0.2.9:5061;branch=z9hG4bKx;ingress-zone=DefaultZone'] as const
    dial(scene.traversal, 'sip:1002@cucm1.example.com', { body: secureOffer(), extra: [via] })
    await scene.traversal.nextResponse(404)
    expect(scene.node.received).toEqual([])
  })

  it('encrypt towards a zone that wants it, as a traversal call', async () => {
    scene = openPlanScene({ rules: [ruleTo('Partner')] })
    scene.zones.set('Partner', { ...scene.zones.get('Partner')!, mediaEncryption: 'Force encrypted' })
    dial(scene.dave, 'sip:a@partner.test', { body: plainDescription() })
    expect((await scene.partner.nextRequest('INVITE')).body.toString()).toContain('RTP/SAVP')
    expect(scene.admission.status()).toMatchObject({
      traversalCalls: { current: 1 },
      nonTraversalCalls: { current: 0 },
    })
    dial(scene.partner, 'sip:b@trunk', { from: 'sip:b@partner.test', body: plainDescription() })
    await scene.partner.nextResponse(404)
  })

  it('count a Lync zone as non-traversal and a gateway as interworked', async () => {
    scene = openPlanScene({ rules: [ruleTo('Trunk', { source: 'Local Zone' }), ruleTo('Partner')] })
    scene.zones.set('Trunk', { ...scene.zones.get('Trunk')!, isLync: true })
    dial(scene.dave, 'sip:a@lync.test', { body: plainDescription() })
    await scene.trunk.nextRequest('INVITE')
    expect(scene.admission.status()).toMatchObject({
      nonTraversalCalls: { current: 1 },
      traversalCalls: { current: 0 },
    })
    expect(scene.b2bua.status().active).toHaveLength(1)
  })

  it('refuse without a licence', async () => {
    scene = openPlanScene({ rules: [ruleTo('Trunk')], licences: 0 })
    dial(scene.dave, 'sip:a@b.test', { body: plainDescription() })
    const refusal = await scene.dave.nextResponse(503)
    expect(refusal.first('warning')).toContain('Non-traversal call license limit reached')
    expect(scene.trunk.received).toEqual([])
  })

  it('relay MESSAGE and OPTIONS the same way', async () => {
    scene = openPlanScene({ rules: [ruleTo('Trunk', { priority: 1 }), ruleTo('Local Zone')] })
    const headers = [
      ['From', '<sip:dave@example.com>;tag=a'],
      ['To', '<sip:erin@example.com>'],
    ] as const
    const rest = [
      ['Call-ID', 'm'],
      ['CSeq', '1 MESSAGE'],
    ] as const
    scene.dave.request('MESSAGE', 'sip:erin@example.com', [...headers, ...rest])
    scene.trunk.respond(await scene.trunk.nextRequest('MESSAGE'), 404, 'Not Found')
    const message = await scene.erin.nextRequest('MESSAGE')
    expect(message.requestUri).toBe('sip:erin@device')
    scene.erin.respond(message, 200, 'OK')
    await scene.dave.nextResponse(200)
  })
})

describe('a proxied call', () => {
  async function connected() {
    scene = openPlanScene({ rules: [ruleTo('Trunk')] })
    const invite = dial(scene.dave, 'sip:1001@example.com', { body: plainDescription() })
    const forwarded = await scene.trunk.nextRequest('INVITE')
    scene.trunk.respond(forwarded, 200, 'OK', {
      toTag: 'callee',
      contact: 'sip:1001@127.9.4.2:5065;transport=tcp',
      body: plainDescription(),
      headers: forwarded.all('record-route').map((route) => ['Record-Route', route] as const),
    })
    const answer = await scene.dave.nextResponse(200)
    expect(answer.vias()).toHaveLength(1)
    const routes = answer.all('record-route').map((route) => ['Route', route] as const)
    inDialog('ACK', routes.toReversed())
    const ack = await scene.trunk.nextRequest('ACK')
    expect(ack.has('route')).toBe(false)
    return { invite, routes }
  }
  const inDialog = (
    method: string,
    routes: ReadonlyArray<readonly [string, string]> = [],
    number = 101,
    body?: string,
  ) =>
    scene.dave.request(
      method,
      'sip:1001@127.9.4.2:5065;transport=tcp',
      [
        ...routes,
        ['From', '<sip:dave@example.com>;tag=caller'],
        ['To', '<sip:1001@example.com>;tag=callee'],
        ['Call-ID', 'call-LocalZone'],
        ['CSeq', `${number} ${method}`],
        ['Contact', '<sip:caller@127.9.4.4:5060;transport=tcp>'],
      ],
      body,
    )

  it('is connected with its ACK, re-INVITEs pass, a BYE of the callee ends it', async () => {
    const { routes } = await connected()
    expect(scene.calls.status().active).toMatchObject([{ state: 'Connected' }])
    inDialog('INVITE', routes.toReversed(), 102, plainDescription({ direction: 'sendonly' }))
    const held = await scene.trunk.nextRequest('INVITE')
    expect(held.body.toString()).toContain('sendonly')
    expect(held.all('record-route')).toEqual([])
    scene.trunk.respond(held, 200, 'OK', { contact: 'sip:1001@127.9.4.2:5065', body: plainDescription() })
    await scene.dave.nextResponse(200)
    scene.trunk.request('BYE', 'sip:caller@127.9.4.4:5060;transport=tcp', [
      ['From', '<sip:1001@example.com>;tag=callee'],
      ['To', '<sip:dave@example.com>;tag=caller'],
      ['Call-ID', 'call-LocalZone'],
      ['CSeq', '1 BYE'],
    ])
    scene.dave.respond(await scene.dave.nextRequest('BYE'), 200, 'OK')
    await scene.trunk.nextResponse(200)
    expect(scene.calls.status()).toMatchObject({ active: [], history: [{ state: 'Disconnected' }] })
    expect(scene.admission.status().nonTraversalCalls.current).toBe(0)
    inDialog('INFO', routes.toReversed(), 103)
    await scene.dave.nextResponse(481)
  })

  it('is ended for the other side when a connection goes', async () => {
    await connected()
    scene.closeFlow(scene.dave)
    const bye = await scene.trunk.nextRequest('BYE')
    expect(bye.requestUri).toBe('sip:1001@127.9.4.2:5065;transport=tcp')
    expect(bye.from!.parameters.get('tag')).toBe('caller')
    expect(bye.toTag).toBe('callee')
    expect(bye.cseq!.number).toBe(102)
    expect(scene.calls.status().history).toMatchObject([{ reason: 'Connection of LocalZone lost' }])
    expect(scene.admission.status().nonTraversalCalls.current).toBe(0)
  })

  it('is ended for both by the administrator', async () => {
    await connected()
    scene.calls.endAll('Maintenance mode')
    expect((await scene.trunk.nextRequest('BYE')).fromTag).toBe('caller')
    const bye = await scene.dave.nextRequest('BYE')
    expect(bye.requestUri).toBe('sip:caller@127.9.4.4:5060;transport=tcp')
    expect([bye.fromTag, bye.toTag]).toEqual(['callee', 'caller'])
  })

  it('takes nothing from somebody else', async () => {
    await connected()
    scene.erin.request('BYE', 'sip:1001@127.9.4.2:5065', [
      ['From', '<sip:dave@example.com>;tag=caller'],
      ['To', '<sip:1001@example.com>;tag=callee'],
      ['Call-ID', 'call-LocalZone'],
      ['CSeq', '102 BYE'],
    ])
    await scene.erin.nextResponse(481)
    expect(scene.calls.status().active).toHaveLength(1)
  })

  it('is given up when nobody answers, and when the caller goes while it rings', async () => {
    scene = openPlanScene({ rules: [ruleTo('Trunk')] })
    dial(scene.dave, 'sip:1@example.com', { body: plainDescription() })
    await scene.trunk.nextRequest('INVITE')
    scene.clock.advance(32_000)
    await scene.dave.nextResponse(408)
    dial(scene.erin, 'sip:2@example.com', { body: plainDescription() })
    const ringing = await scene.trunk.nextRequest('INVITE')
    scene.trunk.respond(ringing, 180, 'Ringing')
    await scene.erin.nextResponse(180)
    scene.closeFlow(scene.erin)
    await scene.trunk.nextRequest('CANCEL')
    await waitFor('no call', () => scene.calls.status().active.length === 0)
    expect(scene.admission.status().nonTraversalCalls.current).toBe(0)
  })
})
