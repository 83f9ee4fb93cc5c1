import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { attributeValues, connectionAddress } from '../../protocol/sdp/attributes.ts'
import { parseSdp } from '../../protocol/sdp/session-description.ts'
import type { SipMessage, SipResponse } from '../../protocol/sip/message.ts'
import type { ServerTransaction } from '../../protocol/sip/server-transaction.ts'
import {
  alice,
  connectClient,
  connectControl,
  edgeRoute,
  type Peer,
  places,
  register,
  reply,
  type SipEdgeWorld,
  startWorld,
  until,
} from './sip-edge.fixture.ts'

let world: SipEdgeWorld
let control: Peer
let client: Peer

beforeEach(async () => {
  world = await startWorld({ calls: 1 })
  control = await connectControl()
  client = await connectClient()
  await register(client, alice)
})

afterEach(() => world[Symbol.asyncDispose]())

const key = (letter: string) => Buffer.alloc(30, letter).toString('base64')

const description = (address: string, port: number, letter: string, more = '') =>
  `v=0\r\no=- 1 1 IN IP4 ${address}\r\ns=-\r\nc=IN IP4 ${address}\r\nt=0 0\r\n` +
  `m=audio ${port} RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${key(letter)}\r\n${more}`

const sdp = { 'Content-Type': 'application/sdp' }
const controlContact = { Contact: `<sip:${places.control}:5073;transport=tls>` }

function fromAlice(method: string, headers: Record<string, string> = {}, body?: string) {
  const { address, port } = client.connection.local
  const all = {
    Route: edgeRoute,
    From: '<sip:1001@cucm1.example.com>;tag=a',
    To: '<sip:1002@cucm1.example.com>',
    'Call-ID': 'call-1',
    Contact: `<sip:uuid-1001@${address}:${port};transport=tls>`,
    ...headers,
  }
  return client.request(method, 'sip:1002@cucm1.example.com', all, body)
}

function toAlice(method: string, headers: Record<string, string> = {}, body?: string) {
  const { address, port } = client.connection.local
  const all = {
    From: '<sip:1002@cucm1.example.com>;tag=b',
    To: '<sip:1001@cucm1.example.com>',
    'Call-ID': 'call-2',
    ...controlContact,
    ...headers,
  }
  return control.request(method, `sip:uuid-1001@${address}:${port};transport=tls`, all, body)
}

/** Address, port, a=rtcp and first crypto line of the first m= section. */
function mediaOf(message: SipMessage) {
  const parsed = parseSdp(message.body)
  if (!parsed.ok) throw new Error(parsed.problem.says)
  const [section] = parsed.sdp.media
  const address = connectionAddress(section!) ?? connectionAddress(parsed.sdp)
  return {
    address,
    port: section!.port,
    rtcp: attributeValues(section!, 'rtcp')[0]?.split(' ')[0],
    crypto: attributeValues(section!, 'crypto')[0],
  }
}

const recordedBy = (request: SipMessage): Record<string, string> =>
  request.has('record-route') ? { 'Record-Route': request.all('record-route').join(', ') } : {}
const routesOf = (message: SipMessage) => ({ Route: message.all('record-route').join(', ') })
const inDialog = (answer: SipResponse) => ({
  ...routesOf({ all: (name: string) => answer.all(name).toReversed() } as SipMessage),
  To: answer.first('to')!,
})

async function establish(): Promise<SipResponse> {
  control.onRequest = (transaction: ServerTransaction) => {
    const { request } = transaction
    if (request.method !== 'INVITE') return reply(transaction, 200, 'OK')
    const recorded = recordedBy(request)
    reply(transaction, 180, 'Ringing', recorded)
    const answer = description(places.control, 37_000, 'C')
    reply(transaction, 200, 'OK', { ...recorded, ...controlContact, ...sdp }, answer)
  }
  const [ringing, answer] = await client.ask(fromAlice('INVITE', {}, description(places.client, 20_000, 'A')))
  expect(ringing!.status).toBe(180)
  client.connection.send(fromAlice('ACK', { ...inDialog(answer!), CSeq: '1 ACK' }))
  await until('the ACK', () => control.acks.length > 0)
  return answer!
}

