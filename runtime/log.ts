import type { WallClock } from './clock.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** One event, one line. Never a password, key or token in it. */
export interface LogRecord {
  readonly at: string
  readonly host: string
  readonly module: string
  readonly level: LogLevel
  readonly event: string
  readonly [detail: string]: unknown
}

export type LogSink = (record: LogRecord) => void

/** Stands between a log and its sink: decides what is written, and sees it. */
export interface LogGate {
  /** Whether records of this module and level are wanted; asked before a record is made. */
  admits(module: string, level: LogLevel): boolean
  /** A record that was admitted, on its way to the sink. */
  take(record: LogRecord): void
}

/** Writes records as JSON lines through `sink`; a child adds its module's name and details. */
export class Log {
  readonly #sink: LogSink
  readonly #gate: LogGate | undefined
  readonly #clock: WallClock
  readonly #host: string
  readonly #module: string
  readonly #details: Record<string, unknown>

  constructor(options: {
    sink: LogSink
    gate?: LogGate | undefined
    clock: WallClock
    host: string
    module: string
    details?: Record<string, unknown>
  }) {
    this.#sink = options.sink
    this.#gate = options.gate
    this.#clock = options.clock
    this.#host = options.host
    this.#module = options.module
    this.#details = options.details ?? {}
  }

  child(module: string, details: Record<string, unknown> = {}): Log {
    return new Log({ ...this.#parts(), module, details: { ...this.#details, ...details } })
  }

  /** The same log with a gate before its sink, which replaces one that is there. */
  through(gate: LogGate): Log {
    return new Log({ ...this.#parts(), gate })
  }

  /** Whether somebody asked for this module's DEBUG records: what is costly to say is said only then. */
  get isDebugWanted(): boolean {
    return this.#gate?.admits(this.#module, 'debug') === true
  }

  debug(event: string, details?: Record<string, unknown>): void {
    this.#write('debug', event, details)
  }

  info(event: string, details?: Record<string, unknown>): void {
    this.#write('info', event, details)
  }

  warn(event: string, details?: Record<string, unknown>): void {
    this.#write('warn', event, details)
  }

  error(event: string, details?: Record<string, unknown>): void {
    this.#write('error', event, details)
  }

  #parts() {
    return {
      sink: this.#sink,
      gate: this.#gate,
      clock: this.#clock,
      host: this.#host,
      module: this.#module,
      details: this.#details,
    }
  }

  #write(level: LogLevel, event: string, details: Record<string, unknown> = {}): void {
    if (this.#gate?.admits(this.#module, level) === false) return
    const record: LogRecord = {
      at: this.#clock.now().toISOString(),
      host: this.#host,
      module: this.#module,
      level,
      event,
      ...this.#details,
      ...details,
    }
    this.#gate?.take(record)
    this.#sink(record)
  }
}
