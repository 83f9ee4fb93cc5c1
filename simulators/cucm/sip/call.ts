import type { ClientTransactionUser } from '#simulators/protocol/sip/client-transaction.ts'
import type { Content } from '#simulators/protocol/sip/build.ts'
import type { SipRequest, SipResponse } from '#simulators/protocol/sip/message.ts'
import { header } from '#simulators/protocol/sip/message.ts'
import type { ServerTransaction } from '#simulators/protocol/sip/server-transaction.ts'
import type { SessionEnd, SessionUser } from '#simulators/protocol/sip/session.ts'
import type { HeaderLine } from '#simulators/protocol/sip/strict-parser.ts'
import type { Timer } from '#runtime/clock.ts'
import type { CallRecord } from './call-history.ts'
import type { CallLeg } from './call-leg.ts'
import { allowedMethods, descriptionOf, partyHeaders } from './call-leg.ts'
import type { CallControl } from './call-control.ts'
import type { BitRates, SessionDescription } from './session-description.ts'
import { answerFrom, summariseMedia } from './session-description.ts'
import { sessionInterval, supportsTimers } from './session-timer.ts'

/** One call: the caller's dialog, one dialog for each device that rings, and what passes between them. */
export class Call {
  readonly record: CallRecord
  readonly #control: CallControl
  readonly #caller: CallLeg
  readonly #ringing = new Set<CallLeg>()
  readonly #rates: (called: CallLeg) => BitRates
  #called: CallLeg | undefined
  #offer: SessionDescription | undefined
  #refusals: number[] = []
  #unanswered: Timer | undefined
  /** A re-INVITE or UPDATE is on its way through. RFC 3261 §14.2: another one meanwhile gets 491. */
  #isChanging = false
  /** Where the ACK of the one side has to come before the other side gets its own (offer in a 2xx). */
  #awaitsAck: { readonly from: CallLeg; readonly give: (answer: SessionDescription | undefined) => void } | undefined
  #isOver = false

  constructor(options: {
    control: CallControl
    record: CallRecord
    caller: CallLeg
    rates: (called: CallLeg) => BitRates
  }) {
    this.#control = options.control
    this.record = options.record
    this.#caller = options.caller
    this.#rates = options.rates
  }

