import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { SipRequest } from '../../protocol/sip/message.ts'
import {
  alice,
  bob,
  connectClient,
  connectControl,
  connectSecondControl,
  edgeRouteTo,
  type Line,
  openPartner,
  type Peer,
  places,
  proven,
  registration,
  reply,
  type SipEdgeWorld,
  startWorld,
  until,
} from './sip-edge.fixture.ts'
import {
  controlAnswers,
  inDialog,
  inDialogBack,
  offered,
  partnerSdp,
  received,
  requestOfPartner,
  rule,
} from './business/business.fixture.ts'

let world: SipEdgeWorld
let first: Peer
let second: Peer
let client: Peer

beforeEach(async () => {
  world = await startWorld({ licences: 4 })
  first = await connectControl()
  second = await connectSecondControl()
  client = await connectClient()
})

afterEach(() => world[Symbol.asyncDispose]())

async function registerBy(control: string, { peer = client, line = alice }: { peer?: Peer; line?: Line } = {}) {
  const headers = { Route: edgeRouteTo(control) }
  const answer = await peer.final(registration(peer, line, headers))
  if (answer.status !== 407) return answer.status
  return (await peer.final(proven(registration(peer, line, headers), answer, line))).status
}

function fromAlice(method: string, headers: Record<string, string> = {}, body?: string): SipRequest {
  const { address, port } = client.connection.local
  const all = {
    Route: edgeRouteTo(places.control),
    From: '<sip:1001@cucm1.example.com>;tag=a',
    To: '<sip:1002@cucm1.example.com>',
    'Call-ID': 'call-1',
    Contact: `<sip:uuid-1001@${address}:${port};transport=tls>`,
    ...headers,
  }
  return client.request(method, 'sip:1002@cucm1.example.com', all, body)
}

async function callThrough(control: Peer, headers: Record<string, string> = {}) {
  // Each Control uses the same ports of an address of its own.
  control.onRequest = controlAnswers(() => offered(control.connection.local.address, 37_000, 'C'))
  const answer = await client.final(fromAlice('INVITE', headers, offered(places.client, 20_000, 'A')))
  expect(answer.status).toBe(200)
  const { 'Call-ID': callId = 'call-1' } = headers
  client.connection.send(fromAlice('ACK', { ...inDialog(answer), 'Call-ID': callId, CSeq: '1 ACK' }))
  await until('the ACK', () => control.acks.some((ack) => ack.callId === callId))
  return answer
}

const lose = async (control: Peer) => {
  const before = world.edge.zoneServer!.flows.length
  control.connection.destroy('killed')
  await until('the Control to be missed', () => world.edge.zoneServer!.flows.length === before - 1)
}
const holderOf = (aor: string) => world.edge.status().registrations.find((each) => each.aor.startsWith(aor))?.control
const methodsAt = (peer: Peer) => peer.requests.map(({ method }) => method)

describe('a registration', () => {
  it('goes to the Control that the edge Route names, which is asked about the password too', async () => {
    expect(await registerBy(places.secondControl)).toBe(200)
    expect([methodsAt(first), methodsAt(second)]).toEqual([[], ['SERVICE', 'REGISTER']])
    expect(received(second, 'REGISTER')[0]!.has('route')).toBe(false)
    expect(holderOf('1001')).toBe(places.secondControl)
  })

  it('goes to the other one while that is gone, and back to it afterwards', async () => {
    await lose(first)
    expect(await registerBy(places.control)).toBe(200)
    expect(holderOf('1001')).toBe(places.secondControl)
    first = await connectControl()
    expect(await registerBy(places.control)).toBe(200)
    expect(holderOf('1001')).toBe(places.control)
  })

  it('is answered 503 where none is there', async () => {
    await lose(first)
    await lose(second)
    expect(await registerBy(places.control)).toBe(503)
  })

  it('of a Control that is not known is refused', async () => {
    expect(await registerBy('127.77.3.12')).toBe(403)
  })
})

describe('a request of a registered client', () => {
  it('goes to the Control that holds the registration, whatever it names', async () => {
    await registerBy(places.secondControl)
    await callThrough(second)
    expect(received(first, 'INVITE')).toEqual([])
  })

  it('goes to the other one where the holder is gone', async () => {
    await registerBy(places.control)
    await lose(first)
    await callThrough(second)
    expect(world.edge.status().calls).toHaveLength(1)
  })

  it('in a dialog goes to the Control of the call', async () => {
    await registerBy(places.control)
    const answer = await callThrough(first)
    await registerBy(places.secondControl)
    const bye = fromAlice('BYE', { ...inDialog(answer), CSeq: '2 BYE' })
    expect((await client.final(bye)).status).toBe(200)
    expect([received(first, 'BYE'), received(second, 'BYE')].map(({ length }) => length)).toEqual([1, 0])
  })
})

