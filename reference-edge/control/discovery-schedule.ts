import type { MonotonicClock, Timer } from '#runtime/clock.ts'
import type { Log } from '#runtime/log.ts'
import type { Service } from '#runtime/service.ts'
import type { Discovery } from '../unified-cm/discovery.ts'

/** Discovers at the start and whenever told, and again while a publisher has not answered: it may only be starting. */
export class DiscoverySchedule implements Service {
  readonly name = 'discovery'
  readonly #discovery: Discovery
  readonly #clock: MonotonicClock
  readonly #log: Log
  #pauseMs = firstPauseMs
  #timer: Timer | undefined
  #isDue = false
  #running: Promise<void> | undefined
  #isStopped = false

  private constructor(discovery: Discovery, clock: MonotonicClock, log: Log) {
    this.#discovery = discovery
    this.#clock = clock
    this.#log = log
  }

  static start(discovery: Discovery, clock: MonotonicClock, log: Log): DiscoverySchedule {
    const schedule = new DiscoverySchedule(discovery, clock, log)
    schedule.now()
    return schedule
  }

  /** Discovers now; where that is under way, once more behind it, since the configuration may have changed. */
  now(): void {
    this.#pauseMs = firstPauseMs
    this.#timer?.cancel()
    this.#isDue = true
    this.#running ??= this.#run().finally(() => (this.#running = undefined))
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#timer?.cancel()
    await this.#running
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  async #run(): Promise<void> {
    while (this.#isDue && !this.#isStopped) {
      this.#isDue = false
      if (await this.#isComplete()) continue
      this.#timer?.cancel()
      if (!this.#isStopped) this.#timer = this.#clock.after(this.#pauseMs, () => this.#again())
      this.#pauseMs = Math.min(longestPauseMs, this.#pauseMs * 2)
    }
  }

  async #isComplete(): Promise<boolean> {
    try {
      const found = await this.#discovery.refresh()
      return found.every(({ state }) => state === 'Active')
    } catch (error) {
      this.#log.error('External Server Communication Failure', { Detail: (error as Error).message })
      return false
    }
  }

  #again(): void {
    this.#isDue = true
    this.#running ??= this.#run().finally(() => (this.#running = undefined))
  }
}

/** Real time. */
const firstPauseMs = 200
const longestPauseMs = 30_000
