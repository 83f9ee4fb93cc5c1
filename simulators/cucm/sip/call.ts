import type { Timer } from '#runtime/clock.ts'
import type { Content } from '#simulators/protocol/sip/build.ts'
import type { SipRequest, SipResponse } from '#simulators/protocol/sip/message.ts'
import type { ServerTransaction } from '#simulators/protocol/sip/server-transaction.ts'
import type { SessionEnd } from '#simulators/protocol/sip/session.ts'
import type { HeaderLine } from '#simulators/protocol/sip/strict-parser.ts'
import type { CallRecord } from './call-history.ts'
import type { CallLeg, LegOwner } from './call-leg.ts'
import type { CallSurroundings } from './call-surroundings.ts'
import type { Passing } from './call-messages.ts'
import { CallMessages } from './call-messages.ts'
import { MidCall } from './mid-call.ts'
import type { BitRates, SessionDescription } from './session-description.ts'
import { answerFrom } from './session-description.ts'

export interface CallOptions {
  readonly control: CallSurroundings<Call>
  readonly record: CallRecord
  readonly caller: CallLeg
  readonly rates: (called: CallLeg) => BitRates
  /** A REFER inside the answered call. */
  readonly onRefer: (call: Call, leg: CallLeg, request: SipRequest, transaction: ServerTransaction) => void
}

/** What became of a call that a transfer made; one of them comes, once. */
export interface TransferOutcome {
  connected(): void
  /** The status of the refusal; the caller's leg has to be taken back. */
  failed(status: number): void
}

/**
 * One call: the caller's dialog, a dialog for each device that rings, the one that answers, and the end. Where a transfer
 * makes it, the caller's dialog, and perhaps the called device's, are there already.
 */
export class Call implements LegOwner {
  readonly #control: CallSurroundings<Call>
  readonly #record: CallRecord
  readonly #messages: CallMessages
  readonly #onRefer: CallOptions['onRefer']
  readonly #caller: CallLeg
  readonly #ringing = new Set<CallLeg>()
  readonly #refusals: number[] = []
  #offer: SessionDescription | undefined
  #unanswered: Timer | undefined
  #called: CallLeg | undefined
  #midCall: MidCall | undefined
  #transfer: TransferOutcome | undefined
  #isOver = false

