import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ServerTransaction } from '../../protocol/sip/server-transaction.ts'
import {
  alice,
  bob,
  connectClient,
  connectControl,
  edgeRoute,
  type Peer,
  places,
  proven,
  realm,
  register,
  registration,
  reply,
  type SipEdgeWorld,
  startWorld,
  until,
} from './sip-edge.fixture.ts'

let world: SipEdgeWorld
let control: Peer
let client: Peer

beforeEach(async () => {
  world = await startWorld({ registrations: 2 })
  control = await connectControl()
  client = await connectClient()
})

afterEach(() => world[Symbol.asyncDispose]())

const events = () => world.host.records.map(({ event }) => event)
const received = (method: string) => control.requests.filter((request) => request.method === method)

describe('REGISTER', () => {
  it('is challenged, checked by SERVICE, and forwarded without credentials or edge Route', async () => {
    const answer = await register(client, alice)
    expect(answer.status).toBe(200)
    expect(received('SERVICE')).toHaveLength(1)
    const [forwarded] = received('REGISTER')
    expect(forwarded!.has('proxy-authorization')).toBe(false)
    expect(forwarded!.has('route')).toBe(false)
    expect(forwarded!.maxForwards).toBe(15)
    const [own, theirs] = forwarded!.vias()!
    expect(own!.parameters.get('egress-zone')).toBe('TraversalZone')
    expect(own!.parameters.get('branch')).toMatch(/^z9hG4bK[0-9a-f]+\.[0-9a-f]{32}$/)
    expect(theirs!.parameters.get('ingress-zone')).toBe('CollaborationEdgeZone')
    expect(theirs!.parameters.get('received')).toBe(places.client)
    expect(answer.vias()).toHaveLength(1)
    expect(world.edge.status().registrations).toMatchObject([{ aor: '1001@cucm1.example.com', user: 'alice' }])
    expect(events()).toContain('Registration Accepted')
  })

  it('asks the Control once in ten minutes', async () => {
    control.now = () => world.host.wall.now()
    await register(client, alice)
    const second = await connectClient()
    expect((await register(second, alice)).status).toBe(200)
    expect(received('SERVICE')).toHaveLength(1)
    await world.host.wall.advance(601_000)
    expect((await register(second, alice)).status).toBe(200)
    expect(received('SERVICE')).toHaveLength(2)
  })

  it('is refreshed over the same connection without credentials until they age', async () => {
    await register(client, alice)
    await world.host.wall.advance(100_000)
    expect((await client.final(registration(client, alice))).status).toBe(200)
    await world.host.wall.advance(501_000)
    expect((await client.final(registration(client, alice))).status).toBe(407)
  })

  it.each([
    ['no Route', { Route: '<sip:elsewhere.example.com;lr>' }],
    ['another zone', { Route: edgeRoute.replace('zone-id=3', 'zone-id=4') }],
    ['a Route that is not directed', { Route: edgeRoute.replace(';directed', '') }],
  ])('with %s is for an unknown domain', async (_, changes) => {
    expect((await client.final(registration(client, alice, changes))).status).toBe(403)
    expect(world.host.records).toContainEqual(
      expect.objectContaining({ event: 'Registration Rejected', Reason: 'Unknown domain' }),
    )
    expect(world.failures).toEqual([{ category: 'sip-registration', source: places.client }])
    expect(control.requests).toHaveLength(0)
  })

  it('is forbidden after three wrong digests', async () => {
    const wrong = { ...alice, password: 'guess' }
    const statuses: number[] = []
    for (let attempt = 0; attempt < 3; attempt++) statuses.push((await register(client, wrong)).status)
    expect(statuses).toEqual([407, 407, 403])
    expect(events().filter((event) => event === 'Authentication Failed')).toHaveLength(3)
    expect(world.failures).toEqual(Array(3).fill({ category: 'sip-auth', source: places.client }))
    expect(received('REGISTER')).toHaveLength(0)
    const asked = received('SERVICE').length
    expect((await client.final(registration(client, alice))).status).toBe(403)
    expect(received('SERVICE')).toHaveLength(asked)
    const next = await connectClient()
    expect((await register(next, alice)).status).toBe(200)
  })

  it('cannot be guessed from one address for long, and whoever is registered there stays', async () => {
    await register(client, alice)
    const statuses: number[] = []
    while (!statuses.includes(503) && statuses.length < 100) {
      const guesser = await connectClient()
      for (let attempt = 0; attempt < 3; attempt++) {
        const challenged = await guesser.final(registration(guesser, bob))
        if (challenged.status !== 407) {
          statuses.push(challenged.status)
          break
        }
        const wrong = { ...bob, password: `guess ${attempt}` }
        statuses.push((await guesser.final(proven(registration(guesser, bob), challenged, wrong))).status)
      }
      guesser.connection.destroy('test')
    }
    expect(statuses.at(-1)).toBe(503)
    expect(statuses.length).toBeLessThan(70)
    expect((await client.final(registration(client, alice))).status).toBe(200)
  })

  it('with a nonce used before or of another address is challenged again', async () => {
    const challenged = await client.final(registration(client, alice))
    expect((await client.final(proven(registration(client, alice), challenged, alice, 7))).status).toBe(200)
    const replayed = await client.final(proven(registration(client, alice), challenged, alice, 7))
    expect(replayed.status).toBe(407)
    expect(replayed.first('proxy-authenticate')).toContain('stale=TRUE')
    const other = await connectClient(places.other)
    expect((await other.final(proven(registration(other, alice), challenged, alice, 8))).status).toBe(407)
  })

  it('beyond the limit is turned away, and a place is free again when a connection closes', async () => {
    const [second, third] = [await connectClient(), await connectClient()]
    expect((await register(client, alice)).status).toBe(200)
    expect((await register(second, alice)).status).toBe(200)
    expect((await register(third, alice)).status).toBe(503)
    expect(events()).toContain('License Limit Reached')
    second.connection.destroy('test')
    await until('the binding to go', () => world.edge.status().registrations.length === 1)
    expect((await register(third, alice)).status).toBe(200)
  })

  it('cannot take over the contact of another user', async () => {
    await register(client, alice)
    const { address, port } = client.connection.local
    const thief = await connectClient(places.other)
    const contact = { Contact: `<sip:uuid-1001@${address}:${port};transport=tls>` }
    const challenged = await thief.final(registration(thief, bob, contact))
    expect((await thief.final(proven(registration(thief, bob, contact), challenged, bob))).status).toBe(403)
  })

  it('ends with Expires 0 and with its time', async () => {
    await register(client, alice)
    await client.final(registration(client, alice, { Expires: '0' }))
    expect(world.edge.status().registrations).toHaveLength(0)
    await client.final(registration(client, alice))
    await register(client, alice)
    await world.host.wall.advance(121_000)
    expect(world.edge.status().registrations).toHaveLength(0)
  })

  it('is forbidden at once where the clocks of both VCSs are apart', async () => {
    control.now = () => new Date(Date.now() + 300_000)
    expect((await register(client, alice)).status).toBe(403)
  })

  it('is answered 503 while the zone is down, and 401 where that is set', async () => {
    world.settings.challenge = 401
    const challenged = await client.final(registration(client, alice))
    expect(challenged.status).toBe(401)
    control.connection.destroy('test')
    await until('the zone to fail', () => world.edge.zoneServer!.status().state === 'Failed')
    expect((await client.final(proven(registration(client, alice), challenged, alice))).status).toBe(503)
  })
})

