import type { WallClock } from '#runtime/clock.ts'
import type { SessionRecord } from './sign-in-records.ts'

export interface SessionFacts {
  /** What the client calls itself, until its device at Unified CM is known. */
  readonly device: string
  /** Edge domain of the sign-in. */
  readonly domain: string
}

/** One client of one user that signed in through the edge. */
export interface ProvisioningSession extends SessionFacts {
  readonly user: string
  readonly since: string
  readonly lastSeen: string
  readonly state: 'current' | 'recent'
  /** FQDN of the VCS of the cluster that it last signed in through. */
  readonly peer: string
}

/**
 * Sessions since the start, at most a day old and at most `largest`; a renewed sign-in keeps its session. Those of the
 * cluster's other peers are among them.
 */
export class ProvisioningSessions {
  readonly #wall: WallClock
  readonly #own: string
  readonly #sessions = new Map<string, SessionRecord>()

  /** `own` is the FQDN of this VCS. */
  constructor(wall: WallClock, own: string) {
    this.#wall = wall
    this.#own = own
  }

  opened(user: string, facts: SessionFacts): void {
    const now = this.#now()
    const { device, domain } = facts
    const known = this.#sessions.get(keyOf(user, facts))
    this.#keep({
      user,
      device,
      domain,
      name: known?.name ?? device,
      since: known?.since ?? now,
      renewed: now,
      lastSeen: now,
      peer: this.#own,
    })
  }

  seen(user: string, facts: SessionFacts, deviceName: string | undefined): void {
    const key = keyOf(user, facts)
    const session = this.#sessions.get(key)
    if (session === undefined) return
    this.#sessions.set(key, { ...session, lastSeen: this.#now(), name: deviceName ?? session.name })
  }

  /** Takes what another peer knows of a session; what was later counts. */
  learn(told: SessionRecord): void {
    const known = this.#sessions.get(keyOf(told.user, told))
    if (known === undefined) return this.#keep(told)
    const later = told.renewed > known.renewed ? told : known
    this.#keep({
      ...later,
      name: told.name === told.device ? known.name : told.name,
      since: Math.min(told.since, known.since),
      lastSeen: Math.max(told.lastSeen, known.lastSeen),
    })
  }

  /** All, or those of one user. */
  records(user?: string): SessionRecord[] {
    return [...this.#sessions.values()].filter((session) => user === undefined || session.user === user)
  }

  /** A session is current while the credentials of its last sign-in are. */
  list(refreshMs: number): ProvisioningSession[] {
    this.removeOld()
    const now = this.#now()
    return this.records().map(({ user, name, domain, since, renewed, lastSeen, peer }) => ({
      user,
      device: name,
      domain,
      since: new Date(since).toISOString(),
      lastSeen: new Date(lastSeen).toISOString(),
      state: Math.abs(now - renewed) < refreshMs ? 'current' : 'recent',
      peer,
    }))
  }

  removeOld(): void {
    const now = this.#now()
    for (const [key, { lastSeen }] of this.#sessions) {
      if (Math.abs(now - lastSeen) > recentMs) this.#sessions.delete(key)
    }
  }

  clear(): void {
    this.#sessions.clear()
  }

  /** As the newest. */
  #keep(session: SessionRecord): void {
    const key = keyOf(session.user, session)
    this.#sessions.delete(key)
    this.#sessions.set(key, session)
    const [oldest] = this.#sessions.keys()
    if (this.#sessions.size > largest) this.#sessions.delete(oldest!)
  }

  #now(): number {
    return this.#wall.now().getTime()
  }
}

/** How long a session counts as recent; the guide does not say. */
const recentMs = 24 * 3_600_000
const largest = 5_000

function keyOf(user: string, { device, domain }: SessionFacts): string {
  return JSON.stringify([user, device, domain])
}
