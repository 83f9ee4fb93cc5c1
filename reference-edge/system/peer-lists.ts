import type { ViewRow } from '../administration/administered-system.ts'
import type { Cluster, ClusterPeer } from '../cluster/cluster.ts'

/** A row of a list with the date that orders it, ISO 8601; rows without one stay as they come. */
export interface DatedRow {
  readonly at: string
  readonly row: ViewRow
}

export interface PeerListOptions {
  readonly cluster: Cluster
  /** FQDN of this VCS. */
  readonly own: string
  /** What peers call the list. */
  readonly subject: string
  /** The list of this VCS. */
  readonly rows: () => readonly DatedRow[]
  /** Rows of each peer that are shown, the most recent ones; default all. */
  readonly most?: number
  /** Columns that are shown: all that is taken of what other peers say, since buttons and links are about this VCS only. */
  readonly columns: readonly string[]
  /** The column that says why a peer's rows are missing. */
  readonly failure: string
}

/**
 * A view with the rows of every peer of the cluster, newest first, each with its peer in the column `peer`. A peer that
 * does not tell its rows has one that says so, at the top. Without other peers there are just this VCS's own rows.
 * The others are answered from now on until the applications end.
 */
export function peerList(options: PeerListOptions): () => Promise<readonly ViewRow[]> {
  const { cluster, own, subject, most, columns, failure } = options
  const ownRows = () => newestFirst(options.rows()).slice(0, most)
  cluster.answer(subject, ownRows)
  return async () => {
    if (cluster.others().length === 0) return ownRows().map(({ row }) => row)
    const answers = await cluster.ask(subject, null)
    const rows = ownRows().map(({ at, row }) => ({ at, row: { ...row, peer: own } }))
    const failed: ViewRow[] = []
    const missing = (peer: ClusterPeer, reason = 'the peer is not active') =>
      failed.push({ peer: nameOf(peer), [failure]: `Failed: ${reason}` })
    for (const peer of cluster.others()) {
      const answer = answers.find((each) => each.peer.address === peer.address)
      if (answer === undefined) missing(peer, peer.reason)
      else if (!answer.ok) missing(peer, answer.reason)
      else rows.push(...readRows(answer.answer, columns, nameOf(peer)).slice(0, most))
    }
    return [...failed, ...newestFirst(rows).map(({ row }) => row)]
  }
}

function nameOf({ fqdn, address }: ClusterPeer): string {
  return fqdn ?? address
}

function newestFirst<Row extends DatedRow>(rows: readonly Row[]): Row[] {
  return rows.toSorted((one, other) => (one.at === other.at ? 0 : one.at < other.at ? 1 : -1))
}

/** What has another form is left out. */
function readRows(said: unknown, columns: readonly string[], peer: string) {
  if (!Array.isArray(said)) return []
  return said.flatMap((each: Partial<DatedRow> | null) => {
    const { at, row } = each ?? {}
    if (typeof at !== 'string' || typeof row !== 'object' || row === null) return []
    const shown = columns.filter((column) => ['string', 'number', 'boolean'].includes(typeof row[column]))
    return [{ at, row: { ...Object.fromEntries(shown.map((column) => [column, row[column]])), peer } }]
  })
}
