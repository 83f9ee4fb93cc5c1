import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ServerTransaction } from '../../../protocol/sip/server-transaction.ts'
import type { SipResponse } from '../../../protocol/sip/message.ts'
import {
  type Peer,
  alice,
  answerAsControl,
  connectClient,
  edgeRoute,
  openPartner,
  places,
  realm,
  register,
  reply,
  until,
} from '../sip-edge.fixture.ts'
import {
  type BusinessWorld,
  controlAnswers,
  inClear,
  inDialog,
  inDialogBack,
  key,
  mediaOf,
  offered,
  partnerAnswers,
  partnerSdp,
  controlSdp,
  received,
  requestOfPartner,
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
const released = () => until('the ports', () => world.relay.portsInUse === 0)
const licencesInUse = () => world.admission.status().traversalCalls.current

describe('a call from another company', () => {
  let answersOfControl: ReturnType<typeof controlAnswers>

  beforeEach(async () => {
    answersOfControl = controlAnswers()
    await partner.dial(5061)
  })

  async function establish(headers: Record<string, string> = {}): Promise<SipResponse> {
    control.onRequest = answersOfControl
    const [ringing, answer] = await partner.ask(fromPartner('INVITE', headers, partnerSdp))
    expect(ringing!.status).toBe(180)
    expect(answer!.status).toBe(200)
    const before = control.acks.length
    partner.connection.send(fromPartner('ACK', { ...headers, ...inDialog(answer!), CSeq: '1 ACK' }))
    await until('the ACK', () => control.acks.length > before)
    return answer!
  }

  it('goes by a search rule to the traversal zone, its media through the relay, and takes a licence', async () => {
    const answer = await establish()
    const [invite] = received(control, 'INVITE')
    expect(invite!.requestUri).toBe('sip:dave@example.com')
    expect(invite!.topVia!.parameters.get('egress-zone')).toBe('TraversalZone')
    expect(invite!.vias()![1]!.parameters.get('ingress-zone')).toBe('DefaultZone')
    expect(invite!.addresses('record-route')!.map(({ sipUri }) => sipUri!.port)).toEqual([7001, 5061])
    expect(mediaOf(invite!)).toMatchObject({ address: places.edge, port: 36_000 })
    expect(mediaOf(invite!).crypto).toContain(key('P'))
    expect(mediaOf(answer).address).toBe(places.edge)
    expect(mediaOf(answer).crypto).toContain(key('C'))
    expect(world.edge.status().calls).toMatchObject([
      {
        callType: 'VCS traversal call',
        state: 'Connected',
        source: 'sip:peter@partner.test',
        components: [{ type: 'Expressway', source: 'DefaultZone', destination: 'Traversal Zone' }],
      },
    ])
    expect(world.edge.status().searchHistory).toMatchObject([
      { searchType: 'INVITE', destination: 'sip:dave@example.com', rule: 'Inbound', zone: 'Traversal Zone' },
    ])
    expect(world.admission.status().traversalCalls).toMatchObject({ current: 1, audio: 1 })
    expect(world.admission.status().remoteSessions.current).toBe(0)
    expect((await partner.final(fromPartner('BYE', inDialog(answer)))).status).toBe(200)
    await released()
    expect(licencesInUse()).toBe(0)
    expect(world.edge.status().callHistory).toMatchObject([{ state: 'Disconnected', reason: 'BYE' }])
  })

  it('is ended by whom it was for', async () => {
    await establish()
    const [invite] = received(control, 'INVITE')
    const bye = control.request('BYE', 'sip:peter@partner.test', inDialogBack(invite!))
    expect((await control.final(bye)).status).toBe(200)
    expect(received(partner, 'BYE')).toHaveLength(1)
    expect(received(partner, 'BYE')[0]!.has('x-taatag')).toBe(false)
    await released()
  })

  it('is renegotiated from both sides', async () => {
    const answer = await establish()
    const again = await partner.final(fromPartner('INVITE', inDialog(answer), offered(places.partner, 20_000, 'Q')))
    expect(mediaOf(again).port).toBe(mediaOf(answer).port)
    partner.onRequest = partnerAnswers()
    const [invite] = received(control, 'INVITE')
    const back = control.request('UPDATE', 'sip:peter@partner.test', inDialogBack(invite!), controlSdp)
    expect((await control.final(back)).status).toBe(200)
    expect(mediaOf(received(partner, 'UPDATE')[0]!)).toMatchObject({ address: places.edge })
    expect(world.relay.portsInUse).toBe(2)
  })

  it('may go on over another connection of the same company, by what was recorded', async () => {
    const answer = await establish()
    const first = partner.connection
    await partner.dial(5061)
    expect((await partner.final(fromPartner('BYE', inDialog(answer)))).status).toBe(200)
    expect(first.isOpen).toBe(true)
    await released()
  })

  it('is not touched by somebody who does not know what was recorded', async () => {
    const answer = await establish()
    const stranger = await connectClient(places.other)
    const guessed = { ...inDialog(answer), Route: `<sip:proxy-call-id=guess@${places.edge}:5061;transport=tls;lr>` }
    const bye = fromPartner('BYE', guessed)
    expect((await stranger.final(bye)).status).toBe(481)
    expect(licencesInUse()).toBe(1)
  })

  it('is cancelled on the other side', async () => {
    const waiting = Promise.withResolvers<ServerTransaction>()
    control.onRequest = (transaction) => {
      if (transaction.request.method === 'CANCEL') {
        reply(transaction, 200, 'OK')
        return void waiting.promise.then((invite) => reply(invite, 487, 'Request Terminated'))
      }
      reply(transaction, 180, 'Ringing')
      waiting.resolve(transaction)
    }
    const status = await new Promise<number>((resolve) => {
      const sent = partner.layer.request(fromPartner('INVITE', {}, partnerSdp), partner.connection, {
        onResponse: (response) => {
          if (response.status === 180) partner.layer.cancel(sent!)
          if (response.status >= 200) resolve(response.status)
        },
        onTimeout: () => resolve(0),
        onTransportError: () => resolve(0),
      })
    })
    expect(status).toBe(487)
    await released()
    expect(licencesInUse()).toBe(0)
  })

  it('may carry its offer late, or media in clear', async () => {
    control.onRequest = controlAnswers(() => inClear(places.control, 37_000))
    const answer = await partner.final(fromPartner('INVITE'))
    expect(mediaOf(answer)).toMatchObject({ address: places.edge, crypto: '' })
    const ack = fromPartner('ACK', { ...inDialog(answer), CSeq: '1 ACK' }, inClear(places.partner, 20_000))
    partner.connection.send(ack)
    await until('the ACK', () => control.acks.length > 0)
    expect(mediaOf(control.acks[0]!)).toMatchObject({ address: places.edge, port: 36_000, crypto: '' })
  })

  it('has its alias changed by the rule', async () => {
    world.business.rules = [
      rule({
        source: 'Any',
        patternType: 'Regex',
        pattern: '(.*)@company\\.test',
        behavior: 'Replace',
        replacement: '\\1@example.com',
        target: 'Traversal Zone',
      }),
    ]
    control.onRequest = controlAnswers()
    const invite = fromPartner('INVITE', {}, partnerSdp)
    invite.requestUri = 'sip:dave@company.test'
    expect((await partner.final(invite)).status).toBe(200)
    expect(received(control, 'INVITE')[0]!.requestUri).toBe('sip:dave@example.com')
  })

  it('loses what only VCSs may say', async () => {
    await establish({ 'P-Asserted-Identity': '<sip:boss@example.com>', 'X-TAATag': 'forged' })
    expect(received(control, 'INVITE')[0]!.toBuffer().toString()).not.toMatch(/boss|forged/)
  })

  it.each([
    ['no rule for its alias', 'sip:dave@elsewhere.test', {}, 404],
    ['a Route of somebody else', 'sip:dave@example.com', { Route: '<sip:cucm1.example.com;lr>' }, 403],
    ['too many hops', 'sip:dave@example.com', { 'Max-Forwards': '0' }, 483],
  ])('with %s does not get inside', async (_, uri, headers, status) => {
    const invite = fromPartner('INVITE', {}, partnerSdp)
    invite.requestUri = uri
    for (const [name, value] of Object.entries(headers)) invite.set(name, value)
    expect((await partner.final(invite)).status).toBe(status)
    expect(control.requests).toHaveLength(0)
    expect(licencesInUse()).toBe(0)
  })

  it('does not match a rule that wants it authenticated, or one that is disabled', async () => {
    const wanted = { source: 'Default Zone', pattern: '@example.com', target: 'Traversal Zone' }
    world.business.rules = [rule({ ...wanted, mustBeAuthenticated: true }), rule({ ...wanted, isEnabled: false })]
    expect((await partner.final(fromPartner('INVITE', {}, partnerSdp))).status).toBe(404)
    world.business.rules = [rule({ ...wanted, isEnabled: false })]
    expect((await partner.final(fromPartner('INVITE', {}, partnerSdp))).status).toBe(407)
  })

  it('is answered 503 without a licence, and 503 while the zone is down', async () => {
    await establish()
    await establish({ 'Call-ID': 'b2b-3' })
    // Two calls of one audio stream are one licence of the two.
    await establish({ 'Call-ID': 'b2b-4' })
    const third = fromPartner('INVITE', { 'Call-ID': 'b2b-5' }, partnerSdp)
    expect((await partner.final(third)).status).toBe(503)
    expect(world.host.records.map(({ event }) => event)).toContain('License Limit Reached')
    control.connection.destroy('test')
    await until('the zone to fail', () => world.edge.zoneServer!.status().state === 'Failed')
    await released()
    expect(licencesInUse()).toBe(0)
    const fourth = fromPartner('INVITE', { 'Call-ID': 'b2b-6' }, partnerSdp)
    expect((await partner.final(fourth)).first('warning')).toContain('Traversal zone not active')
  })

  it.each(['partner', 'zone'])(
    'gives its ports and licence back when the connection of the %s is lost',
    async (side) => {
      await establish()
      ;(side === 'partner' ? partner : control).connection.destroy('test')
      await released()
      expect(licencesInUse()).toBe(0)
    },
  )

  it('leaves two calls between the same hosts apart', async () => {
    const one = await establish()
    const two = await establish({ 'Call-ID': 'b2b-9' })
    expect(mediaOf(one).port).not.toBe(mediaOf(two).port)
    expect((await partner.final(fromPartner('BYE', inDialog(one)))).status).toBe(200)
    await until('one call to end', () => world.edge.status().calls.length === 1)
    expect(received(control, 'BYE').map(({ callId }) => callId)).toEqual(['b2b-1'])
    expect(world.relay.portsInUse).toBe(2)
  })

  it('leaves remote access as it is', async () => {
    const client = await connectClient()
    await establish()
    control.onRequest = (transaction) =>
      transaction.request.method === 'INVITE'
        ? answersOfControl(transaction)
        : answerAsControl(transaction, control.now())
    const own = { Route: edgeRoute, From: '<sip:1001@cucm1.example.com>;tag=a', To: '<sip:dave@example.com>' }
    const invite = () =>
      client.request(
        'INVITE',
        'sip:dave@example.com',
        { ...own, 'Call-ID': 'mra' },
        offered(places.client, 20_000, 'A'),
      )
    expect((await client.final(invite())).status).toBe(407)
    expect((await register(client, alice)).status).toBe(200)
    expect((await client.final(invite())).status).toBe(200)
    const types = world.edge.status().calls.map(({ callType }) => callType)
    expect(types.toSorted()).toEqual(['Unified CM remote session', 'VCS traversal call'])
    expect(world.admission.status()).toMatchObject({ remoteSessions: { current: 1 }, traversalCalls: { current: 1 } })
  })
})

describe('a question from another company', () => {
  it('goes where a call would go', async () => {
    await partner.dial(5061)
    expect((await partner.final(fromPartner('OPTIONS'))).status).toBe(200)
    expect(received(control, 'OPTIONS').at(-1)!.requestUri).toBe('sip:dave@example.com')
  })

  it.each(['REGISTER', 'MESSAGE', 'SUBSCRIBE'])('%s is treated as without any rule', async (method) => {
    await partner.dial(5061)
    const before = control.requests.length
    expect((await partner.final(fromPartner(method))).status).toBe(method === 'REGISTER' ? 403 : 407)
    expect(control.requests).toHaveLength(before)
  })
})

describe('SIP over TCP from the internet', () => {
  it('is refused unless TCP mode is On', async () => {
    await expect(partner.dialTcp(5060)).rejects.toThrow()
    world.business.isTcpOn = true
    await world.edge.updateListeners()
    await partner.dialTcp(5060)
    control.onRequest = controlAnswers()
    expect((await partner.final(fromPartner('INVITE', {}, inClear(places.partner, 20_000)))).status).toBe(200)
    const [invite] = received(control, 'INVITE')
    expect(invite!.first('record-route')).toContain('transport=tls')
    expect(invite!.all('record-route').join()).toContain(':5060;transport=tcp')
  })

  it('is no way in for clients', async () => {
    world.business.isTcpOn = true
    await world.edge.updateListeners()
    await partner.dialTcp(5060)
    const register = fromPartner('REGISTER', { Route: edgeRoute })
    expect((await partner.final(register)).status).toBe(403)
    expect((await partner.final(fromPartner('MESSAGE'))).status).toBe(403)
    expect((await partner.final(fromPartner('INFO', { To: '<sip:dave@example.com>;tag=gone' }))).status).toBe(481)
    const alive = fromPartner('OPTIONS')
    alive.requestUri = `sip:${realm}`
    expect((await partner.final(alive)).status).toBe(200)
    expect(world.failures).toEqual([{ category: 'sip-registration', source: places.partner }])
    world.business.isTcpOn = false
    await world.edge.updateListeners()
    await expect(openPartner().dialTcp(5060)).rejects.toThrow()
  })
})

it('an Expressway without rules challenges whoever calls, and answers for itself', async () => {
  world.business.rules = []
  await partner.dial(5061)
  expect((await partner.final(fromPartner('INVITE', {}, partnerSdp))).status).toBe(407)
  const options = fromPartner('OPTIONS')
  options.requestUri = `sip:${realm}`
  expect((await partner.final(options)).status).toBe(200)
})