describe('other requests of clients', () => {
  const message = (from: Peer, headers: Record<string, string> = {}, method = 'MESSAGE') =>
    from.request(method, 'sip:1002@cucm1.example.com', {
      From: '<sip:1001@cucm1.example.com>;tag=m',
      To: '<sip:1002@cucm1.example.com>',
      'Call-ID': `m-${method}-${JSON.stringify(headers).length}`,
      ...headers,
    })

  it.each(['INVITE', 'MESSAGE', 'SUBSCRIBE', 'NOTIFY', 'REFER', 'INFO', 'PUBLISH', 'OPTIONS', 'FOO'])(
    '%s without an identity does not get inside',
    async (method) => {
      expect((await client.final(message(client, {}, method))).status).toBe(407)
      expect(control.requests).toHaveLength(0)
    },
  )

  it('need a registration of the line they come from', async () => {
    await register(client, alice)
    expect((await client.final(message(client))).status).toBe(200)
    const forged = { From: '<sip:1009@cucm1.example.com>;tag=m' }
    expect((await client.final(message(client, forged))).status).toBe(403)
    expect(received('MESSAGE')).toHaveLength(1)
  })

  it('lose what only VCSs may say, in any spelling', async () => {
    await register(client, alice)
    const internal = {
      'P-Asserted-Identity': '<sip:boss@example.com>',
      'x-taatag': 'forged',
      y: '"forged"',
      'Remote-Party-ID': '<sip:boss@example.com>',
    }
    const request = message(client, internal)
    const via = request.first('via')!
    request.set('Via', `${via};proxy-call-id=forged;Ingress-Zone=DefaultZone`)
    await client.final(request)
    const [forwarded] = received('MESSAGE')
    expect(forwarded!.toBuffer().toString()).not.toMatch(/forged|boss|DefaultZone/)
    expect(forwarded!.has('x-taatag')).toBe(true)
  })

  it('OPTIONS to the Expressway itself is answered here', async () => {
    const options = message(client, { To: `<sip:${realm}>` }, 'OPTIONS')
    options.requestUri = `sip:${realm}`
    expect((await client.final(options)).status).toBe(200)
    expect(control.requests).toHaveLength(0)
  })

  it.each([
    ['Max-Forwards 0', { 'Max-Forwards': '0' }, 483],
    ['an unknown Proxy-Require', { 'Proxy-Require': 'foo' }, 420],
  ])('with %s are refused', async (_, headers, status) => {
    await register(client, alice)
    const request = message(client)
    for (const [name, value] of Object.entries(headers)) request.set(name, value)
    expect((await client.final(request)).status).toBe(status)
  })

  it('that come back unchanged are a loop', async () => {
    await register(client, alice)
    control.onRequest = (transaction: ServerTransaction) => {
      const request = transaction.request.clone()
      request.addOnTop('Via', `SIP/2.0/TLS ${places.control}:5061;branch=z9hG4bKloop`)
      void control.final(request).then((response) => reply(transaction, response.status, response.reason))
    }
    expect((await client.final(message(client))).status).toBe(482)
  })

  it('BYE of a call that does not run over this connection is not forwarded', async () => {
    await register(client, alice)
    const bye = message(client, { To: '<sip:1002@cucm1.example.com>;tag=x' }, 'BYE')
    expect((await client.final(bye)).status).toBe(481)
  })
})

