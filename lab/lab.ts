import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isMainThread } from 'node:worker_threads'
import type { HostSpecification } from '#runtime/host.ts'
import type { Random } from '#runtime/random.ts'
import { systemRandom } from '#runtime/random.ts'
import type { TraceEvent } from '#runtime/trace.ts'
import { waitFor } from '#runtime/wait.ts'
import { describeLab } from './description.ts'
import type { LabDescription } from './description.ts'
import { Endpoint } from './endpoint.ts'
import { deploymentReady, deploymentStarted } from './evidence/bring-up.ts'
import type { LoopbackFabric } from './fabric/loopback.ts'
import { claimLoopbackFabric } from './fabric/loopback.ts'
import type { StaticNat, StaticNatPlace } from './fabric/static-nat.ts'
import { planHosts } from './plan/plan-hosts.ts'
import { deviceSettings } from './plan/sip-devices.ts'
import { hasCloud } from './plan/webex-cloud.ts'
import { makeSecrets } from './plan/secrets.ts'
import type { LabSecrets } from './plan/secrets.ts'
import type { CertificateAuthority } from './pki/authority.ts'
import { openAuthority } from './pki/authority.ts'
import { publicAuthority, publicCertificates } from './pki/public-authorities.ts'
import { inlinePrograms } from './roles/inline.ts'
import { childPrograms } from './roles/process.ts'
import type { HostPlan, RunningHost } from './roles/role.ts'
import type { ApiCall } from './vcs/administrator.ts'
import { Administrator } from './vcs/administrator.ts'
import { clusterOf, masterOf, vcsClusters } from './plan/vcs-clusters.ts'
import { adminAddress, bringUpVcs, restartVcs } from './vcs/bring-up-vcs.ts'
import { NewPeers, waitUntilInStep } from './vcs/cluster-steps.ts'
import type { VcsDocument, VcsPlan } from './vcs/vcs-document.ts'
import { administratorNumber, NotDeployable, obstacleTo, openStaticNat } from './surroundings.ts'
import { advanceTogether } from './clocks.ts'
import type { HostClock } from './clocks.ts'
import { LabTrace } from './lab-trace.ts'
import type { LabOptions, Placement } from './options.ts'
import { openTemporaryFolder, removeAbandonedFolders } from './temporary-folders.ts'
import type { ClientUser, Topology } from './topology/topology.ts'
import { clientUsers, readTopology } from './topology/topology.ts'

/** A deployment that is up: the only thing steps, faults and demonstrations talk to. */
export class Lab implements AsyncDisposable {
  readonly topology: Topology
  readonly fabric: LoopbackFabric
  readonly authority: CertificateAuthority
  readonly secrets: LabSecrets
  readonly seed: string | number
  readonly placement: Placement
  readonly data: string
  readonly #hosts = new Map<string, RunningHost>()
  readonly #plans: HostPlan[]
  /** VCSs whose certificates a scenario has exchanged. */
  readonly #restored = new Set<string>()
  readonly #newPeers = new NewPeers()
  readonly #endpoints = new Map<string, Endpoint>()
  readonly #options: LabOptions
  readonly #trace: LabTrace
  readonly #surroundings = new AsyncDisposableStack()
  #staticNat: StaticNat | undefined

  private constructor(options: LabOptions, fabric: LoopbackFabric, random: Random) {
    this.#options = options
    this.fabric = fabric
    this.seed = options.seed
    this.placement = options.placement ?? 'inline'
    this.topology = readTopology(options.topology ?? 'single')
    this.authority = openAuthority(options.pkiFolder)
    this.#trace = new LabTrace(options.traceLevel ?? 'bytes')
    this.data = openTemporaryFolder(`lab-${fabric.lab}`)
    this.secrets = options.snapshots?.secrets(this.topology, fabric.lab, random) ?? makeSecrets(this.topology, random)
    const plans = planHosts({
      topology: this.topology,
      fabric,
      authority: this.authority,
      publicAuthority: () => publicAuthority(options.pkiFolder),
      secrets: this.secrets,
      data: this.data,
      seed: options.seed,
      traceLevel: options.traceLevel ?? 'bytes',
    })
    this.#plans = plans.hosts.map((plan) => this.#adapted(plan))
    for (const { id } of clientUsers(this.topology)) {
      this.#addEndpoint(id, options.adaptClient?.(id, plans.users[id]!) ?? plans.users[id]!)
    }
  }

