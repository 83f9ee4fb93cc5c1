import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ConfiguredNeighbor } from '../../../dial-plan/neighbor.ts'
import { type Peer, places, until } from '../sip-edge.fixture.ts'
import {
  type BusinessWorld,
  controlAnswers,
  controlSdp,
  inDialog,
  inDialogBack,
  mediaOf,
  partnerAnswers,
  partnerSdp,
  received,
  requestOfPartner,
  requestToPartner,
  rule,
  startBusiness,
} from './business.fixture.ts'

const branch: ConfiguredNeighbor = {
  name: 'Branch',
  peers: ['sip.partner.test'],
  port: 15_061,
  transport: 'TLS',
  tlsVerify: true,
}

let business: BusinessWorld
let world: BusinessWorld['world']
let control: Peer
let partner: Peer

beforeEach(async () => {
  business = await startBusiness()
  ;({ world, control, partner } = business)
  partner.onRequest = partnerAnswers()
  world.business.dnsZones = []
  world.business.neighbors = [branch]
  world.business.rules = [
    rule({ name: 'In', source: 'Branch', pattern: '@example.com', target: 'Traversal Zone' }),
    rule({ name: 'Out', source: 'Traversal Zone', mode: 'Any alias', target: 'Branch' }),
  ]
})
afterEach(() => business[Symbol.asyncDispose]())

const zone = () => world.edge.neighborStatus()[0]!

async function connect(): Promise<void> {
  await business.listen()
  await world.edge.updateZones()
  await until('the zone', () => zone().state === 'Active')
}

const invite = () => requestOfPartner(partner, 'INVITE', { CSeq: '1 INVITE' }, partnerSdp)

describe('a neighbor zone of a VCS Expressway', () => {
  it('is active while its peer answers OPTIONS, over one connection from 25000-29999', async () => {
    await connect()
    expect(received(partner, 'OPTIONS')[0]!.topVia!.parameters.get('egress-zone')).toBe('Branch')
    expect(partner.accepted).toHaveLength(1)
    const [{ address, port }] = partner.accepted as [{ address: string; port: number }]
    expect(address).toBe(places.edge)
    expect(port).toBeGreaterThanOrEqual(25_000)
    expect(port).toBeLessThanOrEqual(29_999)
    partner.connection.destroy('test')
    await until('the loss', () => zone().state !== 'Active')
  })

  it('is a target for calls from inside, whose media pass the relay, and which the peer ends', async () => {
    await connect()
    const answer = await control.final(requestToPartner(control, 'INVITE', {}, controlSdp))
    expect(answer.status).toBe(200)
    control.connection.send(requestToPartner(control, 'ACK', { ...inDialog(answer), CSeq: '1 ACK' }))
    await until('the ACK', () => partner.acks.length === 1)
    const [sent] = received(partner, 'INVITE')
    expect(sent!.requestUri).toBe('sip:peter@partner.test')
    expect(mediaOf(sent!).address).toBe(places.edge)
    expect(mediaOf(answer)).toMatchObject({ address: places.edge, port: 36_000 })
    expect(world.edge.status().calls).toMatchObject([
      { callType: 'VCS traversal call', components: [{ source: 'Traversal Zone', destination: 'Branch' }] },
    ])
    expect(partner.accepted).toHaveLength(1)
    const bye = partner.request('BYE', 'sip:dave@example.com', inDialogBack(sent!))
    expect((await partner.final(bye)).status).toBe(200)
    await until('the ports', () => world.relay.portsInUse === 0)
  })

  it('is the source of what its peer sends, over the connection of the zone', async () => {
    await connect()
    control.onRequest = controlAnswers()
    const answer = await partner.final(invite())
    expect(answer.status).toBe(200)
    const [sent] = received(control, 'INVITE')
    expect(sent!.vias()![1]!.parameters.get('ingress-zone')).toBe('Branch')
    expect(world.edge.status().calls).toMatchObject([
      { components: [{ source: 'Branch', destination: 'Traversal Zone' }] },
    ])
    expect((await partner.final(requestOfPartner(partner, 'BYE', inDialog(answer)))).status).toBe(200)
  })

  it('has connections of its peers too, and strangers are none of it', async () => {
    await connect()
    control.onRequest = controlAnswers()
    await partner.dial(5061)
    // It shows no certificate: TLS verify mode is On.
    expect((await partner.final(invite())).status).toBe(407)
    world.business.neighbors = [{ ...branch, tlsVerify: false }]
    await world.edge.updateZones()
    await until('the new zone', () => zone().state === 'Active')
    await partner.dial(5061)
    expect((await partner.final(invite())).status).toBe(200)
  })

  it('has its authentication policy', async () => {
    await connect()
    control.onRequest = controlAnswers()
    world.business.rules = world.business.rules.map((each) => ({ ...each, mustBeAuthenticated: true }))
    expect((await partner.final(invite())).status).toBe(404)
    world.business.policy = 'Treat as authenticated'
    expect((await partner.final(invite())).status).toBe(200)
    world.business.policy = 'Check credentials'
    const another = requestOfPartner(partner, 'INVITE', { 'Call-ID': 'b2b-9' }, partnerSdp)
    expect((await partner.final(another)).status).toBe(407)
  })

  it('has nobody to ask while its peer is down, and is no zone any more once it is deleted', async () => {
    await world.edge.updateZones()
    expect((await control.final(requestToPartner(control, 'INVITE', {}, controlSdp))).status).toBe(503)
    await connect()
    world.business.neighbors = []
    await world.edge.updateZones()
    await until('the connection to be closed', () => partner.closed !== undefined)
    const gone = requestToPartner(control, 'INVITE', { 'Call-ID': 'b2b-9' }, controlSdp)
    expect((await control.final(gone)).status).toBe(404)
    expect(world.relay.portsInUse).toBe(0)
  })
})
