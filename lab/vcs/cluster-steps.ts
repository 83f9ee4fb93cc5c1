import { waitFor } from '#runtime/wait.ts'
import type { VcsCluster } from '../plan/vcs-clusters.ts'
import type { RunningHost } from '../roles/role.ts'

/** What a VCS says of its cluster: all peers with itself, and which configuration of all peers stands there. */
interface ClusterState {
  readonly isMaster: boolean
  readonly peers: ReadonlyArray<{ readonly address: string; readonly state: 'Active' | 'Failed' }>
  readonly replication: { readonly digest: string; readonly lastAt?: string }
}

/** VCSs of clusters that were configured just now, and whose snapshots wait until they have what their master has. */
export class NewPeers {
  readonly #snapshots = new Map<string, () => Promise<void>>()

  add(host: string, keepSnapshot: () => Promise<void>): void {
    this.#snapshots.set(host, keepSnapshot)
  }

  /** Waits for the clusters with new peers, and keeps their snapshots. One that a scenario broke is not waited for long. */
  async settle(
    clusters: readonly VcsCluster[],
    hostOf: (name: string) => RunningHost,
    mayStayDown: boolean,
  ): Promise<void> {
    for (const { name, peers } of clusters) {
      if (!peers.some((peer) => this.#snapshots.has(peer))) continue
      const hosts = peers.map(hostOf)
      // Who came first has looked for the others in vain, and would wait.
      for (const { management } of hosts) await management.call('retry')
      const isInStep = waitUntilInStep(name, hosts, mayStayDown ? brokenLimitMs : undefined).then(() => true)
      if (!(await (mayStayDown ? isInStep.catch(() => false) : isInStep))) continue
      for (const peer of peers) await this.#snapshots.get(peer)?.()
    }
    this.#snapshots.clear()
  }
}

const brokenLimitMs = 3_000

/** Waits until these peers of a cluster, as far as they run, see each other and have what their master has. */
export async function waitUntilInStep(name: string, peers: readonly RunningHost[], limitMs = 15_000): Promise<void> {
  const running = peers.filter((peer) => peer.isRunning())
  let last: readonly ClusterState[] = []
  await waitFor(
    `the peers of ${name} to have the configuration of their master`,
    async () => {
      last = await Promise.all(running.map((peer) => clusterOf(peer)))
      const seeEachOther = last.every(
        (state) => state.peers.filter((peer) => peer.state === 'Active').length >= running.length,
      )
      return seeEachOther && new Set(last.map(({ replication }) => replication.digest)).size === 1
    },
    { limitMs, lastSeen: () => last },
  )
}

async function clusterOf({ management }: RunningHost): Promise<ClusterState> {
  return (await management.call<{ cluster: ClusterState }>('state')).cluster
}
