import type { WallClock } from '#runtime/clock.ts'
import type { Content } from '#simulators/protocol/sip/build.ts'
import type { SipMessage } from '#simulators/protocol/sip/message.ts'
import { header, tokens } from '#simulators/protocol/sip/message.ts'
import type { Session } from '#simulators/protocol/sip/session.ts'
import type { HeaderLine } from '#simulators/protocol/sip/strict-parser.ts'
import { quote } from '#simulators/protocol/sip/grammar.ts'
import type { UnifiedCmConfiguration } from '../configuration.ts'
import type { BitRates, SessionDescription } from './session-description.ts'
import { formatSessionDescription, parseSessionDescription, passedOn, summariseMedia } from './session-description.ts'
import { SessionTimer } from './session-timer.ts'

/** Who is at the end of a leg. */
export interface Party {
  readonly number: string
  readonly name: string
  readonly device: string
}

/** What Unified CM lets itself be asked inside and outside of calls. */
export const allowedMethods = 'INVITE, OPTIONS, INFO, BYE, CANCEL, ACK, UPDATE, REGISTER'

/** One of the dialogs of a call, with what has to be remembered between its messages. */
export class CallLeg {
  readonly party: Party
  readonly side: 'caller' | 'called'
  readonly timer: SessionTimer
  readonly #originId: number
  readonly #address: string
  #originVersion = 0
  #session: Session | undefined
  #lastSent: Content | undefined
  #mayUpdate = false

  constructor(options: {
    party: Party
    side: 'caller' | 'called'
    originId: number
    address: string
    clock: WallClock
    onExpired: (leg: CallLeg) => void
  }) {
    this.party = options.party
    this.side = options.side
    this.#originId = options.originId
    this.#address = options.address
    this.timer = new SessionTimer({
      clock: options.clock,
      onRefresh: () => this.#refresh(),
      onExpired: () => options.onExpired(this),
    })
  }

  get session(): Session {
    if (this.#session === undefined) throw new Error('the leg has no session yet')
    return this.#session
  }

  set session(session: Session) {
    this.#session = session
  }

  get hasSession(): boolean {
    return this.#session !== undefined
  }

  /** Whether the device may be sent UPDATE. */
  get mayUpdate(): boolean {
    return this.#mayUpdate
  }

  /** Remembers what a message of the device says about it. */
  learn(message: SipMessage): void {
    if (header(message, 'Allow') !== undefined) this.#mayUpdate = tokens(message, 'Allow').includes('update')
  }

  /** The other leg's description as this device gets it. */
  content(description: SessionDescription, rates: BitRates): { content: Content; media: string[] } {
    const origin = { id: this.#originId, version: ++this.#originVersion, address: this.#address }
    const passed = passedOn(description, origin, rates)
    this.#lastSent = { type: 'application/sdp', body: formatSessionDescription(passed) }
    return { content: this.#lastSent, media: summariseMedia(passed) }
  }

  end(extra: readonly HeaderLine[] = []): void {
    this.timer.stop()
    this.#session?.end({ extra })
  }

  /** RFC 4028 §7.4: UPDATE without a description, or a re-INVITE with the last one where UPDATE is not allowed. */
  #refresh(): void {
    const { session } = this
    if (!session.isConfirmed) return
    const method = this.#mayUpdate ? 'UPDATE' : 'INVITE'
    const content = method === 'INVITE' && this.#lastSent !== undefined ? { content: this.#lastSent } : {}
    const extra: HeaderLine[] = [
      ['Session-Expires', `${this.interval};refresher=uac`],
      ['Supported', 'timer'],
    ]
    session.request(
      method,
      { extra, ...content },
      {
        onProvisional: () => {},
        onFinal: (response) => {
          if (response.status >= 300) return
          if (method === 'INVITE') session.acknowledge()
          this.timer.start(this.interval, 'we')
        },
        onFailure: () => {},
      },
    )
  }

  /** Seconds between refreshes, as agreed. */
  interval = 1800
}

/** What a message's body describes: undefined without body, 'unreadable' for one that is no description. */
export function descriptionOf(message: SipMessage): SessionDescription | 'unreadable' | undefined {
  if (message.body.length === 0) return undefined
  const type = header(message, 'Content-Type')?.split(';')[0]?.trim().toLowerCase()
  if (type !== 'application/sdp') return 'unreadable'
  return parseSessionDescription(message.body) ?? 'unreadable'
}

/** Headers of every INVITE and of its answers: who is at the other end, and what this Unified CM is able to. */
export function partyHeaders(
  configuration: UnifiedCmConfiguration,
  other: Party,
  more: {
    readonly contact: string
    readonly now: Date
    readonly role: 'calling' | 'called'
    readonly callNumber: number
  },
): HeaderLine[] {
  const orientation = more.role === 'calling' ? 'from' : 'to'
  const name = other.name === '' ? '' : `${quote(other.name)} `
  return [
    ['Date', more.now.toUTCString()],
    ['Allow', allowedMethods],
    ['Allow-Events', 'presence, kpml'],
    ['Supported', 'timer,resource-priority,replaces'],
    [more.role === 'calling' ? 'User-Agent' : 'Server', 'Cisco-CUCM9.1'],
    [
      'Call-Info',
      `<urn:x-cisco-remotecc:callinfo>; security= NotAuthenticated; orientation= ${orientation}; ` +
        `gci= 1-${more.callNumber}; isVoip; call-instance= 1`,
    ],
    [
      'Remote-Party-ID',
      `${name}<sip:${encodeURIComponent(other.number)}@${configuration.fqdn}>;party=${more.role};screen=yes;privacy=off`,
    ],
    ['Contact', `<sip:${encodeURIComponent(other.number)}@${more.contact}>`],
  ]
}
