import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { SipResponse } from '../../../protocol/sip/message.ts'
import { type Peer, connectControl, places, reply, until } from '../sip-edge.fixture.ts'
import {
  type BusinessWorld,
  controlAnswers,
  inDialog,
  inDialogBack,
  mediaOf,
  partnerAnswers,
  partnerSdp,
  controlSdp,
  received,
  requestOfPartner,
  requestToPartner,
  rule,
  startBusiness,
} from './business.fixture.ts'

let business: BusinessWorld
let world: BusinessWorld['world']
let control: Peer
let partner: Peer

beforeEach(async () => {
  business = await startBusiness()
  ;({ world, control, partner } = business)
})

afterEach(() => business[Symbol.asyncDispose]())

type Rest = [method: string, headers?: Record<string, string>, body?: string]
const fromPartner = (...rest: Rest) => requestOfPartner(partner, ...rest)
const toPartner = (...rest: Rest) => requestToPartner(control, ...rest)
const released = () => until('the ports', () => world.relay.portsInUse === 0)
const licencesInUse = () => world.admission.status().traversalCalls.current

describe('a call to another company', () => {
  async function establish(headers: Record<string, string> = {}): Promise<SipResponse> {
    partner.onRequest = partnerAnswers()
    const answer = await control.final(toPartner('INVITE', headers, controlSdp))
    expect(answer.status).toBe(200)
    const before = partner.acks.length
    control.connection.send(toPartner('ACK', { ...headers, ...inDialog(answer), CSeq: '1 ACK' }))
    await until('the ACK', () => partner.acks.length > before)
    return answer
  }

  it('goes through the DNS zone to where the SRV record of the domain leads', async () => {
    await business.listen()
    const answer = await establish({ 'X-TAATag': 'inside', 'P-Asserted-Identity': '<sip:dave@example.com>' })
    const [invite] = received(partner, 'INVITE')
    expect(invite!.requestUri).toBe('sip:peter@partner.test')
    expect(invite!.topVia!.parameters.get('egress-zone')).toBe('DNSZone')
    expect(invite!.has('x-taatag')).toBe(false)
    expect(invite!.has('p-asserted-identity')).toBe(false)
    expect(mediaOf(invite!).address).toBe(places.edge)
    expect(mediaOf(invite!).port).toBeGreaterThan(36_001)
    expect(mediaOf(answer)).toMatchObject({ address: places.edge, port: 36_000 })
    const { port } = partner.accepted[0]!
    expect(port).toBeGreaterThanOrEqual(25_000)
    expect(port).toBeLessThanOrEqual(29_999)
    expect(world.edge.status().calls).toMatchObject([
      {
        callType: 'VCS traversal call',
        components: [{ type: 'Expressway', source: 'Traversal Zone', destination: 'DNSZone' }],
      },
    ])
    expect(world.edge.status().searchHistory).toMatchObject([{ rule: 'Outbound', zone: 'DNSZone', outcome: 'Found' }])
    expect((await control.final(toPartner('BYE', inDialog(answer)))).status).toBe(200)
    await released()
    expect(licencesInUse()).toBe(0)
  })

  it('is ended by the other company, and the next one takes the same connection', async () => {
    await business.listen()
    await establish()
    const [invite] = received(partner, 'INVITE')
    const bye = partner.request('BYE', 'sip:dave@example.com', inDialogBack(invite!))
    expect((await partner.final(bye)).status).toBe(200)
    expect(received(control, 'BYE')).toHaveLength(1)
    await released()
    await establish({ 'Call-ID': 'b2b-3' })
    expect(partner.accepted).toHaveLength(1)
  })

  it('is cancelled while it rings', async () => {
    await business.listen()
    partner.onRequest = (transaction) => {
      if (transaction.request.method === 'INVITE') reply(transaction, 180, 'Ringing')
      else reply(transaction, 200, 'OK')
    }
    const sent = Promise.withResolvers<number>()
    const invite = control.layer.request(toPartner('INVITE', {}, controlSdp), control.connection, {
      onResponse: (response) => {
        if (response.status === 180) control.layer.cancel(invite!)
        if (response.status >= 200) sent.resolve(response.status)
      },
      onTimeout: () => sent.resolve(0),
      onTransportError: () => sent.resolve(0),
    })
    await until('the CANCEL', () => received(partner, 'CANCEL').length === 1)
    partner.connection.destroy('test')
    expect(await sent.promise).toBe(503)
    await released()
  })

  it.each([
    ['404 where the domain does not resolve', 'sip:peter@nowhere.test', 404],
    ['503 where nobody listens', 'sip:peter@partner.test', 503],
    ['480 for a client that is not there', `sip:uuid@${places.client}:50000;transport=tls`, 480],
  ])('is answered %s', async (_, uri, status) => {
    const invite = toPartner('INVITE', {}, controlSdp)
    invite.requestUri = uri
    expect((await control.final(invite)).status).toBe(status)
    expect(licencesInUse()).toBe(0)
    expect(world.relay.portsInUse).toBe(0)
  })

  it.each([
    ['of another name', 'stranger'],
    ['of a CA that is not trusted', 'untrusted'],
  ] as const)('does not go to a certificate %s unless TLS verify mode is Off', async (_, who) => {
    await business.listen(who)
    expect((await control.final(toPartner('INVITE', {}, controlSdp))).status).toBe(503)
    expect(world.host.records).toContainEqual(expect.objectContaining({ event: 'Outbound TLS Negotiation Error' }))
    world.business.dnsZones = [{ name: 'DNSZone', isSipOn: true, tlsVerify: false }]
    await establish({ 'Call-ID': 'b2b-3' })
  })

  it('tries the next rule where the first leads nowhere', async () => {
    await business.listen()
    const through = { source: 'Traversal Zone', target: 'DNSZone', patternType: 'Regex', behavior: 'Replace' } as const
    world.business.rules = [
      rule({ ...through, name: 'First', priority: 1, pattern: '(.*)@partner.test', replacement: '\\1@nowhere.test' }),
      rule({ ...through, name: 'Second', priority: 2, pattern: 'peter@(.*)', replacement: 'paula@\\1' }),
    ]
    await establish()
    expect(received(partner, 'INVITE')[0]!.requestUri).toBe('sip:paula@partner.test')
    expect(world.edge.status().searchHistory[0]).toMatchObject({ rule: 'Second' })
  })

  it('needs a rule, a DNS zone with SIP Mode On, and a licence', async () => {
    await business.listen()
    world.business.dnsZones = [{ name: 'DNSZone', isSipOn: false, tlsVerify: true }]
    expect((await control.final(toPartner('INVITE', {}, controlSdp))).status).toBe(404)
    world.business.rules = []
    expect((await control.final(toPartner('INVITE', { 'Call-ID': 'x' }, controlSdp))).status).toBe(404)
    expect(world.edge.status().searchHistory[0]).toMatchObject({ outcome: 'Not Found' })
    expect(partner.requests).toHaveLength(0)
  })

  it('ends when the connection of the other company is lost', async () => {
    await business.listen()
    await establish()
    partner.connection.destroy('test')
    await released()
    expect(world.edge.status().callHistory).toMatchObject([{ reason: 'connection lost' }])
  })

  it('that comes back unchanged is a loop', async () => {
    await business.listen()
    partner.onRequest = (transaction) => {
      const request = transaction.request.clone()
      request.addOnTop('Via', `SIP/2.0/TLS ${places.partner}:5061;branch=z9hG4bKloop`)
      void partner.final(request).then(({ status, reason }) => reply(transaction, status, reason))
    }
    expect((await control.final(toPartner('INVITE', {}, controlSdp))).status).toBe(482)
  })

  it.each(['SUBSCRIBE', 'REFER'])('is not a %s: 405 at once, and nobody outside hears of it', async (method) => {
    await business.listen()
    const answer = await control.final(toPartner(method, { Event: 'presence' }))
    expect([answer.status, answer.first('allow')]).toEqual([405, expect.not.stringContaining(method)])
    expect(partner.accepted).toEqual([])
  })

  it('is challenged where the zone checks credentials', async () => {
    world.zone.authenticationPolicy = 'Check credentials'
    expect((await control.final(toPartner('INVITE', {}, controlSdp))).status).toBe(407)
  })
})

