import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createResponse } from '../../protocol/sip/message.ts'
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
} from './sip-edge.fixture.ts'

const publicAddress = '203.0.113.10'

let world: SipEdgeWorld
let control: Peer
let client: Peer

const description = (address: string) =>
  `v=0\r\no=- 1 1 IN IP4 ${address}\r\ns=-\r\nc=IN IP4 ${address}\r\nt=0 0\r\nm=audio 20000 RTP/SAVP 0\r\n` +
  `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${Buffer.alloc(30, 'A').toString('base64')}\r\n`

function answerCalls(transaction: ServerTransaction): void {
  const { request } = transaction
  if (request.method !== 'INVITE') return reply(transaction, 200, 'OK')
  transaction.respond(
    createResponse(request, 200, 'OK', {
      toTag: 'far',
      headers: [
        ...request.all('record-route').map((value) => ['Record-Route', value] as const),
        ['Contact', `<sip:${places.control}:5073;transport=tls>`],
        ['Content-Type', 'application/sdp'],
      ],
      body: description(places.control),
    }),
  )
}

/** Alice's call to an answering Control. */
async function call(): Promise<SipResponse> {
  await register(client, alice)
  control.onRequest = answerCalls
  const { address, port } = client.connection.local
  const invite = client.request(
    'INVITE',
    'sip:1002@cucm1.example.com',
    {
      Route: edgeRoute,
      From: '<sip:1001@cucm1.example.com>;tag=a',
      To: '<sip:1002@cucm1.example.com>',
      'Call-ID': 'call-1',
      Contact: `<sip:uuid-1001@${address}:${port};transport=tls>`,
    },
    description(places.client),
  )
  return client.final(invite)
}

const recordRoutes = (message: SipMessage) =>
  (message.addresses('record-route') ?? []).map(({ sipUri }) => sipUri!.host)
const connections = ({ body }: SipMessage) =>
  [...body.toString().matchAll(/^(?:c=|a=rtcp:\d+ )IN IP4 (\S+)/gm)].map(([, address]) => address)

beforeEach(async () => {
  world = await startWorld({ publicAddress })
  control = await connectControl()
  client = await connectClient()
})

afterEach(() => world[Symbol.asyncDispose]())

describe('an Expressway with static NAT', () => {
  it('gives the Control its public address in Via, Record-Route and SDP', async () => {
    await call()
    const invite = control.requests.at(-1)!
    expect(invite.method).toBe('INVITE')
    expect(invite.topVia!.host).toBe(publicAddress)
    expect(recordRoutes(invite)).toEqual([publicAddress, publicAddress])
    expect(new Set(connections(invite))).toEqual(new Set([publicAddress]))
  })

  it('gives the client its public address too, and its private one nowhere', async () => {
    const answer = await call()
    expect(answer.status).toBe(200)
    expect(recordRoutes(answer)).toEqual([publicAddress, publicAddress])
    expect(new Set(connections(answer))).toEqual(new Set([publicAddress]))
    expect(answer.toBuffer().toString()).not.toContain(places.edge)
  })

  it('asks the Control for credentials in its public name, and listens at its private address', async () => {
    await register(client, alice)
    const service = control.requests.find(({ method }) => method === 'SERVICE')!
    expect(service.topVia!.host).toBe(publicAddress)
    expect(service.callId).toMatch(new RegExp(`@${publicAddress}$`))
    expect(world.edge.status().listeners.map(({ address }) => address)).toEqual([places.edge, places.edge])
  })

  it('takes Routes with its public address as its own', async () => {
    const answer = await call()
    const routes = answer.all('record-route').toReversed()
    const bye = client.request('BYE', `sip:${places.control}:5073;transport=tls`, {
      Route: routes.join(', '),
      From: '<sip:1001@cucm1.example.com>;tag=a',
      To: answer.first('to')!,
      'Call-ID': 'call-1',
    })
    expect((await client.final(bye)).status).toBe(200)
    expect(control.requests.at(-1)!.method).toBe('BYE')
    expect(control.requests.at(-1)!.all('route')).toEqual([])
  })
})
