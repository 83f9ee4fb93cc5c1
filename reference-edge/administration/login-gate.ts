import type { Hmac } from 'node:crypto'
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { MonotonicClock } from '#runtime/clock.ts'
import { type Random, systemRandom } from '#runtime/random.ts'
import { isPasswordOf } from './password-hash.ts'

export interface Administrator {
  readonly username: string
  /** See `isPasswordOf`. */
  readonly passwordHash: string
}

export interface Credentials {
  readonly username: string
  readonly password: string
}

export type LoginVerdict = 'admitted' | 'refused' | 'busy'

/**
 * Login of the one administrator. Each failure makes its source wait longer for its next verdict, right or wrong;
 * others are not held up. A good login is remembered for a minute as a keyed digest, so that the next one is cheap.
 */
export class LoginGate {
  readonly #clock: MonotonicClock
  readonly #administrator: () => Administrator
  readonly #failures = new Map<string, number>()
  readonly #key: Buffer
  #remembered: ({ readonly digest: Buffer; readonly until: bigint } & Administrator) | undefined
  #waiting = 0

  constructor(
    clock: MonotonicClock,
    administrator: () => Administrator,
    random: Pick<Random, 'bytes'> = systemRandom(),
  ) {
    this.#clock = clock
    this.#administrator = administrator
    this.#key = random.bytes(32)
  }

  /** The value of an Authorization header. */
  judge(authorization: string, source: string): Promise<LoginVerdict> {
    return this.judgeCredentials(basicCredentials(authorization), source)
  }

  /** Undefined stands for credentials that cannot be read: refused as any others. */
  async judgeCredentials(credentials: Credentials | undefined, source: string): Promise<LoginVerdict> {
    if (this.#waiting >= mostWaiting) return 'busy'
    this.#waiting++
    try {
      await this.#holdUp(source)
      const isGood = credentials !== undefined && (await this.#isGood(credentials))
      if (isGood) this.#failures.delete(source)
      else this.#failed(source)
      return isGood ? 'admitted' : 'refused'
    } finally {
      this.#waiting--
    }
  }

  async #isGood(given: Credentials): Promise<boolean> {
    const { username, passwordHash } = this.#administrator()
    const digest = this.#digest(given.username, given.password)
    if (this.#isRemembered(digest, { username, passwordHash })) return true
    // The hash is computed for a wrong name too: the time does not tell which of both was wrong.
    const isPassword = await isPasswordOf(passwordHash, given.password)
    const isGood = timingSafeEqual(this.#digest(given.username), this.#digest(username)) && isPassword
    if (isGood) this.#remembered = { digest, username, passwordHash, until: this.#clock.now() + rememberedNs }
    return isGood
  }

  /** A changed password or name ends it at once. */
  #isRemembered(digest: Buffer, { username, passwordHash }: Administrator): boolean {
    const remembered = this.#remembered
    if (remembered?.passwordHash !== passwordHash || remembered.username !== username) return false
    return remembered.until > this.#clock.now() && timingSafeEqual(remembered.digest, digest)
  }

  #digest(...texts: readonly string[]): Buffer {
    return texts
      .reduce((hmac: Hmac, text) => hmac.update(`${text.length}:${text}`), createHmac('sha256', this.#key))
      .digest()
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

/** RFC 7617: everything behind the first colon is the password. */
function basicCredentials(authorization: string): Credentials | undefined {
  const [scheme, encoded] = authorization.split(' ')
  if (scheme?.toLowerCase() !== 'basic' || encoded === undefined) return undefined
  const given = Buffer.from(encoded, 'base64').toString()
  const colon = given.indexOf(':')
  return colon === -1 ? undefined : { username: given.slice(0, colon), password: given.slice(colon + 1) }
}

/** Seconds. */
const longestDelay = 10
const rememberedNs = 60_000_000_000n
const mostWaiting = 50
const mostSources = 10_000
