import type { SipFlow } from '../protocol/sip/flow.ts'

/** Where a neighbour stands: the traversal zone leads outside, Unified CM nodes are inside. */
export type Side = 'outside' | 'inside'

export const otherSide = (side: Side): Side => (side === 'outside' ? 'inside' : 'outside')

/** A neighbour of this VCS that requests are sent to and come from: the traversal zone or one Unified CM node. */
export interface SipPeer {
  readonly side: Side
  /** As configured, for example `CEtcp-cucm1.example.com`. */
  readonly zoneName: string
  readonly transport: 'TLS' | 'TCP'
  /** Of a zone with several peers: which one this is, as configured. */
  readonly peerAddress?: string
  /** Of a zone as a whole: each of its peers that is active, in the order to ask them. */
  readonly activePeers?: readonly SipPeer[]
  /** The open flow, dialled where there is none yet; rejects with `PeerUnreachable`. */
  connect(): Promise<SipFlow>
}

/** The neighbour takes no messages now; `message` is the reason in the words of the status page. */
export class PeerUnreachable extends Error {
  readonly code = 'MRA_PEER_UNREACHABLE'
  /** What whoever asks is answered: 404 where the domain is not in the DNS. */
  readonly status: 404 | 503

  constructor(message: string, options: ErrorOptions & { readonly status?: 404 | 503 } = {}) {
    super(message, options)
    this.status = options.status ?? 503
  }
}

/** How this VCS names itself in SIP messages. */
export interface OwnSipNames {
  readonly fqdn: string
  readonly address: string
  /** Of the cluster it is in; "" or undefined for a VCS on its own. */
  readonly clusterName?: string
}

/** Ports of the VCS Control as they stand in its messages; nothing listens on the B2BUA's (wire: `Contact` only). */
export const ownSipPorts = { tcp: 5060, tls: 5061, b2bua: 5073 } as const

/** Source ports of every SIP connection a VCS opens. */
export const sipSourcePorts = [25_000, 29_999] as const

export function ownPort(transport: 'TLS' | 'TCP'): number {
  return transport === 'TLS' ? ownSipPorts.tls : ownSipPorts.tcp
}

/** Whether a URI's host names this VCS itself; each peer of a cluster answers to the name of the cluster. */
export function isOwnHost({ address, fqdn, clusterName = '' }: OwnSipNames, host: string): boolean {
  const name = host.toLowerCase()
  return name === address || name === fqdn.toLowerCase() || (name !== '' && name === clusterName.toLowerCase())
}

/** The answer where `connect` has failed. */
export function statusOfUnreachable(error: unknown): 404 | 503 {
  return error instanceof PeerUnreachable ? error.status : 503
}
