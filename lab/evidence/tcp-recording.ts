import type { TraceEvent } from '#runtime/trace.ts'

export interface RecordedChunk {
  readonly at: bigint
  readonly isFromDialler: boolean
  /** Position of its first byte in its direction. */
  readonly start: number
  readonly bytes: Buffer
}

/** One TCP connection as one of its ends saw it. */
export interface TcpRecording {
  readonly connection: string
  readonly dialler: string
  readonly acceptor: string
  readonly isAcceptor: boolean
  /** Undefined where the recording began when the connection was already open. */
  readonly openedAt: bigint | undefined
  readonly closedAt: bigint | undefined
  readonly chunks: readonly RecordedChunk[]
}

/** One TCP connection: what to show of it, and both ends' own recordings. */
export interface TcpConversation {
  readonly shown: TcpRecording
  readonly acceptor: TcpRecording | undefined
  readonly dialler: TcpRecording | undefined
  /** How many connections had the same pair of ports before. */
  readonly earlier: number
}

/** Sorts events (in order of `at`) into connections; a pair of ports used again is a connection of its own. */
export function tcpConversations(events: readonly TraceEvent[]): TcpConversation[] {
  const byConnection = new Map<string, { acceptor: Draft[]; dialler: Draft[] }>()
  for (const event of events) {
    if (event.transport !== 'tcp' || event.connection === undefined || event.kind === 'message') continue
    let ends = byConnection.get(event.connection)
    if (ends === undefined) byConnection.set(event.connection, (ends = { acceptor: [], dialler: [] }))
    const isAcceptor = event.connection.endsWith(`/${event.local}`)
    take(event, isAcceptor, isAcceptor ? ends.acceptor : ends.dialler)
  }
  return [...byConnection.values()].flatMap(({ acceptor, dialler }) =>
    Array.from({ length: Math.max(acceptor.length, dialler.length) }, (_, index) =>
      conversationOf(acceptor[index], dialler[index], index),
    ),
  )
}

type Draft = { -readonly [Field in keyof TcpRecording]: TcpRecording[Field] } & {
  readonly chunks: RecordedChunk[]
  readonly sent: { dialler: number; acceptor: number }
}

/** The acceptor's recording, unless it was lost with its host. */
function conversationOf(acceptor: Draft | undefined, dialler: Draft | undefined, earlier: number): TcpConversation {
  const isAcceptorEmpty = acceptor === undefined || (acceptor.chunks.length === 0 && (dialler?.chunks.length ?? 0) > 0)
  return { shown: (isAcceptorEmpty ? dialler : acceptor)!, acceptor, dialler, earlier }
}

function take(event: TraceEvent, isAcceptor: boolean, recordings: Draft[]): void {
  const at = BigInt(event.at)
  let current = recordings.at(-1)
  if (event.kind === 'open') recordings.push(draft(event, isAcceptor, at))
  if (event.kind === 'close' && current !== undefined) current.closedAt ??= at
  if (event.kind !== 'segment' || event.bytes === undefined) return
  if (current === undefined) recordings.push((current = draft(event, isAcceptor, undefined)))
  if (current.closedAt !== undefined) return
  const isFromDialler = (event.direction === 'sent') !== isAcceptor
  const side = isFromDialler ? 'dialler' : 'acceptor'
  const bytes = Buffer.from(event.bytes, 'base64')
  current.chunks.push({ at, isFromDialler, start: current.sent[side], bytes })
  current.sent[side] += bytes.length
}

function draft({ connection, local, remote }: TraceEvent, isAcceptor: boolean, openedAt: bigint | undefined): Draft {
  const [dialler, acceptor] = isAcceptor ? [remote ?? '', local ?? ''] : [local ?? '', remote ?? '']
  return {
    connection: connection!,
    dialler,
    acceptor,
    isAcceptor,
    openedAt,
    closedAt: undefined,
    chunks: [],
    sent: { dialler: 0, acceptor: 0 },
  }
}
