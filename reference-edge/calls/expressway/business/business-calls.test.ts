import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Listener } from '#runtime/network.ts'
import type { SearchRule } from '../../../dial-plan/search-rules.ts'
import { attributeValues, connectionAddress } from '../../../protocol/sdp/attributes.ts'
import { parseSdp } from '../../../protocol/sdp/session-description.ts'
import type { SipMessage, SipRequest, SipResponse } from '../../../protocol/sip/message.ts'
import type { ServerTransaction } from '../../../protocol/sip/server-transaction.ts'
import {
  alice,
  answerAsControl,
  connectClient,
  connectControl,
  edgeRoute,
  openPartner,
  Peer,
  places,
  realm,
  register,
  reply,
  type SipEdgeWorld,
  startWorld,
  until,
} from '../sip-edge.fixture.ts'

let world: SipEdgeWorld
let control: Peer
let partner: Peer
let listener: Listener | undefined

const sipPort = 15_061
const names = { '_sips._tcp.partner.test': `sip.partner.test:${sipPort}`, 'sip.partner.test': places.partner }

beforeEach(async () => {
  world = await startWorld({ licences: 2, names })
  world.business.rules = [
    rule({ name: 'Inbound', source: 'Default Zone', pattern: '@example.com', target: 'Traversal Zone' }),
    rule({ name: 'Outbound', source: 'Traversal Zone', mode: 'Any alias', target: 'DNSZone' }),
  ]
  world.business.dnsZones = [{ name: 'DNSZone', isSipOn: true, tlsVerify: true }]
  control = await connectControl()
  partner = openPartner()
})

afterEach(async () => {
  await world[Symbol.asyncDispose]()
  await listener?.stop()
  listener = undefined
})

async function listen(who: Parameters<Peer['listen']>[1] = 'partner'): Promise<void> {
  listener = await partner.listen(sipPort, who)
}

function rule(changes: Partial<SearchRule>): SearchRule {
  return {
    name: 'Rule',
    priority: 100,
    protocol: 'Any',
    source: 'Any',
    mustBeAuthenticated: false,
    mode: 'Alias pattern match',
    patternType: 'Suffix',
    pattern: '',
    behavior: 'Leave',
    replacement: '',
    onMatch: 'Continue',
    target: '',
    isEnabled: true,
    ...changes,
  }
}

const key = (letter: string) => Buffer.alloc(30, letter).toString('base64')
const offered = (address: string, port: number, letter: string) =>
  `v=0\r\no=- 1 1 IN IP4 ${address}\r\ns=-\r\nc=IN IP4 ${address}\r\nt=0 0\r\n` +
  `m=audio ${port} RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${key(letter)}\r\n`
const inClear = (address: string, port: number) =>
  `v=0\r\no=- 1 1 IN IP4 ${address}\r\ns=-\r\nc=IN IP4 ${address}\r\nt=0 0\r\nm=audio ${port} RTP/AVP 0\r\n`

const sdp = { 'Content-Type': 'application/sdp' }
const partnerSdp = offered(places.partner, 20_000, 'P')
const controlSdp = offered(places.control, 37_000, 'C')

function mediaOf(message: SipMessage) {
  const parsed = parseSdp(message.body)
  if (!parsed.ok) throw new Error('no description')
  const [section] = parsed.sdp.media
  return {
    address: connectionAddress(section!) ?? connectionAddress(parsed.sdp),
    port: section!.port,
    crypto: attributeValues(section!, 'crypto').join(),
  }
}

function fromPartner(method: string, headers: Record<string, string> = {}, body?: string): SipRequest {
  const { address, port } = partner.connection.local
  const all = {
    From: '<sip:peter@partner.test>;tag=p',
    To: '<sip:dave@example.com>',
    'Call-ID': 'b2b-1',
    Contact: `<sip:peter@${address}:${port};transport=tls>`,
    ...headers,
  }
  return partner.request(method, 'sip:dave@example.com', all, body)
}

function toPartner(method: string, headers: Record<string, string> = {}, body?: string): SipRequest {
  const all = {
    From: '<sip:dave@example.com>;tag=d',
    To: '<sip:peter@partner.test>',
    'Call-ID': 'b2b-2',
    Contact: `<sip:${places.control}:5073;transport=tls>`,
    ...headers,
  }
  return control.request(method, 'sip:peter@partner.test', all, body)
}

