import type { WallClock, Timer } from '#runtime/clock.ts'
import type { Address } from '#simulators/protocol/sip/address.ts'
import type { SipLink } from '#simulators/protocol/sip/link.ts'

/** One line of one device, as it registered. */
export interface Registration {
  readonly device: string
  readonly line: string
  readonly contact: Address
  readonly callId: string
  readonly cseq: number
  /** The connection it came on, used for requests to the device while it is open. */
  readonly link: SipLink
  readonly userAgent: string
  /** Software it runs, as its last alarm said; refreshes have none. */
  readonly activeLoad: string | undefined
  readonly since: Date
  readonly expires: Date
}

export interface RegistrationRecord {
  readonly at: string
  readonly event: 'registered' | 'refreshed' | 'unregistered' | 'expired' | 'refused'
  readonly device: string
  readonly line: string
  readonly contact: string
  /** `address:port` of the connection. */
  readonly source: string
  readonly status?: number
  readonly says?: string
}

const maxHistory = 2_000

/** Who is registered, and what happened to registrations. Ages on the host's wall clock. */
export class Registrations {
  readonly #clock: WallClock
  readonly #entries = new Map<string, { registration: Registration; timer: Timer }>()
  readonly #history: RegistrationRecord[] = []

  constructor(clock: WallClock) {
    this.#clock = clock
  }

  get all(): Registration[] {
    return [...this.#entries.values()].map(({ registration }) => registration)
  }

  get history(): readonly RegistrationRecord[] {
    return this.#history
  }

  find(device: string, line: string): Registration | undefined {
    return this.#entries.get(keyOf(device, line))?.registration
  }

  onLine(line: string): Registration[] {
    return this.all.filter((registration) => registration.line === line)
  }

  /** Enters or refreshes; answers whether the device was not registered with this contact before. */
  enter(entry: Omit<Registration, 'since' | 'expires'>, seconds: number): boolean {
    const key = keyOf(entry.device, entry.line)
    const known = this.#entries.get(key)
    known?.timer.cancel()
    const isNew = known === undefined || known.registration.contact.uri !== entry.contact.uri
    const now = this.#clock.now()
    const expires = new Date(now.getTime() + seconds * 1000)
    const activeLoad = entry.activeLoad ?? known?.registration.activeLoad
    const registration = { ...entry, activeLoad, since: isNew ? now : known.registration.since, expires }
    const name = `registration of ${entry.device} ${entry.line} expires`
    const timer = this.#clock.after(seconds * 1000, name, () => void this.#remove(key, 'expired'))
    this.#entries.set(key, { registration, timer })
    this.#note(isNew ? 'registered' : 'refreshed', registration)
    return isNew
  }

  /** False where the line was not registered. */
  unregister(device: string, line: string): boolean {
    return this.#remove(keyOf(device, line), 'unregistered')
  }

  /** Forgets the registrations of devices and lines that were deleted. */
  keepOnly(exists: (device: string, line: string) => boolean): void {
    for (const [key, { registration }] of this.#entries) {
      if (!exists(registration.device, registration.line)) this.#remove(key, 'unregistered')
    }
  }

  refused(entry: Omit<RegistrationRecord, 'at' | 'event'>): void {
    this.#append({ at: this.#clock.now().toISOString(), event: 'refused', ...entry })
  }

  stop(): void {
    for (const { timer } of this.#entries.values()) timer.cancel()
    this.#entries.clear()
  }

  #remove(key: string, event: 'unregistered' | 'expired'): boolean {
    const entry = this.#entries.get(key)
    if (entry === undefined) return false
    entry.timer.cancel()
    this.#entries.delete(key)
    this.#note(event, entry.registration)
    return true
  }

  #note(event: RegistrationRecord['event'], { device, line, contact, link }: Registration): void {
    const source = sourceOf(link)
    this.#append({ at: this.#clock.now().toISOString(), event, device, line, contact: contact.uri, source })
  }

  #append(record: RegistrationRecord): void {
    this.#history.push(record)
    if (this.#history.length > maxHistory) this.#history.shift()
  }
}

export function sourceOf(link: SipLink): string {
  return `${link.remote.address}:${link.remote.port}`
}

function keyOf(device: string, line: string): string {
  return `${device.toUpperCase()} ${line}`
}
