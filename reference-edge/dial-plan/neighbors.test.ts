import { afterEach, describe, expect, it } from 'vitest'
import type { Connection, TlsIdentity } from '#runtime/network.ts'
import { testHost } from '#runtime/test-host.fixture.ts'
import { waitFor } from '#runtime/wait.ts'
import { portConflict } from '../alarms/port-conflict.ts'
import { testAuthority } from '../certificates/authority.fixture.ts'
import { SipSide } from '../control/sip-side.ts'
import { SipConnection } from '../protocol/sip/connection.ts'
import type { SipRequest } from '../protocol/sip/message.ts'
import { createResponse } from '../protocol/sip/message.ts'
import type { ConfiguredNeighbor } from './neighbor.ts'
import { Neighbors } from './neighbors.ts'

const running: AsyncDisposable[] = []
afterEach(async () => {
  for (const one of running.splice(0).toReversed()) await one[Symbol.asyncDispose]()
})

const authority = testAuthority()
const peerAddress = '127.9.5.20'
const trunk: ConfiguredNeighbor = {
  name: 'UnifiedCmTrunk',
  peers: ['cucm1.example.com'],
  port: 5065,
  transport: 'TCP',
  tlsVerify: true,
}

/** A peer that answers OPTIONS with a status, or with nothing. */
async function peer(options: { status?: number; identity?: TlsIdentity; address?: string } = {}) {
  const { status, identity, address = peerAddress } = options
  const { environment } = testHost({ name: 'peer', address })
  const { network } = environment
  const asked: SipRequest[] = []
  const flows: SipConnection[] = []
  const onConnection = (connection: Connection) => {
    const flow = new SipConnection(connection, {
      network,
      onMessage: (message) => {
        if (message.kind !== 'request') return
        asked.push(message)
        if (status !== undefined) flow.send(createResponse(message, status, 'Said', { toTag: 'x' }).toBuffer())
      },
    })
    flows.push(flow)
  }
  const listening = { port: 5065, protocol: 'SIP', onConnection }
  running.push(
    identity === undefined
      ? await network.listenTcp(listening)
      : await network.listenTls({ ...listening, tls: { identity } }),
  )
  return { asked, flows, environment }
}

function control(zones: readonly ConfiguredNeighbor[]) {
  const names = { 'cucm1.example.com': peerAddress, 'gone.example.com': '127.9.5.99' }
  const identity = authority.issue({ commonName: 'vcsc1.example.com', names: ['vcsc1.example.com'] })
  const host = testHost({ name: 'vcsc1', address: '127.9.5.10', names, trust: [authority.certificate], identity })
  const { environment } = host
  const sip = new SipSide(environment)
  const own = { fqdn: environment.fqdn, address: environment.address }
  let configured = zones
  const neighbors = new Neighbors({ environment, sip, own, zones: () => configured })
  running.push(sip, { [Symbol.asyncDispose]: async () => neighbors.stop() })
  neighbors.update()
  const becomes = (state: string) =>
    waitFor(`zone ${state}`, () => neighbors.status()[0]?.state === state, { lastSeen: () => neighbors.status() })
  const configure = (changed: readonly ConfiguredNeighbor[]) => {
    configured = changed
    neighbors.update()
  }
  return { neighbors, becomes, configure }
}

describe('a neighbor zone of an administrator', () => {
  it('is active once its peer answers OPTIONS, whatever the answer', async () => {
    const { asked } = await peer({ status: 405 })
    const { neighbors, becomes } = control([trunk])
    await becomes('Active')
    expect(asked[0]).toMatchObject({ method: 'OPTIONS', requestUri: 'sip:cucm1.example.com:5065;transport=tcp' })
    expect(asked[0]!.topVia!.parameters.get('egress-zone')).toBe('UnifiedCmTrunk')
    expect(neighbors.status()[0]).toMatchObject({ node: 'cucm1.example.com', address: peerAddress, configurable: true })
    const [one, other] = await Promise.all([
      neighbors.find('UnifiedCmTrunk')!.connect(),
      neighbors.at(peerAddress)!.connect(),
    ])
    expect(one).toBe(other)
  })

  it('has failed where the peer has no service, and works as soon as it has', async () => {
    const { asked } = await peer({ status: 503 })
    const { neighbors, becomes } = control([trunk])
    await becomes('Failed')
    expect(neighbors.status()[0]!.reason).toBe('503 Said to OPTIONS')
    await waitFor('asked again', () => asked.length > 1)
  })

  it('asks the next peer where one cannot be reached', async () => {
    await peer({ status: 200 })
    const { neighbors, becomes } = control([{ ...trunk, peers: ['127.9.5.99', 'cucm1.example.com'] }])
    await becomes('Active')
    expect(neighbors.status()[0]!.node).toBe('cucm1.example.com')
  })

  it('says why none can be reached, and comes back when one can', async () => {
    const { neighbors, becomes } = control([trunk])
    await becomes('Failed')
    expect(neighbors.status()[0]!.reason).toBe('connection refused')
    await peer({ status: 200 })
    await becomes('Active')
  })

  it('over TLS wants the name of its peer in the certificate', async () => {
    const identity = authority.issue({ commonName: 'other.example.com', names: ['other.example.com'] })
    await peer({ status: 200, identity })
    const { neighbors, becomes, configure } = control([{ ...trunk, transport: 'TLS' }])
    await becomes('Failed')
    expect(neighbors.status()[0]!.reason).toContain('cucm1.example.com')
    configure([{ ...trunk, transport: 'TLS', tlsVerify: false }])
    await becomes('Active')
  })

  it('closes its connection when it is deleted', async () => {
    const { flows } = await peer({ status: 200 })
    const { neighbors, becomes, configure } = control([trunk])
    await becomes('Active')
    configure([])
    expect(neighbors.status()).toEqual([])
    await waitFor('the connection closed', () => !flows[0]!.isOpen)
  })

  it('knows connections of its peers by their address, and by the port where several zones lead there', async () => {
    await peer({ status: 200 })
    const { neighbors, becomes } = control([trunk, { ...trunk, name: 'Other', port: 5070 }])
    await becomes('Active')
    const remote = { address: peerAddress, port: 40_000 }
    expect(neighbors.callerOf({ remote } as Connection).zone?.zoneName).toBe('UnifiedCmTrunk')
    await waitFor('both resolved', () => neighbors.status().every(({ address }) => address !== undefined))
    expect(neighbors.at(peerAddress, 5070)?.zoneName).toBe('Other')
    expect(neighbors.at(peerAddress, 40_000)?.zoneName).toBe('UnifiedCmTrunk')
    expect(neighbors.at('127.9.5.77')).toBeUndefined()
  })
})

describe('a conflict of ports', () => {
  const line = {
    name: 'CEtcp-cucm1',
    type: 'Neighbor',
    port: 5060,
    node: 'cucm1',
    address: peerAddress,
    configurable: false,
  }
  const zone = { ...line, name: 'Trunk', configurable: true, addresses: [peerAddress] }

  it('is a zone to the node and port of the line side', () => {
    expect(portConflict([line, zone])).toBe('Trunk and CEtcp-cucm1: port 5060')
    expect(portConflict([line, { ...zone, addresses: [] }])).toBe('Trunk and CEtcp-cucm1: port 5060')
  })

  it('is none with another port or another node', () => {
    expect(portConflict([line, { ...zone, port: 5065 }])).toBeUndefined()
    expect(portConflict([line, { ...zone, node: 'cucm2', addresses: ['127.9.5.21'] }])).toBeUndefined()
    expect(portConflict([line])).toBeUndefined()
  })
})
