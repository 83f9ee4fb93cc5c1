import type { MonotonicClock } from '#runtime/clock.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { CredentialCache, IssuedCookie, Verdict } from './credential-cache.ts'
import { cookieId } from './credential-cache.ts'
import type { ProvisioningSession, SessionFacts } from './provisioning-sessions.ts'
import type { CredentialRecord, SignInRecords } from './sign-in-records.ts'
import { noRecords, partsOf, readSignInRecords } from './sign-in-records.ts'

export interface SharedSignInsOptions {
  readonly cache: CredentialCache
  readonly cluster: Cluster
  readonly clock: MonotonicClock
  /** Which node of Unified CM has a user's data: goes with the credentials, since only a verification finds it out. */
  readonly homes: {
    /** Its FQDN; undefined where there is none. */
    of(user: string): string | undefined
    learn(user: string, fqdn: string | undefined): void
  }
}

/** What one peer says to another. */
interface Said {
  readonly told?: unknown
  readonly about?: { readonly user?: unknown; readonly cookie?: unknown }
}

type Question = { readonly user: string } | { readonly cookie: string }

/**
 * Sign-ins that count at every Control of a cluster. Each peer has its own cache; a sign-in is told to the others before
 * the client gets its answer, and what a peer does not know it asks the others for, once and not often. Forgetting is
 * each peer's own. A VCS without a cluster has just its cache.
 */
export class SharedSignIns implements Disposable {
  readonly #options: SharedSignInsOptions
  readonly #running = new DisposableStack()
  readonly #asking = new Map<string, Promise<boolean>>()
  /** What no peer knew, and when that was asked. */
  readonly #unknown = new Map<string, bigint>()
  #second = { since: 0n, asked: 0 }
  #notWaitedUntil = 0n

  constructor(options: SharedSignInsOptions) {
    this.#options = options
    const { cluster } = options
    this.#running.defer(cluster.answer(subject, (given) => this.#answer((given ?? {}) as Said)))
    this.#running.defer(cluster.onActive(() => void this.#tellAll()))
  }

