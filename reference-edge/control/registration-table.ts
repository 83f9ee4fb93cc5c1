import type { Timer, WallClock } from '#runtime/clock.ts'
import type { Usage, UsageGaugeOptions } from '../calls/usage-gauge.ts'
import { UsageGauge } from '../calls/usage-gauge.ts'
import type { SipPeer } from './sip-peer.ts'

/** A client outside that Unified CM has registered through this VCS. */
export interface ProxiedRegistration {
  /** `user@host:port` of the client's contact. */
  readonly key: string
  /** The client's Contact URI as it sent it. */
  readonly contact: string
  readonly aor: string
  readonly deviceName: string | undefined
  readonly node: SipPeer
  /** The Expressway it came by, the only one that has a connection to the client. */
  readonly by: SipPeer
  readonly registeredAt: Date
  readonly expiresAt: Date
}

export type RegistrationChange = 'Registration Accepted' | 'Registration Refresh Accepted' | 'Registration Removed'

/** Proxied registrations of one VCS, at most `limit`; each goes when its time on the wall clock is over. */
export class RegistrationTable {
  readonly #clock: WallClock
  readonly #gauge: UsageGauge
  readonly #limit: number
  readonly #others: () => number
  readonly #onExpired: (registration: ProxiedRegistration) => void
  readonly #entries = new Map<string, { registration: ProxiedRegistration; timer: Timer }>()

  constructor(options: {
    clock: WallClock
    onExpired: (registration: ProxiedRegistration) => void
    /** Proxied registrations of a VCS: 2500. */
    limit?: number
    /** Registrations of other kinds, which the limit counts too. */
    others?: () => number
    onUsage?: UsageGaugeOptions['onChange']
  }) {
    this.#clock = options.clock
    this.#onExpired = options.onExpired
    this.#limit = options.limit ?? 2_500
    this.#gauge = new UsageGauge({ limit: () => this.#limit, onChange: options.onUsage })
    this.#others = options.others ?? (() => 0)
  }

  get size(): number {
    return this.#entries.size
  }

  /** Whether a client under this key may be there beside those that are. */
  mayHold(key: string): boolean {
    return this.#entries.has(key) || this.#entries.size + this.#others() < this.#limit
  }

  /** Somebody was refused because there is no room. */
  refused(): void {
    this.#gauge.refuse()
  }

  usage(): Usage {
    return this.#gauge.usage()
  }

  find(key: string): ProxiedRegistration | undefined {
    return this.#entries.get(key)?.registration
  }

  list(): ProxiedRegistration[] {
    return [...this.#entries.values()].map(({ registration }) => registration)
  }

  /** Enters or refreshes a registration for `seconds`. */
  keep(registration: Omit<ProxiedRegistration, 'registeredAt' | 'expiresAt'>, seconds: number): RegistrationChange {
    const known = this.#entries.get(registration.key)
    known?.timer.cancel()
    const now = this.#clock.now()
    const entry = {
      ...registration,
      registeredAt: known?.registration.registeredAt ?? now,
      expiresAt: new Date(now.getTime() + seconds * 1000),
    }
    const timer = this.#clock.after(seconds * 1000, 'proxied registration', () => this.#expire(entry))
    this.#entries.set(registration.key, { registration: entry, timer })
    this.#gauge.current = this.size
    return known === undefined ? 'Registration Accepted' : 'Registration Refresh Accepted'
  }

  remove(key: string): ProxiedRegistration | undefined {
    const entry = this.#entries.get(key)
    entry?.timer.cancel()
    this.#entries.delete(key)
    this.#gauge.current = this.size
    return entry?.registration
  }

  clear(): void {
    for (const key of [...this.#entries.keys()]) this.remove(key)
  }

  #expire(registration: ProxiedRegistration): void {
    if (this.#entries.get(registration.key)?.registration !== registration) return
    this.#entries.delete(registration.key)
    this.#gauge.current = this.size
    this.#onExpired(registration)
  }
}
