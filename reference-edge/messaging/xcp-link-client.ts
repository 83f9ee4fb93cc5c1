import type { HostEnvironment } from '#runtime/host.ts'
import type { Service } from '#runtime/service.ts'
import { service } from '#runtime/service.ts'
import type { StreamCondition } from './stream-condition.ts'
import { SaslGate } from './sasl-gate.ts'
import type { XcpPeer, XcpPeerStatus } from './xcp-dialler.ts'
import { XcpDialler } from './xcp-dialler.ts'
import type { XcpFrame } from './xcp-frame.ts'

export interface XcpLinkClientOptions {
  readonly environment: HostEnvironment
  /** Expressway peers of the traversal zone; read again at each `refresh`. */
  readonly edges: () => readonly XcpPeer[]
  /** Discovered IM and Presence nodes; read again at each `refresh`. */
  readonly nodes: () => readonly XcpPeer[]
  /** Domains with IM and Presence services on: no other passes, whatever the Expressway sends. */
  readonly domains: () => readonly string[]
  /** Default 2500. */
  readonly maximumSessions?: number
}

export interface XcpLinkClient extends Service {
  /** Peers or domains have changed: links that are gone close, new ones are dialled. */
  refresh(): void
  /** Dials every failed peer at once. */
  retry(): void
  status(): XcpLinkClientStatus
}

export interface XcpLinkClientStatus {
  readonly edges: readonly XcpPeerStatus[]
  readonly nodes: readonly XcpPeerStatus[]
  readonly sessions: ReadonlyArray<{ address: string; domain: string; edge: string; node: string }>
  readonly refusals: number
}

interface RelayedSession {
  readonly edge: XcpDialler
  readonly edgeId: string
  readonly node: XcpDialler
  readonly nodeId: string
  readonly address: string
  readonly domain: string
  readonly gate: SaslGate
}

/**
 * Control: dials the Expressways and the IM and Presence nodes and relays client streams between them. The Expressway
 * is taken to be hostile: domains, the order of SASL and stanzas, and the number of streams are enforced here again.
 */
export function startXcpLinkClient(options: XcpLinkClientOptions): XcpLinkClient {
  const relay = new XcpRelay(options)
  relay.refresh()
  return {
    ...service('XCP router', () => relay.stop()),
    refresh: () => relay.refresh(),
    retry: () => relay.retry(),
    status: () => relay.status(),
  }
}

class XcpRelay {
  readonly #options: XcpLinkClientOptions
  readonly #edges = new Map<string, XcpDialler>()
  readonly #nodes = new Map<string, XcpDialler>()
  /** By `<edge key> <id>` and by the id used towards the node. */
  readonly #byEdgeId = new Map<string, RelayedSession>()
  readonly #byNodeId = new Map<string, RelayedSession>()
  #nextId = 1
  #refusals = 0
  #isStopped = false

  constructor(options: XcpLinkClientOptions) {
    this.#options = options
  }

