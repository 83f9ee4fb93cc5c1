import { createHash } from 'node:crypto'
import type { Timer, WallClock } from '#runtime/clock.ts'
import type { Log } from '#runtime/log.ts'
import type { Configuration } from '../configuration/configuration.ts'
import type { ClusterPeer } from './cluster.ts'
import type { ClusterSettings } from './cluster-settings.ts'
import type { PeerHandler } from './subscriptions.ts'

/** What replication needs of the cluster; `Membership` has it. */
export interface ReplicationCluster {
  readonly isMaster: boolean
  readonly settings: Pick<ClusterSettings, 'master'> | undefined
  others(): readonly ClusterPeer[]
  askPeer(address: string, subject: string, given: unknown, limitMs: number): Promise<unknown>
  answer(subject: string, handler: PeerHandler): () => void
  onActive(listener: (peer: ClusterPeer) => void): () => void
}

export interface ReplicationOptions {
  readonly cluster: ReplicationCluster
  readonly configuration: Configuration
  readonly wall: WallClock
  readonly log: Log
  /** A peer has taken the configuration, or has not. */
  readonly onChange: () => void
}

export interface ReplicationStatus {
  /** The configuration that peers have in common; the same text on all that are in step. */
  readonly digest: string
  /** The master: every peer is active and has taken what stands here now. Another: what the master sent last stands here. */
  readonly inStep: boolean
  /** When the last one was taken, ISO 8601. */
  readonly lastAt?: string
  /** What was not taken and why; on the master for each peer. */
  readonly failures: readonly string[]
}

/** Cluster Creation and Maintenance guide: peers take the configuration about once a minute. */
const everyMs = 60_000
const answerMs = 10_000
const subject = 'configuration'

/** On the master: how one peer stands. */
interface PeerProgress {
  taken?: string
  failure?: string
  isRunning: boolean
  /** The configuration has changed while it was on its way. */
  isBehind: boolean
}

/** Hands the master's configuration to the peers; on a peer that is not the master, takes it over. */
export class Replication implements Disposable {
  readonly #options: ReplicationOptions
  readonly #progress = new Map<string, PeerProgress>()
  readonly #endings = new DisposableStack()
  #taken: { readonly digest: string; readonly from: string } | undefined
  #lastAt: string | undefined
  #failure: string | undefined

  constructor(options: ReplicationOptions) {
    this.#options = options
    const { cluster, configuration, wall } = options
    const timer: Timer = wall.every(everyMs, 'cluster replication', () => this.#handOut())
    this.#endings.defer(() => timer.cancel())
    this.#endings.defer(cluster.answer(subject, (given, from) => this.#take(given, from)))
    this.#endings.defer(cluster.onActive(({ address }) => void this.#handTo(address)))
    this.#endings.defer(configuration.onChange(() => void this.#handOutChange()))
  }

  status(): ReplicationStatus {
    const digest = digestOf(this.#options.configuration)
    return {
      digest,
      inStep: this.#isInStep(digest),
      ...(this.#lastAt === undefined ? {} : { lastAt: this.#lastAt }),
      failures: this.#failures(),
    }
  }

  [Symbol.dispose](): void {
    this.#endings.dispose()
  }

  #isInStep(digest: string): boolean {
    const { cluster } = this.#options
    if (!cluster.isMaster) return this.#taken?.digest === digest && this.#taken.from === cluster.settings?.master
    return cluster.others().every(({ address, state }) => {
      const { taken, failure } = this.#progress.get(address) ?? {}
      return state === 'Active' && taken === digest && failure === undefined
    })
  }

  #failures(): string[] {
    const { cluster } = this.#options
    if (!cluster.isMaster) return this.#failure === undefined ? [] : [this.#failure]
    return cluster.others().flatMap(({ address, state }) => {
      const failure = this.#progress.get(address)?.failure
      return state !== 'Active' || failure === undefined ? [] : [`${address}: ${failure}`]
    })
  }

  /** To everybody, also for what may have been changed there. */
  async #handOut(): Promise<void> {
    if (!this.#options.cluster.isMaster) return
    await Promise.all(this.#options.cluster.others().map(({ address }) => this.#handTo(address)))
  }

  #handOutChange(): void {
    const { cluster, configuration } = this.#options
    if (!cluster.isMaster || cluster.others().length === 0) return
    const digest = digestOf(configuration)
    for (const { address } of cluster.others()) {
      if (this.#progress.get(address)?.taken !== digest) void this.#handTo(address)
    }
  }

  /** One hand-over to a peer at a time; what changes meanwhile is handed over behind it. */
  async #handTo(address: string): Promise<void> {
    const { cluster } = this.#options
    const progress = this.#progress.get(address) ?? { isRunning: false, isBehind: false }
    this.#progress.set(address, progress)
    progress.isBehind = true
    if (progress.isRunning) return
    progress.isRunning = true
    while (progress.isBehind && cluster.isMaster && isActive(cluster, address)) {
      progress.isBehind = false
      await this.#handOver(address, progress)
    }
    progress.isRunning = false
    this.#options.onChange()
  }

  async #handOver(address: string, progress: PeerProgress): Promise<void> {
    const { cluster, configuration, wall, log } = this.#options
    try {
      const answer = (await cluster.askPeer(address, subject, configuration.replicated(), answerMs)) as {
        digest?: unknown
      }
      progress.taken = String(answer?.digest)
      delete progress.failure
      this.#lastAt = wall.now().toISOString()
    } catch (error) {
      // Whoever is gone by now has its own words for that.
      if (!isActive(cluster, address)) return
      progress.failure = (error as Error).message
      log.warn('Cluster Replication Failed', { Peer: address, Reason: progress.failure })
    }
  }

  /** What it throws is told to the one who sent it. */
  #take(given: unknown, from: ClusterPeer): { digest: string } {
    const { cluster, configuration, wall, onChange } = this.#options
    if (cluster.isMaster) throw new Error('takes itself for the configuration master')
    const { master } = cluster.settings!
    if (from.address !== master) throw new Error(`takes the configuration of ${master}`)
    const adopted = configuration.adopt(given, from.fqdn ?? from.address)
    this.#failure = adopted.ok ? undefined : `the configuration of the master cannot be taken: ${adopted.reason}`
    if (!adopted.ok) {
      onChange()
      throw new Error(adopted.reason)
    }
    const digest = digestOf(configuration)
    this.#taken = { digest, from: from.address }
    this.#lastAt = wall.now().toISOString()
    onChange()
    return { digest }
  }
}

function isActive(cluster: ReplicationCluster, address: string): boolean {
  return cluster.others().some((peer) => peer.address === address && peer.state === 'Active')
}

function digestOf(configuration: Configuration): string {
  return createHash('sha256').update(JSON.stringify(configuration.replicated())).digest('hex').slice(0, 16)
}