  /** The password Unified CM accepted for this user, while it is fresh at any peer. */
  async password(user: string): Promise<string | undefined> {
    const { cache } = this.#options
    const known = cache.password(user)
    if (known !== undefined || !(await this.#askOthers({ user }))) return known
    return cache.password(user)
  }

  /** See `CredentialCache.verify`; where no Unified CM can be asked, what the other peers know counts. */
  async verify(user: string, password: string): Promise<Verdict> {
    const { cache } = this.#options
    const verdict = await cache.verify(user, password)
    if (verdict !== 'unavailable' || !(await this.#askOthers({ user }))) return verdict
    return cache.verify(user, password)
  }

  /** See `CredentialCache.issueCookie`; every peer that can be reached knows the cookie when it is there. */
  async issueCookie(user: string, facts: SessionFacts): Promise<IssuedCookie> {
    const { cache } = this.#options
    const cookie = cache.issueCookie(user, facts)
    await this.#tell(cache.knownOf({ cookie: cookieId(cookie.value) }))
    return cookie
  }

  /** See `CredentialCache.cookieUser`. */
  async cookieUser(value: string, deviceName?: string): Promise<string | undefined> {
    const { cache } = this.#options
    const cookie = cookieId(value)
    let user = cache.cookieUser(value, deviceName)
    if (user === undefined && (await this.#askOthers({ cookie }))) user = cache.cookieUser(value, deviceName)
    if (user !== undefined && deviceName !== undefined) void this.#tell(cache.knownOf({ cookie }))
    return user
  }

  /** Sessions of all peers. */
  sessions(): ProvisioningSession[] {
    return this.#options.cache.sessions()
  }

  /** Of a password that Unified CM has just accepted; resolves when the others know, or their time is up. */
  async tellVerified(credential: CredentialRecord): Promise<void> {
    await this.#tell({ ...noRecords, credentials: [credential] })
  }

  [Symbol.dispose](): void {
    this.#running.dispose()
  }

  #answer({ told, about }: Said): unknown {
    if (told !== undefined) return this.#learn(told)
    if (typeof about?.cookie === 'string') return this.#known({ cookie: about.cookie })
    if (typeof about?.user === 'string') return this.#known({ user: about.user })
    return null
  }

  #known(question: Question): SignInRecords {
    return this.#withHomes(this.#options.cache.knownOf(question))
  }

  /** Whether anything was said. */
  #learn(said: unknown): boolean {
    const records = readSignInRecords(said)
    const { cache, homes } = this.#options
    for (const { user, home } of cache.learn(records)) homes.learn(user, home)
    return Object.values(records).some(({ length }) => length > 0)
  }

  /** Waits at most `longestTellMs`, and for a while not at all where that was not enough: sign-ins do not depend on peers. */
  async #tell(records: SignInRecords): Promise<void> {
    if (!this.#isReachable()) return
    const { clock } = this.#options
    const said = this.#say({ told: this.#withHomes(records) })
    if (clock.now() < this.#notWaitedUntil) return
    const isInTime = await this.#within(longestTellMs, said)
    if (!isInTime) this.#notWaitedUntil = clock.now() + BigInt(notWaitedMs) * 1_000_000n
  }

  /** In parts, one behind the other. */
  async #tellAll(): Promise<void> {
    for (const part of partsOf(this.#options.cache.known(), largestPart)) {
      if (this.#running.disposed) return
      await this.#say({ told: this.#withHomes(part) })
    }
  }

  /** Whether a peer knew something. What none knows is not asked for again for a while. */
  #askOthers(question: Question): Promise<boolean> {
    const key = JSON.stringify(question)
    const running = this.#asking.get(key)
    if (running !== undefined) return running
    if (!this.#isReachable() || !this.#mayAsk(key)) return Promise.resolve(false)
    const asked = this.#question(key, question).finally(() => this.#asking.delete(key))
    this.#asking.set(key, asked)
    return asked
  }

  async #question(key: string, about: Question): Promise<boolean> {
    const answers = await this.#say({ about })
    const isKnown = answers.map((answer) => answer.ok && this.#learn(answer.answer)).includes(true)
    if (!isKnown) {
      this.#unknown.delete(key)
      this.#unknown.set(key, this.#options.clock.now())
      const [oldest] = this.#unknown.keys()
      if (this.#unknown.size > mostUnknown) this.#unknown.delete(oldest!)
    }
    return isKnown
  }

  /** Guessing cookies at one peer must not become a flood at the others. */
  #mayAsk(key: string): boolean {
    const now = this.#options.clock.now()
    const asked = this.#unknown.get(key)
    if (asked !== undefined && now - asked < BigInt(unknownMs) * 1_000_000n) return false
    if (now - this.#second.since >= 1_000_000_000n) this.#second = { since: now, asked: 0 }
    return this.#second.asked++ < mostAskedInASecond
  }

  #isReachable(): boolean {
    return this.#options.cluster.others().some(({ state }) => state === 'Active')
  }

  async #say(said: Said) {
    return this.#options.cluster.ask(subject, said).catch(() => [])
  }

  #withHomes(records: SignInRecords): SignInRecords {
    const { homes } = this.#options
    const credentials = records.credentials.map((credential) => {
      const home = homes.of(credential.user)
      return home === undefined ? credential : { ...credential, home }
    })
    return { ...records, credentials }
  }

  #within(milliseconds: number, done: Promise<unknown>): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = this.#options.clock.after(milliseconds, () => resolve(false))
      void done.then(() => {
        timer.cancel()
        resolve(true)
      })
    })
  }
}

const subject = 'sign-ins'
const longestTellMs = 300
/** Behind a peer that let everybody wait; its connection will be found dead by then. */
const notWaitedMs = 5_000
const largestPart = 200
const unknownMs = 5_000
const mostUnknown = 1_000
const mostAskedInASecond = 20
