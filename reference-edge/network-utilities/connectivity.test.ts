import { afterEach, describe, expect, it } from 'vitest'
import { systemRandom } from '#runtime/random.ts'
import { openResolver } from '#runtime/resolve.ts'
import { testHost } from '#runtime/test-host.fixture.ts'
import { testAuthority } from '../certificates/authority.fixture.ts'
import { isCertificateFor } from '../certificates/peer-name.ts'
import { startSshTunnelServer } from '../traversal/ssh-tunnel-server.ts'
import type { ConnectivityStage, ReportedState } from './connectivity-stage.ts'
import { testControlConnectivity } from './control-connectivity.ts'
import { testExpresswayConnectivity } from './expressway-connectivity.ts'

const authority = testAuthority()
const trust = [authority.certificate]
const edgeIdentity = authority.issue({ commonName: 'vcse1.example.com', names: ['vcse1.example.com'] })
const controlIdentity = authority.issue({ commonName: 'vcsc1.example.com', names: ['vcsc1.example.com'] })
const strangerIdentity = authority.issue({ commonName: 'other.example.com', names: ['other.example.com'] })
const [edgeAddress, controlAddress] = ['127.9.9.10', '127.9.9.20']

const open: AsyncDisposable[] = []
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one[Symbol.asyncDispose]()
})

interface EdgeOptions {
  identity?: typeof edgeIdentity
  hasZone?: boolean
  hasTunnel?: boolean
}

/** What of an Expressway the test of the Control meets. */
async function edge({ identity = edgeIdentity, hasZone = true, hasTunnel = true }: EdgeOptions = {}) {
  const { environment } = testHost({ name: 'vcse1', address: edgeAddress, trust, identity })
  const { network, log } = environment
  const seen: string[] = []
  if (hasZone) {
    const zone = await network.listenTls({
      port: 7001,
      protocol: 'SIP',
      tls: { identity, requestClientCertificate: true },
      onConnection(connection) {
        const certificate = connection.tls?.peerCertificate
        const isGood = certificate !== undefined && isCertificateFor(certificate, 'vcsc1.example.com')
        if (!isGood || connection.tls?.isAuthorized !== true) return connection.destroy()
        connection.stream.on('data', (chunk: Buffer) => void seen.push(chunk.toString('latin1')))
      },
      onTlsError: (error) => void seen.push(error.message),
    })
    open.push(zone)
  }
  if (hasTunnel) {
    const onFailure = ({ category }: { category: string }) => void seen.push(category)
    open.push(await startSshTunnelServer({ network, log, port: 2222, authorized: () => [], onFailure }))
  }
  return { seen }
}

interface ControlOptions {
  identity?: typeof controlIdentity
  peer?: string
  trusted?: readonly string[]
  zone?: ReportedState & { clockDifferenceSeconds?: number }
  link?: ReportedState
}

async function control(options: ControlOptions = {}) {
  const { identity = controlIdentity, peer = 'vcse1.example.com', trusted = trust } = options
  const { zone = { state: 'Active' }, link = { state: 'Active' } } = options
  const names = { 'vcse1.example.com': edgeAddress, 'alias.example.com': edgeAddress }
  const { environment } = testHost({ name: 'vcsc1', address: controlAddress, names, trust: trusted, identity })
  const stages = await testControlConnectivity({
    environment,
    zone: () => ({ peer, port: 7001 }),
    zoneState: () => zone,
    tunnelState: () => ({ state: 'Active' }),
    linkState: () => link,
  })
  return { stages, ...byName(stages) }
}

function byName(stages: readonly ConnectivityStage[]) {
  const results = Object.fromEntries(stages.map(({ stage, result }) => [stage, result]))
  const says = Object.fromEntries(stages.map((one) => [one.stage, one.says]))
  return { results, says }
}

