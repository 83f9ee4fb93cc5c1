import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { nodeName, openScene, type Scene } from '../calls/control/b2bua-scene.fixture.ts'
import type { SipRequest } from '../protocol/sip/message.ts'

let scene: Scene
beforeEach(() => {
  scene = openScene({ registrationLimit: 2 })
})
afterEach(() => scene[Symbol.asyncDispose]())

const clientContact = 'sip:3f0c-51@192.0.2.10:50784;transport=tls'
const features = ';+sip.instance="<urn:uuid:0050569e>";+u.sip!devicename.ccm.cisco.com="CSFALICE";video'
const rewritten = 'sip:3f0c-51@127.9.3.10:5060;transport=tcp;orig-hostport=192.0.2.10:50784'

function register(options: { contact?: string; expires?: number; number?: number } = {}): SipRequest {
  const { contact = clientContact, expires = 3600, number = 101 } = options
  return scene.outside.request('REGISTER', `sip:${nodeName}`, [
    ['Route', '<sip:127.9.3.10:5061;transport=tls;zone-id=3;directed;lr>'],
    ['From', `<sip:1001@${nodeName}>;tag=a`],
    ['To', `<sip:1001@${nodeName}>`],
    ['Call-ID', `reg-${contact}`],
    ['CSeq', `${number} REGISTER`],
    ['User-Agent', 'Cisco-CSF'],
    ['Contact', `<${contact}>${features}`],
    ['Expires', String(expires)],
  ])
}

async function registered(): Promise<void> {
  register()
  const relayed = await scene.inside.nextRequest('REGISTER')
  scene.inside.respond(relayed, 200, 'OK', {
    headers: [
      ['Expires', '120'],
      ['Contact', `${relayed.first('contact')};x-cisco-newreg`],
    ],
  })
  await scene.outside.nextResponse(200)
}

describe('a registration relayed to Unified CM', () => {
  it('shows this VCS as its contact inside, and the client’s own in the 200', async () => {
    register()
    const relayed = await scene.inside.nextRequest('REGISTER')
    expect(relayed.first('contact')).toBe(`<${rewritten}>${features}`)
    expect(relayed.has('route')).toBe(false)
    expect(relayed.first('user-agent')).toBe('Cisco-CSF')
    expect(relayed.maxForwards).toBe(15)
    expect(relayed.vias()).toHaveLength(2)
    expect(relayed.topVia?.parameters.get('egress-zone')).toBe(`CEtcp-${nodeName}`)
    expect(relayed.topVia?.parameters.get('branch')).toMatch(/^z9hG4bK[0-9a-f]+\.[0-9a-f]{32}$/)
    expect(relayed.vias()?.[1]?.parameters.get('ingress-zone')).toBe('TraversalZone')
    scene.inside.respond(relayed, 100, 'Trying')
    const headers = [
      ['Expires', '120'],
      ['Contact', `<${rewritten}>${features};x-cisco-newreg`],
    ] as const
    scene.inside.respond(relayed, 200, 'OK', { headers })
    const answer = await scene.outside.nextResponse(200)
    expect(answer.first('contact')).toBe(`<${clientContact}>${features};x-cisco-newreg`)
    expect(answer.expires).toBe(120)
    expect(answer.vias()).toHaveLength(1)
    expect(scene.registrations.list()).toMatchObject([
      { aor: `sip:1001@${nodeName}`, contact: clientContact, deviceName: 'CSFALICE' },
    ])
  })

  it('is removed by Expires 0, and by its time on the host’s clock', async () => {
    await registered()
    register({ expires: 0, number: 102 })
    const relayed = await scene.inside.nextRequest('REGISTER')
    expect(relayed.expires).toBe(0)
    scene.inside.respond(relayed, 200, 'OK', { headers: [['Expires', '0']] })
    await scene.outside.nextResponse(200)
    expect(scene.registrations.size).toBe(0)
    await registered()
    await scene.host.wall.advance(119_000)
    expect(scene.registrations.size).toBe(1)
    await scene.host.wall.advance(1_500)
    expect(scene.registrations.size).toBe(0)
  })

  it('passes refusals on, 405 of a trunk among them, and keeps nothing', async () => {
    register()
    const relayed = await scene.inside.nextRequest('REGISTER')
    const headers = [['Warning', '399 cucm1 "SIP trunk disallows REGISTER"']] as const
    scene.inside.respond(relayed, 405, 'Method Not Allowed', { headers })
    expect((await scene.outside.nextResponse(405)).first('warning')).toContain('trunk')
    expect(scene.registrations.size).toBe(0)
    expect(scene.host.records.at(-1)).toMatchObject({ event: 'Registration Rejected', 'Response-code': 405 })
  })

  it('is refused beyond the limit, while those that are there refresh', async () => {
    const [{ peer: node }, { peer: by }] = [scene.inside, scene.outside]
    for (const key of ['a@1:1', 'b@2:2']) {
      scene.registrations.keep({ key, contact: `sip:${key}`, aor: 'sip:a', deviceName: undefined, node, by }, 120)
    }
    register()
    await scene.outside.nextResponse(503)
    register({ contact: 'sip:a@1:1;transport=tls', number: 102 })
    await scene.inside.nextRequest('REGISTER')
  })

  it('gets 503 where Unified CM cannot be reached, 408 where it says nothing, 483 without hops', async () => {
    scene.inside.isReachable = false
    register()
    await scene.outside.nextResponse(503)
    scene.inside.isReachable = true
    register({ number: 102 })
    await scene.inside.nextRequest('REGISTER')
    scene.clock.advance(32_000)
    await scene.outside.nextResponse(408)
    scene.outside.request('REGISTER', `sip:${nodeName}`, [
      ['From', '<sip:1001@x>;tag=a'],
      ['To', '<sip:1001@x>'],
      ['Call-ID', 'h'],
      ['CSeq', '1 REGISTER'],
      ['Contact', `<${clientContact}>`],
    ])
    const counted = await scene.inside.nextRequest('REGISTER')
    counted.set('Max-Forwards', '0').remove('via')
    scene.outside.say(counted.addOnTop('Via', 'SIP/2.0/TLS 127.9.2.10:7001;branch=z9hG4bKhops'))
    await scene.outside.nextResponse(483)
  })
})

describe('Unified CM’s requests to a registered client', () => {
  it.each(['NOTIFY', 'OPTIONS', 'REFER'])('%s goes to its own contact', async (method) => {
    await registered()
    scene.inside.request(method, rewritten, [
      ['From', `<sip:1001@${nodeName}>;tag=n`],
      ['To', `<sip:1001@${nodeName}>`],
      ['Call-ID', 'n-1'],
      ['CSeq', `1 ${method}`],
      ['Event', 'message-summary'],
    ])
    const relayed = await scene.outside.nextRequest(method)
    expect(relayed.requestUri).toBe(clientContact)
    scene.outside.respond(relayed, 200, 'OK')
    await scene.inside.nextResponse(200)
  })

  it('are 404 for a client that is not registered', async () => {
    scene.inside.request('NOTIFY', rewritten, [
      ['From', '<sip:1001@x>;tag=n'],
      ['To', '<sip:1001@x>'],
      ['Call-ID', 'n-1'],
      ['CSeq', '1 NOTIFY'],
    ])
    await scene.inside.nextResponse(404)
    expect(scene.outside.received).toHaveLength(0)
  })
})
