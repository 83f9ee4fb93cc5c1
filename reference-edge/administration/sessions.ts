import type { Timer, WallClock } from '#runtime/clock.ts'
import type { Log } from '#runtime/log.ts'
import type { Random } from '#runtime/random.ts'

/** What the next page says first, once. */
export interface Notice {
  readonly kind: 'good' | 'bad'
  readonly lines: readonly string[]
}

/** A login of a browser. */
export interface Session {
  readonly id: string
  /** Has to be in every form that is sent. */
  readonly token: string
  readonly username: string
  readonly source: string
  /** The password hash it was opened with: another one ends it. */
  readonly passwordHash: string
  notice?: Notice | undefined
}

export interface SessionsOptions {
  readonly clock: WallClock
  readonly random: Random
  readonly log: Log
  /** "Session time out" of System > System administration, live. */
  readonly timeoutMinutes: () => number
}

/** Logins of browsers: each ends by logout, when it was not used for a while, or when there are too many. */
export class Sessions {
  readonly #options: SessionsOptions
  readonly #sessions = new Map<string, { readonly session: Session; lastUsed: number; timer: Timer }>()

  constructor(options: SessionsOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#sessions.size
  }

  open(facts: Pick<Session, 'username' | 'source' | 'passwordHash'>): Session {
    const { random, log } = this.#options
    if (this.#sessions.size >= mostSessions) this.#end(this.#sessions.keys().next().value!, 'Too many sessions')
    const session: Session = { ...facts, id: random.hex(32), token: random.hex(32) }
    this.#sessions.set(session.id, { session, lastUsed: this.#now(), timer: this.#watch(session.id) })
    log.info('Admin Session Start', { User: facts.username, 'Src-ip': facts.source, Level: 1 })
    return session
  }

  /** The session of a cookie that has not run out; finding it is a use of it. */
  find(id: string | undefined, passwordHash: string): Session | undefined {
    const entry = id === undefined ? undefined : this.#sessions.get(id)
    if (entry === undefined) return undefined
    if (this.#now() - entry.lastUsed >= this.#timeoutMs()) return this.#end(entry.session.id, 'Timed out')
    if (entry.session.passwordHash !== passwordHash) return this.#end(entry.session.id, 'Password changed')
    entry.lastUsed = this.#now()
    // The one that was used last stands last: the first is the one to go.
    this.#sessions.delete(entry.session.id)
    this.#sessions.set(entry.session.id, entry)
    return entry.session
  }

  close(id: string): void {
    this.#end(id, 'Logged out')
  }

  stop(): void {
    for (const { timer } of this.#sessions.values()) timer.cancel()
    this.#sessions.clear()
  }

  #end(id: string, reason: string): undefined {
    const entry = this.#sessions.get(id)
    if (entry === undefined) return
    entry.timer.cancel()
    this.#sessions.delete(id)
    const { username, source } = entry.session
    this.#options.log.info('Admin Session Finish', { User: username, 'Src-ip': source, Reason: reason, Level: 1 })
  }

  /** Ends a session that nobody comes back to. */
  #watch(id: string, wait = this.#timeoutMs()): Timer {
    return this.#options.clock.after(wait, 'administrator session time out', () => {
      const entry = this.#sessions.get(id)
      if (entry === undefined) return
      const left = entry.lastUsed + this.#timeoutMs() - this.#now()
      if (left <= 0) this.#end(id, 'Timed out')
      else entry.timer = this.#watch(id, left)
    })
  }

  #now(): number {
    return this.#options.clock.now().getTime()
  }

  #timeoutMs(): number {
    return this.#options.timeoutMinutes() * 60_000
  }
}

const mostSessions = 100
