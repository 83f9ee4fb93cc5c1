import type { TraceEvent } from '#runtime/trace.ts'

/** One protocol message, as its sender and its receiver saw it. */
export interface TimelineMessage {
  readonly kind: 'message'
  /** Number in the run's `messages.jsonl`, from 1. */
  readonly number: number
  /** CLOCK_MONOTONIC, ns. */
  readonly at: bigint
  readonly hostTime: string
  /** Host names; the address where the host is not one of the lab's. */
  readonly from: string
  readonly to: string
  readonly fromEndpoint: string
  readonly toEndpoint: string
  readonly connection: string
  readonly protocol: string
  readonly summary: string
  readonly bytes: Buffer
  /** 2 where both ends are ours and saw it. */
  readonly observations: number
  /** Sent by one of our hosts to another that never saw it. */
  readonly isLost: boolean
}

/** A run of datagrams between two ports, collapsed. */
export interface TimelineMedia {
  readonly kind: 'media'
  readonly at: bigint
  readonly until: bigint
  readonly from: string
  readonly to: string
  readonly fromEndpoint: string
  readonly toEndpoint: string
  readonly protocol: string
  readonly packets: number
}

export interface TimelineNote {
  readonly kind: 'note'
  readonly at: bigint
  readonly host: string
  readonly summary: string
}

export type TimelineEntry = TimelineMessage | TimelineMedia | TimelineNote

export interface Timeline {
  readonly entries: readonly TimelineEntry[]
  readonly messages: readonly TimelineMessage[]
  /** Everything as recorded, for captures. */
  readonly events: readonly TraceEvent[]
  readonly hosts: readonly string[]
}

/** Merges what all hosts saw into one order; pairs the two observations of each message. */
export function timelineOf(events: readonly TraceEvent[]): Timeline {
  const ordered = [...events].sort((a, b) => (BigInt(a.at) < BigInt(b.at) ? -1 : BigInt(a.at) > BigInt(b.at) ? 1 : 0))
  const hostOf = hostNames(ordered)
  const messages = pairMessages(ordered, hostOf)
  const entries: TimelineEntry[] = [...messages, ...mediaOf(ordered, hostOf), ...notesOf(ordered)]
  entries.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
  const hosts = [...new Set(entries.flatMap((entry) => (entry.kind === 'note' ? [entry.host] : [entry.from, entry.to])))]
  return { entries, messages, events: ordered, hosts }
}

type HostOf = (endpoint: string) => string | undefined

/** Each host's events name its own address: that is where the names come from. */
function hostNames(events: readonly TraceEvent[]): HostOf {
  const names = new Map<string, string>()
  for (const { local, host } of events) if (local !== undefined) names.set(addressOf(local), host)
  return (endpoint) => names.get(addressOf(endpoint))
}

function addressOf(endpoint: string): string {
  return endpoint.slice(0, endpoint.lastIndexOf(':'))
}

interface Draft {
  readonly event: TraceEvent
  partner?: TraceEvent
}

/** The nth equal message sent on a connection is the nth equal message received on it. */
function pairMessages(events: readonly TraceEvent[], hostOf: HostOf): TimelineMessage[] {
  const waiting = new Map<string, Draft[]>()
  const drafts: Draft[] = []
  for (const event of events) {
    if (event.kind !== 'message') continue
    const key = pairKey(event, event.direction === 'sent' ? 'received' : 'sent')
    const partner = waiting.get(key)?.shift()
    if (partner !== undefined) {
      partner.partner = event
      continue
    }
    const draft: Draft = { event }
    drafts.push(draft)
    const own = pairKey(event, event.direction!)
    waiting.set(own, [...(waiting.get(own) ?? []), draft])
  }
  return drafts.map((draft, index) => messageOf(draft, index + 1, hostOf))
}

function pairKey(event: TraceEvent, direction: string): string {
  return `${direction}|${event.connection}|${event.protocol}|${event.summary}|${event.bytes?.length ?? 0}`
}

function messageOf({ event, partner }: Draft, number: number, hostOf: HostOf): TimelineMessage {
  const isSender = event.direction === 'sent'
  const fromEndpoint = (isSender ? event.local : event.remote) ?? ''
  const toEndpoint = (isSender ? event.remote : event.local) ?? ''
  const to = hostOf(toEndpoint)
  return {
    kind: 'message',
    number,
    at: BigInt(event.at),
    hostTime: event.hostTime,
    from: hostOf(fromEndpoint) ?? addressOf(fromEndpoint),
    to: to ?? addressOf(toEndpoint),
    fromEndpoint,
    toEndpoint,
    connection: event.connection ?? '',
    protocol: event.protocol ?? '',
    summary: event.summary ?? '',
    bytes: Buffer.from(event.bytes ?? '', 'base64'),
    observations: partner === undefined ? 1 : 2,
    isLost: partner === undefined && isSender && to !== undefined,
  }
}

/** A pause of a second ends a run of packets. */
const mediaPauseNs = 1_000_000_000n

function mediaOf(events: readonly TraceEvent[], hostOf: HostOf): TimelineMedia[] {
  const open = new Map<string, TimelineMedia & { until: bigint; packets: number }>()
  const runs: TimelineMedia[] = []
  for (const event of events) {
    if (event.kind !== 'segment' || event.transport !== 'udp' || event.protocol === 'DNS') continue
    if (event.direction !== 'received') continue
    const key = `${event.remote}>${event.local}`
    const at = BigInt(event.at)
    const current = open.get(key)
    if (current !== undefined && at - current.until < mediaPauseNs) {
      current.until = at
      current.packets++
      continue
    }
    const run = {
      kind: 'media' as const,
      at,
      until: at,
      from: hostOf(event.remote ?? '') ?? addressOf(event.remote ?? ''),
      to: hostOf(event.local ?? '') ?? '',
      fromEndpoint: event.remote ?? '',
      toEndpoint: event.local ?? '',
      protocol: event.protocol ?? 'UDP',
      packets: 1,
    }
    open.set(key, run)
    runs.push(run)
  }
  return runs
}

function notesOf(events: readonly TraceEvent[]): TimelineNote[] {
  return events
    .filter((event) => event.kind === 'note')
    .map(({ at, host, summary }) => ({ kind: 'note', at: BigInt(at), host, summary: summary ?? '' }))
}