describe('a request for a client', () => {
  const toAlice = (control: Peer, method: string, headers: Record<string, string> = {}) => {
    const { address, port } = client.connection.local
    const all = {
      From: '<sip:1002@cucm1.example.com>;tag=b',
      To: '<sip:1001@cucm1.example.com>',
      'Call-ID': 'to-alice',
      Contact: `<sip:${control.connection.local.address}:5073;transport=tls>`,
      ...headers,
    }
    return control.request(method, `sip:uuid-1001@${address}:${port};transport=tls`, all)
  }

  it('is taken from either Control', async () => {
    await registerBy(places.control)
    expect((await first.final(toAlice(first, 'OPTIONS'))).status).toBe(200)
    expect((await second.final(toAlice(second, 'OPTIONS', { 'Call-ID': 'other' }))).status).toBe(200)
  })

  it('in a call of the other Control is for nobody', async () => {
    await registerBy(places.control)
    await callThrough(first)
    const invite = received(first, 'INVITE')[0]!
    const bye = { ...inDialogBack(invite), CSeq: '1 BYE' }
    const stranger = second.request('BYE', 'sip:1001@127.0.0.1', bye)
    expect((await second.final(stranger)).status).toBe(480)
    expect(world.edge.status().calls).toHaveLength(1)
  })
})

describe('a Control that is lost', () => {
  it('ends its calls with a BYE to the client, and no others', async () => {
    const other = await connectClient(places.other)
    await registerBy(places.control)
    await registerBy(places.secondControl, { peer: other, line: bob })
    const answer = await callThrough(first)
    const kept = client
    client = other
    const { address, port } = other.connection.local
    await callThrough(second, {
      From: '<sip:1002@cucm1.example.com>;tag=b',
      'Call-ID': 'call-2',
      Contact: `<sip:uuid-1002@${address}:${port};transport=tls>`,
    })
    client = kept
    const licences = () => world.admission.status().remoteSessions.current
    expect([licences(), world.relay.portsInUse]).toEqual([2, 4])
    await lose(first)
    await until('the BYE', () => received(client, 'BYE').length === 1)
    const [bye] = received(client, 'BYE')
    expect(bye!.requestUri).toContain('uuid-1001@')
    expect([bye!.callId, bye!.fromTag, bye!.toTag]).toEqual(['call-1', answer.toTag, 'a'])
    expect(bye!.has('route')).toBe(false)
    expect(bye!.first('reason')).toContain('Traversal zone lost')
    await until('the ports', () => world.relay.portsInUse === 2)
    expect(licences()).toBe(1)
    expect(received(other, 'BYE')).toEqual([])
    expect(world.edge.status().calls.map(({ source }) => source)).toEqual(['sip:1002@cucm1.example.com'])
    expect(world.edge.status().callHistory[0]).toMatchObject({ reason: 'traversal zone lost' })
  })

  it('ends a call that came through it in the dialog of who was called', async () => {
    await registerBy(places.control)
    client.onRequest = (transaction) => {
      const { request } = transaction
      if (request.method !== 'INVITE') return reply(transaction, 200, 'OK')
      const headers = {
        'Record-Route': request.all('record-route').join(', '),
        Contact: '<sip:uuid-1001@127.0.0.1>',
        'Content-Type': 'application/sdp',
      }
      reply(transaction, 200, 'OK', headers, offered(places.client, 20_000, 'A'))
    }
    const { address, port } = client.connection.local
    const invite = first.request(
      'INVITE',
      `sip:uuid-1001@${address}:${port};transport=tls`,
      {
        From: '<sip:1002@cucm1.example.com>;tag=b',
        To: '<sip:1001@cucm1.example.com>',
        'Call-ID': 'call-3',
        Contact: `<sip:${places.control}:5073;transport=tls>`,
        CSeq: '7 INVITE',
      },
      offered(places.control, 37_000, 'C'),
    )
    expect((await first.final(invite)).status).toBe(200)
    await lose(first)
    await until('the BYE', () => received(client, 'BYE').length === 1)
    const [bye] = received(client, 'BYE')
    expect([bye!.requestUri, bye!.fromTag, bye!.toTag, bye!.cseq?.number]).toEqual([
      'sip:uuid-1001@127.0.0.1',
      'b',
      'far',
      8,
    ])
  })

  it('that comes back over another connection has lost its calls all the same', async () => {
    await registerBy(places.control)
    await callThrough(first)
    await connectControl()
    await until('the BYE', () => received(client, 'BYE').length === 1)
    expect(world.edge.status().calls).toEqual([])
  })

  it('ends calls with other companies too, with those that recorded themselves on their side', async () => {
    world.business.rules = [
      rule({ name: 'Inbound', source: 'Default Zone', pattern: '@example.com', target: world.zone.name }),
    ]
    const partner = openPartner()
    await partner.dial(5061)
    first.onRequest = second.onRequest = controlAnswers()
    const recorded = '<sip:proxy.partner.test;lr>'
    const invite = requestOfPartner(partner, 'INVITE', { 'Record-Route': recorded }, partnerSdp)
    expect((await partner.final(invite)).status).toBe(200)
    const owner = received(first, 'INVITE').length === 1 ? first : second
    await lose(owner)
    await until('the BYE', () => received(partner, 'BYE').length === 1)
    const [bye] = received(partner, 'BYE')
    expect(bye!.all('route')).toEqual([recorded])
    expect(bye!.has('x-taatag')).toBe(false)
    await until('the ports', () => world.relay.portsInUse === 0)
    expect(world.admission.status().traversalCalls.current).toBe(0)
  })
})

