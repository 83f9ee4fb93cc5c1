import type { MonotonicClock } from '#runtime/clock.ts'

export interface Allowance {
  /** What a source may spend at once. */
  readonly burst: number
  readonly perSecond: number
}

/** Bounds how often something may happen for each source (an address, a connection); what is unused refills with time. */
export class SourceAllowance {
  readonly #clock: MonotonicClock
  readonly #allowance: Allowance
  readonly #left = new Map<string, { tokens: number; at: bigint }>()

  constructor(clock: MonotonicClock, allowance: Allowance) {
    this.#clock = clock
    this.#allowance = allowance
  }

  /** False where the source has used up what it may. */
  spend(source: string): boolean {
    const now = this.#clock.now()
    const known = this.#left.get(source)
    const tokens = this.#refilled(known, now)
    // Taken out and put in again: the map stays in the order of last use.
    this.#left.delete(source)
    this.#left.set(source, { tokens: Math.max(tokens - 1, 0), at: now })
    if (this.#left.size > mostSources) this.#left.delete(this.#left.keys().next().value!)
    return tokens >= 1
  }

  /** Whether the source has something left, without spending it. */
  has(source: string): boolean {
    return this.#refilled(this.#left.get(source), this.#clock.now()) >= 1
  }

  #refilled(known: { tokens: number; at: bigint } | undefined, now: bigint): number {
    const { burst, perSecond } = this.#allowance
    if (known === undefined) return burst
    return Math.min(burst, known.tokens + (Number(now - known.at) / 1e9) * perSecond)
  }
}

/** Beyond it the source not heard of for longest is forgotten. */
const mostSources = 10_000
