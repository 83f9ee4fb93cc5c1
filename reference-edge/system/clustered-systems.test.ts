import { randomBytes, scryptSync } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Host } from '#runtime/host.ts'
import { startHost } from '#runtime/host.ts'
import { testHost } from '#runtime/test-host.fixture.ts'
import { silentTraceSink } from '#runtime/trace.ts'
import { waitFor } from '#runtime/wait.ts'
import type { ClusterStatus } from '../cluster/cluster-service.ts'
import { startControl } from '../control/start.ts'

const addresses = ['127.77.9.41', '127.77.9.42'] as const
const salt = randomBytes(16)
const passwordHash = `scrypt:${salt.toString('hex')}:${scryptSync('secret', salt, 32, { N: 1024 }).toString('hex')}:1024`
const client = testHost({ name: 'client', address: '127.77.9.43' }).environment
const api = '/api/provisioning'
const minute = { milliseconds: 61_000 }

interface State {
  readonly cluster: ClusterStatus
  readonly mode: string
  readonly domains: readonly { name: string }[]
  readonly alarms: readonly { id: number; detail?: string }[]
  readonly pendingRestart: readonly { page: string }[]
}

/** A VCS Control of its own place, and what an administrator asks of it. */
class Vcs {
  readonly address: string
  readonly host: Host
  readonly #data: string

  static async start(number: 1 | 2): Promise<Vcs> {
    const data = mkdtempSync(join(tmpdir(), `vcs-cluster-test-${number}-`))
    const address = addresses[number - 1]!
    const name = `vcsc${number}`
    const place = { fqdn: name, addresses: [address], dns: { servers: [], domain: '' }, trust: [], data }
    const host = await startHost(
      startControl,
      { name, ...place, traceLevel: 'off', seed: 1 },
      { administrator: { username: 'admin', passwordHash } },
      AbortSignal.timeout(60_000),
      { trace: silentTraceSink, log: () => {} },
    )
    return new Vcs(address, host, data)
  }

  private constructor(address: string, host: Host, data: string) {
    this.address = address
    this.host = host
    this.#data = data
  }

  call(name: string, given: object = {}): Promise<unknown> {
    return this.host.management[name]!(given as never)
  }

  async state(): Promise<State> {
    return (await this.call('state')) as State
  }

  async ask(method: string, target: string, body?: object): Promise<{ status: number; text: string }> {
    const tls = { serverName: 'vcs', acceptAny: true }
    await using http = client.network.httpClient(() =>
      client.network.dialTls({ to: { address: this.address, port: 443 }, protocol: 'HTTP', tls }),
    )
    const headers = {
      Host: 'vcs',
      Authorization: `Basic ${Buffer.from('admin:secret').toString('base64')}`,
      'Content-Type': 'application/json',
    }
    const answer = await http.send({ method, target, headers, body: body === undefined ? '' : JSON.stringify(body) })
    await this.call('settled')
    return { status: answer.status, text: answer.body.toString() }
  }

  cluster(changes: object = {}): Promise<{ status: number; text: string }> {
    return this.ask('PUT', `${api}/common/cluster`, {
      'Cluster name': 'vcsc.example.com',
      'Configuration master': 1,
      'Cluster pre-shared key': 'k3y',
      'Peer 1 IP address': addresses[0],
      'Peer 2 IP address': addresses[1],
      ...changes,
    })
  }

  setMode(mode: string) {
    return this.ask('PUT', `${api}/common/mra`, { 'Unified Communications mode': mode })
  }

  name(name: string) {
    return this.ask('PUT', `${api}/common/dns`, { 'System host name': name, 'Domain name': 'example.com' })
  }

  addDomain(name: string) {
    return this.ask('POST', `${api}/controller/domain`, { 'Domain name': name })
  }

