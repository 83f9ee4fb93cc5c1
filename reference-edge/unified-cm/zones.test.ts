import { afterEach, describe, expect, it } from 'vitest'
import type { Connection, TlsIdentity } from '#runtime/network.ts'
import { selfSigned } from '#runtime/self-signed.fixture.ts'
import { testHost } from '#runtime/test-host.fixture.ts'
import { waitFor } from '#runtime/wait.ts'
import { testAuthority } from '../certificates/authority.fixture.ts'
import { startSipListeners } from '../control/sip-listeners.ts'
import { SipSide } from '../control/sip-side.ts'
import { NeighborZones } from './zones.ts'

const running: AsyncDisposable[] = []
afterEach(async () => {
  for (const one of running.splice(0).toReversed()) await one[Symbol.asyncDispose]()
})

const authority = testAuthority()
const controlIdentity = authority.issue({ commonName: 'vcsc1.example.com', names: ['vcsc1.example.com'] })
const callManager = authority.issue({ commonName: 'cucm1', names: ['cucm1'] })

const nodeAddress = '127.9.3.22'
const node = { name: 'cucm1', fqdn: 'cucm1.example.com', address: nodeAddress, sipTcpPort: 5060, tlsVerify: true }
const mixed = { ...node, sipTlsPort: 5061 }

/** A Unified CM node that only takes connections. */
async function unifiedCm() {
  const accepted: Connection[] = []
  const { environment } = testHost({ name: 'cucm1', address: nodeAddress })
  const onConnection = (connection: Connection) => void accepted.push(connection)
  const listener = await environment.network.listenTcp({ port: 5060, protocol: 'SIP', onConnection })
  running.push(listener)
  return { accepted, listener }
}

/** The same node's secure port; it ends connections of which it does not trust the certificate. */
async function secureUnifiedCm(options: { identity?: TlsIdentity; trust?: string[] } = {}) {
  const { identity = callManager, trust = [authority.certificate] } = options
  const accepted: Connection[] = []
  const { environment } = testHost({ name: 'cucm1', address: nodeAddress, trust })
  const onConnection = (connection: Connection) => {
    accepted.push(connection)
    if (connection.tls?.isAuthorized !== true) connection.destroy()
  }
  const tls = { identity, requestClientCertificate: true }
  running.push(await environment.network.listenTls({ port: 5061, protocol: 'SIP', tls, onConnection }))
  return { accepted }
}

function control(trust = [authority.certificate], identity = controlIdentity) {
  const names = { 'cucm1.example.com': nodeAddress }
  const host = testHost({ name: 'vcsc1', address: '127.9.3.13', names, trust, identity })
  const sip = new SipSide(host.environment)
  const zones = new NeighborZones(host.environment, sip)
  running.push(sip, { [Symbol.asyncDispose]: async () => zones.stop() })
  return { ...host, sip, zones }
}

const statusOf = (zones: NeighborZones, name: string) => zones.status().zones.find((zone) => zone.name === name)

const becomes = (zones: NeighborZones, state: string, name = 'CEtcp-cucm1') =>
  waitFor(`zone ${state}`, () => statusOf(zones, name)?.state === state, { lastSeen: () => zones.status() })

