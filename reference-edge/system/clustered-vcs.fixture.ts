import { randomBytes, scryptSync } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Host, StartHost } from '#runtime/host.ts'
import { startHost } from '#runtime/host.ts'
import { testHost } from '#runtime/test-host.fixture.ts'
import { silentTraceSink } from '#runtime/trace.ts'
import type { ClusterStatus } from '../cluster/cluster-service.ts'
import { startControl } from '../control/start.ts'

const salt = randomBytes(16)
const passwordHash = `scrypt:${salt.toString('hex')}:${scryptSync('secret', salt, 32, { N: 1024 }).toString('hex')}:1024`
/** Of this process: the same test may run in another one on this machine. */
const place = `127.86.${process.pid % 250}`
const client = testHost({ name: 'client', address: `${place}.43` }).environment
const api = '/api/provisioning'

export interface VcsState {
  readonly cluster: ClusterStatus
  readonly mode: string
  readonly domains: readonly { name: string }[]
  readonly alarms: readonly { id: number; detail?: string }[]
  readonly pendingRestart: readonly { page: string }[]
}

/** A VCS of its own place, in one of two clusters at most, and what an administrator asks of it. */
export class ClusteredVcs {
  readonly number: 1 | 2
  /** Of both peers. */
  readonly addresses: readonly string[]
  readonly #data: string
  readonly #program: StartHost
  #host: Host

  /** `network`: the fourth byte of both peers' addresses in front of their number, so that tests run beside each other. */
  static async start(number: 1 | 2, network = 4, program: StartHost = startControl): Promise<ClusteredVcs> {
    const data = mkdtempSync(join(tmpdir(), `vcs-cluster-test-${number}-`))
    const addresses = [1, 2].map((each) => `${place}.${network}${each}`)
    const host = await startAt(addresses[number - 1]!, number, data, program)
    return new ClusteredVcs({ number, addresses, data, program, host })
  }

  private constructor(
    given: Pick<ClusteredVcs, 'number' | 'addresses'> & { data: string; program: StartHost; host: Host },
  ) {
    this.number = given.number
    this.addresses = given.addresses
    this.#data = given.data
    this.#program = given.program
    this.#host = given.host
  }

  get address(): string {
    return this.addresses[this.number - 1]!
  }

  call(name: string, given: object = {}): Promise<unknown> {
    return this.#host.management[name]!(given as never)
  }

  async state(): Promise<VcsState> {
    return (await this.call('state')) as VcsState
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

  /** System > Clustering as both have it, but for what is given. */
  cluster(changes: object = {}): Promise<{ status: number; text: string }> {
    return this.ask('PUT', `${api}/common/cluster`, {
      'Cluster name': 'vcsc.example.com',
      'Configuration master': 1,
      'Cluster pre-shared key': 'k3y',
      'Peer 1 IP address': this.addresses[0],
      'Peer 2 IP address': this.addresses[1],
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

  /** Is down until `startAgain`. */
  halt(): Promise<void> {
    return this.#host.stop()
  }

  async startAgain(): Promise<void> {
    this.#host = await startAt(this.address, this.number, this.#data, this.#program)
  }

  async stop(): Promise<void> {
    await this.#host.stop()
    rmSync(this.#data, { recursive: true, force: true })
  }
}

function startAt(address: string, number: 1 | 2, data: string, program: StartHost): Promise<Host> {
  const name = `vcsc${number}`
  const place = { fqdn: name, addresses: [address], dns: { servers: [], domain: '' }, trust: [], data }
  return startHost(
    program,
    { name, ...place, traceLevel: 'off', seed: 1 },
    { administrator: { username: 'admin', passwordHash } },
    AbortSignal.timeout(60_000),
    { trace: silentTraceSink, log: () => {} },
  )
}

/** Ports below 1024 are not everybody's; the lab then runs in a place of its own. */
export const mayListenBelow1024 = process.getuid?.() === 0
