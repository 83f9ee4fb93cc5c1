import { waitFor } from '#runtime/wait.ts'
import type { RunningHost } from '../roles/role.ts'

/** What a VCS says of its cluster; `isInStep`: it has what the master has. */
interface ClusterState {
  readonly peers: ReadonlyArray<{ readonly address: string; readonly state: 'Active' | 'Failed' }>
  readonly isInStep: boolean
}

/** Waits until these peers of a cluster, as far as they run, see each other and have what their master has. */
export async function waitUntilInStep(name: string, peers: readonly RunningHost[], limitMs = 15_000): Promise<void> {
  const running = peers.filter((peer) => peer.isRunning())
  let last: unknown
  await waitFor(
    `the peers of ${name} to have the configuration of their master`,
    async () => {
      const states = await Promise.all(
        running.map(async (peer) => (await peer.management.call<{ cluster: ClusterState | null }>('state')).cluster),
      )
      last = states
      return states.every((state) => state?.isInStep === true)
    },
    { limitMs, lastSeen: () => last },
  )
}