describe('a call from a client', () => {
  it('goes on with its DTLS-SRTP as offered, through the relay, for the Control to refuse', async () => {
    control.onRequest = (transaction: ServerTransaction) => reply(transaction, 488, 'Not Acceptable Here')
    const offer = description(places.client, 20_000, 'A').replace('RTP/SAVP', 'UDP/TLS/RTP/SAVPF')
    const [refused] = await client.ask(fromAlice('INVITE', {}, offer.replace(/a=crypto.*/, 'a=setup:actpass')))
    expect(refused!.status).toBe(488)
    const invite = control.requests.find(({ method }) => method === 'INVITE')!
    expect(invite.body.toString()).toContain('m=audio 36000 UDP/TLS/RTP/SAVPF 0\r\n')
    expect(mediaOf(invite)).toMatchObject({ address: places.edge })
    await until('the ports freed', () => world.edge.status().calls.length === 0)
  })

  it('has its media brought through the relay, and its ports freed by BYE', async () => {
    const answer = await establish()
    const invite = control.requests.find(({ method }) => method === 'INVITE')!
    expect(mediaOf(invite)).toMatchObject({ address: places.edge, port: 36_000, rtcp: '36001' })
    expect(mediaOf(invite).crypto).toContain(key('A'))
    expect(invite.has('route')).toBe(false)
    const outside = mediaOf(answer)
    expect(outside.address).toBe(places.edge)
    expect(outside.port).toBeGreaterThan(36_001)
    expect(outside.crypto).toContain(key('C'))
    const recorded = invite.addresses('record-route')!.map(({ sipUri }) => sipUri!.port)
    expect(recorded).toEqual([7001, 5061])
    expect(control.acks[0]!.has('route')).toBe(false)
    expect(world.edge.status().calls).toMatchObject([
      {
        state: 'Connected',
        components: [{ type: 'Expressway', source: 'CollaborationEdgeZone', destination: 'Traversal Zone' }],
      },
    ])
    expect(world.relay.portsInUse).toBe(2)
    expect((await client.final(fromAlice('BYE', inDialog(answer)))).status).toBe(200)
    await until('the ports', () => world.relay.portsInUse === 0)
    expect(world.edge.status().calls).toHaveLength(0)
    expect(world.edge.status().callHistory).toMatchObject([
      { state: 'Disconnected', reason: 'BYE', components: [{ source: 'CollaborationEdgeZone' }] },
    ])
    expect(world.edge.status().callCounts).toEqual({ ended: 1, connected: 1 })
    expect(world.edge.status().searchHistory).toMatchObject([
      { searchType: 'INVITE', outcome: 'Found', zone: 'Traversal Zone' },
    ])
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
    const invite = fromAlice('INVITE', {}, description(places.client, 20_000, 'A'))
    const answered = new Promise<number>((resolve) => {
      const sent = client.layer.request(invite, client.connection, {
        onResponse: ({ status }) => {
          if (status === 180) client.layer.cancel(sent!)
          if (status >= 200) resolve(status)
        },
        onTimeout: () => resolve(0),
        onTransportError: () => resolve(0),
      })
    })
    expect(await answered).toBe(487)
    await until('the ports', () => world.relay.portsInUse === 0)
  })

  it.each(['488', '486', '404'])('that is refused with %s gives its ports back', async (status) => {
    control.onRequest = (transaction) => reply(transaction, Number(status), 'No')
    const invite = fromAlice('INVITE', {}, description(places.client, 20_000, 'A'))
    expect((await client.final(invite)).status).toBe(Number(status))
    await until('the ports', () => world.relay.portsInUse === 0)
  })

  it('with a description that cannot be read is refused here', async () => {
    const before = control.requests.length
    expect((await client.final(fromAlice('INVITE', {}, 'v=0\r\nm=audio'))).status).toBe(488)
    expect(control.requests).toHaveLength(before)
    expect(world.edge.status().calls).toHaveLength(0)
  })

  it('may not hide a description in a multipart body', async () => {
    const invite = fromAlice('INVITE', {}, `--b\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--b--\r\n`)
    invite.set('Content-Type', 'multipart/mixed;boundary=b')
    expect((await client.final(invite)).status).toBe(415)
  })

  it('beyond the limit is turned away', async () => {
    await establish()
    const second = fromAlice('INVITE', { 'Call-ID': 'call-9' }, description(places.client, 20_000, 'A'))
    expect((await client.final(second)).status).toBe(503)
  })

  it('declines what it cannot relay', async () => {
    const more = 'm=message 2855 TCP/MSRP *\r\n'
    control.onRequest = (transaction) => reply(transaction, 486, 'Busy Here')
    await client.final(fromAlice('INVITE', {}, description(places.client, 20_000, 'A', more)))
    const invite = control.requests.find(({ method }) => method === 'INVITE')!
    expect(invite.body.toString()).toContain('m=message 0 TCP/MSRP')
  })

  it('keeps its ports through a re-INVITE with another key', async () => {
    const answer = await establish()
    const again = fromAlice('INVITE', inDialog(answer), description(places.client, 20_000, 'B'))
    expect(mediaOf(await client.final(again)).port).toBe(mediaOf(answer).port)
    expect(world.relay.portsInUse).toBe(2)
  })

  it.each(['client', 'zone'])('gives its ports back when the %s connection is lost', async (side) => {
    await establish()
    ;(side === 'client' ? client : control).connection.destroy('test')
    await until('the ports', () => world.relay.portsInUse === 0)
    expect(world.edge.status().calls).toHaveLength(0)
  })

  it('is answered 503 when the zone is lost while it rings', async () => {
    control.onRequest = (transaction) => {
      reply(transaction, 180, 'Ringing')
      setImmediate(() => control.connection.destroy('test'))
    }
    const invite = fromAlice('INVITE', {}, description(places.client, 20_000, 'A'))
    expect((await client.final(invite)).status).toBe(503)
  })
})