  async stop(): Promise<void> {
    await this.host.stop()
    rmSync(this.#data, { recursive: true, force: true })
  }
}

/** Ports below 1024 are not everybody's; the lab then runs in a place of its own. */
const mayListenBelow1024 = process.getuid?.() === 0

describe.skipIf(!mayListenBelow1024)('two VCSs of a cluster', () => {
  let master: Vcs
  let peer: Vcs

  beforeEach(async () => {
    ;[master, peer] = await Promise.all([Vcs.start(1), Vcs.start(2)])
  })

  afterEach(async () => {
    await Promise.all([master.stop(), peer.stop()])
  })

  const inStep = (vcs: Vcs) =>
    waitFor('the cluster to be in step', async () => (await vcs.state()).cluster.replication.inStep, { limitMs: 8_000 })

  async function joined(): Promise<void> {
    await Promise.all([master.name('vcsc1'), peer.name('vcsc2')])
    expect((await master.cluster()).status).toBe(200)
    expect((await peer.cluster()).status).toBe(200)
    await inStep(master)
  }

  it('show each other, and the peer takes what the master has, at once and behind every change', async () => {
    await master.setMode('Mobile and remote access')
    await joined()
    await inStep(peer)
    const { cluster, mode } = await peer.state()
    expect(mode).toBe('Mobile and remote access')
    expect(cluster).toMatchObject({
      name: 'vcsc.example.com',
      master: addresses[0],
      isMaster: false,
      peers: [
        { address: addresses[0], fqdn: 'vcsc1.example.com', isMaster: true, state: 'Active', isOwn: false },
        { address: addresses[1], fqdn: 'vcsc2.example.com', isMaster: false, state: 'Active', isOwn: true },
      ],
    })
    await master.addDomain('example.com')
    await waitFor('the domain at the peer', async () => (await peer.state()).domains.length === 1)
    await inStep(master)
    expect((await peer.state()).cluster.replication.digest).toBe((await master.state()).cluster.replication.digest)
  })

  it('lose at the next minute what was changed on the peer, which says so above its pages', async () => {
    await master.setMode('Mobile and remote access')
    await joined()
    await inStep(peer)
    expect((await peer.addDomain('peer.example.com')).status).toBe(201)
    expect((await peer.state()).cluster.replication.inStep).toBe(false)
    const { text } = await peer.ask('GET', '/api/status')
    expect(text).toContain('vcsc.example.com')
    await master.call('advanceClock', minute)
    await waitFor('the change to be gone', async () => (await peer.state()).domains.length === 0)
    await inStep(peer)
  })

  it('go on without the master, and are told of it by an alarm', async () => {
    await master.setMode('Mobile and remote access')
    await joined()
    await inStep(peer)
    await master.ask('PUT', `${api}/common/cluster`, { 'Peer 2 IP address': '' })
    const alarms = async () => (await peer.state()).alarms.map(({ id }) => id)
    await waitFor('the alarm', async () => (await alarms()).some((id) => id === 20003 || id === 20004))
    expect((await peer.state()).mode).toBe('Mobile and remote access')
    expect((await peer.state()).cluster.peers[0]).toMatchObject({ state: 'Failed', reason: expect.any(String) })
    await master.cluster()
    await inStep(master)
    await waitFor('no alarm', async () => !(await alarms()).some((id) => id === 20003 || id === 20004))
  })

  it('are a cluster again behind a restart of either', async () => {
    await master.setMode('Mobile and remote access')
    await joined()
    for (const vcs of [peer, master]) {
      await vcs.call('restart')
      await inStep(master)
    }
    expect((await peer.state()).mode).toBe('Mobile and remote access')
  })

  it('are not one with another key', async () => {
    await master.cluster()
    await peer.cluster({ 'Cluster pre-shared key': 'other' })
    const found = async () => (await master.state()).alarms.find(({ id }) => id === 20003)
    expect(await waitFor('the alarm', found)).toMatchObject({ detail: `${addresses[1]} has another pre-shared key` })
    expect((await master.state()).cluster.replication.inStep).toBe(false)
  })

  it('takes no cluster without its own address', async () => {
    const { status, text } = await master.cluster({ 'Peer 1 IP address': '127.77.9.49' })
    expect(status).toBe(400)
    expect(text).toContain(addresses[0])
  })
})
