import { afterEach, describe, expect, it } from 'vitest'
import { waitFor } from '#runtime/wait.ts'
import { testAuthority } from '../certificates/authority.fixture.ts'
import { SipSide } from '../control/sip-side.ts'
import { testHost } from '#runtime/test-host.fixture.ts'
import { TransactionLayer } from '../protocol/sip/transaction-layer.ts'
import { ExchangeRefused, ZoneClient, type TraversalClientZone } from './zone-client.ts'
import type { TraversalServerZone } from './server-zone.ts'
import { startZoneServer } from './zone-server.ts'

const authority = testAuthority()
const trust = [authority.certificate]
const edgeIdentity = authority.issue({ commonName: 'vcse1.example.com', names: ['vcse1.example.com'] })
const ownIdentity = authority.issue({ commonName: 'vcsc1.example.com', names: ['vcsc1.example.com'] })
const strangerIdentity = testAuthority('Other CA').issue({ commonName: 'vcse1.example.com' })

const running: AsyncDisposable[] = []
afterEach(async () => {
  for (const one of running.splice(0).toReversed()) await one[Symbol.asyncDispose]()
})

interface ExpresswayOptions {
  readonly identity?: typeof edgeIdentity
  readonly subject?: string
  readonly password?: string
  readonly settings?: Partial<TraversalServerZone>
  readonly isForRemoteAccess?: boolean
}

async function expressway(options: ExpresswayOptions = {}) {
  const { identity = edgeIdentity, subject = 'vcsc1.example.com', password = 'zone secret' } = options
  const { settings = {}, isForRemoteAccess = true } = options
  const host = testHost({ name: 'vcse1', address: '127.9.2.12', trust, identity })
  const layer: TransactionLayer = new TransactionLayer({
    clock: host.environment.clocks.monotonic,
    user: {
      onRequest: (transaction) => void server.take(transaction),
      onAck: () => undefined,
      onStrayResponse: () => undefined,
    },
  })
  const server = await startZoneServer({
    environment: host.environment,
    zone: () => ({
      id: 3,
      name: 'TraversalZone',
      isSipOn: true,
      port: 7001,
      transport: 'TLS' as const,
      username: 'exampleauth',
      password,
      tlsVerify: true,
      tlsVerifySubjectName: subject,
      ...settings,
    }),
    isForRemoteAccess: () => isForRemoteAccess,
    onMessage: (message, flow) => layer.receive(message, flow),
    onFlowClosed: (flow) => layer.flowClosed(flow),
    onProvisioning: (document) => ({ heard: document }),
  })
  running.push(server)
  return { host, server }
}

interface ControlOptions extends Partial<TraversalClientZone> {
  readonly identity?: typeof edgeIdentity
}

function control({ identity = ownIdentity, ...options }: ControlOptions = {}) {
  const { peer = 'vcse1.example.com', password = 'zone secret' } = options
  const names = { 'vcse1.example.com': '127.9.2.12', 'edge.example.com': '127.9.2.12' }
  const host = testHost({ name: 'vcsc1', address: '127.9.3.12', names, trust, identity })
  const { environment } = host
  const sip = new SipSide(environment)
  const settings: TraversalClientZone = {
    name: 'TraversalZone',
    isSipOn: true,
    transport: 'TLS',
    tlsVerify: true,
    peer,
    port: 7001,
    username: 'exampleauth',
    ...options,
    password,
  }
  let current = settings
  const own = { fqdn: environment.fqdn, address: environment.address }
  const zone = ZoneClient.start({ environment, own, sip, zone: () => current, onActive: () => undefined })
  running.push({ [Symbol.asyncDispose]: async () => host.wall.stop() }, sip, zone)
  const change = (changes: Partial<TraversalClientZone>) => {
    current = { ...current, ...changes }
  }
  return { host, zone, change }
}

const becomes = (zone: ZoneClient, state: string) =>
  waitFor(`zone ${state}`, () => zone.status().state === state, { lastSeen: () => zone.status() })

