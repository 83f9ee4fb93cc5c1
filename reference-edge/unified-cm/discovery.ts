import type { Timer } from '#runtime/clock.ts'
import type { HostEnvironment } from '#runtime/host.ts'
import type { Service } from '#runtime/service.ts'
import { service } from '#runtime/service.ts'
import { AxlProblem } from './axl-failure.ts'
import type { AxlFailure } from './axl-failure.ts'
import type { Cluster, DiscoveryServer } from './discover-cluster.ts'
import { discoverCluster } from './discover-cluster.ts'
import type { DiscoveredNode } from './discovered-node.ts'
import { discoveryFailed } from './discovery-problem.ts'

export type { DiscoveryServer } from './discover-cluster.ts'
export type { DiscoveryProblem } from './discovery-problem.ts'

export interface NodeStatus extends DiscoveredNode {
  readonly state: 'Active' | 'Inactive'
}

/** One cluster: what its publisher told when it last answered, and whether it answers. */
export interface DiscoveryStatus extends Omit<Cluster, 'nodes'> {
  readonly kind: DiscoveredNode['kind']
  /** As configured. */
  readonly publisher: string
  readonly state: 'Active' | 'Inactive'
  readonly nodes: readonly NodeStatus[]
  readonly refreshedAt: string
  /** It was not reached: asking again may help without anybody's doing. */
  readonly mayRecover: boolean
}

export interface DiscoveryOptions {
  readonly environment: HostEnvironment
  readonly servers: () => readonly DiscoveryServer[]
  /** Told after each refresh, for zones and search rules. */
  readonly onChange?: (nodes: readonly DiscoveredNode[]) => void
}

/** A discovery that began with the start and goes on until it is stopped. */
export interface RunningDiscovery extends Service {
  nodes(): readonly DiscoveredNode[]
  /** Clusters of the configured servers, with security mode, TLS profiles and chat node aliases. */
  clusters(): readonly DiscoveryStatus[]
  /** Names of phone security profiles for encrypted TLS, of all clusters, each once. */
  tlsProfiles(): readonly string[]
  /** Chat node aliases of all IM and Presence clusters, each once. */
  chatNodeAliases(): readonly string[]
  status(): readonly DiscoveryStatus[]
  /** Asks all publishers, or those named (addresses as configured), and gives their status. */
  refresh(publishers?: readonly string[]): Promise<readonly DiscoveryStatus[]>
}

/**
 * Starts discovering at once. Publishers that could not be reached, as while everything is being switched on, are
 * asked again with growing pauses; what they refuse is not repeated without `refresh`.
 */
export function startDiscovery(options: DiscoveryOptions): RunningDiscovery {
  const { monotonic } = options.environment.clocks
  const discovery = new Discovery(options)
  const stopping = new AbortController()
  let timer: Timer | undefined
  const refresh = async (pauseMs: number, publishers?: readonly string[]): Promise<readonly DiscoveryStatus[]> => {
    const found = await discovery.refresh(publishers)
    const silent = discovery
      .clusters()
      .filter(({ mayRecover }) => mayRecover)
      .map(({ publisher }) => publisher)
    timer?.cancel()
    if (!stopping.signal.aborted && silent.length > 0) {
      timer = monotonic.after(pauseMs, () => void refresh(Math.min(longestPauseMs, pauseMs * 2), silent))
    }
    return found
  }
  const stopped = service('discovery', () => {
    stopping.abort()
    timer?.cancel()
  })
  void refresh(shortestPauseMs)
  return {
    ...stopped,
    nodes: () => discovery.nodes(),
    clusters: () => discovery.clusters(),
    tlsProfiles: () => [...new Set(discovery.clusters().flatMap(({ tlsProfiles }) => tlsProfiles))],
    chatNodeAliases: () => [...new Set(discovery.clusters().flatMap(({ chatNodeAliases }) => chatNodeAliases))],
    status: () => discovery.status(),
    refresh: (publishers) => refresh(shortestPauseMs, publishers),
  }
}

const shortestPauseMs = 500
const longestPauseMs = 30_000

/**
 * What the Control knows of the clusters inside. A refresh that fails leaves the nodes of before in place and marks
 * the publisher Inactive; a server that is no longer configured takes its nodes with it.
 */
export class Discovery {
  readonly #options: DiscoveryOptions
  #found: readonly DiscoveryStatus[] = []
  #running: Promise<readonly DiscoveryStatus[]> | undefined
  #next: { readonly wanted: Wanted; readonly done: Promise<readonly DiscoveryStatus[]> } | undefined

