import type { WallClock } from '#runtime/clock.ts'
import type { Endpoint } from '#runtime/network.ts'
import type { SipUri } from '../../protocol/sip/uri.ts'
import { contactKey } from './client-contact.ts'
import type { ClientSession, ProxiedRegistration } from './client-session.ts'

/** A registration whose connection is gone while Unified CM still has it: its client can be dialled until it expires. */
export interface LostRegistration {
  readonly aor: string
  readonly user: string
  /** The client's own contact, as requests for it name it. */
  readonly contact: string
  readonly listening: Endpoint
  /** Milliseconds of the wall clock. */
  readonly expiresAt: number
  /** Opened by this VCS since; nobody has proved anything over it. */
  session: ClientSession | undefined
}

/** The lost registrations of an Expressway; where there are too many the longest lost ones are forgotten. */
export class LostRegistrations {
  readonly #wall: WallClock
  readonly #limit: () => number
  readonly #byContact = new Map<string, LostRegistration>()

  constructor(wall: WallClock, limit: () => number) {
    this.#wall = wall
    this.#limit = limit
  }

  /** Takes over a registration of a connection that is gone, unless its client cannot be dialled. */
  keep({ aor, user, contact, listening, expiresAt }: ProxiedRegistration): void {
    if (listening === undefined || this.#isOver(expiresAt)) return
    this.#byContact.delete(contact)
    this.#byContact.set(contact, { aor, user, contact, listening, expiresAt, session: undefined })
    for (const [oldest] of this.#byContact) {
      if (this.#byContact.size <= this.#limit()) break
      this.#byContact.delete(oldest)
    }
  }

  /** The one with exactly this contact. */
  of(contact: SipUri): LostRegistration | undefined {
    const key = contactKey(contact)
    const lost = this.#byContact.get(key)
    if (lost === undefined || !this.#isOver(lost.expiresAt)) return lost
    this.#byContact.delete(key)
    return undefined
  }

  /** A client has registered anew, or away: over this contact, or with another port for the same line of its device. */
  forget(registered: { aor: string | undefined; user: string | undefined; contact: SipUri }): void {
    const { aor, user, contact } = registered
    this.#byContact.delete(contactKey(contact))
    const line = `${contact.user ?? ''}@`
    for (const lost of this.#byContact.values()) {
      if (lost.aor === aor && lost.user === user && lost.contact.startsWith(line)) this.#byContact.delete(lost.contact)
    }
  }

  #isOver(expiresAt: number): boolean {
    return expiresAt <= this.#wall.now().getTime()
  }
}
