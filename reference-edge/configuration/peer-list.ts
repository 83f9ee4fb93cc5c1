import type { RowProblem } from './page.ts'

type PeerValues = Readonly<Record<'peer1' | 'peer2' | 'peer3' | 'peer4' | 'peer5' | 'peer6', string>>

/** What stands on System > Clustering. */
export interface ClusterValues extends PeerValues {
  readonly clusterName: string
  /** Number of a peer. */
  readonly master: number
  readonly preSharedKey: string
}

/** What stands under Peers, in its order. */
export function peersOf(values: PeerValues): { readonly number: number; readonly address: string }[] {
  const { peer1, peer2, peer3, peer4, peer5, peer6 } = values
  return [peer1, peer2, peer3, peer4, peer5, peer6]
    .map((address, index) => ({ number: index + 1, address }))
    .filter(({ address }) => address !== '')
}

/** What is wrong with a list of peers wherever it is entered. */
export function listProblems(values: ClusterValues): RowProblem[] {
  const peers = peersOf(values)
  const isMasterListed = peers.some(({ number }) => number === values.master)
  return [
    ...repeated(peers),
    ...(peers.length === 0 || isMasterListed ? [] : [masterIsNoPeer(values.master)]),
    ...(peers.length > 1 && values.clusterName === '' ? [nameMissing] : []),
    ...(peers.length > 1 && values.preSharedKey === '' ? [keyMissing] : []),
  ]
}

/** A VCS that is not among the peers could neither be the master nor learn from it. */
export function ownAddressProblems(values: PeerValues, own: readonly string[]): RowProblem[] {
  const peers = peersOf(values)
  if (peers.length === 0 || peers.some(({ address }) => own.includes(address))) return []
  const says = 'and those below are no address of this VCS'
  return [{ field: 'Peer 1 IP address', says, action: `Enter ${own[0]} as one of the peers` }]
}

function repeated(peers: readonly { number: number; address: string }[]): RowProblem[] {
  return peers
    .filter(({ address }, index) => peers.findIndex((other) => other.address === address) < index)
    .map(({ number, address }) => ({
      field: `Peer ${number} IP address`,
      says: `${address} is another peer's address already`,
      action: 'List each peer once',
    }))
}

const masterIsNoPeer = (master: number): RowProblem => ({
  field: 'Configuration master',
  says: `is ${master}, where no peer is listed`,
  action: `Choose the number of a listed peer, or enter Peer ${master} IP address`,
})

const nameMissing: RowProblem = {
  field: 'Cluster name',
  says: 'is mandatory with more than one peer',
  action: 'Enter the same FQDN on every peer',
}

const keyMissing: RowProblem = {
  field: 'Cluster pre-shared key',
  says: 'is mandatory with more than one peer',
  action: 'Enter the same key on every peer',
}
