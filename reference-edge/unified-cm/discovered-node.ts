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
  /** SIP phone port; undefined where the node runs no CallManager. */
  readonly sipTcpPort?: number
  /** SIP phone secure port; undefined where the node runs no CallManager or its cluster is not in mixed mode. */
  readonly sipTlsPort?: number
  /** Whether Cisco Tftp is active; undefined where it was not told, and for IM and Presence. */
  readonly runsTftp?: boolean
  /** TLS verify mode of the publisher it was found through. */
  readonly tlsVerify: boolean
}

/** Whether a name or address written somewhere means this node. */
export function isNode(node: DiscoveredNode, written: string): boolean {
  const wanted = written.toLowerCase()
  return [node.name, node.fqdn, node.address].some((known) => known.toLowerCase() === wanted)
}

/** Guide, HTTP server allow list: IM and Presence nodes, and Unified CM nodes with the CallManager or TFTP service. */
export function isAllowedAutomatically({ kind, sipTcpPort, runsTftp }: DiscoveredNode): boolean {
  return kind === 'im-and-presence' || sipTcpPort !== undefined || runsTftp !== false
}