  constructor(options: CallOptions) {
    this.#control = options.control
    this.#record = options.record
    this.#onRefer = options.onRefer
    this.#caller = options.caller
    this.#own(options.caller, 'caller')
    this.#messages = new CallMessages(options)
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /** The legs of the answered call. */
  get legs(): readonly CallLeg[] {
    return this.#called === undefined ? [] : [this.#caller, this.#called]
  }

  /** Takes the INVITE and rings the legs given. */
  begin(transaction: ServerTransaction, offer: SessionDescription | undefined, called: readonly CallLeg[]): void {
    this.#offer = offer
    this.#caller.learn(transaction.request)
    this.#caller.session = this.#control.agent.acceptInvite(transaction, this.#caller.user)
    this.#ringAll(called)
  }

  /** Rings the legs given for a caller who was in another call so far. */
  beginTransferred(called: readonly CallLeg[], transfer: TransferOutcome): void {
    this.#transfer = transfer
    this.#ringAll(called)
  }

  /** Joins the caller and a device, both of whom were in other calls so far. */
  join(called: CallLeg, transfer: TransferOutcome): void {
    this.#transfer = transfer
    this.#own(called, 'called')
    this.#take(called).join((isJoined) => this.#joined(isJoined))
  }

  /** A leg that a transfer took away and gives back. */
  takeBack(leg: CallLeg): void {
    if (this.#isOver) return leg.end()
    leg.owner = this
    if (leg.session.isEnded) this.#endBoth(`${leg.side} hung up`)
  }

  /** Ends what there is, for the shutdown of the service or because its parties are in another call. */
  stop(cause = 'service stopped'): void {
    this.#endBoth(cause)
  }

  // --- its legs ---

  /** A session that nobody refreshed ends on both sides. RFC 4028 §10. */
  expired(leg: CallLeg): void {
    this.#endBoth(`session of the ${leg.side} not refreshed`)
  }

  acknowledged(leg: CallLeg, request: SipRequest): void {
    this.#midCall?.acknowledged(leg, request)
  }

  progressed(leg: CallLeg, response: SipResponse): void {
    if (this.#called !== undefined || this.#isOver) return
    leg.learn(response)
    this.#record.ringing ??= this.#control.wall.now().toISOString()
    const early = this.#offer !== undefined && this.#isEarlyOffer(leg) ? leg.descriptionIn(response) : undefined
    const isDescribed = early !== undefined && early !== 'unreadable'
    this.#caller.session.respond({
      status: response.status,
      extra: this.#messages.headersTo(this.#caller, leg.party),
      ...(isDescribed
        ? { content: this.#pass(early, { to: this.#caller, in: String(response.status), as: 'answer', called: leg }) }
        : {}),
    })
  }

  answered(leg: CallLeg, response: SipResponse): void {
    const description = leg.descriptionIn(response)
    const isLate = this.#isOver || this.#called !== undefined
    if (isLate || description === undefined || description === 'unreadable') {
      leg.session.acknowledge()
      leg.end()
      return isLate ? undefined : this.refused(leg, 488)
    }
    leg.learn(response)
    const midCall = this.#take(leg)
    this.#messages.startTimer(leg, response)
    if (this.#transfer !== undefined) {
      midCall.bring(leg, this.#caller, description, (isJoined) => this.#joined(isJoined))
    } else if (this.#offer === undefined) {
      // The caller sent no offer: the called device's goes back, and its answer comes in the ACK.
      midCall.awaitAnswer(this.#caller, leg)
      this.#connect(leg, this.#pass(description, { to: this.#caller, in: '200', as: 'offer', called: leg }))
    } else if (this.#isEarlyOffer(leg)) {
      leg.session.acknowledge()
      this.#connect(leg, this.#pass(description, { to: this.#caller, in: '200', as: 'answer', called: leg }))
    } else {
      const forCalled = answerFrom(description, this.#offer)
      leg.session.acknowledge(this.#pass(forCalled, { to: leg, in: 'ACK', as: 'answer', called: leg }))
      const forCaller = answerFrom(this.#offer, description)
      this.#connect(leg, this.#pass(forCaller, { to: this.#caller, in: '200', as: 'answer', called: leg }))
    }
  }

  #ringAll(called: readonly CallLeg[]): void {
    for (const leg of called) {
      this.#own(leg, 'called')
      this.#ringing.add(leg)
    }
    const { t301Seconds } = this.#control.configuration.serviceParameters
    const giveUp = () => this.#refuse(480, 'no answer')
    this.#unanswered = this.#control.wall.after(t301Seconds * 1000, 'T301 of a call', giveUp)
    for (const leg of called) void this.#ring(leg)
  }

  async #ring(leg: CallLeg): Promise<void> {
    const isOffering = this.#offer !== undefined && this.#isEarlyOffer(leg)
    const passing = { to: leg, in: 'INVITE', as: 'offer', called: leg } as const
    const content = isOffering ? this.#pass(this.#offer!, passing) : undefined
    const invitation = { caller: this.#caller.party, callNumber: this.#record.id, content }
    const session = await this.#control.invite(leg, invitation)
    if (session === undefined) return this.refused(leg, 480)
    leg.session = session
    if (this.#isOver || !this.#ringing.has(leg)) session.end()
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
    this.#midCall = new MidCall({
      control: this.#control,
      messages: this.#messages,
      caller: this.#caller,
      called: leg,
      onBroken,
    })
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

  refused(leg: CallLeg, status: number): void {
    if (!this.#ringing.delete(leg) || this.#isOver) return
    this.#refusals.push(status)
    if (this.#ringing.size === 0) this.#refuse(refusalToPassOn(this.#refusals), 'refused by the called device')
  }

  #refuse(status: number, cause: string): void {
    if (this.#isOver) return
    this.#record.status = status
    this.#giveBack(status)
    this.#over(causes[status] ?? cause)
    for (const leg of this.#ringing) leg.end()
    const reason: HeaderLine[] = q850[status] === undefined ? [] : [['Reason', `Q.850;cause=${q850[status]}`]]
    // Of a caller who was transferred the dialog stands, and nothing waits for an answer.
    this.#caller.session.respond({ status, extra: [...this.#messages.ownHeaders(), ...reason] })
  }

  cancelled(): void {
    this.#record.status = 487
    this.#over('cancelled')
    for (const leg of this.#ringing) leg.end()
  }

  request(leg: CallLeg, request: SipRequest, transaction: ServerTransaction): void {
    leg.learn(request)
    // Before the answer there is no other side yet that a change could go to.
    // Nor is there while a transfer has it.
    const isWhole = this.legs.length > 0 && this.legs.every(({ owner }) => owner === this)
    if (this.#midCall === undefined || !isWhole) transaction.respond({ status: 491 })
    else if (request.method === 'REFER') this.#onRefer(this, leg, request, transaction)
    else this.#midCall.request(leg, request, transaction)
  }

  ended(leg: CallLeg, end: SessionEnd): void {
    if (end.by === 'peer') this.#endBoth(`${leg.side} hung up`)
    else this.#endBoth(end.by === 'no-ack' ? `no ACK from the ${leg.side}` : `the ${leg.side} cannot be reached`)
  }

  #endBoth(cause: string, status = 480): void {
    if (this.#isOver) return
    this.#giveBack(status)
    this.#over(cause)
    for (const leg of this.#owned) leg.end()
  }

  #over(cause: string): void {
    this.#isOver = true
    this.#unanswered?.cancel()
    for (const leg of this.#owned) leg.timer.stop()
    this.#record.cause = cause
    this.#record.end = this.#control.wall.now().toISOString()
    this.#control.forget(this)
  }

  #joined(isJoined: boolean): void {
    if (!isJoined) return this.#endBoth('transfer failed', 488)
    const transfer = this.#transfer
    this.#transfer = undefined
    transfer?.connected()
  }

  /** A transfer that does not come about: its legs go back to the calls they were in. */
  #giveBack(status: number): void {
    const transfer = this.#transfer
    this.#transfer = undefined
    transfer?.failed(status)
  }

  /** Whether the INVITE to a leg carries the caller's offer. */
  #isEarlyOffer(leg: CallLeg): boolean {
    return leg.way?.isEarlyOffer ?? this.#control.configuration.earlyOffer
  }

  /** The legs that are this call's, those taken away by a transfer left out. */
  get #owned(): CallLeg[] {
    const called = this.#called === undefined ? [] : [this.#called]
    return [...this.#ringing, this.#caller, ...called].filter((leg) => leg.owner === this)
  }

  #own(leg: CallLeg, side: CallLeg['side']): void {
    leg.owner = this
    leg.side = side
  }

  #pass(description: SessionDescription, how: Passing): Content {
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