describe('neighbor zones of discovered nodes', () => {
  it('keep one connection to a node, from a source port of the SIP range', async () => {
    const { accepted } = await unifiedCm()
    const { zones } = control()
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
    expect(zones.status().zones).toEqual([
      {
        name: 'CEtcp-cucm1',
        type: 'Neighbor',
        transport: 'TCP',
        port: 5060,
        node: 'cucm1',
        address: nodeAddress,
        state: 'Active',
        configurable: false,
      },
    ])
  })

  it('are found by the node name, its full name and its address', async () => {
    const { zones } = control()
    zones.update([node])
    for (const host of ['cucm1', 'CUCM1.example.com', nodeAddress]) {
      expect(zones.find(host)?.zoneName).toBe('CEtcp-cucm1')
    }
    expect(zones.find('cucm2')).toBeUndefined()
    zones.update([])
    expect(zones.find('cucm1')).toBeUndefined()
    expect(zones.status().searchRules).toEqual([])
  })

  it('of two long names that fit one regular expression are told apart', () => {
    const { zones } = control()
    const names = ['1', '2'].map((digit) => `${'a'.repeat(31)}${digit}${'b'.repeat(31)}`)
    zones.update(names.map((name) => ({ ...node, name, fqdn: `${name}.example.com` })))
    for (const name of names) expect(zones.find(name)?.zoneName).toBe(`CEtcp-${name}`)
  })

  it('are not made any more once stopped: a discovery may end later', () => {
    const { zones } = control()
    zones.stop()
    zones.update([node])
    expect(zones.status().zones).toEqual([])
  })

  it('dial again when the node resets the connection or comes up late', async () => {
    const { zones } = control()
    zones.update([node])
    await becomes(zones, 'Failed')
    expect(statusOf(zones, 'CEtcp-cucm1')?.reason).toBe('connection refused')
    await expect(zones.find('cucm1')!.connect()).rejects.toThrow('CEtcp-cucm1: connection refused')
    const { accepted } = await unifiedCm()
    await becomes(zones, 'Active')
    await waitFor('the connection accepted', () => accepted.length === 1)
    accepted[0]!.destroy()
    await becomes(zones, 'Failed')
    await becomes(zones, 'Active')
    expect(accepted).toHaveLength(2)
  })

  it('connect to the name that Unified CM returned', async () => {
    const { zones } = control()
    zones.update([{ ...node, name: 'renamed' }])
    await becomes(zones, 'Failed', 'CEtcp-renamed')
    expect(statusOf(zones, 'CEtcp-renamed')?.reason).toMatch(/^DNS resolution failed: renamed/)
  })
})

describe('TLS zones of a cluster in mixed mode', () => {
  const name = 'CEtls-cucm1'

  it('stand beside the TCP zones and show a certificate', async () => {
    const { accepted } = await secureUnifiedCm()
    const { zones } = control()
    zones.update([mixed])
    await becomes(zones, 'Active', name)
    expect(statusOf(zones, name)).toMatchObject({
      type: 'Neighbor',
      transport: 'TLS',
      port: 5061,
      tlsVerifyMode: 'On',
      configurable: false,
    })
    expect(accepted[0]!.tls?.peerCertificate?.subject).toBe('CN=vcsc1.example.com')
    expect(zones.status().searchRules).toMatchObject([
      { name: 'CEtcp-cucm1', pattern: 'cucm1', priority: 45, configurable: false },
      { name, pattern: 'cucm1;transport=tls', priority: 45, configurable: false },
    ])
  })

  it('are chosen by port, transport, or the device; the TCP zone stands in for a missing one', () => {
    const { zones } = control()
    zones.update([mixed])
    const secure = [{ transport: 'tls' }, { port: 5061 }, { port: 5060, transport: 'tls' }, { isSecureDevice: true }]
    const clear = [{}, { transport: 'tcp' }, { port: 5060 }, { port: 5060, isSecureDevice: true }]
    const chosen = (ways: object[]) => ways.map((way) => zones.find('cucm1.example.com', way)?.zoneName)
    expect(new Set(chosen(secure))).toEqual(new Set([name]))
    expect(new Set(chosen(clear))).toEqual(new Set(['CEtcp-cucm1']))
    zones.update([node])
    expect(new Set(chosen([...secure, ...clear]))).toEqual(new Set(['CEtcp-cucm1']))
  })

  it.each<[string, TlsIdentity, RegExp]>([
    [
      'the full name alone',
      authority.issue({ commonName: 'cucm1.example.com' }),
      /^TLS negotiation failure: .*'cucm1' is not in the certificate, which has: cucm1.example.com$/,
    ],
    ['nobody trusted', selfSigned('cucm1'), /^TLS negotiation failure: Self-signed/],
    [
      'an unknown CA',
      testAuthority('Other').issue({ commonName: 'cucm1' }),
      /^TLS negotiation failure: .*untrusted CA/,
    ],
    [
      'the past',
      authority.issue({ commonName: 'cucm1', validFrom: -3, validTo: -1 }),
      /^TLS negotiation failure: Expired/,
    ],
  ])('fail with a CallManager certificate of %s; with verify mode Off they do not', async (_, identity, reason) => {
    await secureUnifiedCm({ identity })
    const { zones, records } = control()
    zones.update([mixed])
    await becomes(zones, 'Failed', name)
    expect(statusOf(zones, name)?.reason).toMatch(reason)
    expect(records.some(({ event }) => event === 'Outbound TLS Negotiation Error')).toBe(true)
    zones.update([{ ...mixed, tlsVerify: false }])
    await becomes(zones, 'Active', name)
    expect(statusOf(zones, name)?.tlsVerifyMode).toBe('Off')
  })

  it('to an address need that address among the alternative names', async () => {
    const identity = selfSigned('cucm1', nodeAddress)
    await secureUnifiedCm({ identity })
    const { zones } = control([identity.cert])
    zones.update([{ ...mixed, name: nodeAddress }])
    // Unified CM has another authority than ours here: what counts is that we took its certificate.
    await waitFor('an end', () => statusOf(zones, `CEtls-${nodeAddress}`)?.state !== 'Checking')
    await becomes(zones, 'Active', `CEtls-${nodeAddress}`)
    const other = control()
    other.zones.update([{ ...mixed, name: nodeAddress }])
    await becomes(other.zones, 'Failed', `CEtls-${nodeAddress}`)
  })

  it('fail where Unified CM does not trust our certificate', async () => {
    await secureUnifiedCm({ trust: [] })
    const { zones, records } = control()
    zones.update([mixed])
    await becomes(zones, 'Failed', name)
    expect(statusOf(zones, name)?.reason).toMatch(/^Failed to establish SSL connection/)
    expect(JSON.stringify(records)).toContain('Failed to establish SSL connection')
    expect(statusOf(zones, name)?.state).toBe('Failed')
  })

  it('come, change and go without disturbing the TCP zone', async () => {
    const { accepted } = await unifiedCm()
    const secure = await secureUnifiedCm()
    const { zones } = control()
    zones.update([node])
    await becomes(zones, 'Active')
    zones.update([mixed])
    await becomes(zones, 'Active', name)
    zones.update([{ ...mixed, sipTlsPort: 5071 }])
    await becomes(zones, 'Failed', name)
    zones.update([node])
    expect(zones.status().zones.map((zone) => [zone.name, zone.state])).toEqual([['CEtcp-cucm1', 'Active']])
    expect(accepted).toHaveLength(1)
    expect(secure.accepted).toHaveLength(1)
  })
})

