import { afterEach, describe, expect, it } from 'vitest'
import type { Connection } from '#runtime/network.ts'
import { waitFor } from '#runtime/wait.ts'
import { testHost } from '#runtime/test-host.fixture.ts'
import { SipSide } from '../control/sip-side.ts'
import { NeighborZones } from './zones.ts'

const running: AsyncDisposable[] = []
afterEach(async () => {
  for (const one of running.splice(0).toReversed()) await one[Symbol.asyncDispose]()
})

const nodeAddress = '127.9.3.22'
const node = { name: 'cucm1', fqdn: 'cucm1.example.com', address: nodeAddress, sipTcpPort: 5060 }

/** A Unified CM node that only takes connections. */
async function unifiedCm() {
  const accepted: Connection[] = []
  const { environment } = testHost({ name: 'cucm1', address: nodeAddress })
  const onConnection = (connection: Connection) => void accepted.push(connection)
  const listener = await environment.network.listenTcp({ port: 5060, protocol: 'SIP', onConnection })
  running.push(listener)
  return { accepted, listener }
}

function control() {
  const host = testHost({ name: 'vcsc1', address: '127.9.3.13' })
  const sip = new SipSide(host.environment)
  const zones = new NeighborZones(host.environment, sip)
  running.push(sip, { [Symbol.asyncDispose]: async () => zones.stop() })
  return zones
}

const becomes = (zones: NeighborZones, state: string) =>
  waitFor(`zone ${state}`, () => zones.status().zones[0]?.state === state, { lastSeen: () => zones.status() })

describe('neighbor zones of discovered nodes', () => {
  it('keep one connection to a node, from a source port of the SIP range', async () => {
    const { accepted } = await unifiedCm()
    const zones = control()
    zones.update([node])
    await becomes(zones, 'Active')
    const zone = zones.find('cucm1')!
    const [one, other] = await Promise.all([zone.connect(), zone.connect()])
    expect(one).toBe(other)
    zones.update([node])
    await zones.find('cucm1')!.connect()
    await waitFor('the connection accepted', () => accepted.length === 1)
    expect(accepted[0]!.remote.port).toBeGreaterThanOrEqual(25_000)
    expect(accepted[0]!.remote.port).toBeLessThanOrEqual(29_999)
    expect(zones.status().zones[0]).toMatchObject({ name: 'CEtcp-cucm1', type: 'Neighbor' })
  })

  it('are found by the node name, its full name and its address', async () => {
    const zones = control()
    zones.update([node])
    for (const host of ['cucm1', 'CUCM1.example.com', nodeAddress]) {
      expect(zones.find(host)?.zoneName).toBe('CEtcp-cucm1')
    }
    expect(zones.find('cucm2')).toBeUndefined()
    zones.update([])
    expect(zones.find('cucm1')).toBeUndefined()
    expect(zones.status().searchRules).toEqual([])
  })

  it('are not made any more once stopped: a discovery may end later', () => {
    const zones = control()
    zones.stop()
    zones.update([node])
    expect(zones.status().zones).toEqual([])
  })

  it('dial again when the node resets the connection or comes up late', async () => {
    const zones = control()
    zones.update([node])
    await becomes(zones, 'Failed')
    expect(zones.status().zones[0]?.reason).toContain('ECONNREFUSED')
    await expect(zones.find('cucm1')!.connect()).rejects.toThrow('CEtcp-cucm1')
    const { accepted } = await unifiedCm()
    await becomes(zones, 'Active')
    await waitFor('the connection accepted', () => accepted.length === 1)
    accepted[0]!.destroy()
    await becomes(zones, 'Failed')
    await becomes(zones, 'Active')
    expect(accepted).toHaveLength(2)
  })
})