describe('requests from the Control', () => {
  const notify = (uri: string) =>
    control.request('NOTIFY', uri, {
      From: '<sip:cucm1.example.com>;tag=n',
      To: '<sip:1001@cucm1.example.com>',
      'Call-ID': `n-${uri}`,
      Event: 'message-summary',
    })

  it('find the connection of the contact', async () => {
    await register(client, alice)
    const { address, port } = client.connection.local
    expect((await control.final(notify(`sip:uuid-1001@${address}:${port};transport=tls`))).status).toBe(200)
    expect((await control.final(notify(`sip:1001@${address}:${port}`))).status).toBe(200)
    expect(client.requests.map(({ method }) => method)).toEqual(['NOTIFY', 'NOTIFY'])
    expect(client.requests[0]!.topVia!.parameters.get('egress-zone')).toBe('CollaborationEdgeZone')
  })

  it('for a contact that is not there get 480', async () => {
    await register(client, alice)
    const { address, port } = client.connection.local
    client.connection.destroy('test')
    await until('the binding to go', () => world.edge.status().registrations.length === 0)
    expect((await control.final(notify(`sip:uuid-1001@${address}:${port}`))).status).toBe(480)
  })

  it('INVITE is challenged where the zone checks credentials', async () => {
    await register(client, alice)
    const { address, port } = client.connection.local
    const invite = () =>
      control.request('INVITE', `sip:uuid-1001@${address}:${port}`, {
        From: '<sip:1002@cucm1.example.com>;tag=i',
        To: '<sip:1001@cucm1.example.com>',
        'Call-ID': 'i1',
      })
    world.zone.authenticationPolicy = 'Check credentials'
    expect((await control.final(invite())).status).toBe(407)
    world.zone.authenticationPolicy = 'Do not check credentials'
    expect((await control.final(invite())).status).toBe(200)
  })
})
