import type { TraceEvent } from '#runtime/trace.ts'
import type { PacketEnd } from './packet.ts'
import { packetEnd, tcpPacket, TcpFlag, udpPacket } from './packet.ts'
import { pcapngFile } from './pcapng.ts'
import type { RecordedChunk, TcpConversation, TcpRecording } from './tcp-recording.ts'
import { tcpConversations } from './tcp-recording.ts'
import type { Timeline, TimelineMessage } from './timeline.ts'

export interface Capture {
  readonly file: Buffer
  /** Frame (from 1) that carries the last byte of a message, by the message's number; absent where none does. */
  readonly frameOf: ReadonlyMap<number, number>
  readonly frames: number
}

/** A packet before it has its place in the capture. */
export interface PlacedPacket {
  /** CLOCK_MONOTONIC, ns. */
  readonly at: bigint
  readonly packet: Buffer
  /** Messages whose last byte it carries. */
  readonly messages: TimelineMessage[]
}

/** Everything that was on the wire, TCP handshakes and all, as Wireshark would have seen it; secrets inside. */
export function wireCapture(timeline: Timeline, title: string): Capture {
  const conversations = tcpConversations(timeline.events)
  const place = messagePlaces(timeline.messages)
  const packets = [
    ...conversations.flatMap((conversation) => tcpPackets(conversation, place.tcp)),
    ...udpPackets(timeline.events, place.udp),
  ]
  return captureFile(packets, timeline, { title, keyLog: keyLogOf(timeline.events) })
}

/** The secrets of all TLS connections in NSS key log form; both ends of a connection know the same ones. */
export function keyLogOf(events: readonly TraceEvent[]): string {
  const lines = events
    .filter(({ kind, bytes }) => kind === 'secret' && bytes !== undefined)
    .map(({ bytes }) => Buffer.from(bytes!, 'base64').toString('latin1').trim())
  return [...new Set(lines)].map((line) => `${line}\n`).join('')
}

/** Sorts packets by time, numbers them and writes the file. */
export function captureFile(
  packets: PlacedPacket[],
  { events }: Timeline,
  { title, keyLog }: { title: string; keyLog: string },
): Capture {
  packets.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
  const toWallTime = wallTimeOf(events)
  const frameOf = new Map<number, number>()
  const frames = packets.map(({ at, packet, messages }, index) => {
    for (const { number } of messages) frameOf.set(number, index + 1)
    const comment = messages.map(frameComment).join('\n')
    return { time: toWallTime(at), packet, ...(comment === '' ? {} : { comment }) }
  })
  return { file: pcapngFile(frames, { keyLog, names: namesOf(events), title }), frameOf, frames: frames.length }
}

function frameComment({ number, protocol, summary, from, to }: TimelineMessage): string {
  return `#${number} ${protocol} ${summary}, ${from} → ${to}`
}

/**
 * From the machine's monotonic clock to the time of day: by what most hosts' clocks said at first (the median), so a
 * host whose clock a scenario sets wrong does not move the capture.
 */
function wallTimeOf(events: readonly TraceEvent[]): (at: bigint) => bigint {
  const offsets = new Map<string, bigint>()
  for (const { host, at, hostTime } of events) {
    if (!offsets.has(host)) offsets.set(host, BigInt(Date.parse(hostTime)) * 1_000_000n - BigInt(at))
  }
  const sorted = [...offsets.values()].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  const offset = sorted[Math.floor(sorted.length / 2)] ?? 0n
  return (at) => at + offset
}

function namesOf(events: readonly TraceEvent[]): Map<string, string> {
  const names = new Map<string, string>()
  for (const { local, host } of events) {
    if (local !== undefined && packetEnd(local) !== undefined) names.set(local.slice(0, local.lastIndexOf(':')), host)
  }
  return names
}

interface MessagePlaces {
  readonly tcp: ReadonlyMap<string, readonly TimelineMessage[]>
  readonly udp: ReadonlyMap<string, TimelineMessage[]>
}

function messagePlaces(messages: readonly TimelineMessage[]): MessagePlaces {
  const tcp = new Map<string, TimelineMessage[]>()
  const udp = new Map<string, TimelineMessage[]>()
  for (const message of messages) {
    const { connection } = message
    if (connection.startsWith('udp/'))
      add(udp, datagramKey(message.fromEndpoint, message.toEndpoint, message.bytes.toString('base64')), message)
    // Behind the two endpoints may stand a channel of a tunnel.
    else add(tcp, connection.split('/', 3).join('/'), message)
  }
  return { tcp, udp }
}

