import type { WallClock } from '#runtime/clock.ts'

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
}

interface Session {
  readonly user: string
  readonly domain: string
  device: string
  since: number
  renewed: number
  lastSeen: number
}

/** Sessions since the start, at most a day old and at most `largest`; a renewed sign-in keeps its session. */
export class ProvisioningSessions {
  readonly #wall: WallClock
  readonly #sessions = new Map<string, Session>()

  constructor(wall: WallClock) {
    this.#wall = wall
  }

  opened(user: string, facts: SessionFacts): void {
    const now = this.#now()
    const key = keyOf(user, facts)
    const known = this.#sessions.get(key)
    this.#sessions.delete(key)
    const device = known?.device ?? facts.device
    this.#sessions.set(key, {
      user,
      domain: facts.domain,
      device,
      since: known?.since ?? now,
      renewed: now,
      lastSeen: now,
    })
    const [oldest] = this.#sessions.keys()
    if (this.#sessions.size > largest) this.#sessions.delete(oldest!)
  }

  seen(user: string, facts: SessionFacts, deviceName: string | undefined): void {
    const session = this.#sessions.get(keyOf(user, facts))
    if (session === undefined) return
    session.lastSeen = this.#now()
    if (deviceName !== undefined) session.device = deviceName
  }

  /** A session is current while the credentials of its last sign-in are. */
  list(refreshMs: number): ProvisioningSession[] {
    this.removeOld()
    const now = this.#now()
    return [...this.#sessions.values()].map(({ user, device, domain, since, renewed, lastSeen }) => ({
      user,
      device,
      domain,
      since: new Date(since).toISOString(),
      lastSeen: new Date(lastSeen).toISOString(),
      state: Math.abs(now - renewed) < refreshMs ? 'current' : 'recent',
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
