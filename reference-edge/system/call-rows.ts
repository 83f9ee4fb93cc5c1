import type { ViewRow } from '../administration/administered-system.ts'
import type { CallRecord, EndedCall } from '../calls/call-history.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { callHistory, calls } from '../configuration/pages/status.ts'
import type { Search } from '../calls/search-history.ts'
import { peerList } from './peer-lists.ts'

/** Guide, Checking call status: the most recent calls of each peer that Status > Calls shows. */
const mostCalls = 500

/** The views of Status > Calls, with the calls of every peer of the cluster. `own` is the FQDN of this VCS. */
export function callLists(
  { cluster, own }: { readonly cluster: Cluster; readonly own: string },
  list: { readonly current: () => readonly CallRecord[]; readonly history: () => readonly EndedCall[] },
) {
  const common = { cluster, own, most: mostCalls, failure: 'status' }
  return {
    current: peerList({
      ...common,
      subject: 'current calls',
      columns: Object.keys(calls.views!['calls']!.columns),
      rows: () => list.current().map((call) => ({ at: call.startedAt, row: currentCallRow(call) })),
    }),
    history: peerList({
      ...common,
      subject: 'call history',
      columns: Object.keys(callHistory.views!['calls']!.columns),
      rows: () => list.history().map((call) => ({ at: call.endedAt, row: endedCallRow(call) })),
    }),
  }
}

/** Rows of Status > Calls > Calls. */
export function currentCallRow(call: CallRecord): ViewRow {
  return { ...common(call), status: call.state }
}

/** Rows of Status > Calls > History. */
export function endedCallRow(call: EndedCall): ViewRow {
  const { durationSeconds, responseCode, state, reason } = call
  const code = responseCode === undefined ? '' : `${responseCode} `
  return { ...common(call), duration: `${durationSeconds} s`, status: `${state}: ${code}${reason}` }
}

export function searchRow({ at, searchType, source, destination, rule, zone, outcome }: Search): ViewRow {
  return { at, type: searchType, source, destination, rule, zone, outcome }
}

function common({ startedAt, source, destination, components }: CallRecord) {
  return {
    start: startedAt,
    source,
    destination,
    components: components.map((part) => `${part.type}: ${part.source} → ${part.destination}`).join('; '),
  }
}