function add<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key)
  if (list === undefined) map.set(key, [value])
  else list.push(value)
}

const largestSegment = 1_400

/** Where the sequence numbers of a connection begin: elsewhere than those of an earlier one with its ports, or it would be the same one. */
function initialSequence(earlier: number): { dialler: number; acceptor: number } {
  const from = (earlier % 200) * 0x100_0000
  return { dialler: from + 1_000, acceptor: from + 5_000 }
}

/** Handshake, data and goodbye of one connection, with the sequence numbers the bytes imply. */
function tcpPackets(conversation: TcpConversation, messagesOf: MessagePlaces['tcp']): PlacedPacket[] {
  const { shown } = conversation
  const dialler = packetEnd(shown.dialler)
  const acceptor = packetEnd(shown.acceptor)
  if (dialler === undefined || acceptor === undefined) return []
  const writer = new TcpWriter(dialler, acceptor, conversation.earlier)
  if (shown.openedAt !== undefined) writer.handshake(shown.openedAt)
  for (const chunk of shown.chunks) writer.data(chunk)
  if (shown.closedAt !== undefined) writer.goodbye(shown.closedAt, isClosedByDialler(conversation))
  for (const message of messagesOf.get(shown.connection) ?? []) {
    const end = endOfMessage(message, conversation)
    if (end !== undefined) writer.carrierOf(end)?.messages.push(message)
  }
  return writer.packets
}

/** Writes the packets of one connection. */
export class TcpWriter {
  readonly packets: PlacedPacket[] = []
  readonly #ends: { dialler: PacketEnd; acceptor: PacketEnd }
  readonly #next: { dialler: number; acceptor: number }
  readonly #data: { isFromDialler: boolean; end: number; packet: PlacedPacket }[] = []

  /** `earlier`: how many connections had the same pair of ports before. */
  constructor(dialler: PacketEnd, acceptor: PacketEnd, earlier = 0) {
    this.#ends = { dialler, acceptor }
    this.#next = initialSequence(earlier)
  }

  /** The handshake was over when the connection was reported open. */
  handshake(openedAt: bigint): void {
    this.#put(openedAt - 3_000n, true, TcpFlag.syn)
    this.#put(openedAt - 2_000n, false, TcpFlag.syn | TcpFlag.ack)
    this.#put(openedAt - 1_000n, true, TcpFlag.ack)
  }

  data({ at, isFromDialler, start, bytes }: RecordedChunk, largest = largestSegment): void {
    for (let offset = 0; offset < bytes.length; offset += largest) {
      const payload = bytes.subarray(offset, offset + largest)
      const packet = this.#put(at, isFromDialler, TcpFlag.push | TcpFlag.ack, payload)
      this.#data.push({ isFromDialler, end: start + offset + payload.length, packet })
    }
  }

  goodbye(at: bigint, isFromDialler: boolean): void {
    this.#put(at, isFromDialler, TcpFlag.fin | TcpFlag.ack)
    this.#put(at + 1_000n, !isFromDialler, TcpFlag.fin | TcpFlag.ack)
    this.#put(at + 2_000n, isFromDialler, TcpFlag.ack)
  }

  /** The packet with the byte before `end` of a direction. */
  carrierOf({ isFromDialler, end }: MessageEnd): PlacedPacket | undefined {
    return this.#data.find((data) => data.isFromDialler === isFromDialler && data.end >= end)?.packet
  }

  #put(at: bigint, isFromDialler: boolean, flags: number, payload: Uint8Array = new Uint8Array(0)): PlacedPacket {
    const [sender, receiver] = isFromDialler ? (['dialler', 'acceptor'] as const) : (['acceptor', 'dialler'] as const)
    const packet = tcpPacket({
      from: this.#ends[sender],
      to: this.#ends[receiver],
      sequence: this.#next[sender],
      acknowledged: (flags & TcpFlag.ack) === 0 ? 0 : this.#next[receiver],
      flags,
      payload,
    })
    this.#next[sender] += payload.length + ((flags & (TcpFlag.syn | TcpFlag.fin)) === 0 ? 0 : 1)
    const placed = { at, packet, messages: [] }
    this.packets.push(placed)
    return placed
  }
}

