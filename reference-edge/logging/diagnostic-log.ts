import type { WallClock } from '#runtime/clock.ts'
import type { Log } from '#runtime/log.ts'
import type { Trace } from '#runtime/trace.ts'
import { BoundedEntries } from './bounded-entries.ts'
import { lineHead, logLine, quoted, utcTime } from './log-line.ts'
import { networkRecords } from './network-log.ts'
import type { SnapshotArchive } from './snapshot-archive.ts'
import { snapshotArchive } from './snapshot-archive.ts'
import type { VcsLog } from './vcs-log.ts'

export interface DiagnosticLogOptions {
  readonly vcsLog: VcsLog
  /** Where it says that it was started and stopped. */
  readonly log: Log
  readonly trace: Trace
  readonly wall: WallClock
  /** The VCS's host name, for lines and file names. */
  readonly hostName: () => string
  /** Texts of the configuration and of the status, made when the log is downloaded; without secrets. */
  readonly dumps: { readonly configuration: () => string; readonly status: () => string }
  /** Default 20 million; where there is more the oldest records give way. */
  readonly mostCharacters?: number
}

/** What a button of the page came to. */
export type DiagnosticAnswer<Result = undefined> =
  { readonly ok: true; readonly result: Result } | { readonly ok: false; readonly reason: string }

export interface DiagnosticLogStatus {
  readonly state: 'Idle' | 'Logging' | 'Stopped'
  readonly startedAt?: string
  readonly stoppedAt?: string
  readonly records: number
  readonly markers: number
  readonly dropped: number
}

/**
 * Maintenance > Diagnostics > Diagnostic logging: everything a VCS says between `start` and `stop`, with what it sent and
 * received, to be downloaded afterwards. A new start replaces the log before.
 */
export class DiagnosticLog {
  readonly #options: DiagnosticLogOptions
  #capture: Capture | undefined

  constructor(options: DiagnosticLogOptions) {
    this.#options = options
  }

  /** Start new log. */
  start(): DiagnosticAnswer {
    if (this.#capture?.isRunning === true) return alreadyLogging()
    this.#capture = new Capture(this.#options)
    this.#options.log.info('Diagnostic Logging', { Detail: 'Diagnostic logging started' })
    return done(undefined)
  }

  /** Add marker: any text at any time while it runs. */
  addMarker(text: string): DiagnosticAnswer {
    if (this.#capture?.isRunning !== true) return notLogging()
    this.#capture.mark(text)
    return done(undefined)
  }

  /** Stop logging. */
  stop(): DiagnosticAnswer {
    const capture = this.#capture
    if (capture?.isRunning !== true) return notLogging()
    this.#options.log.info('Diagnostic Logging', { Detail: 'Diagnostic logging stopped' })
    capture.stop()
    return done(undefined)
  }

  /** Download log, as release X8.1 does: one text file. */
  download(): DiagnosticAnswer<{ readonly name: string; readonly text: string }> {
    const capture = this.#capture
    if (capture === undefined) return nothingLogged()
    if (capture.isRunning) return stillLogging()
    return done({ name: `diagnostic_log_${this.#stamp(capture)}.txt`, text: capture.text() })
  }

  /** The same with what later releases put beside it, as tar.gz. */
  async downloadArchive(): Promise<DiagnosticAnswer<SnapshotArchive>> {
    const capture = this.#capture
    if (capture === undefined) return nothingLogged()
    if (capture.isRunning) return stillLogging()
    const { vcsLog, dumps, wall } = this.#options
    const stamp = this.#stamp(capture)
    return done(
      await snapshotArchive(`diagnostic_log_${stamp}.tar.gz`, wall.now(), [
        { name: `loggingsnapshot_${stamp}.txt`, text: capture.text() },
        { name: `xconf_dump_${stamp}.txt`, text: dumps.configuration() },
        { name: `xstat_dump_${stamp}.txt`, text: dumps.status() },
        { name: 'eventlog', text: vcsLog.text() },
      ]),
    )
  }

  status(): DiagnosticLogStatus {
    return this.#capture?.status() ?? { state: 'Idle', records: 0, markers: 0, dropped: 0 }
  }

  /** Ends a capture that runs; for the end of the host. */
  [Symbol.dispose](): void {
    this.#capture?.stop()
  }

  /** `<host>_<time of its end>` */
  #stamp({ stoppedAt, startedAt }: Capture): string {
    const time = (stoppedAt ?? startedAt).toISOString().slice(0, 19).replace('T', '_').replaceAll(':', '_')
    return `${this.#options.hostName().replace(/[^\w.-]/g, '_')}_${time}`
  }
}

/** One period of logging. */
class Capture {
  readonly startedAt: Date
  stoppedAt: Date | undefined
  readonly #options: DiagnosticLogOptions
  readonly #lines: BoundedEntries<{ readonly line: string }>
  readonly #detach: ReadonlyArray<() => void>
  #records = 0
  #markers = 0

  constructor(options: DiagnosticLogOptions) {
    const { wall, vcsLog, trace, mostCharacters = 20_000_000 } = options
    this.#options = options
    this.startedAt = wall.now()
    this.#lines = new BoundedEntries({ most: 1_000_000, mostCharacters })
    this.#detach = [
      vcsLog.observe(({ line }) => this.#add(line)),
      trace.observe((event) => {
        const hasMessages = vcsLog.levels.isDebug('network.sip')
        for (const record of networkRecords(event, { hasMessages })) {
          if (vcsLog.admits(record.module, record.level)) this.#add(logLine(record))
        }
      }),
    ]
  }

  get isRunning(): boolean {
    return this.stoppedAt === undefined
  }

  mark(text: string): void {
    const { wall, hostName } = this.#options
    const at = wall.now().toISOString()
    const head = `${lineHead(at, hostName(), 'web')}: UTCTime="${utcTime(at)}" Module="developer.diagnostics.markers"`
    this.#markers++
    this.#add(`${head} DEBUG_MARKER ${quoted(text)}`)
  }

  stop(): void {
    for (const detach of this.#detach) detach()
    this.stoppedAt ??= this.#options.wall.now()
  }

  text(): string {
    const { dropped } = this.#lines
    const note = dropped === 0 ? '' : `*** The log was full: the oldest ${dropped} records are not in this file ***\n`
    return (
      note +
      this.#lines
        .list()
        .map(({ line }) => `${line}\n`)
        .join('')
    )
  }

  status(): DiagnosticLogStatus {
    return {
      state: this.isRunning ? 'Logging' : 'Stopped',
      startedAt: this.startedAt.toISOString(),
      ...(this.stoppedAt === undefined ? {} : { stoppedAt: this.stoppedAt.toISOString() }),
      records: this.#records,
      markers: this.#markers,
      dropped: this.#lines.dropped,
    }
  }

  #add(line: string): void {
    this.#records++
    this.#lines.add({ line })
  }
}

function done<Result>(result: Result): DiagnosticAnswer<Result> {
  return { ok: true, result }
}

const alreadyLogging = () => refusal('Diagnostic logging is already in progress')
const notLogging = () => refusal('Diagnostic logging is not in progress')
const stillLogging = () => refusal('Diagnostic logging is in progress: stop logging before downloading the log')
const nothingLogged = () => refusal('There is no diagnostic log: start a new log first')

function refusal(reason: string): { readonly ok: false; readonly reason: string } {
  return { ok: false, reason }
}
