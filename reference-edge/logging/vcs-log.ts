import type { Timer, WallClock } from '#runtime/clock.ts'
import type { Log, LogGate, LogLevel, LogRecord } from '#runtime/log.ts'
import { BoundedEntries } from './bounded-entries.ts'
import { logLine } from './log-line.ts'
import { LogLevels } from './log-levels.ts'

/** One record on Status > Logs > Event Log. */
export interface LogEntry {
  /** Counts all records since the start. */
  readonly number: number
  /** Host time, ISO 8601. */
  readonly at: string
  readonly module: string
  readonly level: LogLevel
  readonly event: string
  /** As `logLine` writes it; a message in it stands on lines of its own. */
  readonly line: string
}

export interface EventLogFilter {
  /** In the line, upper or lower case. */
  readonly text?: string
  /** This module and those below it. */
  readonly module?: string
  readonly level?: LogLevel
  /** Default 1,000. */
  readonly most?: number
}

export interface VcsLogOptions {
  readonly wall: WallClock
  /** Records kept; default 5,000, and never more than 16 million characters. */
  readonly most?: number
}

/**
 * The log of a VCS, between its parts and its file: keeps the last records for the pages, drops DEBUG records of modules
 * that are not at DEBUG, and says MARK after an hour in which nothing was said. Put it into a log by
 * `environment.log.through(vcsLog)` and let it mark there by `markIn`.
 */
export class VcsLog implements LogGate {
  readonly levels = new LogLevels()
  readonly #wall: WallClock
  readonly #entries: BoundedEntries<LogEntry>
  readonly #observers = new Set<(entry: LogEntry) => void>()
  #lastAt = 0
  #marking: Timer | undefined
  #count = 0

  constructor({ wall, most = 5_000 }: VcsLogOptions) {
    this.#wall = wall
    this.#entries = new BoundedEntries({ most, mostCharacters: 16_000_000 })
  }

  admits(module: string, level: LogLevel): boolean {
    return level !== 'debug' || this.levels.isDebug(module)
  }

  take(record: LogRecord): void {
    const { at, module, level, event } = record
    this.#lastAt = this.#wall.now().getTime()
    const entry = { number: ++this.#count, at, module, level, event, line: logLine(record) }
    this.#entries.add(entry)
    for (const observer of this.#observers) observer(entry)
  }

  /** Newest first. */
  events(filter: EventLogFilter = {}): readonly LogEntry[] {
    const { module, level, most = 1_000 } = filter
    const text = filter.text?.toLowerCase()
    return this.#entries
      .list()
      .filter(
        (entry) =>
          (module === undefined || entry.module === module || entry.module.startsWith(`${module}.`)) &&
          (level === undefined || entry.level === level) &&
          (text === undefined || entry.line.toLowerCase().includes(text)),
      )
      .slice(-most)
      .toReversed()
  }

  /** All that is kept as a file, oldest first. */
  text(): string {
    return this.#entries
      .list()
      .map(({ line }) => `${line}\n`)
      .join('')
  }

  /** Hands each record to `take` as well until the function it gives back is called. */
  observe(take: (entry: LogEntry) => void): () => void {
    this.#observers.add(take)
    return () => void this.#observers.delete(take)
  }

  /** Begins the hourly MARK of an idle VCS in `log`; stop what it gives back. */
  markIn(log: Log): Disposable {
    this.#lastAt = this.#wall.now().getTime()
    this.#markAfter(log, idleMs)
    return { [Symbol.dispose]: () => this.#marking?.cancel() }
  }

  #markAfter(log: Log, milliseconds: number): void {
    this.#marking = this.#wall.after(milliseconds, 'MARK in the event log', () => {
      const idle = this.#wall.now().getTime() - this.#lastAt
      if (idle >= idleMs) log.info('MARK')
      this.#markAfter(log, idle >= idleMs || idle < 0 ? idleMs : idleMs - idle)
    })
  }
}

const idleMs = 3_600_000
