import type { KeyObject } from 'node:crypto'
import { createHash, createHmac, createSecretKey, timingSafeEqual } from 'node:crypto'
import type { Timer, WallClock } from '#runtime/clock.ts'
import type { Random } from '#runtime/random.ts'
import type { ProvisioningSession, SessionFacts } from './provisioning-sessions.ts'
import { ProvisioningSessions } from './provisioning-sessions.ts'
import type { CookieRecord, CredentialRecord, SignInRecords } from './sign-in-records.ts'
import { noRecords } from './sign-in-records.ts'

/** What Unified CM says about a user's password. */
export type Verdict = 'accepted' | 'refused' | 'unavailable'

export interface CacheAges {
  /** Credentials refresh interval: an older entry is refused (guide default 480). */
  readonly refreshMinutes: number
  /** Credentials cleanup interval: how often the space of old entries is given back (guide default 720). */
  readonly cleanupMinutes: number
}

export const defaultCacheAges: CacheAges = { refreshMinutes: 480, cleanupMinutes: 720 }

export interface CredentialCacheOptions {
  readonly wall: WallClock
  readonly random: Random
  /** Asks Unified CM; called only where no fresh entry has that password. */
  readonly authenticate: (user: string, password: string) => Promise<Verdict>
  readonly ages?: () => CacheAges
  /** Users kept; the one verified longest ago makes room. Default 5 000. */
  readonly capacity?: number
  /** FQDN of this VCS, as sessions name it. */
  readonly own?: string
  /** Called when Unified CM has accepted a password; whoever asked for it hears of that behind this. */
  readonly onVerified?: (credential: CredentialRecord) => Promise<void>
}

export interface IssuedCookie {
  readonly value: string
  readonly expires: Date
}

/**
 * The Control's memory of signed-in users: passwords that Unified CM accepted, and the X-Auth cookies given for
 * them. Ages run on the host's wall clock. An entry past the refresh interval is never used, although it may stay
 * until the next cleanup. Failures are not kept; a changed password takes effect here when the entry has aged out
 * or the new one was presented. Passwords are held in memory only, cookies as their hashes.
 */
export class CredentialCache {
  readonly #options: CredentialCacheOptions
  readonly #hashKey: KeyObject
  readonly #entries = new Map<string, CredentialRecord>()
  readonly #cookies = new Map<string, CookieRecord>()
  readonly #asking = new Map<string, Promise<Verdict>>()
  readonly #sessions: ProvisioningSessions
  #cleanup: Timer | undefined

  constructor(options: CredentialCacheOptions) {
    this.#options = options
    this.#hashKey = createSecretKey(options.random.bytes(32))
    this.#sessions = new ProvisioningSessions(options.wall, options.own ?? '')
    this.#scheduleCleanup()
  }

  /** The password Unified CM accepted for this user, while its entry is fresh. */
  password(user: string): string | undefined {
    return this.#fresh(user)?.password
  }