describe('a call to a client', () => {
  it('without an offer gets the answer in its ACK', async () => {
    client.onRequest = (transaction) => {
      const { request } = transaction
      const recorded = recordedBy(request)
      reply(transaction, 200, 'OK', { ...recorded, ...sdp }, description(places.client, 20_000, 'A'))
    }
    const offered = await control.final(toAlice('INVITE'))
    expect(mediaOf(offered)).toMatchObject({ address: places.edge, port: 36_000 })
    const routes = { Route: offered.all('record-route').toReversed().join(', '), To: offered.first('to')! }
    const ack = toAlice('ACK', { ...routes, CSeq: '1 ACK' }, description(places.control, 37_000, 'C'))
    control.connection.send(ack)
    await until('the ACK', () => client.acks.length > 0)
    expect(mediaOf(client.acks[0]!).address).toBe(places.edge)
    expect(mediaOf(client.acks[0]!).port).toBeGreaterThan(36_001)
    expect(mediaOf(client.acks[0]!).crypto).toContain(key('C'))
    expect((await control.final(toAlice('BYE', routes))).status).toBe(200)
    await until('the ports', () => world.relay.portsInUse === 0)
  })

  it('whose client disappears while ringing is answered 480', async () => {
    client.onRequest = (transaction) => {
      reply(transaction, 180, 'Ringing')
      setImmediate(() => client.connection.destroy('test'))
    }
    const invite = toAlice('INVITE', {}, description(places.control, 37_000, 'C'))
    expect((await control.final(invite)).status).toBe(480)
  })
})

describe('a client that loses its connection in a call', () => {
  it('has the call ended for it inside, in its own dialog', async () => {
    const answer = await establish()
    client.connection.destroy('test')
    await until('the BYE', () => control.requests.some(({ method }) => method === 'BYE'))
    const bye = control.requests.find(({ method }) => method === 'BYE')!
    expect(bye.requestUri).toBe(`sip:${places.control}:5073;transport=tls`)
    expect(bye.callId).toBe('call-1')
    expect(bye.fromTag).toBe('a')
    expect(bye.toTag).toBe(answer.toTag)
    expect(bye.has('route')).toBe(false)
    expect(world.edge.status().calls).toEqual([])
  })

  it('has a call that came to it ended too', async () => {
    client.onRequest = (transaction: ServerTransaction) => {
      const headers = { ...recordedBy(transaction.request), Contact: '<sip:uuid-1001@127.0.0.1>', ...sdp }
      reply(transaction, 200, 'OK', headers, description(places.client, 20_000, 'A'))
    }
    const answer = await control.final(toAlice('INVITE', {}, description(places.control, 37_000, 'C')))
    expect(answer.status).toBe(200)
    client.connection.destroy('test')
    await until('the BYE', () => control.requests.some(({ method }) => method === 'BYE'))
    const bye = control.requests.find(({ method }) => method === 'BYE')!
    expect([bye.requestUri, bye.fromTag, bye.toTag]).toEqual([
      `sip:${places.control}:5073;transport=tls`,
      answer.toTag,
      'b',
    ])
  })
})
