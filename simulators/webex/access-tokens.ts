import type { WallClock } from '#runtime/clock.ts'
import type { Random } from '#runtime/random.ts'

/** What a sign-in at the web service gives for SASL WEBEX-TOKEN: good for two hours, as often as it is shown. */
export class AccessTokens {
  readonly #issued = new Map<string, { userId: string; at: number }>()
  readonly #clock: WallClock
  readonly #random: Random

  constructor(clock: WallClock, random: Random) {
    this.#clock = clock
    this.#random = random
  }

  issue(userId: string): string {
    // The oldest goes first when the table is full.
    if (this.#issued.size >= mostIssued) this.#issued.delete(this.#issued.keys().next().value!)
    const token = this.#random.hex(48)
    this.#issued.set(token, { userId, at: this.#clock.now().getTime() })
    return token
  }

  /** Whose it is; undefined where it was never issued or is too old. */
  owner(token: string): string | undefined {
    const found = this.#issued.get(token)
    if (found === undefined || this.#clock.now().getTime() - found.at > lifetimeMs) return undefined
    return found.userId
  }
}

const mostIssued = 10_000
const lifetimeMs = 2 * 60 * 60_000
