import { afterEach, beforeEach, expect, it } from 'vitest'
import { ManualClock } from '#runtime/manual-clock.fixture.ts'
import { connectClient, type Peer, until } from '../sip-edge.fixture.ts'
import {
  type BusinessWorld,
  controlAnswers,
  controlSdp,
  inDialog,
  partnerAnswers,
  partnerSdp,
  requestOfPartner,
  requestToPartner,
  startBusiness,
} from './business.fixture.ts'

let clock: ManualClock
let business: BusinessWorld
let control: Peer
let partner: Peer

beforeEach(async () => {
  clock = new ManualClock()
  business = await startBusiness(clock)
  ;({ control, partner } = business)
})

afterEach(() => business[Symbol.asyncDispose]())

it('a connection that proves nothing is closed after a minute, one with a call only when that has ended', async () => {
  await partner.dial(5061)
  const stranger = await connectClient()
  control.onRequest = controlAnswers()
  const answer = await partner.final(requestOfPartner(partner, 'INVITE', {}, partnerSdp))
  partner.connection.send(requestOfPartner(partner, 'ACK', { ...inDialog(answer), CSeq: '1 ACK' }))
  await until('the ACK', () => control.acks.length > 0)
  clock.advance(61_000)
  await until('the stranger to be sent away', () => stranger.closed !== undefined)
  expect((await partner.final(requestOfPartner(partner, 'OPTIONS', inDialog(answer)))).status).toBe(200)
  expect((await partner.final(requestOfPartner(partner, 'BYE', inDialog(answer)))).status).toBe(200)
  expect(partner.closed).toBeUndefined()
  clock.advance(61_000)
  await until('the connection to be closed', () => partner.closed !== undefined)
})

it('a connection to another company is opened anew for the next call after it was closed', async () => {
  await business.listen()
  partner.onRequest = partnerAnswers()
  const answer = await control.final(requestToPartner(control, 'INVITE', {}, controlSdp))
  clock.advance(61_000)
  expect((await control.final(requestToPartner(control, 'BYE', inDialog(answer)))).status).toBe(200)
  clock.advance(61_000)
  await until('the connection to be closed', () => partner.closed !== undefined)
  const next = requestToPartner(control, 'INVITE', { 'Call-ID': 'next' }, controlSdp)
  expect((await control.final(next)).status).toBe(200)
  expect(partner.accepted).toHaveLength(2)
})

it('the connection of a neighbor zone is kept without any call', async () => {
  await business.listen()
  partner.onRequest = partnerAnswers()
  const branch = {
    name: 'Branch',
    peers: ['sip.partner.test'],
    port: 15_061,
    transport: 'TLS',
    tlsVerify: true,
  } as const
  business.world.business.neighbors = [branch]
  await business.world.edge.updateZones()
  await until('the zone', () => business.world.edge.neighborStatus()[0]?.state === 'Active')
  const stranger = await connectClient()
  await until('both connections', () => business.world.edge.status().connections === 2)
  clock.advance(61_000)
  await until('the stranger to be sent away', () => stranger.closed !== undefined)
  expect(partner.closed).toBeUndefined()
  expect(business.world.edge.neighborStatus()[0]?.state).toBe('Active')
})
