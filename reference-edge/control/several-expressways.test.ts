import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { nodeName, openScene, plainDescription, secureOffer, type Scene } from '../calls/control/b2bua-scene.fixture.ts'
import type { ScriptedPeer } from '../calls/control/scripted-peer.fixture.ts'
import type { SipRequest } from '../protocol/sip/message.ts'
import { isOwnHost } from './sip-peer.ts'

let scene: Scene
beforeEach(() => {
  scene = openScene()
})
afterEach(() => scene[Symbol.asyncDispose]())

const contact = 'sip:3f0c@192.0.2.10:50784;transport=tls'
const rewritten = 'sip:3f0c@127.9.3.10:5060;transport=tcp;orig-hostport=192.0.2.10:50784'

async function register(by: ScriptedPeer, options: { expires?: number; number?: number } = {}): Promise<void> {
  const { expires = 120, number = 101 } = options
  by.request('REGISTER', `sip:${nodeName}`, [
    ['From', `<sip:1001@${nodeName}>;tag=a`],
    ['To', `<sip:1001@${nodeName}>`],
    ['Call-ID', `reg-${number}`],
    ['CSeq', `${number} REGISTER`],
    ['Contact', `<${contact}>`],
    ['Expires', String(expires)],
  ])
  const relayed = await scene.inside.nextRequest('REGISTER')
  scene.inside.respond(relayed, 200, 'OK', { headers: [['Expires', String(expires)]] })
  await by.nextResponse(200)
}

const fromInside = (method: string, id: string, body?: string): SipRequest =>
  scene.inside.request(
    method,
    rewritten,
    [
      ['From', `<sip:1003@${nodeName}>;tag=carol`],
      ['To', `<sip:1001@${nodeName}>`],
      ['Call-ID', id],
      ['CSeq', `101 ${method}`],
      ['Contact', '<sip:1003@127.9.3.20:5060;transport=tcp>'],
    ],
    body,
  )

describe('a registration that came by one of several Expressways', () => {
  it('is reached through that one', async () => {
    await register(scene.outsideToo)
    fromInside('NOTIFY', 'notify-1')
    const notify = await scene.outsideToo.nextRequest('NOTIFY')
    expect(notify.requestUri).toBe(contact)
    scene.outsideToo.respond(notify, 200, 'OK')
    await scene.inside.nextResponse(200)
    expect(scene.outside.received).toEqual([])
  })

  it('moves with a REGISTER over another one', async () => {
    await register(scene.outside)
    await register(scene.outsideToo, { number: 102 })
    expect(scene.registrations.size).toBe(1)
    fromInside('OPTIONS', 'options-1')
    await scene.outsideToo.nextRequest('OPTIONS')
    expect(scene.outside.hasMore).toBe(false)
    await register(scene.outside, { number: 103 })
    fromInside('OPTIONS', 'options-2')
    await scene.outside.nextRequest('OPTIONS')
  })

  it.each(['INVITE', 'NOTIFY'])(
    'gets no %s while that one is gone: 480, and the other one is not asked',
    async (method) => {
      await register(scene.outsideToo)
      scene.outsideToo.isReachable = false
      fromInside(method, 'gone', method === 'INVITE' ? plainDescription() : undefined)
      await scene.inside.nextResponse(480)
      expect(scene.outside.received).toEqual([])
      expect(scene.b2bua.status().active).toEqual([])
    },
  )
})

describe('a call', () => {
  it('stays with the Expressway it came to, each leg with its own addresses for media', async () => {
    await register(scene.outside)
    await register(scene.outsideToo, { number: 102 })
    fromInside('INVITE', 'call-1', plainDescription())
    const invite = await scene.outsideToo.nextRequest('INVITE')
    const body = secureOffer().replaceAll('127.9.2.10', '127.9.2.11')
    scene.outsideToo.respond(invite, 200, 'OK', { contact, body })
    const answered = await scene.inside.nextResponse(200)
    scene.inside.request('ACK', answered.addresses('contact')![0]!.uri, [
      ['From', invite.first('from')!],
      ['To', answered.first('to')!],
      ['Call-ID', 'call-1'],
      ['CSeq', '101 ACK'],
    ])
    await scene.outsideToo.nextRequest('ACK')
    scene.closeFlow(scene.outside)
    expect(scene.b2bua.status().active).toMatchObject([{ state: 'Connected' }])
    scene.closeFlow(scene.outsideToo)
    await scene.inside.nextRequest('BYE')
    expect(scene.b2bua.status().active).toEqual([])
  })
})

describe('the names of a peer of a cluster', () => {
  const own = { fqdn: 'vcsc1.example.com', address: '127.9.3.10' }

  it('are its own and the name of the cluster', () => {
    expect(isOwnHost({ ...own, clusterName: 'vcsc.example.com' }, 'VCSC.example.com')).toBe(true)
    expect(isOwnHost({ ...own, clusterName: 'vcsc.example.com' }, 'vcsc2.example.com')).toBe(false)
    expect(isOwnHost({ ...own, clusterName: '' }, '')).toBe(false)
    expect(isOwnHost(own, 'vcsc.example.com')).toBe(false)
  })
})
