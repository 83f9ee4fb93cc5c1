import type { Configuration } from '../configuration/configuration.ts'
import { clustering } from '../configuration/pages/clustering.ts'
import { peersOf } from '../configuration/peer-list.ts'

/** What System > Clustering says to this VCS. */
export interface ClusterSettings {
  readonly name: string
  /** The address that this VCS stands with among the peers. */
  readonly own: string
  /** IP addresses of all peers, this VCS among them, in their order. */
  readonly peers: readonly string[]
  /** The configuration master's. */
  readonly master: string
  readonly preSharedKey: string
}

/** Undefined for a VCS in no cluster. A cluster of one has a name and nobody to talk to. */
export function clusterSettingsOf(
  configuration: Configuration,
  ownAddresses: readonly string[],
): ClusterSettings | undefined {
  const values = configuration.values(clustering)
  const { clusterName: name, master, preSharedKey } = values
  const listed = peersOf(values)
  if (name === '' && listed.length === 0) return undefined
  const peers = listed.map(({ address }) => address)
  const own = peers.find((address) => ownAddresses.includes(address)) ?? ownAddresses[0]!
  return {
    name,
    own,
    peers: peers.length === 0 ? [own] : peers,
    master: listed.find(({ number }) => number === master)?.address ?? own,
    preSharedKey,
  }
}
