import * as v from 'valibot'

const words = v.pipe(v.string(), v.maxLength(255))

const hello = v.strictObject({
  /** Cluster name. */
  cluster: words,
  product: words,
  release: words,
  /** As the other peers list it. */
  address: words,
  fqdn: words,
  /** Address of the peer it takes for the configuration master. */
  master: words,
  /** Addresses of the peers it lists. */
  peers: v.pipe(v.array(words), v.maxLength(6)),
})

/** How a peer introduces itself, when a connection begins and each second from then on. */
export type Hello = v.InferOutput<typeof hello>

/** Why a peer cannot be worked with, and what can be done about it. */
export interface PeerProblem {
  /** configuration: two peers do not fit; communication: one cannot be reached. */
  readonly kind: 'configuration' | 'communication'
  readonly reason: string
  readonly action: string
}

/** Throws where it is none. */
export function readHello(given: unknown): Hello {
  const parsed = v.safeParse(hello, given)
  if (!parsed.success) throw new Error('that is no hello of a peer')
  return parsed.output
}

/** Why the peer at `address` does not belong with this VCS; undefined: it does. */
export function helloProblem(own: Hello, theirs: Hello, address: string): PeerProblem | undefined {
  const problem = (reason: string, action: string): PeerProblem => ({ kind: 'configuration', reason, action })
  if (theirs.cluster !== own.cluster) {
    const reason = `belongs to the cluster "${theirs.cluster}", not to "${own.cluster}"`
    return problem(reason, 'Enter the same Cluster name on every peer')
  }
  if (theirs.product !== own.product) {
    return problem(`is a ${theirs.product}`, `Make clusters of one product: list ${own.product} peers only`)
  }
  if (theirs.release !== own.release) {
    return problem(`runs ${theirs.release}, this VCS ${own.release}`, 'Run the same software on every peer')
  }
  if (theirs.address !== address) {
    return problem(`calls itself ${theirs.address}`, 'List each peer by the address that it has itself')
  }
  if (!theirs.peers.includes(own.address)) {
    return problem(`does not list ${own.address} among its peers`, `Enter ${own.address} on System > Clustering there`)
  }
  return undefined
}

/** What two peers that work together are configured differently in. */
export function inconsistency(own: Hello, theirs: Hello): string | undefined {
  if (theirs.master !== own.master) return `takes ${theirs.master} for the configuration master, this VCS ${own.master}`
  const [here, there] = [own.peers, theirs.peers].map((peers) => peers.toSorted().join(', '))
  return here === there ? undefined : `lists the peers ${there}, this VCS ${here}`
}
