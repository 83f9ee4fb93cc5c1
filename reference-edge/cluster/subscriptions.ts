import type { Cluster, ClusterPeer } from './cluster.ts'

export type PeerHandler = (given: unknown, from: ClusterPeer) => unknown

/** What the parts of a VCS answer to its peers, and who wants to know of active ones. */
export class Subscriptions {
  readonly #handlers = new Map<string, PeerHandler>()
  readonly #listeners = new Set<(peer: ClusterPeer) => void>()

  /** A subject is answered by one part. */
  answer(subject: string, handler: PeerHandler): () => void {
    if (this.#handlers.has(subject)) throw new Error(`"${subject}" is answered already`)
    this.#handlers.set(subject, handler)
    return () => void (this.#handlers.get(subject) === handler && this.#handlers.delete(subject))
  }

  onActive(listener: (peer: ClusterPeer) => void, active: () => readonly ClusterPeer[]): () => void {
    this.#listeners.add(listener)
    queueMicrotask(() => {
      if (this.#listeners.has(listener)) for (const peer of active()) listener(peer)
    })
    return () => void this.#listeners.delete(listener)
  }

  /** Throws where nobody answers. */
  ask(subject: string, given: unknown, from: ClusterPeer): unknown {
    const handler = this.#handlers.get(subject)
    if (handler === undefined) throw new Error(`nothing answers "${subject}"`)
    return handler(given, from)
  }

  tellActive(peer: ClusterPeer): void {
    for (const listener of [...this.#listeners]) listener(peer)
  }
}

/** A cluster for those who come and go: what they have registered ends with them. */
export interface ClusterView extends Cluster, Disposable {}

export function viewOf(cluster: Cluster): ClusterView {
  const registered = new DisposableStack()
  const kept = (end: () => void) => {
    registered.defer(end)
    return end
  }
  return {
    get name() {
      return cluster.name
    },
    get isMaster() {
      return cluster.isMaster
    },
    others: () => cluster.others(),
    ask: (subject, given) => cluster.ask(subject, given),
    answer: (subject, handler) => kept(cluster.answer(subject, handler)),
    onActive: (listener) => kept(cluster.onActive(listener)),
    [Symbol.dispose]: () => registered.dispose(),
  }
}
