import type { Timer } from '#runtime/clock.ts'
import type { HostEnvironment } from '#runtime/host.ts'
import type { HostNetwork } from '#runtime/network.ts'
import type { Service } from '#runtime/service.ts'
import { service } from '#runtime/service.ts'
import { child, descendants, textOf } from '../protocol/xml/element.ts'
import { xml } from '../protocol/xml/write.ts'
import type { AxlFailure, AxlServer } from './axl.ts'
import { askAxl, AxlProblem } from './axl.ts'
import type { DiscoveredNode } from './discovered-node.ts'

/** A publisher to discover a cluster through. */
export interface DiscoveryServer extends AxlServer {
  readonly kind: DiscoveredNode['kind']
}

export interface DiscoveryProblem {
  /** As the page shows it behind `Failed:`. */
  readonly message: string
  readonly url: string
  readonly reason: string
  readonly remedy: string
}

export interface NodeStatus extends DiscoveredNode {
  readonly state: 'Active' | 'Inactive'
}

export interface DiscoveryStatus {
  readonly kind: DiscoveredNode['kind']
  readonly publisher: string
  readonly state: 'Active' | 'Inactive'
  readonly version: string
  readonly nodes: readonly NodeStatus[]
  readonly refreshedAt: string
  readonly problems: readonly DiscoveryProblem[]
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
  status(): readonly DiscoveryStatus[]
  refresh(): Promise<readonly DiscoveryStatus[]>
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
  const refresh = async (pauseMs: number): Promise<readonly DiscoveryStatus[]> => {
    timer?.cancel()
    const found = await discovery.refresh()
    timer?.cancel()
    if (!stopping.signal.aborted && found.some(({ mayRecover }) => mayRecover)) {
      timer = monotonic.after(pauseMs, () => void refresh(Math.min(longestPauseMs, pauseMs * 2)))
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
    status: () => discovery.status(),
    refresh: () => refresh(shortestPauseMs),
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

  constructor(options: DiscoveryOptions) {
    this.#options = options
  }

  nodes(): readonly DiscoveredNode[] {
    const configured = this.#options.servers()
    return this.#found
      .filter((status) => configured.some((server) => isOf(server, status)))
      .flatMap(({ nodes }) => nodes)
  }

  status(): readonly DiscoveryStatus[] {
    return this.#found
  }

  /** Asks every configured publisher anew; one refresh runs at a time. What a server did wrong is in its status. */
  refresh(): Promise<readonly DiscoveryStatus[]> {
    this.#running ??= this.#refresh().finally(() => (this.#running = undefined))
    return this.#running
  }

  async #refresh(): Promise<readonly DiscoveryStatus[]> {
    const { environment, servers, onChange } = this.#options
    this.#found = await Promise.all(servers().map((server) => this.#discover(server)))
    for (const { publisher, state, problems } of this.#found) {
      environment.log
        .child('network.unifiedcommunications')
        .info('Discovery', { Publisher: publisher, State: state, Problems: problems.map(({ message }) => message) })
    }
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
      const { version, nodes, problems } = await discoverCluster(environment.network, server)
      return { ...common, state: 'Active', version, nodes, problems, mayRecover: false }
    } catch (error) {
      const before = this.#found.find((status) => isOf(server, status))
      const nodes = (before?.nodes ?? []).map((node): NodeStatus => ({ ...node, state: 'Inactive' }))
      const mayRecover = error instanceof AxlProblem && passing.has(error.failure)
      const problems = [problemOf(server, error)]
      return { ...common, state: 'Inactive', version: before?.version ?? '', nodes, problems, mayRecover }
    }
  }
}

const passing: ReadonlySet<AxlFailure> = new Set(['nameNotResolved', 'unreachable', 'notActive'])

function isOf(server: DiscoveryServer, status: DiscoveryStatus): boolean {
  return server.kind === status.kind && server.address === status.publisher
}

/** One answer of `listProcessNode`, without the pseudo node that every cluster has. */
interface ProcessNode {
  readonly name: string
  readonly role: string
}

interface Cluster {
  readonly version: string
  readonly nodes: readonly NodeStatus[]
  /** Nodes that cannot be used although the publisher answered. */
  readonly problems: readonly DiscoveryProblem[]
}