  /** Takes the INVITE and rings the legs given. */
  begin(transaction: ServerTransaction, offer: SessionDescription | undefined, called: readonly CallLeg[]): void {
    this.#offer = offer
    this.#caller.learn(transaction.request)
    this.#caller.session = this.#control.agent.acceptInvite(transaction, this.#userOf(this.#caller))
    for (const leg of called) this.#ringing.add(leg)
    const { t301Seconds } = this.#control.configuration.serviceParameters
    this.#unanswered = this.#control.wall.after(t301Seconds * 1000, 'T301 of a call', () =>
      this.#refuse(480, 'no answer'),
    )
    for (const leg of called) void this.#ring(leg)
  }

  /** Ends both sides, for the shutdown of the service. */
  stop(): void {
    this.#over('service stopped')
    for (const leg of [...this.#ringing, this.#caller, ...(this.#called === undefined ? [] : [this.#called])]) leg.end()
  }

  async #ring(leg: CallLeg): Promise<void> {
    const content =
      this.#offer === undefined || !this.#control.configuration.earlyOffer
        ? undefined
        : this.#pass(this.#offer, { to: leg, in: 'INVITE', called: leg })
    const session = await this.#control.invite(leg, this.#caller.party, this.record.id, content, this.#userOf(leg))
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
      onAcknowledged: (request) => this.#acknowledged(leg, request),
      onRequest: (request, transaction) => this.#request(leg, request, transaction),
      onEnded: (end) => this.#ended(leg, end),
    }
  }

  #progress(leg: CallLeg, response: SipResponse): void {
    if (this.#called !== undefined || this.#isOver) return
    leg.learn(response)
    this.record.ringing ??= this.#control.wall.now().toISOString()
    const early = descriptionOf(response)
    const isDescribed = early !== undefined && early !== 'unreadable' && this.#control.configuration.earlyOffer
    this.#caller.session.respond({
      status: response.status,
      extra: this.#calledHeaders(leg),
      ...(isDescribed && this.#offer !== undefined
        ? { content: this.#pass(early, { to: this.#caller, in: String(response.status), called: leg }) }
        : {}),
    })
  }

  #answered(leg: CallLeg, response: SipResponse): void {
    if (this.#isOver || this.#called !== undefined) {
      leg.session.acknowledge()
      return leg.end()
    }
    leg.learn(response)
    const description = descriptionOf(response)
    if (description === undefined || description === 'unreadable') {
      leg.session.acknowledge()
      leg.end()
      return this.#notTaken(leg, 488)
    }
    this.#take(leg)
    this.#startTimer(leg, response)
    const rates = { to: this.#caller, in: '200', called: leg }
    if (this.#offer === undefined) {
      // The caller sent no offer: the called device's goes back, and its answer comes in the ACK.
      this.#awaitsAck = { from: this.#caller, give: (answer) => this.#giveAnswer(leg, answer) }
      this.#connect(this.#pass(description, rates))
    } else if (this.#control.configuration.earlyOffer) {
      leg.session.acknowledge()
      this.#connect(this.#pass(description, rates))
    } else {
      const forCalled = answerFrom(description, this.#offer)
      leg.session.acknowledge(this.#pass(forCalled, { to: leg, in: 'ACK', called: leg }))
      this.#connect(this.#pass(answerFrom(this.#offer, description), rates))
    }
  }

  /** The first device that answers has the call; the others stop ringing. */
  #take(leg: CallLeg): void {
    this.#called = leg
    this.#unanswered?.cancel()
    this.#ringing.delete(leg)
    for (const other of this.#ringing) other.end()
    this.#ringing.clear()
    this.record.to = { number: this.record.to.number, device: leg.party.device }
    this.record.connected = this.#control.wall.now().toISOString()
  }

  #connect(content: Content): void {
    const invite = this.#caller.session.invite!.request
    this.#caller.session.respond({
      status: 200,
      extra: [...this.#calledHeaders(this.#called!), ...this.#grantTimer(this.#caller, invite)],
      content,
    })
  }

  #notTaken(leg: CallLeg, status: number): void {
    if (!this.#ringing.delete(leg) || this.#isOver) return
    this.#refusals.push(status)
    if (this.#ringing.size === 0) this.#refuse(refusalToPassOn(this.#refusals), 'refused by the called device')
  }

  #refuse(status: number, cause: string): void {
    if (this.#isOver) return
    this.record.status = status
    this.#over(causes[status] ?? cause)
    for (const leg of this.#ringing) leg.end()
    const reason: HeaderLine[] = q850[status] === undefined ? [] : [['Reason', `Q.850;cause=${q850[status]}`]]
    this.#caller.session.respond({ status, extra: [...this.#serverHeaders(), ...reason] })
  }

  #cancelled(): void {
    this.record.status = 487
    this.#over('cancelled')
    for (const leg of this.#ringing) leg.end()
  }

  #acknowledged(leg: CallLeg, ack: SipRequest): void {
    const waiting = this.#awaitsAck
    if (waiting?.from !== leg) return
    this.#awaitsAck = undefined
    const description = descriptionOf(ack)
    waiting.give(description === 'unreadable' ? undefined : description)
  }

  /** Passes the answer to an offer made in a 2xx; without one the call cannot stand. RFC 3261 §13.2.2.4. */
  #giveAnswer(leg: CallLeg, answer: SessionDescription | undefined): void {
    if (leg.session.isEnded) return
    if (answer !== undefined) {
      return leg.session.acknowledge(this.#pass(answer, { to: leg, in: 'ACK', called: this.#called ?? leg }))
    }
    leg.session.acknowledge()
    this.#over('no answer in the ACK')
    this.#caller.end()
    this.#called?.end()
  }

  #request(leg: CallLeg, request: SipRequest, transaction: ServerTransaction): void {
    leg.learn(request)
    switch (request.method) {
      case 'INVITE':
      case 'UPDATE':
        return this.#change(leg, request, transaction)
      case 'INFO':
        return this.#relayInfo(leg, request, transaction)
      case 'OPTIONS':
        return void transaction.respond({ status: 200, extra: [...this.#serverHeaders(), ['Allow', allowedMethods]] })
      default:
        return void transaction.respond({ status: 405, extra: [['Allow', allowedMethods]] })
    }
  }

  /** RFC 3261 §14, RFC 3311: a changed description goes to the other side, and its answer comes back. */
  #change(leg: CallLeg, request: SipRequest, transaction: ServerTransaction): void {
    const tooShort = this.#control.intervalRefusal(request)
    if (tooShort !== undefined) return void transaction.respond(tooShort)
    const offer = descriptionOf(request)
    if (offer === 'unreadable') return void transaction.respond({ status: 415, extra: [['Accept', 'application/sdp']] })
    if (request.method === 'UPDATE' && offer === undefined) {
      return void transaction.respond({
        status: 200,
        extra: [...this.#ownHeaders(leg), ...this.#grantTimer(leg, request)],
      })
    }
    const other = this.#otherOf(leg)
    if (this.#isChanging || this.#awaitsAck !== undefined || other === undefined) {
      return void transaction.respond({ status: 491 })
    }
    this.#isChanging = true
    if (request.method === 'INVITE') transaction.respond({ status: 100 })
    const method = request.method === 'UPDATE' && other.mayUpdate ? 'UPDATE' : 'INVITE'
    const content =
      offer === undefined ? {} : { content: this.#pass(offer, { to: other, in: method, called: this.#called! }) }
    other.session.request(
      method,
      { extra: this.#ownHeaders(other), ...content },
      this.#changeUser(leg, other, { transaction, method, offer }),
    )
  }

  #changeUser(
    leg: CallLeg,
    other: CallLeg,
    change: { transaction: ServerTransaction; method: 'INVITE' | 'UPDATE'; offer: SessionDescription | undefined },
  ): ClientTransactionUser {
    const { transaction, method, offer } = change
    return {
      onProvisional: () => {},
      onFailure: () => {
        this.#isChanging = false
        transaction.respond({ status: 408 })
      },
      onFinal: (response) => {
        this.#isChanging = false
        if (response.status >= 300) return void transaction.respond({ status: response.status })
        const description = descriptionOf(response)
        if (method === 'INVITE' && offer !== undefined) other.session.acknowledge()
        if (description === undefined || description === 'unreadable') {
          if (method === 'INVITE' && offer === undefined) other.session.acknowledge()
          return void transaction.respond({ status: 488 })
        }
        if (offer === undefined) this.#awaitsAck = { from: leg, give: (answer) => this.#giveAnswer(other, answer) }
        const parts = {
          status: 200,
          extra: [...this.#ownHeaders(leg), ...this.#grantTimer(leg, transaction.request)],
          content: this.#pass(description, { to: leg, in: '200', called: this.#called! }),
        }
        if (transaction.request.method === 'INVITE') leg.session.answerInvite(transaction, parts)
        else transaction.respond(parts)
      },
    }
  }

  #relayInfo(leg: CallLeg, request: SipRequest, transaction: ServerTransaction): void {
    const other = this.#otherOf(leg)
    if (other === undefined) return void transaction.respond({ status: 480 })
    const type = header(request, 'Content-Type')
    const content = type === undefined ? {} : { content: { type, body: request.body } }
    other.session.request('INFO', content, {
      onProvisional: () => {},
      onFinal: (response) => void transaction.respond({ status: response.status }),
      onFailure: () => void transaction.respond({ status: 408 }),
    })
  }

  #ended(leg: CallLeg, end: SessionEnd): void {
    if (this.#isOver) return
    if (end.by === 'peer') this.#over(`${leg.side} hung up`)
    else this.#over(end.by === 'no-ack' ? `no ACK from the ${leg.side}` : `the ${leg.side} cannot be reached`)
    for (const ringing of this.#ringing) ringing.end()
    this.#otherOf(leg)?.end()
    leg.timer.stop()
  }

  /** RFC 4028 §10: both sides are told. */
  expire(leg: CallLeg): void {
    if (this.#isOver) return
    this.#over(`session of the ${leg.side} not refreshed`)
    this.#caller.end()
    this.#called?.end()
  }

  #over(cause: string): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#unanswered?.cancel()
    this.#caller.timer.stop()
    this.#called?.timer.stop()
    this.record.cause = cause
    this.record.end = this.#control.wall.now().toISOString()
    this.#control.forget(this)
  }

  #otherOf(leg: CallLeg): CallLeg | undefined {
    return leg === this.#caller ? this.#called : this.#caller
  }

  #pass(description: SessionDescription, how: { to: CallLeg; in: string; called: CallLeg }): Content {
    const content = how.to.content(description, this.#rates(how.called))
    const passed = descriptionOf({
      kind: 'response',
      status: 200,
      reason: '',
      headers: [['Content-Type', content.type]],
      body: Buffer.from(content.body),
    })
    const media = passed === undefined || passed === 'unreadable' ? [] : summariseMedia(passed)
    this.#control.history.describe(this.record, { to: how.to.side, in: how.in, media })
    return content
  }

  /** The answer to a session interval the device asked for: it stays the refresher. RFC 4028 §9. */
  #grantTimer(leg: CallLeg, request: SipRequest): HeaderLine[] {
    if (!supportsTimers(request)) return []
    const { sipSessionExpiresSeconds, sipMinSeSeconds } = this.#control.configuration.serviceParameters
    const asked = sessionInterval(request)
    leg.interval = Math.max(asked?.seconds ?? sipSessionExpiresSeconds, sipMinSeSeconds)
    const refresher = asked?.refresher ?? 'uac'
    leg.timer.start(leg.interval, refresher === 'uac' ? 'they' : 'we')
    return [
      ['Session-Expires', `${leg.interval};refresher=${refresher}`],
      ...(refresher === 'uac' ? [['Require', 'timer'] as const] : []),
    ]
  }

  #startTimer(leg: CallLeg, response: SipResponse): void {
    const granted = sessionInterval(response)
    if (granted === undefined) return
    leg.interval = Math.max(granted.seconds, 90)
    leg.timer.start(leg.interval, granted.refresher === 'uas' ? 'they' : 'we')
  }

  #calledHeaders(leg: CallLeg): HeaderLine[] {
    return partyHeaders(this.#control.configuration, leg.party, this.#headerFacts(this.#caller, 'called'))
  }

  /** Headers of a message to `leg` within the dialog: the other party's. */
  #ownHeaders(leg: CallLeg): HeaderLine[] {
    const other = this.#otherOf(leg) ?? leg
    return partyHeaders(
      this.#control.configuration,
      other.party,
      this.#headerFacts(leg, leg.side === 'caller' ? 'called' : 'calling'),
    )
  }

  #headerFacts(leg: CallLeg, role: 'calling' | 'called') {
    const contact = this.#control.contactOn(leg.session.link)
    return { contact, now: this.#control.wall.now(), role, callNumber: this.record.id }
  }

  #serverHeaders(): HeaderLine[] {
    return [
      ['Date', this.#control.wall.now().toUTCString()],
      ['Server', 'Cisco-CUCM9.1'],
    ]
  }
}

/** What several refusals come to: busy anywhere is busy; a silent or unreachable device counts as unavailable. */
function refusalToPassOn(statuses: readonly number[]): number {
  const told = statuses.map((status) =>
    status < 400 || status === 408 || status === 487 || status >= 500 ? 480 : status,
  )
  return told.includes(486) ? 486 : (told.find((status) => status !== 480) ?? 480)
}

const causes: Readonly<Record<number, string>> = {
  486: 'busy',
  487: 'cancelled',
  488: 'no common media',
  603: 'declined',
}

/** ITU-T Q.850 causes, as RFC 4497 maps statuses to them. */
const q850: Readonly<Record<number, number>> = { 404: 1, 480: 18, 486: 17, 488: 65, 603: 21 }
