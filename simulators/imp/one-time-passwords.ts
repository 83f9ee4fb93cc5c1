import type { WallClock } from '#runtime/clock.ts'
import type { Random } from '#runtime/random.ts'

/** Passwords for CISCO-VTG-TOKEN: each good once, within five minutes. */
export class OneTimePasswords {
  readonly #issued = new Map<string, { userId: string; at: number }>()
  readonly #clock: WallClock
  readonly #random: Random

  constructor(clock: WallClock, random: Random) {
    this.#clock = clock
    this.#random = random
  }

  issue(userId: string): string {
    const password = this.#random.hex(32).toUpperCase()
    this.issuedElsewhere(userId, password)
    return password
  }

  /** By another node: it is good at each. */
  issuedElsewhere(userId: string, password: string): void {
    // The oldest goes first when the table is full.
    if (this.#issued.size >= mostIssued) this.#issued.delete(this.#issued.keys().next().value!)
    this.#issued.set(password, { userId, at: this.#clock.now().getTime() })
  }

  usedElsewhere(password: string): void {
    this.#issued.delete(password)
  }

  redeem(userId: string, password: string): boolean {
    const found = this.#issued.get(password)
    this.#issued.delete(password)
    return found?.userId === userId && this.#clock.now().getTime() - found.at <= lifetimeMs
  }
}

const mostIssued = 10_000
const lifetimeMs = 5 * 60_000
