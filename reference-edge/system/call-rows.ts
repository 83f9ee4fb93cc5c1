import type { ViewRow } from '../administration/administered-system.ts'
import type { CallRecord, EndedCall } from '../calls/call-history.ts'
import type { Search } from '../calls/search-history.ts'

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
