import type { TopologyDocument } from './document.ts'

export interface Contradiction {
  readonly path: readonly [string, ...string[]]
  readonly says: string
}

/** What no single field of a topology shows: names of nobody, clusters that cannot be. */
export function contradictionsOf(topology: TopologyDocument): Contradiction[] {
  return [...brokenReferences(topology), ...clusterProblems(topology), ...expresswayProblems(topology)]
}

type Host = TopologyDocument['hosts'][string]

/** Most VCSs of a cluster. */
const mostPeers = 6

function brokenReferences({ hosts, users }: TopologyDocument): Contradiction[] {
  const isPublisher = (name: string, role: Host['role']) =>
    hosts[name]?.role === role && hosts[name].publisher === undefined
  const ofHosts = Object.entries(hosts).flatMap(([name, { role, publisher, serves }]) => [
    ...(publisher === undefined || isPublisher(publisher, role)
      ? []
      : [problem(['hosts', name, 'publisher'], `${publisher} is no publisher of the role ${role}`)]),
    ...(serves === undefined || (isPublisher(name, 'imp') && isPublisher(serves, 'cucm'))
      ? []
      : [problem(['hosts', name, 'serves'], `only an IM&P publisher serves the users of a Unified CM publisher`)]),
  ])
  const ofUsers = users.flatMap(({ id, home }, index) =>
    home === undefined || isPublisher(home, 'cucm')
      ? []
      : [problem(['users', String(index), 'home'], `${id}: ${home} is no Unified CM publisher`)],
  )
  return [...ofHosts, ...ofUsers]
}

/** Peers of a cluster have one role and one place, there are at most six, and the cluster's name is nobody else's. */
function clusterProblems({ hosts }: TopologyDocument): Contradiction[] {
  const peersOf = (cluster: string) => Object.entries(hosts).filter(([, host]) => host.cluster === cluster)
  return Object.entries(hosts).flatMap(([name, { role, place, cluster }]) => {
    if (cluster === undefined) return []
    const path = ['hosts', name, 'cluster'] as const
    const peers = peersOf(cluster)
    const [first] = peers[0]!
    const other = hosts[first]!
    if (role !== 'control' && role !== 'expressway') return [problem(path, `a ${role} is no VCS: no cluster of VCSs`)]
    if (other.role !== role) return [problem(path, `${cluster} is a cluster of the role ${other.role}, not ${role}`)]
    if (other.place !== place) return [problem(path, `${cluster} stands in the place ${other.place}, not ${place}`)]
    if (peers.length > mostPeers && peers[mostPeers]![0] === name)
      return [problem(path, `${cluster} has ${peers.length} peers, ${mostPeers} at most`)]
    return cluster in hosts && first === name ? [problem(path, `${cluster} is a host's name already`)] : []
  })
}

/** Each Control knows which Expressways it connects to, all peers of a cluster the same. */
function expresswayProblems({ hosts }: TopologyDocument): Contradiction[] {
  const edges = Object.entries(hosts).filter(([, { role }]) => role === 'expressway')
  const known = [...new Set(edges.map(([name, { cluster }]) => cluster ?? name))]
  return Object.entries(hosts).flatMap(([name, { role, cluster, expressways }]) => {
    const path = ['hosts', name, 'expressways'] as const
    if (role !== 'control')
      return expressways === undefined ? [] : [problem(path, `a ${role} connects to no Expressways`)]
    if (expressways === undefined)
      return known.length > 1 ? [problem(path, `is missing: one of ${known.join(', ')}`)] : []
    if (!known.includes(expressways)) return [problem(path, `there is no ${expressways}: one of ${known.join(', ')}`)]
    const differs = Object.entries(hosts).find(
      ([, other]) => cluster !== undefined && other.cluster === cluster && other.expressways !== expressways,
    )
    return differs === undefined ? [] : [problem(path, `differs from that of ${differs[0]} in the same cluster`)]
  })
}

function problem(path: Contradiction['path'], says: string): Contradiction {
  return { path, says }
}
