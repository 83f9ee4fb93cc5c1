import type { Timer } from '#runtime/clock.ts'
import type { HostEnvironment } from '#runtime/host.ts'
import type { Service } from '#runtime/service.ts'
import type { AlarmPanel } from '../alarms/alarm-panel.ts'
import { confirmOffset } from './confirm-offset.ts'
import { askNtpServer } from './ntp-question.ts'
import type { NtpSettings, TimeStatus } from './ntp-settings.ts'
import { PollInterval } from './poll-interval.ts'
import { ServerRecord } from './server-record.ts'
import { truechimers } from './truechimers.ts'

export interface TimeClientOptions {
  readonly environment: HostEnvironment
  /** Page System > Time; read at each question. */
  readonly settings: () => NtpSettings
  readonly alarms: AlarmPanel
}

/**
 * The NTP client of a VCS (RFC 5905): asks its servers on the host's clock, 64 s growing to 1024 s apart, and sets that
 * clock where it is more than 128 ms off. Smaller differences are reported and left: a host's clock has ticks of 1 ms.
 *
 * A correction needs three answers that agree with the monotonic clock. Where clocks are moved from outside (the lab
 * advances its hosts in turn), answers from between the moves do not agree, and the client asks again.
 */
export class TimeClient implements Service {
  readonly name = 'NTP client'
  readonly #options: TimeClientOptions
  readonly #stopping = new AbortController()
  #records = new Map<string, ServerRecord>()
  #state: TimeStatus['state'] = 'Starting'
  #reason: string | undefined
  #active: ServerRecord | undefined
  #lastCorrection: TimeStatus['lastCorrection']
  #pollSeconds = 0
  #timer: Timer | undefined
  #round: Promise<void> | undefined
  #isAskedAgain = false
  /** The last round came to no conclusion, as clocks were being moved. */
  #isUncertain = false
  readonly #interval = new PollInterval()
  /** What was said last, by alarm. */
  readonly #alarms = new Map<25020 | 25021, string | undefined>()

  static start(options: TimeClientOptions): TimeClient {
    return new TimeClient(options)
  }

  private constructor(options: TimeClientOptions) {
    this.#options = options
    this.#begin()
  }

