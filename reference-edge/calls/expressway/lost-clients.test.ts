import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { testHost } from '#runtime/test-host.fixture.ts'
import {
  alice,
  bob,
  connectClient,
  connectControl,
  type Peer,
  places,
  proven,
  registration,
  reply,
  type SipEdgeWorld,
  startWorld,
  until,
} from './sip-edge.fixture.ts'

const listening = 5_161

let scope: AsyncDisposableStack
let world: SipEdgeWorld
let control: Peer
let client: Peer
let requests = 0

beforeEach(async () => {
  scope = new AsyncDisposableStack()
  world = scope.use(await startWorld({ registrations: 2 }))
  control = await connectControl()
  client = await connectClient()
})

afterEach(() => scope.disposeAsync())

const contact = (host = places.client, port = listening, transport = 'tls') =>
  `sip:uuid-1001@${host}:${port};transport=${transport}`

async function registerAs(peer: Peer, line: typeof alice, uri: string): Promise<number> {
  const headers = { Contact: `<${uri}>` }
  const challenged = await peer.final(registration(peer, line, headers))
  return (await peer.final(proven(registration(peer, line, headers), challenged, line))).status
}

/** Registers a contact and loses the connection. */
async function lose(uri = contact()): Promise<void> {
  expect(await registerAs(client, alice, uri)).toBe(200)
  client.connection.destroy('test')
  await until('the registration to go', () => world.edge.status().registrations.length === 0)
}

async function listen(peer = client): Promise<void> {
  const listener = await peer.listen(listening)
  scope.defer(() => listener.stop())
}

function invite(uri = contact(), headers: Record<string, string> = {}, method = 'INVITE') {
  return control.request(method, uri, {
    From: '<sip:1002@cucm1.example.com>;tag=i',
    To: '<sip:1001@cucm1.example.com>',
    'Call-ID': `lost-${++requests}`,
    CSeq: '1 INVITE',
    ...headers,
  })
}

const call = async (uri = contact()) => (await control.final(invite(uri))).status
const failures = () => world.host.records.filter(({ event }) => event === 'Outbound TLS Negotiation Error')

describe('a request for a client that has lost its connection', () => {
  it('goes to where it listens, over a connection from 25000-29999 and whatever certificate it shows', async () => {
    await lose()
    await listen()
    expect(await call()).toBe(200)
    expect(client.accepted).toHaveLength(1)
    const [{ address, port }] = client.accepted as [{ address: string; port: number }]
    expect(address).toBe(places.edge)
    expect(port).toBeGreaterThanOrEqual(25_000)
    expect(port).toBeLessThanOrEqual(29_999)
    expect(client.requests.map(({ method }) => method)).toEqual(['INVITE'])
  })

  it('uses the connection again that was opened for an earlier one, also for ACK and BYE', async () => {
    await lose()
    await listen()
    const first = invite()
    const answer = await control.final(first)
    const [To, Route] = [answer.first('to')!, client.requests[0]!.first('record-route')!]
    const inDialog = (cseq: number, method: string) =>
      invite(contact(), { 'Call-ID': first.callId!, To, Route, CSeq: `${cseq} ${method}` }, method)
    control.connection.send(inDialog(1, 'ACK'))
    await until('the ACK', () => client.acks.length === 1)
    expect((await control.final(inDialog(2, 'BYE'))).status).toBe(200)
    expect(await call()).toBe(200)
    expect(client.accepted).toHaveLength(1)
  })

  it('shares one dial with others of the same moment', async () => {
    await lose()
    await listen()
    expect(await Promise.all([call(), call(), call()])).toEqual([200, 200, 200])
    expect(client.accepted).toHaveLength(1)
  })

  it('gets 480 where nobody listens, and the log says why', async () => {
    await lose()
    expect(await call()).toBe(480)
    expect(failures()).toMatchObject([{ 'Dst-ip': places.client, 'Dst-port': listening }])
  })

  it('gets 480 within the limit where somebody listens and says nothing', async () => {
    const { network } = testHost({ address: places.client })
    const silent = await network.listenTcp({ port: listening, protocol: 'SIP', onConnection: () => undefined })
    scope.defer(() => silent.stop())
    await lose()
    expect(await call()).toBe(480)
    expect(failures()[0]!['Detail']).toContain('2000 ms')
  })

  it('is not sent on where it was cancelled meanwhile', async () => {
    const { network } = testHost({ address: places.client })
    const silent = await network.listenTcp({ port: listening, protocol: 'SIP', onConnection: () => undefined })
    scope.defer(() => silent.stop())
    await lose()
    const request = invite()
    const answered = control.ask(request)
    const cancel = control.request('CANCEL', request.requestUri, {
      From: request.first('from')!,
      To: request.first('to')!,
      'Call-ID': request.callId!,
      CSeq: '1 CANCEL',
    })
    cancel.set('Via', request.first('via')!)
    await until('the dial', () => silent.open === 1)
    control.connection.send(cancel)
    expect((await answered).at(-1)!.status).toBe(487)
  })

  it('that belongs to a dialogue makes nobody dial', async () => {
    await lose()
    await listen()
    const notify = control.request('NOTIFY', contact(), {
      From: '<sip:cucm1.example.com>;tag=n',
      To: '<sip:1001@cucm1.example.com>;tag=gone',
      'Call-ID': 'n',
      Event: 'presence',
    })
    expect((await control.final(notify)).status).toBe(480)
    expect(client.accepted).toEqual([])
  })
})