  refresh(): void {
    if (this.#isStopped) return
    this.#reconcile(this.#edges, this.#options.edges(), (peer) => this.#dialEdge(peer))
    this.#reconcile(this.#nodes, this.#options.nodes(), (peer) => this.#dialNode(peer))
    const domains = this.#options.domains()
    for (const session of this.#byNodeId.values()) {
      if (!domains.includes(session.domain)) this.#end(session, 'host-gone', 'both')
    }
    this.#announce()
  }

  retry(): void {
    for (const dialler of [...this.#edges.values(), ...this.#nodes.values()]) dialler.retry()
  }

  stop(): void {
    this.#isStopped = true
    for (const dialler of [...this.#edges.values(), ...this.#nodes.values()]) dialler.stop()
    this.#byEdgeId.clear()
    this.#byNodeId.clear()
  }

  status(): XcpLinkClientStatus {
    return {
      edges: [...this.#edges.values()].map((dialler) => dialler.status()),
      nodes: [...this.#nodes.values()].map((dialler) => dialler.status()),
      sessions: [...this.#byNodeId.values()].map(({ address, domain, edge, node }) => ({
        address,
        domain,
        edge: edge.peer.name,
        node: node.peer.name,
      })),
      refusals: this.#refusals,
    }
  }

  #reconcile(diallers: Map<string, XcpDialler>, peers: readonly XcpPeer[], dial: (peer: XcpPeer) => XcpDialler): void {
    const wanted = new Map(peers.map((peer) => [JSON.stringify(peer), peer]))
    for (const [key, dialler] of diallers) {
      if (wanted.has(key)) continue
      diallers.delete(key)
      this.#endAllOf(dialler)
      dialler.stop()
    }
    for (const [key, peer] of wanted) if (!diallers.has(key)) diallers.set(key, dial(peer))
  }

  #dialEdge(peer: XcpPeer): XcpDialler {
    const dialler: XcpDialler = new XcpDialler(this.#options.environment, peer, {
      onUp: () => void dialler.link?.send({ event: 'service', isAvailable: this.#activeNode() !== undefined }),
      onFrame: (frame) => this.#fromEdge(dialler, frame),
      onDrain: () => this.#holdBack(this.#nodes, false),
      onDown: () => {
        // It may have been the full one, and will not drain any more.
        this.#holdBack(this.#nodes, false)
        this.#endAllOf(dialler)
      },
    })
    return dialler
  }

  #dialNode(peer: XcpPeer): XcpDialler {
    const dialler: XcpDialler = new XcpDialler(this.#options.environment, peer, {
      onUp: () => this.#announce(),
      onFrame: (frame) => this.#fromNode(dialler, frame),
      onDrain: () => this.#holdBack(this.#edges, false),
      onDown: () => {
        this.#holdBack(this.#edges, false)
        this.#endAllOf(dialler)
        this.#announce()
      },
    })
    return dialler
  }

  #activeNode(): XcpDialler | undefined {
    return [...this.#nodes.values()].find((dialler) => dialler.link !== undefined)
  }

  #announce(): void {
    const isAvailable = this.#activeNode() !== undefined
    for (const edge of this.#edges.values()) edge.link?.send({ event: 'service', isAvailable })
  }

  #fromEdge(edge: XcpDialler, frame: XcpFrame): void {
    if (!('id' in frame)) return
    const session = this.#byEdgeId.get(edgeKey(edge, frame.id))
    if (frame.event === 'open') return session === undefined ? this.#open(edge, frame) : this.#reopen(session)
    if (session === undefined) return
    if (frame.event === 'close') return this.#end(session, undefined, 'node')
    const refusal = session.gate.fromClient(frame.element)
    if (refusal !== undefined) {
      this.#refusals++
      return this.#end(session, refusal, 'both')
    }
    this.#forward(session, session.node, this.#edges, { ...frame, id: session.nodeId })
  }

  #fromNode(node: XcpDialler, frame: XcpFrame): void {
    if (frame.event !== 'data' && frame.event !== 'close') return
    const session = this.#byNodeId.get(frame.id)
    if (session?.node !== node) return
    if (frame.event === 'close') return this.#end(session, frame.condition, 'edge')
    session.gate.fromServer(frame.element)
    this.#forward(session, session.edge, this.#nodes, { ...frame, id: session.edgeId })
  }

  #open(edge: XcpDialler, { id, address, domain }: XcpFrame & { event: 'open' }): void {
    const node = this.#activeNode()
    const refusal = this.#refusalOf(domain, node)
    if (refusal !== undefined || node === undefined) {
      this.#refusals++
      return void edge.link?.send({ event: 'close', id, condition: refusal ?? 'internal-server-error' })
    }
    const nodeId = `c${this.#nextId++}`
    const session = { edge, edgeId: id, node, nodeId, address, domain, gate: new SaslGate() }
    this.#byEdgeId.set(edgeKey(edge, id), session)
    this.#byNodeId.set(nodeId, session)
    node.link?.send({ event: 'open', id: nodeId, address, domain })
  }

  #refusalOf(domain: string, node: XcpDialler | undefined): StreamCondition | undefined {
    if (!this.#options.domains().includes(domain)) return 'host-unknown'
    if (node === undefined) return 'internal-server-error'
    return this.#byNodeId.size >= (this.#options.maximumSessions ?? 2_500) ? 'resource-constraint' : undefined
  }

  #reopen(session: RelayedSession): void {
    const { node, nodeId, address, domain, gate } = session
    if (!gate.isRestartDue) return this.#end(session, 'policy-violation', 'both')
    gate.restarted()
    node.link?.send({ event: 'open', id: nodeId, address, domain })
  }

  #forward(session: RelayedSession, to: XcpDialler, sources: ReadonlyMap<string, XcpDialler>, frame: XcpFrame): void {
    if (to.link?.send(frame) === false) return this.#end(session, 'policy-violation', 'both')
    if (to.link?.isCongested === true) this.#holdBack(sources, true)
  }

  #holdBack(diallers: ReadonlyMap<string, XcpDialler>, isHeld: boolean): void {
    for (const dialler of diallers.values()) dialler.link?.pauseReading(isHeld)
  }

  #end(session: RelayedSession, condition: StreamCondition | undefined, tell: 'edge' | 'node' | 'both'): void {
    const { edge, edgeId, node, nodeId } = session
    this.#byEdgeId.delete(edgeKey(edge, edgeId))
    this.#byNodeId.delete(nodeId)
    const reason = condition === undefined ? {} : { condition }
    if (tell !== 'node') edge.link?.send({ event: 'close', id: edgeId, ...reason })
    if (tell !== 'edge') node.link?.send({ event: 'close', id: nodeId })
  }

  #endAllOf(dialler: XcpDialler): void {
    for (const session of [...this.#byNodeId.values()]) {
      if (session.edge === dialler) this.#end(session, undefined, 'node')
      else if (session.node === dialler) this.#end(session, 'remote-connection-failed', 'edge')
    }
  }
}

function edgeKey({ peer }: XcpDialler, id: string): string {
  return `${peer.name}:${peer.port ?? 7400} ${id}`
}
