import type { Content } from '#simulators/protocol/sip/build.ts'
import type { SipRequest, SipResponse } from '#simulators/protocol/sip/message.ts'
import type { HeaderLine } from '#simulators/protocol/sip/strict-parser.ts'
import type { CallRecord } from './call-history.ts'
import type { CallLeg, Party } from './call-leg.ts'
import { partyHeaders } from './call-leg.ts'
import type { CallSurroundings } from './call-surroundings.ts'
import type { BitRates, SessionDescription } from './session-description.ts'
import { sessionInterval, supportsTimers } from './session-timer.ts'

/** How a description goes on: to which leg, in which message, as what (RFC 3264). */
export interface Passing {
  readonly to: CallLeg
  readonly in: string
  readonly as: 'offer' | 'answer'
  readonly called: CallLeg
}

/** What the messages of one call carry: headers of the other party, descriptions, session intervals. */
export class CallMessages {
  readonly record: CallRecord
  readonly #control: CallSurroundings
  readonly #rates: (called: CallLeg) => BitRates

  constructor(options: { control: CallSurroundings; record: CallRecord; rates: (called: CallLeg) => BitRates }) {
    this.#control = options.control
    this.record = options.record
    this.#rates = options.rates
  }

  /** Headers of a message to `leg` that name the other party. */
  headersTo(leg: CallLeg, other: Party): HeaderLine[] {
    return partyHeaders(this.#control.configuration, other, {
      contact: this.#control.contactOn(leg.session.link),
      now: this.#control.wall.now(),
      role: leg.side === 'caller' ? 'called' : 'calling',
      callNumber: this.record.id,
    })
  }

  /** Headers of an answer that names nobody. */
  ownHeaders(): HeaderLine[] {
    return [
      ['Date', this.#control.wall.now().toUTCString()],
      ['Server', 'Cisco-CUCM9.1'],
    ]
  }

  /** A description on its way to a leg, noted in the call's record. `called` decides the region's bit rates. */
  pass(description: SessionDescription, how: Passing): Content {
    const { content, media } = how.to.content(description, this.#rates(how.called), how.as)
    this.#control.history.describe(this.record, { to: how.to.side, in: how.in, media })
    return content
  }

  /** 422 where a device asks for too short an interval. */
  intervalRefusal(request: SipRequest): ReturnType<CallSurroundings['intervalRefusal']> {
    return this.#control.intervalRefusal(request)
  }

  /** RFC 4028 §9: who asked for an interval refreshes it, unless it says otherwise; else Unified CM does. */
  grantTimer(leg: CallLeg, request: SipRequest): HeaderLine[] {
    if (!supportsTimers(request)) {
      this.refreshAlone(leg)
      return []
    }
    const { sipSessionExpiresSeconds, sipMinSeSeconds } = this.#control.configuration.serviceParameters
    const asked = sessionInterval(request)
    leg.interval = Math.max(asked?.seconds ?? sipSessionExpiresSeconds, sipMinSeSeconds)
    const refresher = asked === undefined ? 'uas' : (asked.refresher ?? 'uac')
    leg.timer.start(leg.interval, refresher === 'uac' ? 'they' : 'we')
    const expires: HeaderLine = ['Session-Expires', `${leg.interval};refresher=${refresher}`]
    return refresher === 'uac' ? [expires, ['Require', 'timer']] : [expires]
  }

  /** The interval a called device granted in its 2xx. */
  startTimer(leg: CallLeg, response: SipResponse): void {
    const granted = sessionInterval(response)
    if (granted === undefined) return this.refreshAlone(leg)
    // RFC 4028 §4: no interval is shorter than 90 s.
    leg.interval = Math.max(granted.seconds, 90)
    leg.timer.start(leg.interval, granted.refresher === 'uas' ? 'they' : 'we')
  }

  /** RFC 4028 §7.2: a device that knows no timers is refreshed all the same; that it answers shows that it is there. */
  refreshAlone(leg: CallLeg): void {
    leg.interval = this.#control.configuration.serviceParameters.sipSessionExpiresSeconds
    leg.timer.start(leg.interval, 'we')
  }
}
