import type { WallClock } from '#runtime/clock.ts'
import { tagOf } from '#simulators/protocol/sip/address.ts'
import type { Content } from '#simulators/protocol/sip/build.ts'
import type { SipMessage, SipRequest, SipResponse } from '#simulators/protocol/sip/message.ts'
import { header, tokens } from '#simulators/protocol/sip/message.ts'
import type { ServerTransaction } from '#simulators/protocol/sip/server-transaction.ts'
import type { Session, SessionEnd, SessionUser } from '#simulators/protocol/sip/session.ts'
import type { HeaderLine } from '#simulators/protocol/sip/strict-parser.ts'
import { quote } from '#simulators/protocol/sip/grammar.ts'
import type { UnifiedCmConfiguration } from '../configuration.ts'
import type { DialogName } from './refer-to.ts'
import type { BitRates, SessionDescription } from './session-description.ts'
import {
  formatSessionDescription,
  parseSessionDescription,
  passedOn,
  summariseMedia,
  withMediaLines,
} from './session-description.ts'
import { SessionTimer } from './session-timer.ts'

/** Who is at the end of a leg. */
export interface Party {
  readonly number: string
  readonly name: string
  readonly device: string
}

/** A leg over a trunk: where its INVITE goes. */
export interface TrunkWay {
  readonly trunk: string
  /** Where the number goes on as a URI with this domain. */
  readonly domain?: string
  readonly isEarlyOffer: boolean
}

/** A leg to a device that is registered at another node of the cluster. */
export interface NodeWay {
  /** FQDN. */
  readonly node: string
  readonly isEarlyOffer: boolean
}

/** What a leg belongs to, and what therefore hears of it: a call, or a conference. */
export interface LegOwner {
  progressed(leg: CallLeg, response: SipResponse): void
  answered(leg: CallLeg, response: SipResponse): void
  refused(leg: CallLeg, status: number): void
  cancelled(): void
  acknowledged(leg: CallLeg, request: SipRequest): void
  request(leg: CallLeg, request: SipRequest, transaction: ServerTransaction): void
  ended(leg: CallLeg, end: SessionEnd): void
  /** Its session was not refreshed. RFC 4028 §10. */
  expired(leg: CallLeg): void
}

/** What Unified CM lets itself be asked inside and outside of calls. */
export const allowedMethods = 'INVITE, OPTIONS, INFO, BYE, CANCEL, ACK, UPDATE, REFER, REGISTER'

/**
 * One dialog with a device, with what has to be remembered between its messages. Transfers and conferences move it from
 * one owner to another.
 */
export class CallLeg {
  readonly party: Party
  /** Of legs over a trunk, or to another node. */
  readonly way: TrunkWay | NodeWay | undefined
  readonly timer: SessionTimer
  side: 'caller' | 'called' = 'called'
  readonly #originId: number
  readonly #address: string
  #originVersion = 0
  #session: Session | undefined
  #lastSent: Content | undefined
  #mayUpdate = false
  #owner: LegOwner | undefined
  /** The m-lines of the session so far: a later offer has all of them again (RFC 3264 §8). */
  #mediaLines: readonly string[] = []

  constructor(options: {
    party: Party
    way?: TrunkWay | NodeWay
    originId: number
    address: string
    clock: WallClock
  }) {
    this.party = options.party
    this.way = options.way
    this.#originId = options.originId
    this.#address = options.address
    this.timer = new SessionTimer({
      clock: options.clock,
      onRefresh: () => this.#refresh(),
      onExpired: () => this.owner.expired(this),
    })
  }

  get owner(): LegOwner {
    if (this.#owner === undefined) throw new Error('the leg belongs to nobody yet')
    return this.#owner
  }

  set owner(owner: LegOwner) {
    this.#owner = owner
  }

  /** Hands what happens in the dialog to whoever owns the leg then. */
  get user(): SessionUser {
    return {
      onProgress: (response) => this.owner.progressed(this, response),
      onAnswered: (response) => this.owner.answered(this, response),
      onRefused: (status) => this.owner.refused(this, status),
      onCancelled: () => this.owner.cancelled(),
      onAcknowledged: (request) => this.owner.acknowledged(this, request),
      onRequest: (request, transaction) => this.owner.request(this, request, transaction),
      onEnded: (end) => this.owner.ended(this, end),
    }
  }

  get session(): Session {
    if (this.#session === undefined) throw new Error('the leg has no session yet')
    return this.#session
  }

  set session(session: Session) {
    this.#session = session
  }

  /** Whether the device may be sent UPDATE. */
  get mayUpdate(): boolean {
    return this.#mayUpdate
  }

  /** Whether its device calls the dialog so. */
  isNamed({ callId, ours, theirs }: DialogName): boolean {
    const dialog = this.#session?.dialog
    if (dialog === undefined) return false
    return dialog.callId === callId && tagOf(dialog.local) === ours && tagOf(dialog.remote) === theirs
  }

  /** Remembers what a message of the device says about it. */
  learn(message: SipMessage): void {
    if (header(message, 'Allow') !== undefined) this.#mayUpdate = tokens(message, 'Allow').includes('update')
  }

  /** What a message of the device describes. */
  descriptionIn(message: SipMessage): SessionDescription | 'unreadable' | undefined {
    const description = descriptionOf(message)
    if (description !== undefined && description !== 'unreadable') this.#notes(description)
    return description
  }

  /** The other leg's description as this device gets it. */
  content(
    description: SessionDescription,
    rates: BitRates,
    as: 'offer' | 'answer',
  ): { content: Content; media: string[] } {
    const origin = { id: this.#originId, version: ++this.#originVersion, address: this.#address }
    const complete = withMediaLines(description, this.#mediaLines, as)
    const passed = passedOn(complete, origin, rates)
    this.#notes(passed)
    this.#lastSent = { type: 'application/sdp', body: formatSessionDescription(passed) }
    return { content: this.#lastSent, media: summariseMedia(passed) }
  }

  /** Remembers the m-lines of a description of the session. */
  #notes({ media }: SessionDescription): void {
    this.#mediaLines = media.map(([first]) => first!)
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