describe('connectivity test of the Control', () => {
  it('says what it met, in the order in which it is needed, and leaves no trace', async () => {
    const { seen } = await edge()
    const { stages, says } = await control()
    expect(stages.map(({ stage, result, hint }) => [stage, result, hint])).toEqual(
      [
        'DNS of the traversal zone peer',
        'TCP 7001',
        'TLS handshake',
        'Traversal zone',
        'TCP 2222 (SSH)',
        'SSH tunnel',
        'TCP 7400 (XCP)',
        'XCP link',
      ].map((stage) => [stage, 'ok', '']),
    )
    expect(says['DNS of the traversal zone peer']).toBe(edgeAddress)
    expect(says['TLS handshake']).toMatch(/^TLSv1\.3; certificate for vcse1\.example\.com, issued by CN=Test CA, valid/)
    expect(says['TCP 2222 (SSH)']).toMatch(/^SSH-2\.0-/)
    expect(seen).toEqual([])
  })

  it('stops at DNS where the peer has no address', async () => {
    const { results } = await control({ peer: 'nowhere.example.com', zone: { state: 'Failed', reason: 'DNS' } })
    expect(results).toMatchObject({
      'DNS of the traversal zone peer': 'failed',
      'TCP 7001': 'not run',
      'TLS handshake': 'not run',
      'Traversal zone': 'failed',
      'TCP 2222 (SSH)': 'not run',
    })
  })

  it('finds closed ports', async () => {
    await edge({ hasZone: false, hasTunnel: false })
    const { results, says } = await control({ link: { state: 'Failed', reason: 'refused' } })
    expect(results).toMatchObject({
      'TCP 7001': 'failed',
      'TLS handshake': 'not run',
      'TCP 2222 (SSH)': 'failed',
      'TCP 7400 (XCP)': 'failed',
      'XCP link': 'failed',
    })
    expect(says['TCP 7001']).toContain('ECONNREFUSED')
  })

  it.each([
    ['an untrusted CA', { trusted: [testAuthority('Other').certificate] }, {}, /SELF_SIGNED|UNABLE|self-signed|unable/],
    ['a name not in the certificate', { peer: 'alias.example.com' }, {}, /identity was unacceptable/],
    ['a certificate of ours that is not for the zone', { identity: strangerIdentity }, {}, /closed by the Expressway/],
    ['an expired certificate', {}, { identity: expired() }, /expired/i],
  ])('finds %s in the handshake', async (_what, options, edgeOptions, words) => {
    await edge(edgeOptions)
    const { results, says } = await control(options)
    expect(results).toMatchObject({ 'TCP 7001': 'ok', 'TLS handshake': 'failed' })
    expect(says['TLS handshake']).toMatch(words)
    expect(says['TLS handshake']).toContain('certificate for vcse1.example.com')
  })

  it('finds clocks that differ', async () => {
    await edge()
    const { stages } = await control({ zone: { state: 'Active', clockDifferenceSeconds: -75 } })
    expect(stages.find(({ stage }) => stage === 'Traversal zone')).toMatchObject({
      result: 'failed',
      says: 'Active, but the clocks differ by 75 s',
      hint: expect.stringContaining('NTP'),
    })
  })
})

