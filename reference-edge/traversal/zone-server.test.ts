import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  connectClient,
  connectControl,
  connectSecondControl,
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

describe('a traversal zone with a cluster of Controls', () => {
  const peers = () => zone().peers.map(({ address, state }) => [address, state])

  it('has a connection of each address', async () => {
    const [first, second] = [await connectControl(), await connectSecondControl()]
    expect(peers()).toEqual([
      [places.control, 'Active'],
      [places.secondControl, 'Active'],
    ])
    expect([first.closed, second.closed]).toEqual([undefined, undefined])
    expect((await exchange(first, '{}')).status).toBe(200)
    expect((await exchange(second, '{}')).status).toBe(200)
  })

  it('stays active with the one that is left, and says what became of the other', async () => {
    const first = await connectControl()
    await connectSecondControl()
    first.connection.destroy('test')
    await until('the loss', () => peers().some(([, state]) => state === 'Failed'))
    expect(zone()).toMatchObject({ state: 'Active', peer: expect.stringContaining(places.secondControl) })
    expect(zone().peers[1]).toMatchObject({
      address: places.control,
      reason: expect.stringContaining('connection lost'),
    })
    await connectControl()
    expect(peers()).toEqual([
      [places.control, 'Active'],
      [places.secondControl, 'Active'],
    ])
  })

  it('turns away the one whose certificate lacks the name, alone and with the reason', async () => {
    await connectControl()
    await expect(connectControl('stranger', 'z0ne', 7001, places.secondControl)).rejects.toThrow()
    await until('the reason', () => zone().peers.length === 2)
    expect(zone().state).toBe('Active')
    expect(zone().peers[1]).toMatchObject({
      address: places.secondControl,
      state: 'Failed',
      reason: expect.stringContaining('stranger.example.com'),
    })
    expect(world.host.records).toContainEqual(
      expect.objectContaining({ event: 'Inbound TLS Negotiation Error', 'Src-ip': places.secondControl }),
    )
  })

  it('says so where one has a wrong password', async () => {
    await connectControl()
    await expect(connectControl('secondControl', 'wrong', 7001, places.secondControl)).rejects.toThrow('401')
    expect(zone().peers[1]).toMatchObject({
      address: places.secondControl,
      reason: 'Incorrect authentication credential for user',
    })
    await connectSecondControl()
    expect(zone().peers.map(({ state }) => state)).toEqual(['Active', 'Active'])
  })

  it('forgets whom it missed where its settings change', async () => {
    const first = await connectControl()
    first.connection.destroy('test')
    await until('the loss', () => zone().peers.length === 1 && zone().state === 'Failed')
    world.edge.zoneServer!.restart()
    expect(zone()).toMatchObject({ reason: 'configuration changed', peers: [] })
  })

  it('does not show whoever merely knocks', async () => {
    await connectControl()
    const client = await connectClient()
    await client.dial(7001)
    await until('the connection to close', () => client.closed !== undefined)
    expect(zone().peers).toHaveLength(1)
  })
})
