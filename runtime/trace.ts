import { appendFileSync } from 'node:fs'
import type { Clocks } from './clock.ts'

/** off: benches and load; messages: decoded protocol messages; bytes: those plus every segment and the TLS secrets. */
export type TraceLevel = 'off' | 'messages' | 'bytes'

export type TraceDirection = 'sent' | 'received'

/**
 * One observation by one host. `at` is CLOCK_MONOTONIC in ns (decimal text), the same scale in all processes;
 * `hostTime` is what the host's own clock said. `connection` has the same text at both ends of a connection.
 */
export interface TraceEvent {
  readonly at: string
  readonly hostTime: string
  readonly host: string
  readonly kind: 'open' | 'close' | 'segment' | 'message' | 'secret' | 'note'
  readonly direction?: TraceDirection
  readonly transport?: 'tcp' | 'udp'
  readonly connection?: string
  /** `address:port` of the observing side and of the other. */
  readonly local?: string
  readonly remote?: string
  /** SIP, HTTP, XMPP, XCP, SSH, DNS … */
  readonly protocol?: string
  readonly summary?: string
  /** Base64: the decoded message, the segment, or the NSS key-log line. */
  readonly bytes?: string
}

/** Where the events of a process go. */
export interface TraceSink {
  write(event: TraceEvent): void
  flush(): void
}

/** Keeps events in memory until flushed, then appends them to the file as JSON lines (mode 0600: it holds secrets). */
export function fileTraceSink(path: string): TraceSink {
  let lines: string[] = []
  const flush = () => {
    if (lines.length === 0) return
    appendFileSync(path, lines.join('\n') + '\n', { mode: 0o600 })
    lines = []
  }
  return {
    write(event) {
      lines.push(JSON.stringify(event))
      if (lines.length >= flushAfter) flush()
    },
    flush,
  }
}

/** Hands each event to a function; for hosts that share the runner's process. */
export function callbackTraceSink(take: (event: TraceEvent) => void): TraceSink {
  return { write: take, flush: () => {} }
}

export const silentTraceSink: TraceSink = { write: () => {}, flush: () => {} }

const flushAfter = 500

type EventDetails = Omit<TraceEvent, 'at' | 'hostTime' | 'host' | 'bytes'> & { bytes?: Uint8Array | string }

/** A host's view of the trace: stamps events with the host's name and clocks. */
export class Trace {
  readonly level: TraceLevel
  readonly #host: string
  readonly #clocks: Clocks
  readonly #sink: TraceSink
  readonly #observers = new Set<(event: TraceEvent) => void>()

  constructor(options: { host: string; level: TraceLevel; clocks: Clocks; sink: TraceSink }) {
    this.level = options.level
    this.#host = options.host
    this.#clocks = options.clocks
    this.#sink = options.sink
  }

  get hasBytes(): boolean {
    return this.level === 'bytes'
  }

  get hasMessages(): boolean {
    return this.level !== 'off' || this.#observers.size > 0
  }

  /** Hands each event to `take` as well, also with level off, until the function it gives back is called. */
  observe(take: (event: TraceEvent) => void): () => void {
    this.#observers.add(take)
    return () => void this.#observers.delete(take)
  }

  record({ bytes, ...details }: EventDetails): void {
    if (!this.hasMessages) return
    const event: TraceEvent = {
      at: this.#clocks.monotonic.now().toString(),
      hostTime: this.#clocks.wall.now().toISOString(),
      host: this.#host,
      ...details,
      ...(bytes === undefined ? {} : { bytes: Buffer.from(bytes as string).toString('base64') }),
    }
    if (this.level !== 'off') this.#sink.write(event)
    for (const take of this.#observers) take(event)
  }

  /** A host's own remark in the ladder, for example `signed in`. */
  note(summary: string): void {
    this.record({ kind: 'note', summary })
  }

  flush(): void {
    this.#sink.flush()
  }
}