  /** Whether the password is the user's: from the cache where it can tell, from Unified CM otherwise. */
  async verify(user: string, password: string): Promise<Verdict> {
    const entry = this.#fresh(user)
    if (entry !== undefined && this.#isSame(entry.password, password)) return 'accepted'
    const key = this.#hash(`${user}\0${password}`)
    const running = this.#asking.get(key)
    if (running !== undefined) return running
    if (this.#asking.size >= largestAsking) return 'unavailable'
    const asked = this.#ask(user, password).finally(() => this.#asking.delete(key))
    this.#asking.set(key, asked)
    return asked
  }

  /** A new X-Auth cookie for a user whose password was just verified; it also opens or renews the device's session. */
  issueCookie(user: string, facts: SessionFacts = { device: '', domain: '' }): IssuedCookie {
    const value = this.#options.random.uuid()
    const issuedAt = this.#now()
    const { device, domain } = facts
    this.#keepCookie({ id: cookieId(value), user, device, domain, issuedAt })
    this.#sessions.opened(user, facts)
    return { value, expires: new Date(issuedAt + this.#refreshMs()) }
  }

  /**
   * The user an X-Auth cookie was given to, while the cookie and the user's entry are fresh. `deviceName` tells
   * which device of Unified CM the session turned out to be.
   */
  cookieUser(value: string, deviceName?: string): string | undefined {
    const cookie = this.#freshCookie(cookieId(value))
    if (cookie === undefined || this.#fresh(cookie.user) === undefined) return undefined
    this.#sessions.seen(cookie.user, cookie, deviceName)
    return cookie.user
  }

  /** Current and recent provisioning sessions, for the status page. */
  sessions(): ProvisioningSession[] {
    return this.#sessions.list(this.#refreshMs())
  }

  /** Everything that is fresh, for another peer of the cluster. */
  known(): SignInRecords {
    const isFresh = (since: number) => this.#isFresh(since)
    return {
      credentials: [...this.#entries.values()].filter(({ verifiedAt }) => isFresh(verifiedAt)),
      cookies: [...this.#cookies.values()].filter(({ issuedAt }) => isFresh(issuedAt)),
      sessions: this.#sessions.records(),
    }
  }

  /** What is fresh about one user, or about the user and session of one cookie. */
  knownOf(asked: { readonly user: string } | { readonly cookie: string }): SignInRecords {
    if ('user' in asked) return { ...noRecords, credentials: listed(this.#fresh(asked.user)) }
    const cookie = this.#freshCookie(asked.cookie)
    if (cookie === undefined) return noRecords
    return {
      credentials: listed(this.#fresh(cookie.user)),
      cookies: [cookie],
      sessions: this.#sessions.records(cookie.user),
    }
  }

  /** Takes what another peer knows, with its times; older than what is here counts nothing. The value: credentials taken. */
  learn({ credentials, cookies, sessions }: SignInRecords): CredentialRecord[] {
    const taken = credentials.filter(({ user, verifiedAt }) => {
      const known = this.#entries.get(user)
      return this.#isFresh(verifiedAt) && (known === undefined || known.verifiedAt < verifiedAt)
    })
    for (const credential of taken) this.#keepEntry(credential)
    for (const cookie of cookies) if (this.#isFresh(cookie.issuedAt)) this.#keepCookie(cookie)
    for (const session of sessions) this.#sessions.learn(session)
    return taken
  }

  /** Users with an entry, fresh or waiting for the cleanup. */
  get size(): number {
    return this.#entries.size
  }

  /** Forgets entries, cookies and sessions, as a restart does. */
  clear(): void {
    this.#entries.clear()
    this.#cookies.clear()
    this.#sessions.clear()
  }

  stop(): void {
    this.#cleanup?.cancel()
    this.clear()
  }

  async #ask(user: string, password: string): Promise<Verdict> {
    const verdict = await this.#options.authenticate(user, password)
    if (verdict !== 'accepted') return verdict
    const credential = { user, password, verifiedAt: this.#now() }
    this.#keepEntry(credential)
    await this.#options.onVerified?.(credential)
    return verdict
  }

  #keepEntry({ user, password, verifiedAt }: CredentialRecord): void {
    this.#entries.delete(user)
    this.#entries.set(user, { user, password, verifiedAt })
    if (this.#entries.size > this.#capacity()) deleteFirst(this.#entries)
  }

  #keepCookie({ id, user, device, domain, issuedAt }: CookieRecord): void {
    this.#cookies.set(id, { id, user, device, domain, issuedAt })
    if (this.#cookies.size > this.#capacity() * cookiesPerUser) deleteFirst(this.#cookies)
  }

  #freshCookie(id: string): CookieRecord | undefined {
    const cookie = this.#cookies.get(id)
    return cookie !== undefined && this.#isFresh(cookie.issuedAt) ? cookie : undefined
  }

  #fresh(user: string): CredentialRecord | undefined {
    const entry = this.#entries.get(user)
    return entry !== undefined && this.#isFresh(entry.verifiedAt) ? entry : undefined
  }

  /** A clock set back does not make anything younger than new. */
  #isFresh(since: number): boolean {
    const age = this.#now() - since
    return age >= 0 ? age < this.#refreshMs() : -age < this.#refreshMs()
  }

  #removeOld(): void {
    for (const [user, { verifiedAt }] of this.#entries) if (!this.#isFresh(verifiedAt)) this.#entries.delete(user)
    for (const [id, { issuedAt }] of this.#cookies) if (!this.#isFresh(issuedAt)) this.#cookies.delete(id)
    this.#sessions.removeOld()
  }

  #scheduleCleanup(): void {
    this.#cleanup = this.#options.wall.after(this.#ages().cleanupMinutes * 60_000, 'credential cleanup', () => {
      this.#removeOld()
      this.#scheduleCleanup()
    })
  }

  #isSame(left: string, right: string): boolean {
    return timingSafeEqual(Buffer.from(this.#hash(left)), Buffer.from(this.#hash(right)))
  }

  #hash(text: string): string {
    return createHmac('sha256', this.#hashKey).update(text).digest('base64')
  }

  #ages(): CacheAges {
    return this.#options.ages?.() ?? defaultCacheAges
  }

  #refreshMs(): number {
    return this.#ages().refreshMinutes * 60_000
  }

  #capacity(): number {
    return this.#options.capacity ?? 5_000
  }

  #now(): number {
    return this.#options.wall.now().getTime()
  }
}

/** What stands for a cookie where its value need not be known: a hash, since the value is 122 random bits. */
export function cookieId(value: string): string {
  return createHash('sha256').update(value).digest('base64')
}

const cookiesPerUser = 4
const largestAsking = 500

function listed<T>(found: T | undefined): T[] {
  return found === undefined ? [] : [found]
}

function deleteFirst(map: Map<string, unknown>): void {
  const [first] = map.keys()
  if (first !== undefined) map.delete(first)
}
