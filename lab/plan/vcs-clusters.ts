import type { Topology } from '../topology/topology.ts'
import { namesOfRole } from './plan-facts.ts'

/** A cluster of VCSs as its peers are told about it. */
export interface VcsCluster {
  /** As the topology has it. */
  readonly label: string
  /** The cluster name: a FQDN. */
  readonly name: string
  /** Hosts in the order of their peer numbers; the first is the configuration master. */
  readonly peers: readonly string[]
}

/** The cluster a VCS is a peer of; undefined for a single one and for any other host. */
export function clusterOf(topology: Topology, host: string): VcsCluster | undefined {
  const label = topology.hosts[host]?.cluster
  if (label === undefined) return undefined
  const peers = Object.keys(topology.hosts).filter((name) => topology.hosts[name]!.cluster === label)
  return { label, name: `${label}.${topology.domain}`, peers }
}

/** All clusters of VCSs. */
export function vcsClusters(topology: Topology): VcsCluster[] {
  const labels = [...new Set(Object.values(topology.hosts).flatMap(({ cluster }) => cluster ?? []))]
  return labels.map((label) => {
    const peer = Object.keys(topology.hosts).find((name) => topology.hosts[name]!.cluster === label)
    return clusterOf(topology, peer!)!
  })
}

/** The VCS that is configured for all its peers: itself where it is in no cluster. */
export function masterOf(topology: Topology, host: string): string {
  return clusterOf(topology, host)?.peers[0] ?? host
}

/** The Expressways a Control connects to: all peers of a cluster, or a single one. */
export function expresswaysOf(topology: Topology, control: string): string[] {
  const { expressways } = topology.hosts[control]!
  return namesOfRole(topology, 'expressway').filter(
    (name) => expressways === undefined || (topology.hosts[name]!.cluster ?? name) === expressways,
  )
}

/** The Controls that connect to an Expressway. */
export function controlsOf(topology: Topology, expressway: string): string[] {
  return namesOfRole(topology, 'control').filter((name) => expresswaysOf(topology, name).includes(expressway))
}
