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

/** Writes records as JSON lines through `sink`; a child adds its module's name and details. */
export class Log {
  readonly #sink: LogSink
  readonly #clock: WallClock
  readonly #host: string
  readonly #module: string
  readonly #details: Record<string, unknown>

  constructor(options: {
    sink: LogSink
    clock: WallClock
    host: string
    module: string
    details?: Record<string, unknown>
  }) {
    this.#sink = options.sink
    this.#clock = options.clock
    this.#host = options.host
    this.#module = options.module
    this.#details = options.details ?? {}
  }

  child(module: string, details: Record<string, unknown> = {}): Log {
    return new Log({
      sink: this.#sink,
      clock: this.#clock,
      host: this.#host,
      module,
      details: { ...this.#details, ...details },
    })
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

  #write(level: LogLevel, event: string, details: Record<string, unknown> = {}): void {
    this.#sink({
      at: this.#clock.now().toISOString(),
      host: this.#host,
      module: this.#module,
      level,
      event,
      ...this.#details,
      ...details,
    })
  }
}