describe('a traversal zone without Unified Communications services', () => {
  it('takes business-to-business calls in both directions, and those only', async () => {
    world.zones.push({ ...world.zone, id: 4, name: 'B2BZone', port: 7002 })
    await world.edge.updateZones()
    const second = await connectControl('control', 'z0ne', 7002)
    world.business.rules = [
      rule({ source: 'Default Zone', pattern: '@example.com', target: 'B2BZone' }),
      rule({ source: 'B2BZone', mode: 'Any alias', target: 'DNSZone' }),
    ]
    await partner.dial(5061)
    second.onRequest = controlAnswers()
    const answer = await partner.final(fromPartner('INVITE', {}, partnerSdp))
    expect(answer.status).toBe(200)
    expect(
      received(second, 'INVITE')[0]!
        .addresses('record-route')!
        .map(({ sipUri }) => sipUri!.port),
    ).toEqual([7002, 5061])
    expect(control.requests).toHaveLength(0)
    // The other zone has no say in this call.
    const foreign = { ...inDialogBack(received(second, 'INVITE')[0]!), CSeq: '5 BYE' }
    expect((await control.final(control.request('BYE', 'sip:peter@partner.test', foreign))).status).toBe(480)
    expect((await partner.final(fromPartner('BYE', inDialog(answer)))).status).toBe(200)
    await business.listen()
    partner.onRequest = partnerAnswers()
    const invite = second.request(
      'INVITE',
      'sip:peter@partner.test',
      { From: '<sip:d@example.com>;tag=d', To: '<sip:peter@partner.test>', 'Call-ID': 'second' },
      controlSdp,
    )
    expect((await second.final(invite)).status).toBe(200)
    expect(world.edge.status().calls[0]!.components).toEqual([
      { type: 'Expressway', source: 'B2BZone', destination: 'DNSZone' },
    ])
  })
})
