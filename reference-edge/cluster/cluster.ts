/** Another VCS of the cluster as this one sees it. */
export interface ClusterPeer {
  /** As configured: its IP address. */
  readonly address: string
  /** How it calls itself; unknown until it has been reached. */
  readonly fqdn?: string
  readonly isMaster: boolean
  readonly state: 'Active' | 'Failed'
  /** Why it is not active, or what it and this VCS are configured differently in. */
  readonly reason?: string
  /** What can be done about it, where it is known. */
  readonly action?: string
}

/** What one peer answered, or why it did not. */
export type PeerAnswer =
  | { readonly peer: ClusterPeer; readonly ok: true; readonly answer: unknown }
  | { readonly peer: ClusterPeer; readonly ok: false; readonly reason: string }

/**
 * The cluster that a VCS belongs to, as its parts need it: who the others are, and a way to ask and to tell them. What is
 * said is JSON; a peer is as trustworthy as this VCS itself, since both know the cluster pre-shared key.
 */
export interface Cluster {
  /** Cluster name, a FQDN; "" for a VCS on its own. */
  readonly name: string
  /** This VCS is the configuration master; one on its own is. */
  readonly isMaster: boolean
  /** The other peers. */
  others(): readonly ClusterPeer[]
  /** Asks every peer that is active; resolves when all have answered or their time is up (1 s), in the order of peers. */
  ask(subject: string, given: unknown): Promise<readonly PeerAnswer[]>
  /** Answers what others ask about a subject; what it throws is told to them. The value ends that. */
  answer(subject: string, handler: (given: unknown, from: ClusterPeer) => unknown): () => void
  /**
   * Called when a peer has become active, also anew (its applications have started again, and know nothing): what it has
   * to know can be told then. Those who are active already are told of soon after the registration.
   */
  onActive(listener: (peer: ClusterPeer) => void): () => void
}

/** Of a VCS that is in no cluster. */
export const noCluster: Cluster = {
  name: '',
  isMaster: true,
  others: () => [],
  ask: async () => [],
  answer: () => () => undefined,
  onActive: () => () => undefined,
}
