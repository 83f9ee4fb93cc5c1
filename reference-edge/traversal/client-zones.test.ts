import { afterEach, describe, expect, it } from 'vitest'
import { testHost } from '#runtime/test-host.fixture.ts'
import { waitFor } from '#runtime/wait.ts'
import { testAuthority } from '../certificates/authority.fixture.ts'
import { SipSide } from '../control/sip-side.ts'
import type { ServerTransaction } from '../protocol/sip/server-transaction.ts'
import { TransactionLayer } from '../protocol/sip/transaction-layer.ts'
import type { ConfiguredClientZone } from './client-zones.ts'
import { TraversalClientZones } from './client-zones.ts'
import type { ZoneServer } from './zone-server.ts'
import { startZoneServer } from './zone-server.ts'

const authority = testAuthority()
const running: AsyncDisposable[] = []
afterEach(async () => {
  for (const one of running.splice(0).toReversed()) await one[Symbol.asyncDispose]()
})

const [place, otherPlace] = ['127.9.2.14', '127.9.2.15']

/** An Expressway that listens for a zone on each of these ports. */
const expressway = (...ports: number[]) => expresswayAt('vcse1', place, ports)

async function expresswayAt(name: string, address: string, ports: readonly number[]): Promise<ZoneServer[]> {
  const identity = authority.issue({ commonName: `${name}.example.com`, names: [`${name}.example.com`] })
  const { environment } = testHost({ name, address, trust: [authority.certificate], identity })
  const servers: ZoneServer[] = []
  const layer = new TransactionLayer({
    clock: environment.clocks.monotonic,
    user: {
      onRequest: (transaction: ServerTransaction) => void servers.some((server) => server.take(transaction)),
      onAck: () => undefined,
      onStrayResponse: () => undefined,
    },
  })
  for (const port of ports) {
    const server = await startZoneServer({
      environment,
      zone: () => ({
        id: port,
        name: `Zone ${port}`,
        isSipOn: true,
        port,
        transport: 'TLS',
        username: 'exampleauth',
        password: 'zone secret',
        tlsVerify: true,
        tlsVerifySubjectName: 'vcsc1.example.com',
      }),
      onMessage: (message, flow) => layer.receive(message, flow),
      onFlowClosed: (flow) => layer.flowClosed(flow),
      onProvisioning: () => ({ name, port }),
    })
    running.push(server)
    servers.push(server)
  }
  return servers
}

const zoneTo = (port: number, hasUcServices: boolean): ConfiguredClientZone => ({
  name: `Zone ${port}`,
  isSipOn: true,
  transport: 'TLS',
  tlsVerify: true,
  peers: ['vcse1.example.com'],
  port,
  username: 'exampleauth',
  password: 'zone secret',
  hasUcServices,
})

function control(configured: ConfiguredClientZone[]) {
  const identity = authority.issue({ commonName: 'vcsc1.example.com', names: ['vcsc1.example.com'] })
  const names = { 'vcse1.example.com': place, 'vcse2.example.com': otherPlace }
  const trust = [authority.certificate]
  const { environment, wall } = testHost({ name: 'vcsc1', address: '127.9.3.14', names, trust, identity })
  const sip = new SipSide(environment)
  const active: string[] = []
  const own = { fqdn: environment.fqdn, address: environment.address }
  const onActive = (peer: string) => void active.push(zones.uc?.status().name ?? '', peer)
  const state = { configured }
  const zones = new TraversalClientZones({ environment, own, sip, zones: () => state.configured, onActive })
  zones.update()
  running.push({ [Symbol.asyncDispose]: async () => wall.stop() }, sip, zones)
  return { zones, state, active }
}

const allBecome = (zones: TraversalClientZones, ...states: string[]) =>
  waitFor(
    `zones ${states.join()}`,
    () =>
      zones
        .status()
        .map(({ state }) => state)
        .join() === states.join(),
    {
      lastSeen: () => zones.status(),
    },
  )

