import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  connectClient,
  connectControl,
  type Peer,
  places,
  realm,
  type SipEdgeWorld,
  startWorld,
  until,
} from '../calls/expressway/sip-edge.fixture.ts'

let world: SipEdgeWorld

beforeEach(async () => {
  world = await startWorld()
})

afterEach(() => world[Symbol.asyncDispose]())

const zone = () => world.edge.zoneServer!.status()

function exchange(control: Peer, body: string) {
  const request = control.request('SERVICE', `sip:provisioning@${realm}`, {
    From: '<sip:c>;tag=c',
    To: `<sip:provisioning@${realm}>`,
    'Call-ID': 'exchange',
    Event: 'ssh-tunnel',
    'Content-Type': 'application/json',
  })
  request.body = Buffer.from(body)
  return control.final(request)
}

describe('traversal zone', () => {
  it('is failed before the Control has come, active with it, failed behind it', async () => {
    expect(zone()).toMatchObject({ state: 'Failed', reason: 'no connection from the Control yet' })
    const control = await connectControl()
    expect(zone()).toMatchObject({ state: 'Active', peer: expect.stringContaining(places.control) })
    control.connection.destroy('test')
    await until('the zone to fail', () => zone().state === 'Failed')
    expect(zone().reason).toContain('connection lost')
  })

  it.each(['stranger', 'untrusted'] as const)('is not for a %s', async (who) => {
    await expect(connectControl(who)).rejects.toThrow()
    expect(zone().state).toBe('Failed')
    expect(world.host.records).toContainEqual(expect.objectContaining({ event: 'Inbound TLS Negotiation Error' }))
  })

  it('is not for a client without a certificate', async () => {
    const client = await connectClient()
    await client.dial(7001)
    await until('the connection to close', () => client.closed !== undefined)
    expect(zone().reason).toContain('certificate')
  })

  it('needs its password', async () => {
    await expect(connectControl('control', 'wrong')).rejects.toThrow('401')
    expect(zone()).toMatchObject({ state: 'Failed', reason: 'Incorrect authentication credential for user' })
    expect(world.host.records).toContainEqual(expect.objectContaining({ event: 'Authentication Failed' }))
  })

  it('has the newest Control only', async () => {
    const first = await connectControl()
    const second = await connectControl()
    await until('the first to be closed', () => first.closed !== undefined)
    expect(zone().peer).toContain(String(second.connection.local.port))
    expect((await exchange(second, '{}')).status).toBe(200)
  })

  it('forgets its Control where its settings change', async () => {
    const control = await connectControl()
    world.zone.tlsVerifySubjectName = 'other.example.com'
    world.edge.zoneServer!.restart()
    await until('the connection to close', () => control.closed !== undefined)
    expect(zone().state).toBe('Failed')
    await expect(connectControl()).rejects.toThrow()
  })

  it('carries the provisioning exchange', async () => {
    const control = await connectControl()
    const answer = await exchange(control, '{"a":1}')
    expect(JSON.parse(answer.body.toString())).toEqual({ echo: { a: 1 } })
    expect((await exchange(control, 'no json')).status).toBe(400)
  })
})
