import type { Timer } from '#runtime/clock.ts'
import type { Content } from '#simulators/protocol/sip/build.ts'
import type { SipRequest, SipResponse } from '#simulators/protocol/sip/message.ts'
import type { ServerTransaction } from '#simulators/protocol/sip/server-transaction.ts'
import type { SessionEnd, SessionUser } from '#simulators/protocol/sip/session.ts'
import type { HeaderLine } from '#simulators/protocol/sip/strict-parser.ts'
import type { CallRecord } from './call-history.ts'
import type { CallLeg } from './call-leg.ts'
import { descriptionOf } from './call-leg.ts'
import type { CallSurroundings } from './call-surroundings.ts'
import { CallMessages } from './call-messages.ts'
import { MidCall } from './mid-call.ts'
import type { BitRates, SessionDescription } from './session-description.ts'
import { answerFrom } from './session-description.ts'

export interface CallOptions {
  readonly control: CallSurroundings<Call>
  readonly record: CallRecord
  readonly caller: CallLeg
  readonly rates: (called: CallLeg) => BitRates
}

/** One call: the caller's dialog, a dialog for each device that rings, the one that answers, and the end. */
export class Call {
  readonly #control: CallSurroundings<Call>
  readonly #record: CallRecord
  readonly #messages: CallMessages
  readonly #caller: CallLeg
  readonly #ringing = new Set<CallLeg>()
  readonly #refusals: number[] = []
  #offer: SessionDescription | undefined
  #unanswered: Timer | undefined
  #called: CallLeg | undefined
  #midCall: MidCall | undefined
  #isOver = false

  constructor(options: CallOptions) {
    this.#control = options.control
    this.#record = options.record
    this.#caller = options.caller
    this.#messages = new CallMessages(options)
  }

  /** Takes the INVITE and rings the legs given. */
  begin(transaction: ServerTransaction, offer: SessionDescription | undefined, called: readonly CallLeg[]): void {
    this.#offer = offer
    this.#caller.learn(transaction.request)
    this.#caller.session = this.#control.agent.acceptInvite(transaction, this.#userOf(this.#caller))
    for (const leg of called) this.#ringing.add(leg)
    const { t301Seconds } = this.#control.configuration.serviceParameters
    const giveUp = () => this.#refuse(480, 'no answer')
    this.#unanswered = this.#control.wall.after(t301Seconds * 1000, 'T301 of a call', giveUp)
    for (const leg of called) void this.#ring(leg)
  }

  /** A session that nobody refreshed ends on both sides. RFC 4028 §10. */
  expire(leg: CallLeg): void {
    this.#endBoth(`session of the ${leg.side} not refreshed`)
  }

  /** Ends what there is, for the shutdown of the service. */
  stop(): void {
    this.#endBoth('service stopped')
  }

  async #ring(leg: CallLeg): Promise<void> {
    const isOffering = this.#offer !== undefined && this.#control.configuration.earlyOffer
    const content = isOffering ? this.#pass(this.#offer!, { to: leg, in: 'INVITE', called: leg }) : undefined
    const invitation = { caller: this.#caller.party, callNumber: this.#record.id, content }
    const session = await this.#control.invite(leg, invitation, this.#userOf(leg))
    if (session === undefined) return this.#notTaken(leg, 480)
    leg.session = session
    if (this.#isOver || !this.#ringing.has(leg)) session.end()
  }

  #userOf(leg: CallLeg): SessionUser {
    return {
      onProgress: (response) => this.#progress(leg, response),
      onAnswered: (response) => this.#answered(leg, response),
      onRefused: (status) => this.#notTaken(leg, status),
      onCancelled: () => this.#cancelled(),
      onAcknowledged: (request) => this.#midCall?.acknowledged(leg, request),
      onRequest: (request, transaction) => this.#request(leg, request, transaction),
      onEnded: (end) => this.#ended(leg, end),
    }
  }