  /** Brings the deployment up; resolves when the Control reports its zone, tunnel, XCP link and discovery ready. */
  static async start(options: LabOptions): Promise<Lab> {
    removeAbandonedFolders()
    const fabric = await claimLoopbackFabric()
    const lab = new Lab(options, fabric, systemRandom())
    try {
      await lab.#bringUp()
      return lab
    } catch (error) {
      await lab.stop()
      throw error
    }
  }

  /** The one JSON line of `mra lab --json`. */
  describe(enter: string | null = null): LabDescription {
    const ca = join(this.data, 'ca.pem')
    // The cloud's certificate is from a public authority.
    const others = hasCloud(this.topology) ? [publicAuthority(this.#options.pkiFolder).certificate] : []
    writeFileSync(ca, [this.authority.certificate, ...others].join('\n'))
    return describeLab({ lab: this, plans: this.#plans, hosts: this.#hosts, ca, enter })
  }

  /** The firewall of a topology with static NAT. */
  get staticNat(): StaticNat {
    if (this.#staticNat === undefined) throw new Error(`topology ${this.topology.name} has no static NAT`)
    return this.#staticNat
  }

  host(name: string): RunningHost {
    const host = this.#hosts.get(name)
    if (host === undefined)
      throw new Error(`this lab has no host ${name}; it has ${[...this.#hosts.keys()].join(', ')}`)
    return host
  }

  hosts(): RunningHost[] {
    return [...this.#hosts.values()]
  }

  plan(name: string): HostPlan {
    return this.#plans.find((plan) => plan.specification.name === name)!
  }

  endpoint(user: string): Endpoint {
    const endpoint = this.#endpoints.get(user)
    if (endpoint === undefined)
      throw new Error(`this lab has no user ${user}; it has ${[...this.#endpoints.keys()].join(', ')}`)
    return endpoint
  }

  endpoints(): Endpoint[] {
    return [...this.#endpoints.values()]
  }

  /** Starts a host that has ended, with the plan it had or another configuration. */
  async restart(name: string, configuration?: unknown): Promise<void> {
    const old = this.host(name)
    await old.stop()
    this.#trace.keep(await old.takeTrace())
    const plan = this.plan(name)
    this.#hosts.set(name, await this.#start(configuration === undefined ? plan : { ...plan, configuration }))
  }

  /**
   * Changes the configuration of a running host, as its administrator would: the pages of a VCS (`VcsDocument`) through
   * its API, one call a page, the document of any other host as a whole.
   */
  async reconfigure<Document extends object>(name: string, change: (document: Document) => Document): Promise<void> {
    const plan = this.plan(name)
    if (!isVcs(plan)) {
      const configuration = change(plan.configuration as Document)
      await this.host(name).management.call('configure', configuration)
      return this.#replan(name, configuration)
    }
    const { installation, document } = plan.configuration as VcsPlan
    const changed = change(document as Document) as VcsDocument
    await using administrator = this.administrator(name)
    await administrator.apply(document, changed)
    this.#replan(name, { installation, document: changed })
    await this.host(name).management.call('settled')
    // What is changed on another peer than the master stands there until the master's comes.
    const isMaster = clusterOf(this.topology, name)?.peers[0] === name
    if (isMaster) await this.inStep(name)
  }

  /** Waits until the peers of a VCS's cluster, as far as they run, have the configuration of their master. */
  async inStep(name: string): Promise<void> {
    const { name: cluster, peers } = clusterOf(this.topology, name)!
    await waitUntilInStep(
      cluster,
      peers.map((peer) => this.host(peer)),
    )
  }

  /** Somebody who works through the API of a VCS. */
  administrator(name: string): Administrator {
    const plan = this.plan(name)
    return new Administrator({ ...this.#administratorOf(name), address: adminAddress(plan) })
  }

  /** Maintenance > Restart options of a VCS; it is up again when this is done. */
  async restartSystem(name: string): Promise<void> {
    await using administrator = this.administrator(name)
    await restartVcs(this.host(name), administrator)
  }

  /** Everything seen so far by every host and client, in the order of the machine's monotonic clock. */
  events(): Promise<TraceEvent[]> {
    return this.#trace.gather([...this.#hosts.values(), ...this.#endpoints.values()])
  }

  /** Waits until every Control that runs reports that everything it needs is up. */
  async ready(limitMs = 15_000): Promise<void> {
    const controls = [...this.#hosts.values()].filter((host) => host.role === 'control' && host.isRunning())
    let last: unknown
    await waitFor(
      'the VCS Control to report its zone, tunnel, XCP link and discovery ready',
      async () => {
        for (const control of controls) {
          const state = await control.management.call<{ ready: boolean; missing?: unknown }>('state')
          last = state.missing ?? state
          if (!state.ready) return false
        }
        return true
      },
      { limitMs, lastSeen: () => last },
    )
  }

  /**
   * Moves every host's and client's clock forward, from one due action to the next, so that what is scheduled
   * happens in its order on all of them.
   */
  advance(milliseconds: number): Promise<void> {
    return advanceTogether(() => [...this.#clocks()], milliseconds)
  }

  async stop(): Promise<void> {
    await Promise.allSettled([...this.#endpoints.values()].map((endpoint) => endpoint.close()))
    for (const host of [...this.#hosts.values()].reverse()) await host.stop().catch(() => {})
    await this.#surroundings.disposeAsync()
    try {
      // Another thread of this process may have a lab of its own.
      const pids = [...(isMainThread ? [process.pid] : []), ...this.#options.endpoints.pids()]
      await this.#options.leftBehind?.nothingOf({ lab: this.fabric.lab, data: this.data, pids })
    } finally {
      this.fabric.release()
      rmSync(this.data, { recursive: true, force: true })
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  async #bringUp(): Promise<void> {
    const mayStayDown = this.#options.expectNotReady === true || this.#options.emptyVcs === true
    await this.#surround()
    const stages = [
      ['public-dns', 'internal-dns', 'ntp'],
      ['cucm', 'imp', 'partner-imp', 'unity', 'web-host', 'webex', 'expressway'],
      ['control'],
    ]
    for (const roles of stages) {
      const plans = this.#plans.filter((plan) => roles.includes(plan.role))
      const started = await Promise.allSettled(plans.map((plan) => this.#start(plan)))
      for (const result of started) if (result.status === 'fulfilled') this.#hosts.set(result.value.name, result.value)
      const failed = started.find((result) => result.status === 'rejected')
      if (failed !== undefined) throw failed.reason
      await this.#newPeers.settle(vcsClusters(this.topology), (name) => this.host(name), mayStayDown)
    }
    if (!mayStayDown) await this.ready()
    this.#note(mayStayDown ? deploymentStarted : deploymentReady)
  }

  /** What stands between the hosts. A deployment that cannot work is brought up only where that is expected. */
  async #surround(): Promise<void> {
    const { firewall = 'reflection', expectNotReady, surround } = this.#options
    const obstacle = obstacleTo(this.topology, firewall)
    if (obstacle !== undefined && expectNotReady !== true) throw new NotDeployable(obstacle)
    this.#staticNat = await openStaticNat(this.topology, this.fabric, firewall)
    if (this.#staticNat !== undefined) {
      this.#surroundings.use(this.#staticNat)
      this.#noteTranslation(this.#staticNat.place)
    }
    if (surround !== undefined) this.#surroundings.use(await surround(this))
  }

  /** Names the public address in the ladder. */
  #noteTranslation(place: StaticNatPlace): void {
    this.#trace.translatedAt(place)
    const { publicAddress, privateAddress } = place
    const host = this.#plans.find(({ specification }) => specification.addresses.includes(privateAddress))
    if (host === undefined) return
    const summary = `reached at ${publicAddress}, which the firewall translates to ${privateAddress}`
    this.#trace.of(host.specification.name).record({ kind: 'note', local: `${publicAddress}:0`, summary })
  }

  /** A remark of the lab itself, at its Control's place in the ladder. */
  #note(summary: string): void {
    const control = this.#plans.find(({ role }) => role === 'control')
    if (control !== undefined) this.#trace.of(control.specification.name).note(summary)
  }

  async #start(plan: HostPlan): Promise<RunningHost> {
    const programs = this.placement === 'process' ? childPrograms : inlinePrograms
    if (!isVcs(plan)) return programs.start(plan)
    const { name } = plan.specification
    const isPeer = clusterOf(this.topology, name) !== undefined
    const { host, keepSnapshot } = await bringUpVcs({
      plan,
      programs,
      administrator: this.#administratorOf(name),
      snapshots: this.#options.snapshots,
      isRestored: this.#restored.has(name),
      isEmpty: this.#options.emptyVcs === true,
      replicated: isPeer ? (this.plan(masterOf(this.topology, name)).configuration as VcsPlan).document : undefined,
    })
    if (keepSnapshot !== undefined) this.#newPeers.add(name, keepSnapshot)
    return host
  }

  #administratorOf(name: string) {
    return {
      username: 'admin',
      password: this.secrets.administrators[name]!,
      from: this.fabric.address('inside', administratorNumber),
      onCall: (call: ApiCall) => this.#options.onApiCall?.(name, call),
    }
  }

  /** A plan with a scenario's deviations. Certificates that it exchanged are there before the VCS starts. */
  #adapted(plan: HostPlan): HostPlan {
    const adapted = this.#options.adapt?.(plan) ?? plan
    const [before, after] = [plan.specification, adapted.specification]
    const isOther = before.identity?.cert !== after.identity?.cert || before.trust.join() !== after.trust.join()
    if (isVcs(plan) && isOther) this.#restored.add(after.name)
    return adapted
  }

  #replan(name: string, configuration: unknown): void {
    const index = this.#plans.findIndex((plan) => plan.specification.name === name)
    this.#plans[index] = { ...this.plan(name), configuration }
  }

  #addEndpoint(id: string, specification: HostSpecification): void {
    const user = clientUsers(this.topology).find((candidate) => candidate.id === id)!
    mkdirSync(specification.data, { recursive: true, mode: 0o700 })
    this.#endpoints.set(
      id,
      new Endpoint({
        user,
        password: this.secrets.passwords[id]!,
        specification,
        processes: this.#options.endpoints,
        options: this.#clientOptions(user),
      }),
    )
  }

  #clientOptions({ id, client }: ClientUser): Record<string, unknown> {
    const given = this.#options.clientOptions?.[id] ?? {}
    const device = this.topology.devices.find((candidate) => candidate.id === id)
    if (device !== undefined) {
      return { ...given, settings: { ...deviceSettings(device, this.topology), ...(given['settings'] as object) } }
    }
    if (client !== 'tc') return given
    const preinstalledCas = publicCertificates(this.#options.pkiFolder)
    return { ...given, settings: { preinstalledCas, ...(given['settings'] as object) } }
  }

  *#clocks(): Generator<HostClock> {
    for (const host of this.#hosts.values()) yield (method, given) => host.management.call(method, given)
    for (const endpoint of this.#endpoints.values()) {
      if (endpoint.isOpen) yield (method, given) => endpoint.call(method, given)
    }
  }
}

function isVcs({ role }: HostPlan): boolean {
  return role === 'control' || role === 'expressway'
}