const received = (peer: Peer, method: string) => peer.requests.filter((request) => request.method === method)
const recordedBy = (request: SipRequest): Record<string, string> =>
  request.has('record-route') ? { 'Record-Route': request.all('record-route').join(', ') } : {}

/** Headers of the caller's later requests. */
const inDialog = (answer: SipResponse) => ({
  Route: answer.all('record-route').toReversed().join(', '),
  To: answer.first('to')!,
})

/** Headers of the callee's later requests. */
const inDialogBack = (invite: SipRequest) => ({
  Route: invite.all('record-route').join(', '),
  From: `${invite.first('to')!};tag=far`,
  To: invite.first('from')!,
  'Call-ID': invite.callId!,
})

/** Rings and answers each INVITE; `body` is told the number of the call. */
function answering(body: (call: number) => string, contact: string) {
  const calls: string[] = []
  return (transaction: ServerTransaction) => {
    const { request } = transaction
    if (request.method !== 'INVITE') return reply(transaction, 200, 'OK')
    const recorded = recordedBy(request)
    if (!calls.includes(request.callId!)) calls.push(request.callId!)
    reply(transaction, 180, 'Ringing', recorded)
    reply(transaction, 200, 'OK', { ...recorded, Contact: contact, ...sdp }, body(calls.indexOf(request.callId!)))
  }
}

const controlAnswers = (body = (call: number) => offered(places.control, 37_000 + 2 * call, 'C')) =>
  answering(body, `<sip:${places.control}:5073;transport=tls>`)
const partnerAnswers = () => answering(() => partnerSdp, `<sip:peter@${places.partner}:${sipPort};transport=tls>`)

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
    expect(world.failures).toEqual([{ category: 'sip-registration', source: places.partner }])
    world.business.isTcpOn = false
    await world.edge.updateListeners()
    await expect(openPartner().dialTcp(5060)).rejects.toThrow()
  })
})

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
    await listen()
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
    await listen()
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
    await listen()
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
    await listen(who)
    expect((await control.final(toPartner('INVITE', {}, controlSdp))).status).toBe(503)
    expect(world.host.records).toContainEqual(expect.objectContaining({ event: 'Outbound TLS Negotiation Error' }))
    world.business.dnsZones = [{ name: 'DNSZone', isSipOn: true, tlsVerify: false }]
    await establish({ 'Call-ID': 'b2b-3' })
  })

  it('tries the next rule where the first leads nowhere', async () => {
    await listen()
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
    await listen()
    world.business.dnsZones = [{ name: 'DNSZone', isSipOn: false, tlsVerify: true }]
    expect((await control.final(toPartner('INVITE', {}, controlSdp))).status).toBe(404)
    world.business.rules = []
    expect((await control.final(toPartner('INVITE', { 'Call-ID': 'x' }, controlSdp))).status).toBe(480)
    expect(partner.requests).toHaveLength(0)
  })

  it('ends when the connection of the other company is lost', async () => {
    await listen()
    await establish()
    partner.connection.destroy('test')
    await released()
    expect(world.edge.status().callHistory).toMatchObject([{ reason: 'connection lost' }])
  })

  it('that comes back unchanged is a loop', async () => {
    await listen()
    partner.onRequest = (transaction) => {
      const request = transaction.request.clone()
      request.addOnTop('Via', `SIP/2.0/TLS ${places.partner}:5061;branch=z9hG4bKloop`)
      void partner.final(request).then(({ status, reason }) => reply(transaction, status, reason))
    }
    expect((await control.final(toPartner('INVITE', {}, controlSdp))).status).toBe(482)
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
    await listen()
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

it('an Expressway without rules challenges whoever calls, and answers for itself', async () => {
  world.business.rules = []
  await partner.dial(5061)
  expect((await partner.final(fromPartner('INVITE', {}, partnerSdp))).status).toBe(407)
  const options = fromPartner('OPTIONS')
  options.requestUri = `sip:${realm}`
  expect((await partner.final(options)).status).toBe(200)
})
