import type { MonotonicClock } from '#runtime/clock.ts'
import type { Percentiles } from './histogram.ts'
import { Histogram } from './histogram.ts'

/** What clients do that is timed. */
export const Stage = {
  tlsConnect: 'TLS connect',
  edgeConfiguration: 'edge configuration',
  signIn: 'whole sign-in',
  register: 'REGISTER',
  keepalive: 'keepalive REGISTER',
  callSetUp: 'call set-up',
  callEnd: 'call end',
  xmppSignIn: 'XMPP sign-in',
  chat: 'chat round trip',
} as const
export type Stage = (typeof Stage)[keyof typeof Stage]

/** Durations by stage, milliseconds, and failures by what failed. */
export class Measures {
  readonly #clock: MonotonicClock
  readonly #stages = new Map<Stage, Histogram>()
  readonly #failures = new Map<string, number>()

  constructor(clock: MonotonicClock) {
    this.#clock = clock
  }

  nowMs(): number {
    return Number(this.#clock.now()) / 1e6
  }

  /** Times what is done; a failure is counted under the stage and passed on. */
  async timed<T>(stage: Stage, act: () => Promise<T>): Promise<T> {
    const began = this.nowMs()
    try {
      const result = await act()
      this.took(stage, this.nowMs() - began)
      return result
    } catch (error) {
      this.failed(stage, (error as Error).message)
      throw new CountedFailure((error as Error).message, { cause: error })
    }
  }

  took(stage: Stage, milliseconds: number): void {
    const histogram = this.#stages.get(stage) ?? new Histogram(0.5, 30_000)
    this.#stages.set(stage, histogram)
    histogram.add(milliseconds)
  }

  failed(what: string, why: string): void {
    // Addresses would make each failure one of its own.
    const reason = `${what}: ${why.replace(/\d+(?:\.\d+){3}(?::\d+)?/g, '*')}`
    const key = this.#failures.has(reason) || this.#failures.size < mostReasons ? reason : 'other'
    this.#failures.set(key, (this.#failures.get(key) ?? 0) + 1)
  }

  get failureCount(): number {
    let sum = 0
    for (const count of this.#failures.values()) sum += count
    return sum
  }

  stages(): Record<string, Percentiles> {
    return Object.fromEntries([...this.#stages].map(([stage, histogram]) => [stage, histogram.percentiles()]))
  }

  failures(): Record<string, number> {
    return Object.fromEntries(this.#failures)
  }
}

/** Has been counted where it happened. */
export class CountedFailure extends Error {}

const mostReasons = 50
