import type { MonotonicClock, Timer } from '#runtime/clock.ts'
import type { Stanza } from './stanza.ts'
import type { StreamCondition } from './stream-condition.ts'
import type { XcpFrame } from './xcp-frame.ts'
import type { XcpLink } from './xcp-link.ts'

/** What a client's stream is told by the inside. */
export interface MessagingSessionEvents {
  onElement(element: Stanza): void
  onClosed(condition: StreamCondition | undefined): void
  /** The link is full: read nothing more from the client; false: go on. */
  onHoldBack(isHeld: boolean): void
}

/** One client's stream on the way to IM and Presence. */
export interface MessagingSession {
  /** The client has restarted its stream (after SASL). */
  reopen(): void
  send(element: Stanza): void
  close(): void
}

/** A Control's link with the streams that go over it. */
export interface Attachment {
  readonly link: XcpLink
  readonly sessions: Map<string, MessagingSessionEvents>
  isServiceAvailable: boolean
  /** The last stream that was opened had no answer. */
  isSilent: boolean
}

export interface EdgeSessionOptions {
  readonly id: string
  readonly facts: { readonly address: string; readonly domain: string }
  readonly events: MessagingSessionEvents
  readonly attachment: Attachment
  /** A Control that answers; undefined: there is none. */
  readonly another: () => Attachment | undefined
  readonly clock: MonotonicClock
  /** How long a Control may take for its first word. */
  readonly answerMs: number
}

/** Given to a Control; where that says nothing to it, to another one, as long as the client has said nothing either. */
export class EdgeSession implements MessagingSession, MessagingSessionEvents {
  readonly #options: EdgeSessionOptions
  #attachment: Attachment
  #unanswered: Timer | undefined

  constructor(options: EdgeSessionOptions) {
    this.#options = options
    this.#attachment = options.attachment
    this.#begin()
  }

  onElement(element: Stanza): void {
    this.#unanswered?.cancel()
    this.#options.events.onElement(element)
  }

  onClosed(condition: StreamCondition | undefined): void {
    this.#unanswered?.cancel()
    this.#options.events.onClosed(condition)
  }

  onHoldBack(isHeld: boolean): void {
    this.#options.events.onHoldBack(isHeld)
  }

  reopen(): void {
    const { id, facts } = this.#options
    this.#send({ event: 'open', id, ...facts })
  }

  send(element: Stanza): void {
    this.#unanswered?.cancel()
    this.#send({ event: 'data', id: this.#options.id, element })
  }

  close(): void {
    this.#unanswered?.cancel()
    this.#send({ event: 'close', id: this.#options.id })
    this.#attachment.sessions.delete(this.#options.id)
  }

  #begin(): void {
    const { clock, answerMs, id } = this.#options
    this.#attachment.sessions.set(id, this)
    this.#unanswered = clock.after(answerMs, () => this.#moveOn())
    this.reopen()
  }

  #moveOn(): void {
    const { another, id } = this.#options
    this.#attachment.isSilent = true
    const next = another()
    if (next === undefined) return
    this.#send({ event: 'close', id })
    this.#attachment.sessions.delete(id)
    this.#attachment = next
    this.#begin()
  }

  #send(frame: XcpFrame): void {
    const { link, sessions } = this.#attachment
    if (sessions.get(this.#options.id) !== this) return
    if (!link.send(frame)) return this.#refuse()
    if (link.isCongested) sessions.forEach((each) => each.onHoldBack(true))
  }

  #refuse(): void {
    const { id } = this.#options
    this.#attachment.sessions.delete(id)
    this.#attachment.link.send({ event: 'close', id })
    this.onClosed('policy-violation')
  }
}
