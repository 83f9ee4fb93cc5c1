import type { WallClock } from '#runtime/clock.ts'
import type { SipConnection } from '../../protocol/sip/connection.ts'
import type { SipRequest, SipResponse } from '../../protocol/sip/message.ts'
import type { SipUri } from '../../protocol/sip/uri.ts'
import type { Usage, UsageGaugeOptions } from '../usage-gauge.ts'
import { UsageGauge } from '../usage-gauge.ts'
import { addressOfRecord, contactKey, contactOf, hostPortOf, listeningPlace } from './client-contact.ts'
import type { ClientSession, ProxiedRegistration } from './client-session.ts'
import type { LostRegistration } from './lost-registrations.ts'
import { LostRegistrations } from './lost-registrations.ts'

/** Every client connection and registration of the Expressway. */
export class ClientSessions {
  readonly #wall: WallClock
  readonly #limit: () => number
  readonly #gauge: UsageGauge
  readonly #sessions = new Map<string, ClientSession>()
  readonly #byContact = new Map<string, ProxiedRegistration>()
  readonly #lost: LostRegistrations
  #pending = 0

  constructor(wall: WallClock, limit: () => number, onUsage?: UsageGaugeOptions['onChange']) {
    this.#wall = wall
    this.#limit = limit
    this.#gauge = new UsageGauge({ limit, onChange: onUsage })
    this.#lost = new LostRegistrations(wall, limit)
  }

  open(flow: SipConnection, neighbor?: string): ClientSession {
    const session: ClientSession = {
      flow,
      neighbor,
      user: undefined,
      provenUntil: 0,
      failures: 0,
      blockedUntil: 0n,
      registrations: new Map(),
    }
    this.#sessions.set(flow.id, session)
    return session
  }

  of(flowId: string): ClientSession | undefined {
    return this.#sessions.get(flowId)
  }

  /** The connection is gone and its registrations with it; who can be dialled is remembered until they expire. */
  close(flowId: string): ProxiedRegistration[] {
    const session = this.#sessions.get(flowId)
    this.#sessions.delete(flowId)
    const removed = [...(session?.registrations.values() ?? [])]
    for (const registration of removed) {
      this.#forget(registration)
      this.#lost.keep(registration)
    }
    return removed
  }

  get connections(): number {
    return this.#sessions.size
  }

  get registrations(): ProxiedRegistration[] {
    this.#dropExpired()
    return [...this.#byContact.values()]
  }

  /** Of registrations. */
  usage(): Usage {
    this.#dropExpired()
    return this.#gauge.usage()
  }

  /** Takes a place for a registration under way; give it back with `release` unless it was refused. */
  reserve(session: ClientSession, request: SipRequest): 'reserved' | 'full' | 'taken' {
    const uri = contactOf(request)
    const known = uri === undefined ? undefined : this.#byContact.get(contactKey(uri))
    const lost = uri === undefined ? undefined : this.#lost.of(uri)
    // Another user's contact would draw that user's calls to this connection.
    if (known !== undefined && known.user !== session.user && !this.#hasExpired(known)) return 'taken'
    if (lost !== undefined && lost.user !== session.user) return 'taken'
    if (known === undefined && this.#isFull()) {
      this.#dropExpired()
      if (this.#isFull()) {
        this.#gauge.refuse()
        return 'full'
      }
    }
    this.#pending++
    return 'reserved'
  }

  release(): void {
    this.#pending--
  }

  /** Takes note of a 200 to REGISTER from the Control at an address: bound for the time granted, or removed where that is none. */
  learn(
    session: ClientSession,
    { request, response, control }: { request: SipRequest; response: SipResponse; control: string },
  ): 'bound' | 'refreshed' | 'removed' {
    const aor = addressOfRecord(request.to?.sipUri)
    const uri = contactOf(request)
    const seconds = grantedSeconds(request, response)
    const before = aor === undefined ? undefined : session.registrations.get(aor)
    if (before !== undefined) this.#forget(before)
    if (uri !== undefined) this.#lost.forget({ aor, user: session.user, contact: uri })
    if (aor === undefined || uri === undefined || seconds === 0 || session.user === undefined) return 'removed'
    const contact = contactKey(uri)
    // The same contact over a new connection: the old connection no longer counts for it.
    const elsewhere = this.#byContact.get(contact)
    if (elsewhere !== undefined) this.#forget(elsewhere)
    const expiresAt = this.#wall.now().getTime() + seconds * 1000
    const listening = listeningPlace(uri, session.flow.remote.address)
    const registration = { aor, user: session.user, contact, session, control, listening, expiresAt }
    session.registrations.set(aor, registration)
    this.#byContact.set(contact, registration)
    this.#gauge.current = this.#byContact.size
    return before === undefined ? 'bound' : 'refreshed'
  }

  /** The live registration of this connection for an address, or any where none is asked for. */
  registered(session: ClientSession, aor?: string): ProxiedRegistration | undefined {
    const candidates = aor === undefined ? [...session.registrations.values()] : [session.registrations.get(aor)]
    return candidates.find((candidate) => candidate !== undefined && !this.#hasExpired(candidate))
  }

  /**
   * Whom a request from the Control is for: the registration whose contact is its request URI, over the connection opened
   * to it where its own is lost; else the only connection registered with that address and port.
   */
  find(target: SipUri | undefined): ClientSession | undefined {
    if (target === undefined) return undefined
    const exact = this.#byContact.get(contactKey(target))
    if (exact !== undefined) return this.#hasExpired(exact) ? undefined : exact.session
    const lost = this.#lost.of(target)
    if (lost !== undefined) return lost.session?.flow.isOpen === true ? lost.session : undefined
    const place = `@${hostPortOf(target)}`
    const found = new Set<ClientSession>()
    for (const registration of this.#byContact.values()) {
      if (registration.contact.endsWith(place) && !this.#hasExpired(registration)) found.add(registration.session)
    }
    return found.size === 1 ? [...found][0] : undefined
  }

  /** The registration of this very contact whose connection is lost; only such a one whose client can be dialled. */
  lost(contact: SipUri | undefined): LostRegistration | undefined {
    return contact && this.#lost.of(contact)
  }

  #isFull(): boolean {
    return this.#byContact.size + this.#pending >= this.#limit()
  }

  #hasExpired(registration: ProxiedRegistration): boolean {
    return registration.expiresAt <= this.#wall.now().getTime()
  }

  #dropExpired(): void {
    for (const registration of this.#byContact.values()) if (this.#hasExpired(registration)) this.#forget(registration)
  }

  #forget(registration: ProxiedRegistration): void {
    const { aor, contact, session } = registration
    if (session.registrations.get(aor) === registration) session.registrations.delete(aor)
    if (this.#byContact.get(contact) !== registration) return
    this.#byContact.delete(contact)
    this.#gauge.current = this.#byContact.size
  }
}

/** RFC 3261 §10.2.4: what the registrar granted our contact; 0 where the client asked to be removed. */
function grantedSeconds(request: SipRequest, response: SipResponse): number {
  const contact = request.addresses('contact')?.[0]
  const asked = contact?.parameters.get('expires') ?? request.first('expires')
  if (asked === '0') return 0
  const uri = contactOf(request)
  const own = uri && contactKey(uri)
  const granted = (response.isWildcardContact ? [] : (response.addresses('contact') ?? [])).find(
    (candidate) => candidate.sipUri !== undefined && contactKey(candidate.sipUri) === own,
  )
  return Number(granted?.parameters.get('expires') ?? response.expires ?? 3600)
}
