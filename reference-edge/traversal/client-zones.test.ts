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

const place = '127.9.2.14'

/** An Expressway that listens for a zone on each of these ports. */
async function expressway(...ports: number[]): Promise<ZoneServer[]> {
  const identity = authority.issue({ commonName: 'vcse1.example.com', names: ['vcse1.example.com'] })
  const { environment } = testHost({ name: 'vcse1', address: place, trust: [authority.certificate], identity })
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
      onProvisioning: () => ({ port }),
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
  const names = { 'vcse1.example.com': place }
  const trust = [authority.certificate]
  const { environment, wall } = testHost({ name: 'vcsc1', address: '127.9.3.14', names, trust, identity })
  const sip = new SipSide(environment)
  const active: string[] = []
  const own = { fqdn: environment.fqdn, address: environment.address }
  const onActive = () => void active.push(zones.uc?.status().name ?? '')
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
    expect(await zones.uc?.at('vcse1.example.com')?.exchange({})).toEqual({ port: 7001 })
    expect(new Set(active)).toEqual(new Set(['Zone 7001']))
    await servers[0]!.stop()
    await allBecome(zones, 'Active', 'Failed')
    await expect(zones.peer.connect()).rejects.toThrow('is Failed')
  })

  it('of several with Unified Communications services the first serves, then the next', async () => {
    await expressway(7001, 7002)
    const { zones, state, active } = control([zoneTo(7001, true), zoneTo(7002, true)])
    await allBecome(zones, 'Active', 'Active')
    expect(await zones.uc?.at('vcse1.example.com')?.exchange({})).toEqual({ port: 7001 })
    state.configured = [zoneTo(7001, false), zoneTo(7002, true)]
    zones.update()
    await waitFor('the other zone to serve', () => active.includes('Zone 7002'))
    expect(await zones.uc?.at('vcse1.example.com')?.exchange({})).toEqual({ port: 7002 })
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