describe('traversal client zones', () => {
  it('have connections and states of their own; only the one of Unified Communications carries remote access', async () => {
    const servers = await expressway(7001, 7002)
    const { zones, active } = control([zoneTo(7002, false), zoneTo(7001, true)])
    await allBecome(zones, 'Active', 'Active')
    expect(zones.peer.zoneName).toBe('Zone 7001')
    expect(await zones.uc?.at('vcse1.example.com')?.exchange({})).toEqual({ name: 'vcse1', port: 7001 })
    expect(new Set(active)).toEqual(new Set(['Zone 7001', 'vcse1.example.com']))
    await servers[0]!.stop()
    await allBecome(zones, 'Active', 'Failed')
    await expect(zones.peer.connect()).rejects.toThrow('is Failed')
  })

  it('of several with Unified Communications services the first serves, then the next', async () => {
    await expressway(7001, 7002)
    const { zones, state, active } = control([zoneTo(7001, true), zoneTo(7002, true)])
    await allBecome(zones, 'Active', 'Active')
    expect(await zones.uc?.at('vcse1.example.com')?.exchange({})).toEqual({ name: 'vcse1', port: 7001 })
    state.configured = [zoneTo(7001, false), zoneTo(7002, true)]
    zones.update()
    await waitFor('the other zone to serve', () => active.includes('Zone 7002'))
    expect(await zones.uc?.at('vcse1.example.com')?.exchange({})).toEqual({ name: 'vcse1', port: 7002 })
  })

  it('go when they are deleted', async () => {
    const [server] = await expressway(7001)
    const { zones, state } = control([zoneTo(7001, true)])
    await allBecome(zones, 'Active')
    state.configured = []
    zones.update()
    await waitFor('the connection to end', () => server!.status().state === 'Failed')
    expect(zones.status()).toEqual([])
    expect(zones.uc).toBeUndefined()
    await expect(zones.peer.connect()).rejects.toThrow('no traversal zone has Unified Communications services')
  })
})

describe('a traversal client zone with several peers', () => {
  const [one, other] = ['vcse1.example.com', 'vcse2.example.com']
  const cluster = (...peers: string[]): ConfiguredClientZone => ({ ...zoneTo(7001, true), peers })
  const start = async (name = 'vcse1', at = place) => (await expresswayAt(name, at, [7001]))[0]!
  const states = (zones: TraversalClientZones) => zones.uc?.status().peers.map(({ peer, state }) => `${peer} ${state}`)
  const become = (zones: TraversalClientZones, ...wanted: string[]) =>
    waitFor(wanted.join(), () => states(zones)?.join() === wanted.join(), { lastSeen: () => zones.status() })
  const remote = async (zones: TraversalClientZones) => (await zones.peer.connect()).remote.address

  it('has a connection to each, and is active while one of them is', async () => {
    const [first] = [await start(), await start('vcse2', otherPlace)]
    const { zones, active } = control([cluster(one, other)])
    await become(zones, `${one} Active`, `${other} Active`)
    expect(active.filter((each) => each.startsWith('vcse')).toSorted()).toEqual([one, other])
    expect(zones.status()).toMatchObject([{ state: 'Active', peer: `${one}, ${other}`, port: 7001 }])
    expect(await zones.uc?.at(other)?.exchange({})).toEqual({ name: 'vcse2', port: 7001 })
    expect(await remote(zones)).toBe(place)
    await first.stop()
    await become(zones, `${one} Failed`, `${other} Active`)
    expect(zones.status()[0]).toMatchObject({ state: 'Active' })
    expect(zones.status()[0]?.reason).toMatch(/^vcse1\.example\.com: Conn/)
    expect(zones.uc?.status().peers[1]?.reason).toBeUndefined()
    expect(await remote(zones)).toBe(otherPlace)
  })

  it('fails with all of them, and says what is amiss with each', async () => {
    const { zones } = control([cluster(one, 'nowhere.example.com')])
    await become(zones, `${one} Failed`, 'nowhere.example.com Failed')
    const [status] = zones.status()
    expect(status).toMatchObject({ state: 'Failed' })
    expect(status?.reason).toMatch(/^vcse1\.example\.com: Connection refused by peer; nowhere\.example\.com: DNS/)
    await expect(zones.peer.connect()).rejects.toThrow('traversal zone Zone 7001 is Failed')
  })

  it('takes up a peer that is added and closes one that is removed, and leaves the others alone', async () => {
    const [first, second] = [await start(), await start('vcse2', otherPlace)]
    const { zones, state } = control([cluster(one)])
    await become(zones, `${one} Active`)
    const flow = await zones.uc!.at(one)!.peer.connect()
    state.configured = [cluster(other, one)]
    zones.update()
    await become(zones, `${other} Active`, `${one} Active`)
    expect(await zones.uc!.at(one)!.peer.connect()).toBe(flow)
    expect(await remote(zones)).toBe(otherPlace)
    state.configured = [cluster(one)]
    zones.update()
    await waitFor('the connection of the removed peer to end', () => second.status().state === 'Failed')
    expect(first.status().state).toBe('Active')
    expect(await zones.uc!.at(one)!.peer.connect()).toBe(flow)
    expect(zones.uc?.at(other)).toBeUndefined()
  })

  it('begins anew with all where the zone itself has changed', async () => {
    await start()
    await start('vcse2', otherPlace)
    const { zones, state } = control([cluster(one, other)])
    await become(zones, `${one} Active`, `${other} Active`)
    state.configured = [{ ...cluster(one, other), password: 'wrong' }]
    zones.update()
    await become(zones, `${one} Failed`, `${other} Failed`)
  })
})