describe('the traversal zone of the Control', () => {
  it('becomes active at both ends and exchanges provisioning data', async () => {
    const { server } = await expressway()
    const { zone } = control()
    await becomes(zone, 'Active')
    expect(server.status().state).toBe('Active')
    const port = Number(server.status().peer!.split(':')[1])
    expect(port).toBeGreaterThanOrEqual(25_000)
    expect(port).toBeLessThanOrEqual(29_999)
    expect(await zone.exchange({ ssh: 'key' })).toEqual({ heard: { ssh: 'key' } })
  })

  it('finds an Expressway that starts later, and one that comes back', async () => {
    const { zone } = control()
    await becomes(zone, 'Failed')
    expect(zone.status().reason).toBe('Connection refused by peer')
    const { server } = await expressway()
    await becomes(zone, 'Active')
    await server.stop()
    await becomes(zone, 'Failed')
    await expressway()
    await becomes(zone, 'Active')
  })

  it('is failed with its reason while it is dialled again', async () => {
    const { zone } = control({ transport: 'TCP' })
    await becomes(zone, 'Failed')
    const { environment } = testHost({ name: 'silent', address: '127.9.2.12', trust })
    let dialled = 0
    const onConnection = () => void dialled++
    running.push(await environment.network.listenTcp({ port: 7001, protocol: 'SIP', onConnection }))
    await waitFor('the next attempt', () => dialled > 0)
    expect(zone.status()).toMatchObject({ state: 'Failed', reason: 'Connection refused by peer' })
  })

  it('says why: name of the certificate, its CA, the password, DNS', async () => {
    await expressway()
    const name = control({ peer: 'edge.example.com' })
    await becomes(name.zone, 'Failed')
    expect(name.zone.status().reason).toBe(
      "Peer's TLS certificate identity was unacceptable: 'edge.example.com' is not in the certificate, which has: vcse1.example.com",
    )
    expect(name.host.records.at(-1)).toMatchObject({ event: 'Outbound TLS Negotiation Error', 'Dst-port': 7001 })
    const nowhere = control({ peer: 'nowhere.example.com' })
    await becomes(nowhere.zone, 'Failed')
    expect(nowhere.zone.status().reason).toContain('DNS resolution failed')
    const secret = control({ password: 'wrong' })
    await becomes(secret.zone, 'Failed')
    expect(secret.zone.status().reason).toContain('Authentication failed')
    expect(JSON.stringify(secret.host.records)).not.toContain('wrong')
  })

  it('does not take a certificate of an unknown CA', async () => {
    await expressway({ identity: strangerIdentity })
    const { zone } = control()
    await becomes(zone, 'Failed')
    expect(zone.status().reason).toContain("without its issuer 'Other CA', which is not in the trusted CA list")
  })

  it('does not do with a certificate for clients only, and warns of one for servers only', async () => {
    const wanted = { commonName: 'vcse1.example.com', names: ['vcse1.example.com'] }
    const { server } = await expressway({ identity: authority.issue({ ...wanted, usages: { clientAuth: true } }) })
    const refusing = control()
    await becomes(refusing.zone, 'Failed')
    expect(refusing.zone.status()).toMatchObject({
      reason: expect.stringContaining('lacks the Server Authentication extension'),
      action: expect.stringContaining('Load a certificate'),
    })
    await server.stop()
    await expressway({ identity: authority.issue({ ...wanted, usages: { serverAuth: true } }) })
    const { zone } = control()
    await becomes(zone, 'Active')
    expect(zone.status().warning).toContain('lacks the Client Authentication extension')
  })

  it('is refused by an Expressway whose TLS verify subject name is another, which says both names', async () => {
    const { server } = await expressway({ subject: 'cluster.example.com' })
    const { zone } = control()
    await becomes(zone, 'Failed')
    expect(server.status()).toMatchObject({
      state: 'Failed',
      reason: expect.stringContaining("'cluster.example.com' is not in the certificate, which has: vcsc1.example.com"),
    })
  })

  it('tries a refused password again after 120 s of host time, or at once on retry', async () => {
    await expressway()
    const { zone, change, host } = control({ password: 'wrong' })
    await becomes(zone, 'Failed')
    change({ password: 'zone secret' })
    await host.wall.advance(120_000)
    await becomes(zone, 'Active')
    change({ password: 'wrong' })
    zone.restart()
    await becomes(zone, 'Failed')
    change({ password: 'zone secret' })
    zone.retry()
    await becomes(zone, 'Active')
  })

  it('notices by its keepalive that the password was changed at the other end', async () => {
    const { server } = await expressway()
    const { zone, change, host } = control()
    await becomes(zone, 'Active')
    await host.wall.advance(30_000)
    expect(zone.status().state).toBe('Active')
    expect(server.status().state).toBe('Active')
    change({ password: 'changed' })
    await host.wall.advance(30_000)
    await becomes(zone, 'Failed')
  })

  it('takes any certificate while its TLS verify mode is Off, none that is wrong while it is On', async () => {
    await expressway({ identity: strangerIdentity })
    const { zone, change } = control({ tlsVerify: false })
    await becomes(zone, 'Active')
    expect(zone.status().warning).toBeUndefined()
    change({ tlsVerify: true })
    zone.restart()
    await becomes(zone, 'Failed')
    expect(zone.status().reason).toContain('not in the trusted CA list')
  })

  it('is taken with any certificate while the TLS verify mode of the Expressway is Off', async () => {
    const stranger = testAuthority('Other CA').issue({ commonName: 'nobody.example.com' })
    const { server } = await expressway({ settings: { tlsVerify: false } })
    const { zone } = control({ identity: stranger })
    await becomes(zone, 'Active')
    expect(server.status().state).toBe('Active')
  })

  it('speaks SIP over TCP where both ends say so', async () => {
    const { server } = await expressway({ settings: { transport: 'TCP' } })
    const { zone, host } = control({ transport: 'TCP' })
    await becomes(zone, 'Active')
    expect(server.status()).toMatchObject({ state: 'Active', transport: 'TCP' })
    expect(zone.status().transport).toBe('TCP')
    const asked = host.events.find(({ summary }) => summary?.startsWith('OPTIONS'))
    expect(asked?.summary).toContain('sip:vcse1.example.com:7001;transport=tcp')
  })

  it('fails where only one end has TCP', async () => {
    const { server } = await expressway()
    const { zone } = control({ transport: 'TCP' })
    await becomes(zone, 'Failed')
    expect(server.status().state).toBe('Failed')
  })

  it('dials nothing while its SIP Mode is Off', async () => {
    const { server } = await expressway()
    const { zone, change, host } = control({ isSipOn: false })
    await becomes(zone, 'Failed')
    expect(zone.status()).toMatchObject({ reason: 'SIP Mode of the zone is Off', action: 'Set SIP Mode to On' })
    expect(host.events.filter(({ kind }) => kind === 'open')).toEqual([])
    change({ isSipOn: true })
    zone.restart()
    await becomes(zone, 'Active')
    expect(server.status().state).toBe('Active')
  })

  it('finds no listener while the SIP Mode of the Expressway is Off', async () => {
    const { server } = await expressway({ settings: { isSipOn: false } })
    expect(server.status()).toMatchObject({ state: 'Failed', reason: 'SIP Mode of the zone is Off' })
    const { zone } = control()
    await becomes(zone, 'Failed')
    expect(zone.status().reason).toBe('Connection refused by peer')
  })

  it('says that its port is in use, and goes on without', async () => {
    await expressway()
    const { server } = await expressway()
    expect(server.status()).toMatchObject({ state: 'Failed', reason: 'port 7001 is used by another service' })
  })

  it('is active without Unified Communications services at the other end, and told so', async () => {
    await expressway({ isForRemoteAccess: false })
    const { zone } = control()
    await becomes(zone, 'Active')
    const refusal = await zone.exchange({ ssh: 'key' }).catch((error: unknown) => error)
    expect(refusal).toBeInstanceOf(ExchangeRefused)
    expect((refusal as Error).message).toBe(
      'Unified Communications services are not on for this zone of the VCS Expressway',
    )
    expect(zone.status().state).toBe('Active')
  })

  it('goes to an IP address where the certificate has it', async () => {
    const { server } = await expressway()
    const without = control({ peer: '127.9.2.12' })
    await becomes(without.zone, 'Failed')
    expect(without.zone.status().reason).toContain('the IP address 127.9.2.12 is not in the certificate')
    const identity = authority.issue({ commonName: 'vcse1.example.com', addresses: ['127.9.2.12'] })
    await server.stop()
    await expressway({ identity })
    await becomes(control({ peer: '127.9.2.12' }).zone, 'Active')
  })
})
