import type { RunningHost } from '#lab/roles/role.ts'
import type { LabWorld } from './world.ts'

/** VCSs as the guide calls them, by their role in the lab. */
const vcsRoles = { 'VCS Control': 'control', 'VCS Expressway': 'expressway' } as const
export type VcsKind = keyof typeof vcsRoles

/** The VCSs of one kind that run, in the order of their peer numbers; the deployment has one cluster of each. */
export async function peersOf(world: LabWorld, kind: VcsKind): Promise<RunningHost[]> {
  return (await world.lab()).hosts().filter((host) => host.role === vcsRoles[kind] && host.isRunning())
}

/** System > Clustering: the peer is on its own, and the other one of a cluster of two does not list it any longer. */
export async function takeOut(world: LabWorld, name: string): Promise<void> {
  const lab = await world.lab()
  const { cluster } = lab.topology.hosts[name]!
  const peers = Object.keys(lab.topology.hosts).filter((host) => lab.topology.hosts[host]!.cluster === cluster)
  for (const peer of peers) {
    await using administrator = lab.administrator(peer)
    const gone = peer === name ? peers : [name]
    const body = {
      'Configuration master': peers.indexOf(peer) + 1,
      ...Object.fromEntries(gone.map((each) => [`Peer ${peers.indexOf(each) + 1} IP address`, ''])),
    }
    const { url } = await administrator.page('System > Clustering')
    await administrator.call({ method: 'PUT', path: url, body })
    await lab.host(peer).management.call('settled')
  }
}

/** Whether a row of a page of a cluster is of this peer. */
export function isOf({ name }: { readonly name: string }, row: Readonly<Record<string, unknown>> | undefined): boolean {
  return String(row?.['peer']).startsWith(`${name}.`)
}