  status(): TimeStatus {
    return {
      state: this.#state,
      ...(this.#reason === undefined ? {} : { reason: this.#reason }),
      ...(this.#active === undefined ? {} : { offsetMs: this.#active.offsetMs }),
      ...(this.#lastCorrection === undefined ? {} : { lastCorrection: this.#lastCorrection }),
      pollSeconds: this.#pollSeconds,
      servers: this.#serverRecords().map((record) => record.status()),
    }
  }

  /** The settings have changed, or somebody wants to know now. */
  reload(): void {
    if (this.#round === undefined) this.#begin()
    else this.#isAskedAgain = true
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#timer?.cancel()
    await this.#round
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  #begin(): void {
    if (this.#stopping.signal.aborted) return
    this.#timer?.cancel()
    this.#isAskedAgain = false
    this.#round = this.#askAll().then(
      () => this.#afterRound(),
      (error: Error) => {
        this.#log.error('NTP Client Failure', { Detail: error.message })
        this.#isUncertain = false
        this.#pollSeconds = this.#interval.next(false)
        this.#afterRound()
      },
    )
  }

  #afterRound(): void {
    this.#round = undefined
    if (this.#stopping.signal.aborted) return
    if (this.#isAskedAgain) return this.#begin()
    const { wall, monotonic } = this.#options.environment.clocks
    // Not waited for: whoever moves this clock has the server's to move next.
    const ask = () => this.reload()
    if (this.#isUncertain) this.#timer = monotonic.after(restMs, ask)
    else this.#timer = wall.after(this.#pollSeconds * 1_000, 'NTP question', ask)
  }

  /** One round: all servers are asked, one is chosen and followed. */
  async #askAll(): Promise<void> {
    const records = this.#serverRecords()
    await Promise.all(records.map((record) => this.#ask(record)))
    if (this.#stopping.signal.aborted) return
    this.#isUncertain = true
    if (records.some(({ wasMoved }) => wasMoved)) return
    const active = choose(records)
    const isFollowed = active === undefined || (await this.#follow(active, records))
    if (isFollowed && !this.#stopping.signal.aborted) this.#conclude(records, active)
  }

  async #ask(record: ServerRecord): Promise<void> {
    if (record.isHeldOff) return
    const { environment } = this.#options
    const outcome = await askNtpServer(environment, record.settings, this.#stopping.signal)
    if (this.#stopping.signal.aborted) return
    record.take(outcome)
    if (outcome.kind !== 'slow down') return
    record.isHeldOff = true
    environment.clocks.wall.after(record.holdOffSeconds * 1_000, 'NTP hold-off', () => {
      record.isHeldOff = false
    })
  }

  /** Sets our clock by this server's where that is needed and certain; false where it is needed and not certain. */
  async #follow(active: ServerRecord, records: readonly ServerRecord[]): Promise<boolean> {
    const { environment, settings } = this.#options
    const { sample } = active
    if (sample === undefined || !active.isFresh || settings().isClockCorrected === false) return true
    // The true offset may be nearer by half the round trip.
    if (Math.abs(sample.offsetMs) - sample.delayMs / 2 <= stepMs) return true
    const { signal } = this.#stopping
    const ask = () => askNtpServer(environment, active.settings, signal)
    const certain = await confirmOffset(sample, ask, environment.clocks.monotonic, signal)
    if (certain === 'moved' || signal.aborted) return false
    const milliseconds = certain.offsetMs
    environment.clocks.wall.correct(milliseconds)
    for (const record of records) record.corrected(milliseconds)
    this.#lastCorrection = { at: environment.clocks.wall.now().toISOString(), milliseconds }
    this.#interval.restart()
    this.#log.warn('Time Corrected', { Server: active.settings.address, Milliseconds: milliseconds })
    return true
  }

  #conclude(records: readonly ServerRecord[], active: ServerRecord | undefined): void {
    this.#active = active
    this.#isUncertain = false
    const reason = this.#problem(records, active)
    const isUndecided = records.some(({ state }) => state === 'Starting')
    if (reason === undefined) this.#enter('Synchronized', undefined)
    else if (!isUndecided || this.#state !== 'Starting') this.#enter('Unsynchronized', reason)
    this.#pollSeconds = this.#interval.next(this.#state === 'Synchronized' && active?.isFresh === true)
    const problem = this.#state === 'Unsynchronized' ? reason : undefined
    const isAnswered = records.some(({ state }) => state !== 'Unreachable' && state !== 'Starting')
    this.#alarm(25020, isAnswered ? problem : undefined)
    this.#alarm(25021, isAnswered ? undefined : problem)
  }

  /** `detail` undefined: no alarm, not even one of an earlier client. */
  #alarm(id: 25020 | 25021, detail: string | undefined): void {
    if (this.#alarms.has(id) && this.#alarms.get(id) === detail) return
    this.#alarms.set(id, detail)
    this.#options.alarms.set(id, false)
    if (detail !== undefined) this.#options.alarms.set(id, true, detail)
  }

  /** Why our clock cannot be called synchronized. */
  #problem(records: readonly ServerRecord[], active: ServerRecord | undefined): string | undefined {
    if (records.length === 0) return 'no NTP server is configured'
    if (active !== undefined) {
      const isNear = Math.abs(active.offsetMs) - (active.sample?.delayMs ?? 0) / 2 <= stepMs
      return isNear ? undefined : `the clock differs from ${active.settings.address} by ${active.offsetMs} ms`
    }
    if (records.some(({ sample }) => sample !== undefined)) return 'the NTP servers disagree'
    return records.map((record) => `${record.settings.address}: ${record.status().reason ?? 'no answer'}`).join(', ')
  }

  #enter(state: TimeStatus['state'], reason: string | undefined): void {
    if (state !== this.#state || reason !== this.#reason) {
      if (state === 'Synchronized') this.#log.info('Time Synchronized', { Server: this.#active?.settings.address })
      else this.#log.warn('Time Not Synchronized', { Reason: reason })
    }
    this.#state = state
    this.#reason = reason
  }

  /** Records of the servers now configured; those of servers that are no more are forgotten. */
  #serverRecords(): ServerRecord[] {
    const servers = this.#options.settings().servers.slice(0, mostServers)
    const known = this.#records
    this.#records = new Map(
      servers.map((settings) => {
        const identity = JSON.stringify(settings)
        return [identity, known.get(identity) ?? new ServerRecord(settings)]
      }),
    )
    return [...this.#records.values()]
  }

  get #log() {
    return this.#options.environment.log.child('ntp')
  }
}

/** The server to follow, where most of those that told a time agree. Judges all of them. */
function choose(records: readonly ServerRecord[]): ServerRecord | undefined {
  const candidates = records.flatMap((record) =>
    record.sample === undefined ? [] : [{ ...record.sample, offsetMs: record.offsetMs, record }],
  )
  const agreeing = truechimers(candidates).map(({ record }) => record)
  for (const { record } of candidates) {
    if (agreeing.includes(record)) record.judge(record === agreeing[0] ? 'Active' : 'Reachable')
    else record.judge('Falseticker', 'most other servers tell another time')
  }
  return agreeing[0]
}

/** RFC 5905 appendix A.1.1: STEPT. */
const stepMs = 128
/** Real time: after an answer that came while clocks were being moved, they are given some to come to rest. */
const restMs = 500
/** Rows of the page. */
const mostServers = 5
