/** A server of a discovered cluster, as the Control keeps it. */
export interface DiscoveredNode {
  readonly kind: 'unified-cm' | 'im-and-presence'
  /** As in the cluster's own list: a bare name, a FQDN or an address. */
  readonly name: string
  readonly fqdn: string
  readonly address: string
  readonly role: 'Publisher' | 'Subscriber'
  /** Publisher address as configured: which cluster the node belongs to. */
  readonly publisher: string
  /** Release of the cluster, for example 9.1.2.11900-12; empty where it was not told. */
  readonly version: string
  /** Of the node's SIP trunk and line service; undefined where it runs no CallManager. */
  readonly sipTcpPort?: number
  /** TLS verify mode of the publisher it was found through. */
  readonly tlsVerify: boolean
}

/** Whether a name or address written somewhere means this node. */
export function isNode(node: DiscoveredNode, written: string): boolean {
  const wanted = written.toLowerCase()
  return [node.name, node.fqdn, node.address].some((known) => known.toLowerCase() === wanted)
}
