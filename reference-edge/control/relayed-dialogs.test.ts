import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ScriptedPeer } from '../calls/control/scripted-peer.fixture.ts'
import type { SipRequest } from '../protocol/sip/message.ts'
import type { PlanScene } from './plan-scene.fixture.ts'
import { openPlanScene, ruleTo } from './plan-scene.fixture.ts'

let scene: PlanScene
let cseq = 0
beforeEach(() => {
  cseq = 0
  scene = openPlanScene({ rules: [ruleTo('Partner', { source: 'Local Zone' })] })
})
afterEach(() => scene[Symbol.asyncDispose]())

type Header = readonly [name: string, value: string]

/** Dave's requests have the tag `d`, those of the other end `p`. */
function say(by: ScriptedPeer, method: string, uri: string, more: readonly Header[], callId = 'watch-1'): SipRequest {
  const isDave = by === scene.dave
  const [near, far] = ['<sip:dave@example.com>', '<sip:peter@partner.test>']
  const ends = isDave ? [`${near};tag=d`, far] : [`${far};tag=p`, `${near};tag=d`]
  const given = (name: string, value: string): Header[] => (more.some(([each]) => each === name) ? [] : [[name, value]])
  const headers = [...given('From', ends[0]!), ...given('To', ends[1]!), ...given('Call-ID', callId)]
  return by.request(method, uri, [...headers, ['CSeq', `${++cseq} ${method}`], ...more])
}

const watch = (callId?: string) => say(scene.dave, 'SUBSCRIBE', 'sip:peter@partner.test', [['Expires', '600']], callId)
const daveAt = 'sip:dave@127.9.4.4:5060;transport=tcp'
const peterAt = 'sip:peter@127.9.4.3:5060;transport=tcp'
const inDialog: Header = ['To', '<sip:peter@partner.test>;tag=p']

/** The routes as recorded, for whoever has them in this order. */
const routes = (message: { all(name: string): readonly string[] }): Header => [
  'Route',
  message.all('record-route').join(', '),
]

async function subscribe(): Promise<SipRequest> {
  watch()
  const request = await scene.partner.nextRequest('SUBSCRIBE')
  const headers = [['Record-Route', request.all('record-route').join(', ')] as const, ['Expires', '600'] as const]
  scene.partner.respond(request, 200, 'OK', { toTag: 'p', contact: peterAt, headers })
  await scene.dave.nextResponse(200)
  return request
}

async function notify(subscribed: SipRequest, state: string): Promise<void> {
  const request = say(scene.partner, 'NOTIFY', daveAt, [routes(subscribed), ['Subscription-State', state]])
  const received = await scene.dave.nextRequest('NOTIFY')
  expect(received.requestUri).toBe(daveAt)
  expect(received.has('route')).toBe(false)
  expect(received.cseq?.number).toBe(request.cseq?.number)
  scene.dave.respond(received, 200, 'OK')
  await scene.partner.nextResponse(200)
}

describe('a SUBSCRIBE that goes by a search rule', () => {
  it('has this VCS on both sides of its dialog, and NOTIFY, refresh and end pass in both directions', async () => {
    const subscribed = await subscribe()
    expect(subscribed.all('record-route')).toHaveLength(2)
    await notify(subscribed, 'active;expires=600')
    const refresh = say(scene.dave, 'SUBSCRIBE', peterAt, [inDialog, routes(subscribed), ['Expires', '0']])
    const passed = await scene.partner.nextRequest('SUBSCRIBE')
    expect([passed.requestUri, passed.has('route'), passed.has('record-route')]).toEqual([peterAt, false, false])
    expect(passed.cseq?.number).toBe(refresh.cseq?.number)
    scene.partner.respond(passed, 200, 'OK', { toTag: 'p', headers: [['Expires', '0']] })
    await scene.dave.nextResponse(200)
    await notify(subscribed, 'terminated;reason=timeout')
    await scene.host.wall.advance(33_000)
    say(scene.partner, 'NOTIFY', daveAt, [routes(subscribed), ['Subscription-State', 'active']])
    await scene.partner.nextResponse(404)
    expect(scene.dave.hasMore).toBe(false)
    expect(scene.dialogs.size).toBe(0)
  })

  it('is followed by a NOTIFY that comes before its answer', async () => {
    watch()
    const request = await scene.partner.nextRequest('SUBSCRIBE')
    await notify(request, 'pending;expires=600')
    scene.partner.respond(request, 200, 'OK', { toTag: 'p', contact: peterAt, headers: [['Expires', '600']] })
    await scene.dave.nextResponse(200)
    await notify(request, 'active;expires=599')
  })

  it('lasts as long as it is refreshed', async () => {
    const subscribed = await subscribe()
    await scene.host.wall.advance(590_000)
    await notify(subscribed, 'active;expires=600')
    await scene.host.wall.advance(620_000)
    await notify(subscribed, 'active;expires=600')
    await scene.host.wall.advance(640_000)
    say(scene.partner, 'NOTIFY', daveAt, [routes(subscribed), ['Subscription-State', 'active']])
    await scene.partner.nextResponse(404)
  })

  it('leaves nothing where it is refused, and gives nobody else a say', async () => {
    watch()
    scene.partner.respond(await scene.partner.nextRequest('SUBSCRIBE'), 489, 'Bad Event')
    await scene.dave.nextResponse(489)
    expect(scene.dialogs.size).toBe(0)
    const subscribed = await subscribe()
    const asPeter: Header[] = [['From', '<sip:peter@partner.test>;tag=p']]
    asPeter.push(['To', '<sip:dave@example.com>;tag=d'], routes(subscribed))
    say(scene.trunk, 'NOTIFY', daveAt, [...asPeter, ['Subscription-State', 'active']])
    await scene.trunk.nextResponse(404)
    expect(scene.dave.hasMore).toBe(false)
  })

  it('gets 503 where there are too many', async () => {
    await subscribe()
    watch('watch-2')
    await scene.partner.nextRequest('SUBSCRIBE')
    watch('watch-3')
    await scene.dave.nextResponse(503)
  })
})

describe('a REFER that goes by a search rule', () => {
  it('has its NOTIFY passed back', async () => {
    say(scene.dave, 'REFER', 'sip:peter@partner.test', [['Refer-To', '<sip:erin@example.com>']])
    const referred = await scene.partner.nextRequest('REFER')
    scene.partner.respond(referred, 202, 'Accepted', { toTag: 'p', contact: peterAt })
    await scene.dave.nextResponse(202)
    await notify(referred, 'terminated;reason=noresource')
  })
})