async function discoverCluster(network: HostNetwork, server: DiscoveryServer): Promise<Cluster> {
  const version = await askVersion(network, server)
  const processNodes = await askProcessNodes(network, server)
  const ours = processNodes.filter(({ role }) => role === '' || role === roles[server.kind])
  if (!processNodes.some(({ role }) => role === roles[server.kind])) {
    const url = `https://${server.address}:8443/axl/`
    throw new AxlProblem('notAxl', url, `'${server.address}' is not a ${products[server.kind]} Server`)
  }
  const sipPorts = server.kind === 'unified-cm' ? await askSipPorts(network, server) : new Map<string, number>()
  const problems: DiscoveryProblem[] = []
  const publisherAddress = await addressOf(network, server.address)
  const nodes = await Promise.all(
    ours.map(async ({ name }): Promise<NodeStatus | undefined> => {
      const address = await addressOf(network, name)
      if (address === undefined) {
        problems.push(unresolved(server, name))
        return undefined
      }
      const isPublisher = address === publisherAddress
      const sipTcpPort = sipPorts.get(name)
      return {
        kind: server.kind,
        name,
        fqdn: isPublisher ? server.address : network.resolver.qualified(name),
        address,
        role: isPublisher ? 'Publisher' : 'Subscriber',
        publisher: server.address,
        version,
        ...(sipTcpPort === undefined ? {} : { sipTcpPort }),
        tlsVerify: server.tlsVerify,
        state: 'Active',
      }
    }),
  )
  return { version, nodes: nodes.filter((node) => node !== undefined), problems }
}

const roles = { 'unified-cm': 'CUCM Voice/Video', 'im-and-presence': 'CUCM IM and Presence' } as const
const products = { 'unified-cm': 'Unified CM', 'im-and-presence': 'IM and Presence' } as const

async function askVersion(network: HostNetwork, server: AxlServer): Promise<string> {
  const result = await askAxl(network, server, 'getCCMVersion', xml``)
  return textOf(descendants(result, 'version')[0]).trim()
}

async function askProcessNodes(network: HostNetwork, server: AxlServer): Promise<ProcessNode[]> {
  const tags = xml`<name/><processNodeRole/>`
  const result = await askAxl(network, server, 'listProcessNode', listAll(tags))
  return descendants(result, 'processNode')
    .map((node) => ({
      name: textOf(child(node, 'name')).trim(),
      role: textOf(child(node, 'processNodeRole')).trim(),
    }))
    .filter(({ name }) => name !== '' && name !== 'EnterpriseWideData')
}

/** SIP phone port of each node that runs a CallManager. */
async function askSipPorts(network: HostNetwork, server: AxlServer): Promise<Map<string, number>> {
  const tags = xml`<name/><processNodeName/><ports><sipPorts><sipPhonePort/></sipPorts></ports>`
  const result = await askAxl(network, server, 'listCallManager', listAll(tags))
  return new Map(
    descendants(result, 'callManager').map((manager) => [
      textOf(child(manager, 'processNodeName')).trim(),
      Number(textOf(descendants(manager, 'sipPhonePort')[0]).trim()) || 5060,
    ]),
  )
}

function listAll(tags: ReturnType<typeof xml>) {
  return xml`<searchCriteria><name>%</name></searchCriteria><returnedTags>${tags}</returnedTags>`
}

async function addressOf(network: HostNetwork, name: string): Promise<string | undefined> {
  const addresses = await network.resolver.addresses(name).catch(() => [])
  return addresses[0]
}

function unresolved(server: DiscoveryServer, name: string): DiscoveryProblem {
  return {
    message: `Unable to resolve ${name}, a node of ${server.address}`,
    url: `https://${server.address}:8443/axl/`,
    reason: `${name} has no address in the DNS of this VCS`,
    remedy: 'Add the name to DNS, or name the node by its address in System > Server of Unified CM',
  }
}

function problemOf(server: DiscoveryServer, error: unknown): DiscoveryProblem {
  if (!(error instanceof AxlProblem)) throw error
  const { message: reason, url, remedy } = error
  const isOther = reason.startsWith(`'${server.address}' is not`)
  return { message: isOther ? reason : `Unable to communicate with ${server.address}. ${reason}`, url, reason, remedy }
}