/** The end that reported the close first had asked for it. */
function isClosedByDialler({ dialler, acceptor }: TcpConversation): boolean {
  if (dialler?.closedAt === undefined) return false
  return acceptor?.closedAt === undefined || dialler.closedAt < acceptor.closedAt
}

interface MessageEnd {
  readonly isFromDialler: boolean
  /** Bytes of its direction up to and with its last one. */
  readonly end: number
}

/**
 * Where a message ends in the byte stream: its receiver wrote it down as soon as its last segment was in, its sender
 * when (or just before) it left. Where several left one by one and came in together, the sender knows better.
 */
function endOfMessage(message: TimelineMessage, conversation: TcpConversation): MessageEnd | undefined {
  const { sentAt, receivedAt, bytes } = message
  const isFromDialler = message.fromEndpoint === conversation.shown.dialler
  const [sender, receiver] = isFromDialler
    ? [conversation.dialler, conversation.acceptor]
    : [conversation.acceptor, conversation.dialler]
  const cameIn =
    receivedAt && receiver && covers(receiver, receivedAt) && lastChunk(receiver, isFromDialler, receivedAt)
  const left = sentAt && sender && covers(sender, sentAt) && sentChunk(sender, isFromDialler, sentAt, bytes.length)
  const isWithin = left && cameIn && endOf(left) > cameIn.start && endOf(left) <= endOf(cameIn)
  const chunk = isWithin ? left : cameIn || left
  return chunk ? { isFromDialler, end: endOf(chunk) } : undefined
}

function endOf({ start, bytes }: RecordedChunk): number {
  return start + bytes.length
}

/** The chunk with which so many bytes had left since `sentAt`; the last one before where nothing followed soon. */
function sentChunk(
  sender: TcpRecording,
  isFromDialler: boolean,
  sentAt: bigint,
  bytes: number,
): RecordedChunk | undefined {
  const later = sender.chunks.filter((chunk) => chunk.isFromDialler === isFromDialler && chunk.at >= sentAt)
  const [first] = later
  if (first === undefined || first.at - sentAt > sendDelayNs) return lastChunk(sender, isFromDialler, sentAt)
  return later.find((chunk) => chunk.start + chunk.bytes.length - first.start >= bytes) ?? first
}

/** How long a message may wait between being written down and being written out. */
const sendDelayNs = 50_000_000n

function covers({ openedAt, closedAt, chunks }: TcpRecording, at: bigint): boolean {
  const from = openedAt ?? chunks[0]?.at
  return from !== undefined && from <= at && (closedAt === undefined || at <= closedAt + sendDelayNs)
}

function lastChunk({ chunks }: TcpRecording, isFromDialler: boolean, at: bigint): RecordedChunk | undefined {
  return chunks.findLast((chunk) => chunk.isFromDialler === isFromDialler && chunk.at <= at)
}

/** Each datagram once: as its receiver saw it, or as sent where none of our hosts received it. */
function udpPackets(events: readonly TraceEvent[], messagesOf: MessagePlaces['udp']): PlacedPacket[] {
  const received = new Map<string, number>()
  const datagrams = events.filter(
    ({ kind, transport, bytes }) => kind === 'segment' && transport === 'udp' && bytes !== undefined,
  )
  for (const event of datagrams) {
    if (event.direction === 'received') received.set(eventKey(event), (received.get(eventKey(event)) ?? 0) + 1)
  }
  const packets: PlacedPacket[] = []
  for (const event of datagrams) {
    const key = eventKey(event)
    const isSent = event.direction === 'sent'
    const seen = received.get(key) ?? 0
    if (isSent && seen > 0) {
      received.set(key, seen - 1)
      continue
    }
    const [from, to] = (isSent ? [event.local, event.remote] : [event.remote, event.local]).map((end) =>
      packetEnd(end ?? ''),
    )
    if (from === undefined || to === undefined) continue
    const message = messagesOf.get(key)?.shift()
    const packet = udpPacket(from, to, Buffer.from(event.bytes!, 'base64'))
    packets.push({ at: BigInt(event.at), packet, messages: message === undefined ? [] : [message] })
  }
  return packets
}

function eventKey({ direction, local = '', remote = '', bytes = '' }: TraceEvent): string {
  return direction === 'sent' ? datagramKey(local, remote, bytes) : datagramKey(remote, local, bytes)
}

function datagramKey(from: string, to: string, base64: string): string {
  return `${from}>${to}|${base64}`
}
