import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { plainDescription, secureOffer } from '../calls/control/b2bua-scene.fixture.ts'
import type { PlanScene } from './plan-scene.fixture.ts'
import { dial, openPlanScene, ruleTo } from './plan-scene.fixture.ts'

let scene: PlanScene
beforeEach(() => {
  scene = openPlanScene({
    rules: [ruleTo('TraversalZone', { priority: 1 }), ruleTo('Partner')],
    licences: 1,
    hasSeveralPeers: true,
  })
})
afterEach(() => scene[Symbol.asyncDispose]())

const call = () => dial(scene.dave, 'sip:peter@partner.test', { body: plainDescription() })

describe('a zone with several peers', () => {
  it('has the next one asked where the first answers 503, and the caller hears of no refusal', async () => {
    call()
    scene.traversal.respond(await scene.traversal.nextRequest('INVITE'), 503, 'Service Unavailable')
    await scene.traversal.nextRequest('ACK')
    const second = await scene.traversalToo.nextRequest('INVITE')
    scene.traversalToo.respond(second, 200, 'OK', { contact: 'sip:peter@far', body: secureOffer() })
    await scene.dave.nextResponse(200)
    expect(scene.partner.received).toEqual([])
    expect(scene.admission.status().traversalCalls).toMatchObject({ current: 1 })
    expect(scene.searches.list()).toHaveLength(1)
  })

  it('has the next one asked where the connection is lost before any answer', async () => {
    call()
    await scene.traversal.nextRequest('INVITE')
    scene.closeFlow(scene.traversal)
    const second = await scene.traversalToo.nextRequest('INVITE')
    scene.traversalToo.respond(second, 486, 'Busy Here')
    await scene.dave.nextResponse(486)
  })

  it('is not asked again once somebody was alerted', async () => {
    call()
    const first = await scene.traversal.nextRequest('INVITE')
    scene.traversal.respond(first, 180, 'Ringing')
    await scene.dave.nextResponse(180)
    scene.traversal.respond(first, 503, 'Service Unavailable')
    await scene.traversal.nextRequest('ACK')
    scene.partner.respond(await scene.partner.nextRequest('INVITE'), 404, 'Not Found')
    await scene.dave.nextResponse(503)
    expect(scene.traversalToo.received).toEqual([])
  })

  it.each([404, 480])('is left for the next rule where the first answers %i', async (status) => {
    call()
    scene.traversal.respond(await scene.traversal.nextRequest('INVITE'), status, 'No')
    await scene.partner.nextRequest('INVITE')
    expect(scene.traversalToo.received).toEqual([])
  })

  it('is not asked twice for a licence that is not there', async () => {
    dial(scene.erin, 'sip:first@partner.test', { body: plainDescription() })
    await scene.traversal.nextRequest('INVITE')
    call()
    scene.partner.respond(await scene.partner.nextRequest('INVITE'), 404, 'Not Found')
    await scene.dave.nextResponse(503)
    const refused = scene.host.records.filter(({ event }) => event === 'License Limit Reached')
    expect(refused).toHaveLength(1)
    expect(scene.traversalToo.received).toEqual([])
  })

  it('has a request other than INVITE go to the next one too', async () => {
    const headers = [
      ['From', '<sip:dave@example.com>;tag=o'],
      ['To', '<sip:peter@partner.test>'],
    ] as const
    const rest = [
      ['Call-ID', 'options'],
      ['CSeq', '1 OPTIONS'],
    ] as const
    scene.dave.request('OPTIONS', 'sip:peter@partner.test', [...headers, ...rest])
    scene.traversal.respond(await scene.traversal.nextRequest('OPTIONS'), 503, 'Service Unavailable')
    scene.traversalToo.respond(await scene.traversalToo.nextRequest('OPTIONS'), 200, 'OK')
    await scene.dave.nextResponse(200)
  })
})
