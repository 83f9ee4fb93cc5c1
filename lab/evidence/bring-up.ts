import type { Timeline, TimelineEntry } from './timeline.ts'

/** The lab's note that its deployment is up: what comes before was start-up traffic. */
export const deploymentReady = 'deployment ready'
/** The same of a deployment that is broken from the start and was not waited for. */
export const deploymentStarted = 'deployment started, not waited until ready'

/** When the deployment was up (CLOCK_MONOTONIC, ns); undefined where nobody noted it. */
export function readyAt({ entries }: Pick<Timeline, 'entries'>): bigint | undefined {
  return entries.find(isReadyNote)?.at
}

/** Zero of the ladder's time column: the deployment ready, else the first entry. */
export function originOf(timeline: Pick<Timeline, 'entries'>): bigint {
  return readyAt(timeline) ?? timeline.entries[0]?.at ?? 0n
}

/** What happened before the deployment was up, and the rest, which begins with the note of that. */
export function splitAtReady(entries: readonly TimelineEntry[]): {
  bringUp: readonly TimelineEntry[]
  rest: readonly TimelineEntry[]
} {
  const index = Math.max(0, entries.findIndex(isReadyNote))
  return { bringUp: entries.slice(0, index), rest: entries.slice(index) }
}

/** `48 messages of bring-up (DNS 26, HTTP 10, SIP 6, XCP 6)` */
export function bringUpText(entries: readonly TimelineEntry[]): string {
  const messages = entries.filter((entry) => entry.kind === 'message')
  const counts = new Map<string, number>()
  for (const { protocol } of messages) counts.set(protocol, (counts.get(protocol) ?? 0) + 1)
  const list = [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([protocol, count]) => `${protocol} ${count}`)
  return `${messages.length} message${messages.length === 1 ? '' : 's'} of bring-up (${list.join(', ')})`
}

function isReadyNote(entry: TimelineEntry): boolean {
  return entry.kind === 'note' && (entry.summary === deploymentReady || entry.summary === deploymentStarted)
}
