import type { Content } from '#simulators/protocol/sip/build.ts'
import { reasonPhrase } from '#simulators/protocol/sip/build.ts'
import type { SipRequest } from '#simulators/protocol/sip/message.ts'
import type { ServerTransaction } from '#simulators/protocol/sip/server-transaction.ts'
import type { Conference } from '../conference/conference.ts'
import type { CallLeg } from './call-leg.ts'
import type { CallSurroundings } from './call-surroundings.ts'
import type { Call, TransferOutcome } from './call.ts'
import type { DialogName } from './refer-to.ts'
import { readReferral } from './refer-to.ts'
import { conferenceResponse } from './remotecc.ts'

/** What transfers and conferences need of the call control. */
export interface ReferralSurroundings extends CallSurroundings<Call> {
  legWith(name: DialogName): { readonly call: Call; readonly leg: CallLeg } | undefined
  /** Legs for the devices on a line, or the status where nobody can be called. */
  targetsOf(number: string, callerDevice: string): CallLeg[] | 404 | 480
  openTransferred(caller: CallLeg, number: string): Call
  openConference(controller: CallLeg): Conference
}

interface Asked {
  readonly call: Call
  /** Who asks, and the party at the other end. */
  readonly leg: CallLeg
  readonly other: CallLeg
}

/** REFER inside a call: blind and attended transfer (RFC 5589, carried out by Unified CM itself), and conference. */
export class Referrals {
  readonly #control: ReferralSurroundings

  constructor(control: ReferralSurroundings) {
    this.#control = control
  }

  receive(call: Call, leg: CallLeg, request: SipRequest, transaction: ServerTransaction): void {
    const other = call.legs.find((each) => each !== leg)
    const referral = readReferral(request)
    if (other === undefined || referral === undefined) return void transaction.respond({ status: 400 })
    const contact = `<sip:${encodeURIComponent(other.party.number)}@${this.#control.contactOn(leg.session.link)}>`
    transaction.respond({ status: 202, extra: [['Contact', contact]] })
    const asked = { call, leg, other }
    switch (referral.kind) {
      case 'blind transfer':
        return this.#transfer(asked, referral.number)
      case 'attended transfer':
        return this.#join(asked, referral.consultation)
      case 'conference':
        return this.#confer(asked, referral.consultation)
      default:
        referral satisfies never
    }
  }

  #transfer(asked: Asked, number: string): void {
    const { call, other } = asked
    this.#tell(asked, 100)
    const targets = this.#control.targetsOf(number, other.party.device)
    if (typeof targets === 'number') return this.#tell(asked, targets)
    const outcome = this.#outcome(asked, [call], () => call.takeBack(other))
    this.#control.openTransferred(other, number).beginTransferred(targets, outcome)
  }

  #join(asked: Asked, consultation: DialogName): void {
    const { call, other } = asked
    this.#tell(asked, 100)
    const found = this.#control.legWith(consultation)
    const target = found?.call.legs.find((each) => each !== found.leg)
    if (found === undefined || target === undefined || found.call === call) return this.#tell(asked, 481)
    const outcome = this.#outcome(asked, [call, found.call], () => {
      call.takeBack(other)
      found.call.takeBack(target)
    })
    this.#control.openTransferred(other, target.party.number).join(target, outcome)
  }

  #confer({ call, leg, other }: Asked, consultation: DialogName): void {
    const found = this.#control.legWith(consultation)
    const third = found?.call.legs.find((each) => each !== found.leg)
    if (found === undefined || third === undefined || found.call === call) {
      return this.#notify(leg, 'terminated;reason=noresource', conferenceResponse(481), () => {})
    }
    const conference = this.#control.openConference(leg)
    for (const member of [leg, other, third]) conference.add(member)
    call.stop('conference')
    found.call.stop('conference')
    this.#notify(leg, 'terminated;reason=noresource', conferenceResponse(200), () => {})
  }

  #outcome(asked: Asked, calls: readonly Call[], takeBack: () => void): TransferOutcome {
    return {
      // The one who transferred is let go once told.
      connected: () => this.#tell(asked, 200, () => calls.forEach((call) => call.stop('transferred'))),
      failed: (status) => {
        takeBack()
        this.#tell(asked, status)
      },
    }
  }

  /** RFC 3515 §2.4.5: how far the reference got. */
  #tell({ leg }: Asked, status: number, onTold: () => void = () => {}): void {
    const state = status < 200 ? 'active;expires=60' : 'terminated;reason=noresource'
    const body = `SIP/2.0 ${status} ${reasonPhrase(status)}\r\n`
    this.#notify(leg, state, { type: 'message/sipfrag;version=2.0', body }, onTold)
  }

  #notify(leg: CallLeg, state: string, content: Content, onTold: () => void): void {
    if (!leg.session.isConfirmed) return onTold()
    const contact = `<sip:${encodeURIComponent(leg.party.number)}@${this.#control.contactOn(leg.session.link)}>`
    const extra = [
      ['Event', 'refer'],
      ['Subscription-State', state],
      ['Contact', contact],
    ] as const
    leg.session.request('NOTIFY', { extra, content }, { onProvisional: () => {}, onFinal: onTold, onFailure: onTold })
  }
}