  constructor(options: DiscoveryOptions) {
    this.#options = options
  }

  /** Clusters of the servers that are configured now. */
  clusters(): readonly DiscoveryStatus[] {
    const configured = this.#options.servers()
    return this.#found.filter((status) => configured.some((server) => isOf(server, status)))
  }

  nodes(): readonly DiscoveredNode[] {
    return this.clusters().flatMap(({ nodes }) => nodes)
  }

  status(): readonly DiscoveryStatus[] {
    return this.#found
  }

  /**
   * Asks every configured publisher anew, or those of `publishers` (addresses as configured), and gives the status of
   * those asked for. One refresh runs at a time; what is asked for meanwhile is done once, behind it. What a server did
   * wrong is in its status.
   */
  async refresh(publishers?: readonly string[]): Promise<readonly DiscoveryStatus[]> {
    const found = await this.#enqueue(publishers)
    return publishers === undefined ? found : found.filter(({ publisher }) => publishers.includes(publisher))
  }

  #enqueue(publishers: readonly string[] | undefined): Promise<readonly DiscoveryStatus[]> {
    if (this.#running === undefined) return this.#run(publishers === undefined ? 'all' : new Set(publishers))
    const wanted = this.#next?.wanted ?? new Set<string>()
    const joined = wanted === 'all' || publishers === undefined ? 'all' : new Set([...wanted, ...publishers])
    const done =
      this.#next?.done ??
      this.#running.then(
        () => this.#runNext(),
        () => this.#runNext(),
      )
    this.#next = { wanted: joined, done }
    return done
  }

  #runNext(): Promise<readonly DiscoveryStatus[]> {
    const wanted = this.#next?.wanted ?? 'all'
    this.#next = undefined
    return this.#run(wanted)
  }

  #run(wanted: Wanted): Promise<readonly DiscoveryStatus[]> {
    const running = this.#refresh(wanted).finally(() => {
      if (this.#running === running) this.#running = undefined
    })
    this.#running = running
    return running
  }

  async #refresh(wanted: Wanted): Promise<readonly DiscoveryStatus[]> {
    const { environment, servers, onChange } = this.#options
    const log = environment.log.child('network.unifiedcommunications')
    const found = servers().map(async (server) => {
      const before = this.#before(server)
      if (before !== undefined && wanted !== 'all' && !wanted.has(server.address)) return before
      const status = await this.#discover(server)
      const { publisher, state, version, nodes, problems } = status
      log.info('Discovery', {
        Publisher: publisher,
        State: state,
        Version: version,
        Nodes: nodes.map(({ name }) => name),
        Problems: problems.map(({ message }) => message),
      })
      return status
    })
    this.#found = await Promise.all(found)
    onChange?.(this.nodes())
    return this.#found
  }

  async #discover(server: DiscoveryServer): Promise<DiscoveryStatus> {
    const { environment } = this.#options
    const common = {
      kind: server.kind,
      publisher: server.address,
      refreshedAt: environment.clocks.wall.now().toISOString(),
    }
    try {
      const cluster = await discoverCluster(environment.network, server)
      const nodes = cluster.nodes.map((node): NodeStatus => ({ ...node, state: 'Active' }))
      return { ...common, ...cluster, nodes, state: 'Active', mayRecover: false }
    } catch (error) {
      const before = this.#before(server) ?? nothing
      const { version, mixed, tlsProfiles, chatNodeAliases } = before
      const nodes = before.nodes.map((node): NodeStatus => ({ ...node, state: 'Inactive' }))
      const problems = [discoveryFailed(server.kind, server, error)]
      const mayRecover = error instanceof AxlProblem && passing.has(error.failure)
      const kept = { version, mixed, tlsProfiles, chatNodeAliases, nodes }
      return { ...common, ...kept, state: 'Inactive', problems, mayRecover }
    }
  }

  #before(server: DiscoveryServer): DiscoveryStatus | undefined {
    return this.#found.find((status) => isOf(server, status))
  }
}

/** Publishers to ask. */
type Wanted = 'all' | ReadonlySet<string>

const nothing = { version: '', mixed: false, tlsProfiles: [], chatNodeAliases: [], nodes: [] }

const passing: ReadonlySet<AxlFailure> = new Set(['nameNotResolved', 'unreachable', 'notActive'])

function isOf(server: DiscoveryServer, status: DiscoveryStatus): boolean {
  return server.kind === status.kind && server.address === status.publisher
}