describe('nobody is dialled', () => {
  it.each([
    ['at an address the client merely claims', contact(places.other)],
    ['at a name', contact('client.example.com')],
    ['without TLS', contact(places.client, listening, 'tcp')],
    ['on a well-known port', contact(places.client, 443)],
  ])('%s', async (_, uri) => {
    const bystander = await connectClient(places.other)
    await listen(bystander)
    await listen()
    await lose(uri)
    expect(await call(uri)).toBe(480)
    expect([...client.accepted, ...bystander.accepted]).toEqual([])
    expect(failures()).toEqual([])
  })

  it('whose registration has expired', async () => {
    await lose()
    await listen()
    await world.host.wall.advance(121_000)
    expect(await call()).toBe(480)
    expect(client.accepted).toEqual([])
  })

  it('who has unregistered', async () => {
    await listen()
    expect(await registerAs(client, alice, contact())).toBe(200)
    await client.final(registration(client, alice, { Contact: `<${contact()}>`, Expires: '0' }))
    client.connection.destroy('test')
    await until('the connection to be gone', () => world.edge.status().connections === 0)
    expect(await call()).toBe(480)
    expect(client.accepted).toEqual([])
  })

  it('under a contact that was never registered', async () => {
    await lose()
    await listen()
    expect(await call(contact().replace('uuid-1001', 'somebody'))).toBe(480)
    expect(client.accepted).toEqual([])
  })

  it('who has registered again from another port', async () => {
    await lose()
    await listen()
    const again = await connectClient()
    expect(await registerAs(again, alice, contact(places.client, again.connection.local.port))).toBe(200)
    expect(await call()).toBe(480)
    expect(client.accepted).toEqual([])
  })
})

describe('over a connection that the Expressway opened', () => {
  const message = (headers: Record<string, string> = {}) =>
    client.request('MESSAGE', 'sip:1002@cucm1.example.com', {
      From: '<sip:1001@cucm1.example.com>;tag=m',
      To: '<sip:1002@cucm1.example.com>',
      'Call-ID': 'm',
      ...headers,
    })

  it('nobody is believed to be the client before it registers anew', async () => {
    await lose()
    await listen()
    expect(await call()).toBe(200)
    expect((await client.final(message())).status).toBe(407)
    expect(world.edge.status().registrations).toEqual([])
    expect(await registerAs(client, alice, contact())).toBe(200)
    expect((await client.final(message())).status).toBe(200)
    expect(await call()).toBe(200)
    expect(client.accepted).toHaveLength(1)
  })

  it('internal headers are removed as from every client', async () => {
    await lose()
    await listen()
    client.onRequest = (transaction) =>
      reply(transaction, 486, 'Busy Here', { 'P-Asserted-Identity': '<sip:boss@example.com>' })
    const answer = await control.final(invite())
    expect(answer.status).toBe(486)
    expect(answer.toBuffer().toString()).not.toContain('boss')
  })
})

describe('a lost contact', () => {
  it('cannot be taken over by another user', async () => {
    await lose()
    const thief = await connectClient(places.other)
    expect(await registerAs(thief, bob, contact())).toBe(403)
    await listen()
    expect(await call()).toBe(200)
  })

  it('takes no place of a registration, and the longest lost one is forgotten where there are too many', async () => {
    const uris = [contact(), contact(places.client, listening + 1), contact(places.client, listening + 2)]
    for (const [index, uri] of uris.entries()) {
      await lose(uri.replace('uuid-1001', `uuid-${index}`))
      client = await connectClient()
    }
    expect(await call(uris[0]!.replace('uuid-1001', 'uuid-0'))).toBe(480)
    expect(failures()).toHaveLength(0)
    expect(await call(uris[2]!.replace('uuid-1001', 'uuid-2'))).toBe(480)
    expect(failures()).toHaveLength(1)
  })
})

it('stops with its connections', async () => {
  await lose()
  await listen()
  expect(await call()).toBe(200)
  await world.edge.stop()
  await until('the connection to end', () => client.closed !== undefined && !client.connection.isOpen)
})
