import type { Timer, WallClock } from '#runtime/clock.ts'
import type { SipFlow } from '../protocol/sip/flow.ts'
import type { SipUri } from '../protocol/sip/uri.ts'
import { sameUri } from '../protocol/sip/uri.ts'
import type { LocalDevice } from './local-device.ts'

/** One contact of an address of record (RFC 3261 §10). */
export interface Binding {
  /** `user@domain`, see `addressOfRecord`. */
  readonly aor: string
  /** The Contact URI as the device wrote it: the request URI of what goes to it. */
  readonly contact: string
  readonly contactUri: SipUri
  /** Preference, 0 to 1; 1 where the device gave none. */
  readonly q: number
  readonly callId: string
  readonly cseq: number
  readonly userAgent: string | undefined
  readonly peer: LocalDevice
  readonly registeredAt: Date
  readonly expiresAt: Date
}

export type NewBinding = Omit<Binding, 'registeredAt' | 'expiresAt'>

interface Entry {
  binding: Binding
  timer: Timer
}

/** Bindings of every address of record; each goes when its time on the wall clock is over. */
export class BindingTable {
  readonly #clock: WallClock
  readonly #onExpired: (binding: Binding) => void
  readonly #entries = new Map<string, Entry[]>()
  #size = 0

  constructor(options: { clock: WallClock; onExpired: (binding: Binding) => void }) {
    this.#clock = options.clock
    this.#onExpired = options.onExpired
  }

  /** Bindings, not addresses of record. */
  get size(): number {
    return this.#size
  }

  /** Best first: those that can be reached, by q, then the latest. */
  find(aor: string): readonly Binding[] {
    const bindings = (this.#entries.get(aor) ?? []).map(({ binding }) => binding)
    return bindings.sort(
      (one, other) =>
        Number(other.peer.isReachable) - Number(one.peer.isReachable) ||
        other.q - one.q ||
        other.expiresAt.getTime() - one.expiresAt.getTime(),
    )
  }

  get(aor: string, contact: SipUri): Binding | undefined {
    return this.#entry(aor, contact)?.binding
  }

  list(): Binding[] {
    return [...this.#entries.values()].flatMap((entries) => entries.map(({ binding }) => binding))
  }

  uses(flow: SipFlow): boolean {
    for (const entries of this.#entries.values())
      if (entries.some(({ binding }) => binding.peer.flow.id === flow.id)) return true
    return false
  }

  /** Enters or refreshes a binding for `seconds`; true where it was there. */
  keep(wanted: NewBinding, seconds: number): boolean {
    const known = this.#entry(wanted.aor, wanted.contactUri)
    const now = this.#clock.now()
    const expiresAt = new Date(now.getTime() + seconds * 1000)
    const binding = { ...wanted, registeredAt: known?.binding.registeredAt ?? now, expiresAt }
    const timer = this.#clock.after(seconds * 1000, 'registration', () => this.#expire(binding))
    if (known === undefined) {
      const others = this.#entries.get(wanted.aor)
      if (others === undefined) this.#entries.set(wanted.aor, [{ binding, timer }])
      else others.push({ binding, timer })
      this.#size++
      return false
    }
    known.timer.cancel()
    Object.assign(known, { binding, timer })
    return true
  }

  remove({ aor, contactUri }: Pick<Binding, 'aor' | 'contactUri'>): Binding | undefined {
    const entry = this.#entry(aor, contactUri)
    if (entry === undefined) return undefined
    entry.timer.cancel()
    const left = this.#entries.get(aor)!.filter((other) => other !== entry)
    if (left.length === 0) this.#entries.delete(aor)
    else this.#entries.set(aor, left)
    this.#size--
    return entry.binding
  }

  clear(): void {
    for (const binding of this.list()) this.remove(binding)
  }

  #entry(aor: string, contact: SipUri): Entry | undefined {
    return this.#entries.get(aor)?.find(({ binding }) => sameUri(binding.contactUri, contact))
  }

  #expire(binding: Binding): void {
    if (this.get(binding.aor, binding.contactUri) !== binding) return
    this.remove(binding)
    this.#onExpired(binding)
  }
}