describe('connectivity test of the Expressway', () => {
  const edgeTest = (options: { names?: Record<string, string>; hasControl?: boolean } = {}) => {
    const { names = { '_collab-edge._tls.example.com': 'vcse1.example.com:8443' }, hasControl = true } = options
    const { environment } = testHost({ name: 'vcse1', address: edgeAddress, names })
    return testExpresswayConnectivity({
      environment,
      listeners: () => [
        { name: 'traversal zone', address: edgeAddress, port: 7001 },
        { name: 'SSH', address: edgeAddress, port: 2222 },
      ],
      controls: () => [
        {
          zone: { state: 'Active' },
          told: hasControl ? { fqdn: 'vcsc1.example.com', domains: ['example.com'] } : undefined,
          tunnel: { state: 'Active' },
          link: { state: 'Active' },
        },
      ],
    })
  }

  it('looks at its listeners, what the Control told and its SRV records', async () => {
    const { seen } = await edge()
    const stages = await edgeTest()
    expect(stages.map(({ stage, result }) => [stage, result])).toEqual([
      ['Listener: traversal zone', 'ok'],
      ['Listener: SSH', 'ok'],
      ['Traversal zone', 'ok'],
      ['Told by the Control', 'ok'],
      ['SSH tunnel', 'ok'],
      ['XCP link', 'ok'],
      ['SRV record', 'ok'],
    ])
    expect(seen).toEqual([])
  })

  it.each([
    [{}, 'not found'],
    [{ '_collab-edge._tls.example.com': 'vcse1.example.com:443' }, 'vcse1.example.com:443: not this Expressway'],
    [{ '_collab-edge._tls.example.com': 'vcse9.example.com:8443' }, 'vcse9.example.com:8443: not this Expressway'],
  ])('finds a SRV record that does not lead here: %o', async (names, says) => {
    const stages = await edgeTest({ names })
    expect(stages.at(-1)).toMatchObject({ stage: 'SRV record', result: 'failed', says })
  })

  it('finds ports nobody listens on, and a Control that said nothing', async () => {
    const { results, says } = byName(await edgeTest({ hasControl: false }))
    expect(results).toMatchObject({
      'Listener: traversal zone': 'failed',
      'Told by the Control': 'failed',
      'SRV record': 'not run',
    })
    expect(says['Listener: SSH']).toBe('nobody listens')
  })

  it('tells the Controls of a cluster apart', async () => {
    const { environment } = testHost({ name: 'vcse1', address: edgeAddress, names: {} })
    const active = { state: 'Active' }
    const stages = await testExpresswayConnectivity({
      environment,
      listeners: () => [],
      controls: () => [
        {
          name: 'vcsc1.example.com',
          zone: active,
          told: { fqdn: 'vcsc1.example.com', domains: ['example.com'] },
          tunnel: active,
          link: undefined,
        },
        {
          name: '127.77.3.11',
          zone: { state: 'Failed', reason: 'certificate' },
          told: undefined,
          tunnel: { state: 'Failed', reason: 'no tunnel is open' },
          link: undefined,
        },
      ],
    })
    expect(stages.map(({ stage, target, result }) => [stage, target, result])).toEqual([
      ['Traversal zone', 'VCS Control vcsc1.example.com', 'ok'],
      ['Traversal zone', 'VCS Control 127.77.3.11', 'failed'],
      ['Told by the Control', 'vcsc1.example.com', 'ok'],
      ['Told by the Control', 'VCS Control 127.77.3.11', 'failed'],
      ['SSH tunnel', 'VCS Control vcsc1.example.com', 'ok'],
      ['SSH tunnel', 'VCS Control 127.77.3.11', 'failed'],
      ['SRV record', '_collab-edge._tls.example.com', 'failed'],
    ])
  })

  it('says so where its DNS server does not answer', async () => {
    const { environment } = testHost({ name: 'vcse1', address: edgeAddress })
    const resolver = openResolver({
      servers: ['127.9.9.53:53'],
      domain: 'example.com',
      localAddress: edgeAddress,
      random: systemRandom(),
      timeoutMs: 200,
    })
    const stages = await testExpresswayConnectivity({
      environment: { ...environment, network: { ...environment.network, resolver } },
      listeners: () => [],
      controls: () => [
        {
          zone: { state: 'Failed', reason: 'no connection from the Control yet' },
          told: { fqdn: 'vcsc1.example.com', domains: ['example.com'] },
          tunnel: { state: 'Failed' },
          link: undefined,
        },
      ],
    })
    expect(stages.at(-1)).toMatchObject({ result: 'failed', hint: expect.stringContaining('System > DNS') })
    expect(stages[0]).toMatchObject({ stage: 'Traversal zone', says: 'Failed: no connection from the Control yet' })
  })
})

function expired() {
  return authority.issue({
    commonName: 'vcse1.example.com',
    names: ['vcse1.example.com'],
    validFrom: -20,
    validTo: -10,
  })
}
