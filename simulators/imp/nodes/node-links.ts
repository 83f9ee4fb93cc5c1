import type { HostEnvironment } from '#runtime/host.ts'
import type { ImAndPresenceConfiguration, Services } from '../configuration.ts'
import { NodeDialler } from './node-dialler.ts'
import type { NodeLink, OtherNodes } from './other-nodes.ts'

export interface NodeLinksOptions {
  readonly environment: HostEnvironment
  readonly configuration: ImAndPresenceConfiguration
  readonly others: OtherNodes
  readonly services: () => Services
}

/**
 * Links between the XCP routers of the nodes of one domain: one for each pair, dialled by the node whose name comes first.
 * Those between clusters stand for as long as the Intercluster Sync Agent runs.
 */
export class NodeLinks {
  readonly #options: NodeLinksOptions
  readonly #diallers = new Map<string, NodeDialler>()
  readonly #accepted = new Map<NodeLink, () => void>()

  constructor(options: NodeLinksOptions) {
    this.#options = options
  }

  /** Links go up and down as the services say. */
  apply(): void {
    const { environment, configuration, others } = this.#options
    for (const [node, dialler] of this.#diallers) if (!this.isWanted(node)) this.#forget(node, dialler)
    for (const [link, close] of this.#accepted) if (!this.isWanted(link.node)) close()
    for (const node of [...this.#ownCluster, ...this.#otherClusters]) {
      if (!this.isWanted(node) || this.#diallers.has(node) || node < environment.fqdn) continue
      const dialler = new NodeDialler({
        environment,
        node,
        port: configuration.ports.xcp,
        isOfOtherCluster: this.#otherClusters.includes(node),
        secret: configuration.xcpSecret,
        onUp: (link) => others.joined(link),
        onFrame: (link, frame) => others.received(link, frame),
        onDown: (link) => others.lost(link),
      })
      this.#diallers.set(node, dialler)
    }
  }

  /** Whether a node that has linked to us is one of ours, now. */
  isWanted(node: string): boolean {
    const { xcpRouter, interclusterSyncAgent } = this.#options.services()
    if (!xcpRouter) return false
    return this.#ownCluster.includes(node) || (interclusterSyncAgent && this.#otherClusters.includes(node))
  }

  /** `close` ends the link. */
  accept(node: string, send: NodeLink['send'], close: () => void): NodeLink {
    const link = { node, isOfOtherCluster: this.#otherClusters.includes(node), send }
    this.#accepted.set(link, close)
    this.#options.others.joined(link)
    return link
  }

  closed(link: NodeLink): void {
    this.#accepted.delete(link)
    this.#options.others.lost(link)
  }

  stop(): void {
    for (const [node, dialler] of this.#diallers) this.#forget(node, dialler)
    for (const close of this.#accepted.values()) close()
  }

  #forget(node: string, dialler: NodeDialler): void {
    this.#diallers.delete(node)
    dialler.stop()
  }

  get #ownCluster(): readonly string[] {
    const { configuration, environment } = this.#options
    return (configuration.nodes ?? []).filter((node) => node !== environment.fqdn)
  }

  get #otherClusters(): readonly string[] {
    return this.#options.configuration.interclusterPeers.flat()
  }
}
