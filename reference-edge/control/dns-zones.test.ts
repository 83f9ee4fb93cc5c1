import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { testHost } from '#runtime/test-host.fixture.ts'
import type { Connection } from '#runtime/network.ts'
import { testAuthority } from '../certificates/authority.fixture.ts'
import type { DnsZone } from '../dial-plan/partners/dns-zone.ts'
import { parseUri } from '../protocol/sip/uri.ts'
import { DnsZones } from './dns-zones.ts'
import { PeerUnreachable } from './sip-peer.ts'
import { SipSide } from './sip-side.ts'

const authority = testAuthority()
const secure = { '_sips._tcp.partner.test': 'sip.partner.test:15061' }
const clear = { '_sip._tcp.clear.test': 'sip.partner.test:15060' }
const uri = (text: string) => parseUri(text)!

let scope: AsyncDisposableStack
let configured: DnsZone[]
let zones: DnsZones
let records: ReturnType<typeof testHost>['records']
const accepted: Connection[] = []

beforeEach(async () => {
  scope = new AsyncDisposableStack()
  const host = testHost({
    name: 'vcsc1',
    address: '127.9.3.24',
    trust: [authority.certificate],
    names: { ...secure, ...clear, 'sip.partner.test': '127.9.1.90' },
  })
  records = host.records
  configured = [{ name: 'DNSZone', isSipOn: true, tlsVerify: true }]
  const { environment } = host
  const sip = scope.use(new SipSide(environment))
  sip.decideBy({ onRequest: () => undefined, onAck: () => undefined, onFlowClosed: () => undefined })
  zones = new DnsZones({ environment, log: environment.log, sip, zones: () => configured })
  scope.defer(() => zones.stop())
})
afterEach(() => scope.disposeAsync())

async function listen(...names: string[]): Promise<void> {
  accepted.length = 0
  const { network } = testHost({ address: '127.9.1.90' })
  const onConnection = (connection: Connection) => void accepted.push(connection)
  const identity = authority.issue({ commonName: names[0]!, names })
  const tls = await network.listenTls({ port: 15_061, protocol: 'SIP', tls: { identity }, onConnection })
  const tcp = await network.listenTcp({ port: 15_060, protocol: 'SIP', onConnection })
  scope.defer(async () => {
    await tls.stop()
    await tcp.stop()
  })
}

describe('a DNS zone of a VCS Control', () => {
  it('leads to where the SRV record of the domain says, over TLS from 25000-29999', async () => {
    await listen('partner.test')
    const peer = zones.find('DNSZone', uri('sip:peter@partner.test'))!
    const flow = await peer.connect()
    expect(peer).toMatchObject({ zoneName: 'DNSZone', transport: 'TLS' })
    expect(flow.remote).toEqual({ address: '127.9.1.90', port: 15_061 })
    expect(flow.local.port).toBeGreaterThanOrEqual(25_000)
    expect(flow.local.port).toBeLessThanOrEqual(29_999)
    const again = await zones.find('DNSZone', uri('sip:paula@partner.test'))!.connect()
    expect(again).toBe(flow)
  })

  it('takes TCP where the domain has no record of TLS', async () => {
    await listen('partner.test')
    const peer = zones.find('DNSZone', uri('sip:peter@clear.test'))!
    expect((await peer.connect()).remote.port).toBe(15_060)
    expect(peer.transport).toBe('TCP')
  })

  it('tells a domain that is not in the DNS from one that cannot be reached', async () => {
    const status = (domain: string) =>
      zones
        .find('DNSZone', uri(`sip:peter@${domain}`))!
        .connect()
        .catch((error: unknown) => (error instanceof PeerUnreachable ? error.status : error))
    expect(await status('nowhere.test')).toBe(404)
    expect(await status('partner.test')).toBe(503)
  })

  it('does not take the certificate of somebody else, unless TLS verify mode is Off', async () => {
    await listen('elsewhere.test')
    const reach = () => zones.find('DNSZone', uri('sip:peter@partner.test'))!.connect()
    await expect(reach()).rejects.toThrow('cannot be reached')
    expect(records).toContainEqual(expect.objectContaining({ event: 'Outbound TLS Negotiation Error' }))
    configured = [{ name: 'DNSZone', isSipOn: true, tlsVerify: false }]
    expect((await reach()).remote.port).toBe(15_061)
  })

  it('leads nowhere with SIP Mode Off or under another name', () => {
    expect(zones.find('Other', uri('sip:peter@partner.test'))).toBeUndefined()
    configured = [{ name: 'DNSZone', isSipOn: false, tlsVerify: true }]
    expect(zones.find('DNSZone', uri('sip:peter@partner.test'))).toBeUndefined()
  })
})
