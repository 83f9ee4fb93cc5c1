import type { TraceEvent } from '#runtime/trace.ts'
import { messageIdentity, plainSummary } from './message-identity.ts'

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
  /** Sent by one of our hosts to another that traces such messages and never saw it. */
  readonly isLost: boolean
  /** When its sender wrote it down (CLOCK_MONOTONIC, ns); absent where only its receiver did. */
  readonly sentAt?: bigint
  readonly receivedAt?: bigint
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

/**
 * Merges what all hosts saw into one order; pairs the two observations of each message. Of a part of a recording, `known`
 * is the whole: it names the hosts.
 */
export function timelineOf(events: readonly TraceEvent[], known = events): Timeline {
  const ordered = inOrder(events)
  const hostOf = hostNames(known)
  const messages = pairMessages(ordered, hostOf)
  const entries: TimelineEntry[] = [...messages, ...mediaOf(ordered, hostOf), ...notesOf(ordered)]
  entries.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
  const hosts = [
    ...new Set(entries.flatMap((entry) => (entry.kind === 'note' ? [entry.host] : [entry.from, entry.to]))),
  ]
  return { entries, messages, events: ordered, hosts }
}

/** By `at`: decimal texts, so a longer one is later. */
function inOrder(events: readonly TraceEvent[]): TraceEvent[] {
  return [...events].sort((a, b) => a.at.length - b.at.length || (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
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
    const identity = `${event.connection}|${event.protocol}|${messageIdentity(event)}`
    const partner = waiting.get(`${event.direction === 'sent' ? 'received' : 'sent'}|${identity}`)?.shift()
    if (partner !== undefined) {
      partner.partner = event
      continue
    }
    const draft: Draft = { event }
    drafts.push(draft)
    const key = `${event.direction}|${identity}`
    const queue = waiting.get(key)
    if (queue === undefined) waiting.set(key, [draft])
    else queue.push(draft)
  }
  const traces = tracingHosts(events)
  return drafts.map((draft, index) => messageOf(draft, index + 1, hostOf, traces))
}

type Traces = (host: string, message: TraceEvent) => boolean

/**
 * Whether a host would have written a message down had it arrived: it did so for another one of that protocol on the
 * connection, or it opened the connection for that protocol and writes such messages down elsewhere. (Clients leave
 * their DNS queries, and a tunnel's far end what is inside, to the other side.)
 */
function tracingHosts(events: readonly TraceEvent[]): Traces {
  const seen = new Set<string>()
  for (const { kind, host, connection, protocol = '' } of events) {
    if (kind === 'open') seen.add(`open|${host}|${connection}|${protocol === 'HTTPS' ? 'HTTP' : protocol}`)
    if (kind === 'message') seen.add(`${host}|${protocol}`).add(`${host}|${protocol}|${connection}`)
  }
  return (host, { protocol, connection }) =>
    seen.has(`${host}|${protocol}|${connection}`) ||
    (seen.has(`open|${host}|${connection}|${protocol}`) && seen.has(`${host}|${protocol}`))
}

function messageOf({ event, partner }: Draft, number: number, hostOf: HostOf, traces: Traces): TimelineMessage {
  const isSender = event.direction === 'sent'
  const [sent, received] = isSender ? [event, partner] : [partner, event]
  const fromEndpoint = (isSender ? event.local : event.remote) ?? ''
  const toEndpoint = (isSender ? event.remote : event.local) ?? ''
  const to = hostOf(toEndpoint)
  // An HTTP sender does not see every header that leaves it; the other protocols are written down as sent.
  const whole = (event.protocol === 'HTTP' ? [received, sent] : [sent, received]).find((seen) => seen?.bytes)
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
    summary: plainSummary(event.summary ?? ''),
    bytes: Buffer.from(whole?.bytes ?? '', 'base64'),
    observations: partner === undefined ? 1 : 2,
    isLost: received === undefined && to !== undefined && traces(to, event),
    ...(sent === undefined ? {} : { sentAt: BigInt(sent.at) }),
    ...(received === undefined ? {} : { receivedAt: BigInt(received.at) }),
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
