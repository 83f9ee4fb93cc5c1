import { createHash, timingSafeEqual } from 'node:crypto'
import type { MonotonicClock } from '#runtime/clock.ts'
import { isPasswordOf } from './password-hash.ts'

export interface Administrator {
  readonly username: string
  /** See `isPasswordOf`. */
  readonly passwordHash: string
}

export type LoginVerdict = 'admitted' | 'refused' | 'busy'

/**
 * Basic login of the one administrator. Each failure makes its source wait longer for its next verdict, right or wrong;
 * others are not held up.
 */
export class LoginGate {
  readonly #clock: MonotonicClock
  readonly #administrator: () => Administrator
  readonly #failures = new Map<string, number>()
  #waiting = 0

  constructor(clock: MonotonicClock, administrator: () => Administrator) {
    this.#clock = clock
    this.#administrator = administrator
  }

  async judge(authorization: string, source: string): Promise<LoginVerdict> {
    if (this.#waiting >= mostWaiting) return 'busy'
    this.#waiting++
    try {
      await this.#holdUp(source)
      const isGood = await this.#isGood(authorization)
      if (isGood) this.#failures.delete(source)
      else this.#failed(source)
      return isGood ? 'admitted' : 'refused'
    } finally {
      this.#waiting--
    }
  }

  async #isGood(authorization: string): Promise<boolean> {
    const [scheme, encoded] = authorization.split(' ')
    if (scheme?.toLowerCase() !== 'basic' || encoded === undefined) return false
    const given = Buffer.from(encoded, 'base64').toString()
    const colon = given.indexOf(':')
    const { username, passwordHash } = this.#administrator()
    // The hash is computed for a wrong name too: the time does not tell which of both was wrong.
    const isPassword = await isPasswordOf(passwordHash, given.slice(colon + 1))
    return colon !== -1 && isSame(given.slice(0, colon), username) && isPassword
  }

  #holdUp(source: string): Promise<void> | undefined {
    const failures = this.#failures.get(source) ?? 0
    if (failures === 0) return undefined
    return new Promise((resolve) => this.#clock.after(Math.min(failures, longestDelay) * 1_000, resolve))
  }

  #failed(source: string): void {
    const failures = (this.#failures.get(source) ?? 0) + 1
    this.#failures.delete(source)
    this.#failures.set(source, failures)
    if (this.#failures.size > mostSources) this.#failures.delete(this.#failures.keys().next().value!)
  }
}

function isSame(one: string, other: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(one), digest(other))
}

/** Seconds. */
const longestDelay = 10
const mostWaiting = 50
const mostSources = 10_000