it('calls of other companies go to the Controls in turn', async () => {
  world.business.rules = [
    rule({ name: 'Inbound', source: 'Default Zone', pattern: '@example.com', target: world.zone.name }),
  ]
  const partner = openPartner()
  await partner.dial(5061)
  first.onRequest = controlAnswers()
  second.onRequest = (transaction) => reply(transaction, 486, 'Busy Here')
  for (const call of [1, 2, 3, 4]) {
    await partner.final(requestOfPartner(partner, 'INVITE', { 'Call-ID': `turn-${call}` }, partnerSdp))
  }
  expect([first, second].map((control) => received(control, 'INVITE').length)).toEqual([2, 2])
})

describe("another company's call where one of several Controls is out of service", () => {
  let partner: Peer

  beforeEach(async () => {
    world.business.rules = [rule({ source: 'Default Zone', pattern: '@example.com', target: 'Traversal Zone' })]
    partner = await openPartner().dial(5061)
  })

  const invite = (callId = 'b2b-1') => requestOfPartner(partner, 'INVITE', { 'Call-ID': callId }, partnerSdp)
  const asked = () => [received(first, 'INVITE').length, received(second, 'INVITE').length]

  it('goes to the next one, and the caller hears of no refusal', async () => {
    first.onRequest = (transaction) => reply(transaction, 503, 'Service Unavailable')
    second.onRequest = controlAnswers(() => offered(places.secondControl, 37_000, 'C'))
    const answers = await partner.ask(invite())
    expect(answers.map(({ status }) => status)).toEqual([180, 200])
    expect(asked()).toEqual([1, 1])
    expect(world.edge.status().calls).toHaveLength(1)
    expect(world.admission.status().traversalCalls.current).toBe(1)
    partner.connection.send(requestOfPartner(partner, 'ACK', { ...inDialog(answers[1]!), CSeq: '1 ACK' }))
    await until('the ACK', () => second.acks.length === 1)
    expect(received(second, 'INVITE')[0]!.requestUri).toBe('sip:dave@example.com')
    expect(received(second, 'INVITE')[0]!.vias()).toHaveLength(2)
  })

  it('goes to the next one where the connection is lost before any answer', async () => {
    first.onRequest = () => undefined
    second.onRequest = (transaction) => reply(transaction, 486, 'Busy Here')
    const answered = partner.final(invite())
    await until('the INVITE', () => received(first, 'INVITE').length === 1)
    first.connection.destroy('test')
    expect((await answered).status).toBe(486)
    expect(world.relay.portsInUse).toBe(0)
  })

  it('goes to nobody else once somebody was alerted, or is refused otherwise', async () => {
    first.onRequest = (transaction) => {
      reply(transaction, 180, 'Ringing')
      reply(transaction, 503, 'Service Unavailable')
    }
    second.onRequest = (transaction) => reply(transaction, 480, 'Temporarily Unavailable')
    expect((await partner.final(invite())).status).toBe(503)
    expect(asked()).toEqual([1, 0])
    expect((await partner.final(invite('b2b-2'))).status).toBe(480)
    expect(asked()).toEqual([1, 1])
  })

  it('is refused where every one is', async () => {
    for (const each of [first, second]) each.onRequest = (transaction) => reply(transaction, 503, 'Service Unavailable')
    expect((await partner.final(invite())).status).toBe(503)
    expect(asked()).toEqual([1, 1])
    expect(world.edge.status().calls).toEqual([])
    expect(world.admission.status().traversalCalls.current).toBe(0)
  })
})