describe('connections that a node dials', () => {
  async function dialled(identity: TlsIdentity | undefined, tlsVerify = true) {
    const host = control()
    running.push(await startSipListeners(host.environment, host.sip, host.zones))
    host.zones.update([{ ...mixed, tlsVerify }])
    const { environment } = testHost({ name: 'cucm1', address: nodeAddress, trust: [authority.certificate] })
    const tls = { serverName: 'vcsc1.example.com', ...(identity === undefined ? {} : { identity }) }
    const connection = await environment.network.dialTls({
      to: { address: '127.9.3.13', port: 5061 },
      protocol: 'SIP',
      tls,
    })
    let isOpen = true
    connection.stream.on('error', () => {}).on('close', () => (isOpen = false))
    connection.stream.resume()
    running.push({ [Symbol.asyncDispose]: async () => connection.destroy() })
    return { ...host, isOpen: () => isOpen, connection }
  }

  it('belong to its TLS zone where the certificate is good', async () => {
    const { zones, sip, isOpen } = await dialled(callManager)
    await waitFor('the connection taken', () => sip.status().connections === 1)
    expect(isOpen()).toBe(true)
    const tls = { isAuthorized: true, protocol: 'TLSv1.3' }
    expect(zones.callerOf({ remote: { address: nodeAddress, port: 1 }, tls })).toMatchObject({
      problem: 'CEtls-cucm1: no client certificate',
    })
  })

  it.each<[string, TlsIdentity | undefined]>([
    ['for another name', authority.issue({ commonName: 'cucm1.example.com' })],
    ['not trusted', testAuthority('Other').issue({ commonName: 'cucm1' })],
    ['missing', undefined],
  ])('end where it is %s', async (_, identity) => {
    const { isOpen, records } = await dialled(identity)
    await waitFor('the end of the connection', () => !isOpen())
    expect(records.some(({ event }) => event === 'Inbound TLS Negotiation Error')).toBe(true)
  })

  it('are taken without looking where the zone does not verify', async () => {
    const { sip, isOpen } = await dialled(selfSigned('whoever'), false)
    await waitFor('the connection taken', () => sip.status().connections === 1)
    expect(isOpen()).toBe(true)
  })
})
