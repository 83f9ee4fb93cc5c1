import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { controlAnswers, inDialog, partnerSdp, received, requestOfPartner } from './business/business.fixture.ts'
import { type BusinessWorld, startBusiness } from './business/business.fixture.ts'
import { type Peer, reply, until } from './sip-edge.fixture.ts'

let business: BusinessWorld
let control: Peer
let partner: Peer

beforeEach(async () => {
  business = await startBusiness()
  ;({ control, partner } = business)
  await partner.dial(5061)
})

afterEach(() => business[Symbol.asyncDispose]())

const invite = () => requestOfPartner(partner, 'INVITE', { CSeq: '1 INVITE' }, partnerSdp)

describe('a VCS Expressway that drops its calls', () => {
  it('says goodbye to both sides of an answered one, each in the name of the other', async () => {
    control.onRequest = controlAnswers()
    const answer = await partner.final(invite())
    partner.connection.send(requestOfPartner(partner, 'ACK', { ...inDialog(answer), CSeq: '1 ACK' }))
    await until('the ACK', () => control.acks.length === 1)
    business.world.edge.endCalls('Maintenance mode')
    await until('both BYEs', () => received(control, 'BYE').length + received(partner, 'BYE').length === 2)
    const [inside, outside] = [received(control, 'BYE')[0]!, received(partner, 'BYE')[0]!]
    expect([inside.fromTag, inside.toTag]).toEqual(['p', answer.toTag])
    expect([outside.fromTag, outside.toTag]).toEqual([answer.toTag, 'p'])
    for (const bye of [inside, outside]) expect(bye.first('reason')).toBe('SIP;cause=503;text="Maintenance mode"')
    await until('the ports', () => business.world.relay.portsInUse === 0)
    expect(business.world.edge.status()).toMatchObject({ calls: [], callHistory: [{ reason: 'Maintenance mode' }] })
  })

  it('cancels one that rings, and its caller gets 503', async () => {
    control.onRequest = (transaction) => {
      if (transaction.request.method === 'INVITE') reply(transaction, 180, 'Ringing')
      else reply(transaction, 200, 'OK')
    }
    const final = partner.final(invite())
    await until('ringing', () => received(control, 'INVITE').length === 1)
    business.world.edge.endCalls('Maintenance mode')
    expect((await final).status).toBe(503)
    await until('the CANCEL', () => received(control, 'CANCEL').length === 1)
    await until('the ports', () => business.world.relay.portsInUse === 0)
    expect(business.world.edge.status().calls).toEqual([])
  })
})
