import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { startDns } from '#lab/dns/start.ts'
import { systemRandom } from '#runtime/random.ts'
import { openResolver } from '#runtime/resolve.ts'
import { inlineManagement } from '#runtime/management.ts'
import { testHost } from '#runtime/test-host.fixture.ts'
import { lookUpDns, problemOfLookupName } from './dns-lookup.ts'

const running: AsyncDisposable[] = []
afterEach(async () => {
  for (const one of running.splice(0)) await one[Symbol.asyncDispose]()
})

const address = '127.9.8.53'
const srv = (name: string, port: number, target: string) => ({
  name,
  type: 'SRV',
  priority: 10,
  weight: 20,
  port,
  target,
})
const records = [
  srv('_cisco-uds._tcp.example.com', 8443, 'cucm1.example.com'),
  srv('_cuplogin._tcp.example.com', 8443, 'imp1.example.com'),
  { name: 'cucm1.example.com', type: 'A', address: '127.9.3.20' },
]

async function dns(zone = 'example.com') {
  const host = testHost({ address })
  const server = await startDns(host.environment, { zones: [zone], records })
  running.push(server)
  const history = () =>
    inlineManagement('dns', server.management).call<{ name: string; type: string; from: string }[]>('history')
  return { history }
}

const resolver = () =>
  openResolver({
    servers: [`${address}:53`],
    domain: 'example.com',
    localAddress: '127.9.8.10',
    random: systemRandom(),
    timeoutMs: 200,
  })

describe('DNS lookup of a VCS', () => {
  it('asks its DNS server for the services of a domain, and says by kind what it found', async () => {
    const { history } = await dns()
    const rows = await lookUpDns(resolver(), 'example.com', 'SRV')
    expect(rows.filter(({ outcome }) => outcome === 'found')).toEqual([
      {
        service: 'Unified Communications',
        query: '_cuplogin._tcp.example.com',
        type: 'SRV',
        outcome: 'found',
        answer: '10 20 8443 imp1.example.com',
        priority: 10,
        weight: 20,
        port: 8443,
        target: 'imp1.example.com',
      },
      {
        service: 'Unified Communications',
        query: '_cisco-uds._tcp.example.com',
        type: 'SRV',
        outcome: 'found',
        answer: '10 20 8443 cucm1.example.com',
        priority: 10,
        weight: 20,
        port: 8443,
        target: 'cucm1.example.com',
        address: '127.9.3.20',
      },
    ])
    expect(new Set(rows.map(({ service }) => service))).toEqual(
      new Set(['H.323', 'SIP', 'Unified Communications', 'TURN']),
    )
    expect(rows.filter(({ outcome }) => outcome === 'not found')).toHaveLength(12)
    const asked = (await history()).filter(({ type }) => type === 'SRV')
    expect(asked.map(({ name }) => name)).toEqual(
      expect.arrayContaining(
        ['_collab-edge._tls', '_collab-edge._tcp', '_cuplogin._tcp', '_cisco-uds._tcp'].map((s) => `${s}.example.com`),
      ),
    )
    expect(new Set(asked.map(({ from }) => from))).toEqual(new Set(['127.9.8.10']))
  })

  it('asks for one type of a host, its own domain appended to a single label', async () => {
    await dns()
    expect(await lookUpDns(resolver(), 'cucm1', 'A')).toEqual([
      {
        service: 'Host',
        query: 'cucm1.example.com',
        type: 'A',
        outcome: 'found',
        answer: '127.9.3.20',
        address: '127.9.3.20',
        ttl: 60,
      },
    ])
    expect(await lookUpDns(resolver(), 'cucm9.example.com', 'A')).toMatchObject([{ outcome: 'not found', answer: '' }])
    expect(await lookUpDns(resolver(), '_cuplogin._tcp.example.com', 'SRV')).toMatchObject([
      { service: 'Unified Communications', outcome: 'found', port: 8443 },
    ])
  })

  it('asks for all types, and for the name of an address', async () => {
    const { history } = await dns()
    const rows = await lookUpDns(resolver(), 'cucm1.example.com', 'All')
    expect(rows.filter(({ service }) => service === 'Host').map(({ type, outcome }) => [type, outcome])).toEqual([
      ['A', 'found'],
      ['AAAA', 'not found'],
      ['NAPTR', 'not found'],
      ['TXT', 'not found'],
    ])
    const pointer = await lookUpDns(resolver(), '127.9.3.20', 'PTR')
    expect(pointer).toMatchObject([{ query: '20.3.9.127.in-addr.arpa', type: 'PTR' }])
    expect((await history()).map(({ name }) => name)).toContain('20.3.9.127.in-addr.arpa')
  })

  it('tells a server that refuses, and one that is not there, from a record that is missing', async () => {
    await dns('other.example')
    const refused = await lookUpDns(resolver(), 'cucm1.example.com', 'A')
    expect(refused).toMatchObject([{ outcome: 'failed: the DNS servers refuse this question' }])
    for (const one of running.splice(0)) await one[Symbol.asyncDispose]()
    const gone = await lookUpDns(resolver(), 'example.com', 'SRV')
    expect(gone).toHaveLength(14)
    expect(gone.every(({ outcome }) => /^failed: no DNS server/.test(outcome))).toBe(true)
  })

  it('asks nobody for what is no name', async () => {
    const { history } = await dns()
    for (const name of ['', ' ', 'a b', '-x.example.com', 'x..y', `${'a'.repeat(64)}.com`, 'a.'.repeat(130) + 'a']) {
      expect(await lookUpDns(resolver(), name, 'A')).toMatchObject([{ outcome: expect.stringMatching(/^failed: /) }])
    }
    expect(await history()).toEqual([])
    fc.assert(fc.property(fc.domain(), (name) => problemOfLookupName(name) === undefined))
    fc.assert(fc.property(fc.string(), (name) => /^[\w.-]+$/.test(name) || problemOfLookupName(name) !== undefined))
  })
})
