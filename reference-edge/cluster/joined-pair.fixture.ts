import type { Cluster, ClusterPeer, PeerAnswer } from './cluster.ts'

type Handler = (given: unknown, from: ClusterPeer) => unknown

/** Clusters of one process that know each other as peers do, without a wire. What is said goes through JSON as there. */
export interface JoinedClusters {
  /** In the order of the peers; the first is the configuration master. */
  readonly members: readonly Cluster[]
  /** A peer no longer reaches the others, nor they it. */
  part(index: number): void
  /** It does again: everybody concerned is told that the other is active. */
  rejoin(index: number): void
}

/** Two peers or more, all active: 10.0.0.1 (peer1.example.test, the master), 10.0.0.2 … */
export function joinedClusters(count = 2, name = 'cluster.example.test'): JoinedClusters {
  const members: Member[] = Array.from({ length: count }, (_, index) => new Member(index, name, () => members))
  return {
    members,
    part: (index) => void (members[index]!.isApart = true),
    rejoin: (index) => {
      const back = members[index]!
      back.isApart = false
      for (const other of members) {
        if (other === back || other.isApart) continue
        other.tellActive(back)
        back.tellActive(other)
      }
    },
  }
}

/** `joinedClusters(2)` for the usual test. */
export function joinedPair() {
  const { members, part, rejoin } = joinedClusters(2)
  return { one: members[0]!, other: members[1]!, part: () => part(1), rejoin: () => rejoin(1) }
}

class Member implements Cluster {
  readonly name: string
  isApart = false
  readonly #index: number
  readonly #all: () => readonly Member[]
  readonly #handlers = new Map<string, Handler>()
  readonly #listeners = new Set<(peer: ClusterPeer) => void>()

  constructor(index: number, name: string, all: () => readonly Member[]) {
    this.#index = index
    this.name = name
    this.#all = all
  }

  get isMaster(): boolean {
    return this.#index === 0
  }

  others(): readonly ClusterPeer[] {
    return this.#others().map((member) => this.#seen(member))
  }

  async ask(subject: string, given: unknown): Promise<readonly PeerAnswer[]> {
    const active = this.#others().filter((member) => this.#reaches(member))
    return Promise.all(
      active.map(async (member): Promise<PeerAnswer> => {
        const peer = this.#seen(member)
        try {
          return { peer, ok: true, answer: overTheWire(await member.#answerTo(this, subject, overTheWire(given))) }
        } catch (error) {
          return { peer, ok: false, reason: (error as Error).message }
        }
      }),
    )
  }

  answer(subject: string, handler: Handler): () => void {
    if (this.#handlers.has(subject)) throw new Error(`"${subject}" is answered already`)
    this.#handlers.set(subject, handler)
    return () => void this.#handlers.delete(subject)
  }

  onActive(listener: (peer: ClusterPeer) => void): () => void {
    this.#listeners.add(listener)
    queueMicrotask(() => {
      if (!this.#listeners.has(listener)) return
      for (const member of this.#others()) if (this.#reaches(member)) listener(this.#seen(member))
    })
    return () => void this.#listeners.delete(listener)
  }

  tellActive(member: Member): void {
    for (const listener of this.#listeners) listener(this.#seen(member))
  }

  async #answerTo(asker: Member, subject: string, given: unknown): Promise<unknown> {
    // Behind the caller, as over a wire.
    await Promise.resolve()
    const handler = this.#handlers.get(subject)
    if (handler === undefined) throw new Error(`nothing answers "${subject}"`)
    return handler(given, this.#seen(asker))
  }

  #others(): readonly Member[] {
    return this.#all().filter((member) => member !== this)
  }

  #reaches(member: Member): boolean {
    return !this.isApart && !member.isApart
  }

  #seen(member: Member): ClusterPeer {
    const number = member.#index + 1
    const known = { address: `10.0.0.${number}`, fqdn: `peer${number}.example.test`, isMaster: member.isMaster }
    return this.#reaches(member)
      ? { ...known, state: 'Active' }
      : { ...known, state: 'Failed', reason: 'the peer cannot be reached' }
  }
}

/** JSON keeps no undefined at the top: null is what arrives. */
function overTheWire(said: unknown): unknown {
  return said === undefined ? null : JSON.parse(JSON.stringify(said))
}
