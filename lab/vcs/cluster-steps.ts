import { waitFor } from '#runtime/wait.ts'
import type { RunningHost } from '../roles/role.ts'

/** What a VCS says of its cluster: all peers with itself, and which configuration of all peers stands there. */
interface ClusterState {
  readonly isMaster: boolean
  readonly peers: ReadonlyArray<{ readonly address: string; readonly state: 'Active' | 'Failed' }>
  readonly replication: { readonly digest: string; readonly lastAt?: string }
}

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