  #progress(leg: CallLeg, response: SipResponse): void {
    if (this.#called !== undefined || this.#isOver) return
    leg.learn(response)
    this.#record.ringing ??= this.#control.wall.now().toISOString()
    const early =
      this.#offer !== undefined && this.#control.configuration.earlyOffer ? descriptionOf(response) : undefined
    const isDescribed = early !== undefined && early !== 'unreadable'
    this.#caller.session.respond({
      status: response.status,
      extra: this.#messages.headersTo(this.#caller, leg.party),
      ...(isDescribed
        ? { content: this.#pass(early, { to: this.#caller, in: String(response.status), called: leg }) }
        : {}),
    })
  }

  #answered(leg: CallLeg, response: SipResponse): void {
    const description = descriptionOf(response)
    const isLate = this.#isOver || this.#called !== undefined
    if (isLate || description === undefined || description === 'unreadable') {
      leg.session.acknowledge()
      leg.end()
      return isLate ? undefined : this.#notTaken(leg, 488)
    }
    leg.learn(response)
    const midCall = this.#take(leg)
    this.#messages.startTimer(leg, response)
    if (this.#offer === undefined) {
      // The caller sent no offer: the called device's goes back, and its answer comes in the ACK.
      midCall.awaitAnswer(this.#caller, leg)
      this.#connect(leg, this.#pass(description, { to: this.#caller, in: '200', called: leg }))
    } else if (this.#control.configuration.earlyOffer) {
      leg.session.acknowledge()
      this.#connect(leg, this.#pass(description, { to: this.#caller, in: '200', called: leg }))
    } else {
      const forCalled = answerFrom(description, this.#offer)
      leg.session.acknowledge(this.#pass(forCalled, { to: leg, in: 'ACK', called: leg }))
      const forCaller = answerFrom(this.#offer, description)
      this.#connect(leg, this.#pass(forCaller, { to: this.#caller, in: '200', called: leg }))
    }
  }

  /** The first device that answers has the call; the others stop ringing. */
  #take(leg: CallLeg): MidCall {
    this.#unanswered?.cancel()
    this.#ringing.delete(leg)
    for (const other of this.#ringing) other.end()
    this.#ringing.clear()
    this.#called = leg
    this.#record.to = { number: this.#record.to.number, device: leg.party.device }
    this.#record.connected = this.#control.wall.now().toISOString()
    const onBroken = (cause: string) => this.#endBoth(cause)
    this.#midCall = new MidCall({ messages: this.#messages, caller: this.#caller, called: leg, onBroken })
    return this.#midCall
  }

  #connect(called: CallLeg, content: Content): void {
    const invite = this.#caller.session.invite!.request
    const extra = [
      ...this.#messages.headersTo(this.#caller, called.party),
      ...this.#messages.grantTimer(this.#caller, invite),
    ]
    this.#caller.session.respond({ status: 200, extra, content })
  }

  #notTaken(leg: CallLeg, status: number): void {
    if (!this.#ringing.delete(leg) || this.#isOver) return
    this.#refusals.push(status)
    if (this.#ringing.size === 0) this.#refuse(refusalToPassOn(this.#refusals), 'refused by the called device')
  }

  #refuse(status: number, cause: string): void {
    if (this.#isOver) return
    this.#record.status = status
    this.#over(causes[status] ?? cause)
    for (const leg of this.#ringing) leg.end()
    const reason: HeaderLine[] = q850[status] === undefined ? [] : [['Reason', `Q.850;cause=${q850[status]}`]]
    this.#caller.session.respond({ status, extra: [...this.#messages.ownHeaders(), ...reason] })
  }

  #cancelled(): void {
    this.#record.status = 487
    this.#over('cancelled')
    for (const leg of this.#ringing) leg.end()
  }

  #request(leg: CallLeg, request: SipRequest, transaction: ServerTransaction): void {
    leg.learn(request)
    // Before the answer there is no other side yet that a change could go to.
    if (this.#midCall === undefined) transaction.respond({ status: 491 })
    else this.#midCall.request(leg, request, transaction)
  }

  #ended(leg: CallLeg, end: SessionEnd): void {
    if (end.by === 'peer') this.#endBoth(`${leg.side} hung up`)
    else this.#endBoth(end.by === 'no-ack' ? `no ACK from the ${leg.side}` : `the ${leg.side} cannot be reached`)
  }

  #endBoth(cause: string): void {
    if (this.#isOver) return
    this.#over(cause)
    for (const leg of [...this.#ringing, this.#caller]) leg.end()
    this.#called?.end()
  }

  #over(cause: string): void {
    this.#isOver = true
    this.#unanswered?.cancel()
    this.#caller.timer.stop()
    this.#called?.timer.stop()
    this.#record.cause = cause
    this.#record.end = this.#control.wall.now().toISOString()
    this.#control.forget(this)
  }

  #pass(description: SessionDescription, how: { to: CallLeg; in: string; called: CallLeg }): Content {
    return this.#messages.pass(description, how)
  }
}

/** What several refusals come to: busy anywhere is busy; a silent or unreachable device counts as unavailable. */
function refusalToPassOn(statuses: readonly number[]): number {
  const told = statuses.map((status) =>
    status < 400 || status === 408 || status === 487 || status >= 500 ? 480 : status,
  )
  return told.includes(486) ? 486 : (told.find((status) => status !== 480) ?? 480)
}

const causes: Readonly<Record<number, string>> = { 486: 'busy', 487: 'cancelled', 488: 'no common media' }

/** ITU-T Q.850 causes, as RFC 4497 maps statuses to them. */
const q850: Readonly<Record<number, number>> = { 404: 1, 480: 18, 486: 17, 488: 65 }
