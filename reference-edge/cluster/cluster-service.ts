import type { HostEnvironment } from '#runtime/host.ts'
import type { ViewRow } from '../administration/administered-system.ts'
import type { AlarmPanel } from '../alarms/alarm-panel.ts'
import type { Configuration } from '../configuration/configuration.ts'
import type { Field } from '../configuration/field.ts'
import type { AnyPage, FormPage, TablePage } from '../configuration/page.ts'
import { clustering } from '../configuration/pages/clustering.ts'
import type { ClusterPeer } from './cluster.ts'
import { ClusterAlarms } from './cluster-alarms.ts'
import { clusterSettingsOf } from './cluster-settings.ts'
import { Membership } from './membership.ts'
import type { ReplicationStatus } from './replication.ts'
import { Replication } from './replication.ts'
import type { ClusterView } from './subscriptions.ts'
import { viewOf } from './subscriptions.ts'

export interface ClusterServiceOptions {
  readonly environment: HostEnvironment
  readonly configuration: Configuration
  readonly release: string
  readonly alarms: AlarmPanel
  /** Its own name, as it runs now. */
  readonly fqdn: () => string
}

/** JSON values only; `peers` are all of the cluster, this VCS among them. */
export interface ClusterStatus {
  /** "" where there is none. */
  readonly name: string
  /** Address of the configuration master; null where there is no cluster. */
  readonly master: string | null
  readonly isMaster: boolean
  readonly peers: readonly (ClusterPeer & { readonly isOwn: boolean })[]
  readonly replication: ReplicationStatus
}

/** What a VCS does as part of a cluster, whether or not it is in one. It runs from a start of the system to the next. */
export class ClusterService implements AsyncDisposable {
  readonly #options: ClusterServiceOptions
  readonly #membership: Membership
  readonly #replication: Replication
  readonly #alarms: ClusterAlarms
  #isRunning = true

  constructor(options: ClusterServiceOptions) {
    this.#options = options
    const { environment, configuration, release, alarms, fqdn } = options
    this.#alarms = new ClusterAlarms(alarms)
    this.#membership = new Membership({
      environment,
      product: configuration.product,
      release,
      fqdn,
      settings: () => clusterSettingsOf(configuration, environment.network.addresses),
      onChange: () => this.#judge(),
    })
    this.#replication = new Replication({
      cluster: this.#membership,
      configuration,
      wall: environment.clocks.wall,
      log: environment.log.child('cluster'),
      onChange: () => this.#judge(),
    })
  }

  /** FQDN of the cluster; undefined where it has none. */
  get name(): string | undefined {
    return this.#membership.name === '' ? undefined : this.#membership.name
  }

  /** Joins the cluster that is configured; what comes from peers before the applications run would be lost on them. */
  start(): void {
    this.#membership.start()
  }

  /** For applications that are about to start; to be disposed of when they end. */
  view(): ClusterView {
    return viewOf(this.#membership)
  }

  applicationsStarted(): void {
    this.#membership.applicationsStarted()
  }

  /** What System > Clustering says has changed. */
  update(): void {
    this.#membership.update()
  }

  settled(): Promise<void> {
    return this.#membership.settled()
  }

  retry(): void {
    this.#membership.retry()
  }

  status(): ClusterStatus {
    const { settings, isMaster, name } = this.#membership
    return {
      name,
      master: settings?.master ?? null,
      isMaster,
      peers: this.#peers(),
      replication: this.#replication.status(),
    }
  }

  /** Said above a page of a peer that is not the master, where something can be changed on it. */
  banners(page: AnyPage | undefined): string[] {
    const { settings, isMaster } = this.#membership
    if (settings === undefined || isMaster || page === undefined || page.kind === 'tool') return []
    const master = this.#membership.others().find(({ address }) => address === settings.master)
    const name = master?.fqdn ?? settings.master
    return [
      `This VCS is a peer of the cluster ${settings.name} with the configuration master ${name}. ${replicationOf(page)}`,
    ]
  }

  views(): Record<string, Record<string, () => ViewRow[]>> {
    return { [clustering.resource]: { peers: () => this.#peerRows(), replication: () => this.#replicationRows() } }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isRunning = false
    this.#replication[Symbol.dispose]()
    await this.#membership.stop()
  }

  #judge(): void {
    if (!this.#isRunning) return
    this.#alarms.judge(this.#membership.problems(), this.#replication.status().failures)
  }

  #peers(): ClusterStatus['peers'] {
    const { settings } = this.#membership
    if (settings === undefined) return []
    const others = this.#membership.others()
    return settings.peers.flatMap((address): ClusterStatus['peers'][number][] => {
      if (address === settings.own) {
        const isMaster = settings.master === address
        return [{ address, fqdn: this.#options.fqdn(), isMaster, state: 'Active', isOwn: true }]
      }
      return others.filter((peer) => peer.address === address).map((peer) => ({ ...peer, isOwn: false }))
    })
  }

  #peerRows(): ViewRow[] {
    const { settings } = this.#membership
    return this.#peers().map(({ address, fqdn, isMaster, state, reason, action, isOwn }) => ({
      number: (settings?.peers.indexOf(address) ?? 0) + 1,
      address,
      name: fqdn,
      role: [isMaster ? 'Configuration master' : 'Peer', ...(isOwn ? ['this VCS'] : [])].join(', '),
      state,
      reason,
      action,
    }))
  }

  #replicationRows(): ViewRow[] {
    if (this.#membership.settings === undefined) return []
    const { inStep, lastAt, failures } = this.#replication.status()
    const { isMaster } = this.#membership
    const absent = this.#membership
      .others()
      .filter((peer) => peer.state !== 'Active' && (isMaster || peer.isMaster))
      .map(({ address, reason }) => `${address} ${reason}`)
    const isInStep = inStep && absent.length === 0
    const reasons = [...failures, ...absent]
    if (!isInStep && reasons.length === 0) reasons.push(isMaster ? 'a peer is being told' : differsFromMaster)
    return [{ state: isInStep ? 'In step' : 'Not in step', last: lastAt, reason: reasons.join('; ') }]
  }
}

const differsFromMaster = 'the configuration here is not that of the master, which overwrites it within a minute'

function replicationOf(page: FormPage | TablePage): string {
  if (page.isPerPeer === true) return 'This page is not replicated: each peer has its own.'
  const own = Object.values<Field>(page.fields).flatMap(({ label, isPerPeer }) => (isPerPeer === true ? [label] : []))
  const except = own.length === 0 ? '' : ` (not ${own.join(', ')})`
  return `This page is replicated${except}: changes made here are overwritten. Make them on the master.`
}
