import type { ClientTransactionUser } from '#simulators/protocol/sip/client-transaction.ts'
import type { SipRequest, SipResponse } from '#simulators/protocol/sip/message.ts'
import { header } from '#simulators/protocol/sip/message.ts'
import type { ServerTransaction } from '#simulators/protocol/sip/server-transaction.ts'
import type { CallLeg } from './call-leg.ts'
import { allowedMethods } from './call-leg.ts'
import type { CallMessages } from './call-messages.ts'
import type { CallSurroundings } from './call-surroundings.ts'
import { inviteAnew } from './invite-anew.ts'
import type { SessionDescription } from './session-description.ts'

interface Change {
  readonly from: CallLeg
  readonly to: CallLeg
  readonly transaction: ServerTransaction
  /** How it goes on: UPDATE only to a device that allows it. */
  readonly method: 'INVITE' | 'UPDATE'
  readonly offer: SessionDescription | undefined
}

/** What devices ask of an answered call: changed descriptions, refreshes, INFO. Each goes to the other side. */
export class MidCall {
  readonly #control: CallSurroundings
  readonly #messages: CallMessages
  readonly #caller: CallLeg
  readonly #called: CallLeg
  readonly #onBroken: (cause: string) => void
  /** A re-INVITE or UPDATE is on its way through. RFC 3261 §14.2: another one meanwhile gets 491. */
  #isChanging = false
  /** The side whose ACK has to come, with its answer, before the other side gets its own (offer in a 2xx). */
  #awaitsAck: { readonly from: CallLeg; readonly to: CallLeg } | undefined

  constructor(options: {
    control: CallSurroundings
    messages: CallMessages
    caller: CallLeg
    called: CallLeg
    /** The call cannot stand any more. */
    onBroken: (cause: string) => void
  }) {
    this.#control = options.control
    this.#messages = options.messages
    this.#caller = options.caller
    this.#called = options.called
    this.#onBroken = options.onBroken
  }

  /** The ACK from `from` will carry the answer to `to`'s offer. */
  awaitAnswer(from: CallLeg, to: CallLeg): void {
    this.#awaitsAck = { from, to }
  }

  acknowledged(leg: CallLeg, ack: SipRequest): void {
    const waiting = this.#awaitsAck
    if (waiting?.from !== leg) return
    this.#awaitsAck = undefined
    if (waiting.to.session.isEnded) return
    const answer = leg.descriptionIn(ack)
    if (answer !== undefined && answer !== 'unreadable') {
      return waiting.to.session.acknowledge(this.#pass(answer, waiting.to, 'ACK', 'answer'))
    }
    // RFC 3261 §13.2.2.4: the 2xx is acknowledged all the same, then the dialog ended.
    waiting.to.session.acknowledge()
    this.#onBroken('no answer in the ACK')
  }

  /** Both legs are connected, to others so far: the called device is asked for an offer, which goes to the caller. */
  join(done: (isJoined: boolean) => void): void {
    this.#isChanging = true
    const [from, to] = [this.#called, this.#caller]
    const extra = this.#messages.headersTo(from, to.party)
    inviteAnew(this.#control, from, { extra }, (response) => {
      const offer = response === undefined ? undefined : from.descriptionIn(response)
      if (offer !== undefined && offer !== 'unreadable') return this.bring(from, to, offer, done)
      if (response !== undefined) from.session.acknowledge()
      this.#isChanging = false
      done(false)
    })
  }

  /** Takes the offer in a 2xx of `from`, not acknowledged yet, to the other leg, and its answer back in the ACK. */
  bring(from: CallLeg, to: CallLeg, offer: SessionDescription, done: (isJoined: boolean) => void): void {
    this.#isChanging = true
    const content = this.#pass(offer, to, 'INVITE', 'offer')
    inviteAnew(this.#control, to, { extra: this.#messages.headersTo(to, from.party), content }, (response) => {
      this.#isChanging = false
      const answer = response === undefined ? undefined : to.descriptionIn(response)
      if (response !== undefined) to.session.acknowledge()
      if (from.session.isEnded) return done(false)
      const isUsable = answer !== undefined && answer !== 'unreadable'
      from.session.acknowledge(isUsable ? this.#pass(answer, from, 'ACK', 'answer') : undefined)
      if (isUsable) for (const leg of [from, to]) this.#messages.refreshAlone(leg)
      done(isUsable)
    })
  }

  request(leg: CallLeg, request: SipRequest, transaction: ServerTransaction): void {
    switch (request.method) {
      case 'INVITE':
      case 'UPDATE':
        return this.#change(leg, request, transaction)
      case 'INFO':
        return this.#relayInfo(leg, request, transaction)
      case 'OPTIONS':
        return void transaction.respond({
          status: 200,
          extra: [...this.#messages.ownHeaders(), ['Allow', allowedMethods]],
        })
      default:
        return void transaction.respond({ status: 405, extra: [['Allow', allowedMethods]] })
    }
  }

  /** RFC 3261 §14, RFC 3311: a changed description goes to the other side, and its answer comes back. */
  #change(leg: CallLeg, request: SipRequest, transaction: ServerTransaction): void {
    const tooShort = this.#messages.intervalRefusal(request)
    if (tooShort !== undefined) return void transaction.respond(tooShort)
    const offer = leg.descriptionIn(request)
    if (offer === 'unreadable') return void transaction.respond({ status: 415, extra: [['Accept', 'application/sdp']] })
    if (request.method === 'UPDATE' && offer === undefined) {
      return void transaction.respond({ status: 200, extra: this.#answerHeaders(leg, request) })
    }
    if (this.#isChanging || this.#awaitsAck !== undefined) return void transaction.respond({ status: 491 })
    this.#isChanging = true
    if (request.method === 'INVITE') transaction.respond({ status: 100 })
    const to = this.#otherOf(leg)
    const method = request.method === 'UPDATE' && to.mayUpdate ? 'UPDATE' : 'INVITE'
    const content = offer === undefined ? {} : { content: this.#pass(offer, to, method, 'offer') }
    const extra = this.#messages.headersTo(to, leg.party)
    to.session.request(method, { extra, ...content }, this.#userOf({ from: leg, to, transaction, method, offer }))
  }

  #userOf(change: Change): ClientTransactionUser {
    return {
      onProvisional: () => {},
      onFailure: () => {
        this.#isChanging = false
        change.transaction.respond({ status: 408 })
      },
      onFinal: (response) => {
        this.#isChanging = false
        this.#changed(change, response)
      },
    }
  }

  #changed({ from, to, transaction, method, offer }: Change, response: SipResponse): void {
    if (response.status >= 300) return void transaction.respond({ status: response.status })
    const description = to.descriptionIn(response)
    const isReadable = description !== undefined && description !== 'unreadable'
    // Without our offer the 2xx holds theirs: its ACK waits for the answer of the other side.
    const waitsForAnswer = method === 'INVITE' && offer === undefined && isReadable && !from.session.isEnded
    if (method === 'INVITE' && !waitsForAnswer) to.session.acknowledge()
    if (from.session.isEnded) return void transaction.respond({ status: 487 })
    if (!isReadable) return void transaction.respond({ status: 488 })
    if (waitsForAnswer) this.awaitAnswer(from, to)
    const extra = this.#answerHeaders(from, transaction.request)
    const parts = {
      status: 200,
      extra,
      content: this.#pass(description, from, '200', waitsForAnswer ? 'offer' : 'answer'),
    }
    if (transaction.request.method === 'INVITE') from.session.answerInvite(transaction, parts)
    else transaction.respond(parts)
  }

  #relayInfo(leg: CallLeg, request: SipRequest, transaction: ServerTransaction): void {
    const type = header(request, 'Content-Type')
    const content = type === undefined ? {} : { content: { type, body: request.body } }
    this.#otherOf(leg).session.request('INFO', content, {
      onProvisional: () => {},
      onFinal: (response) => void transaction.respond({ status: response.status }),
      onFailure: () => void transaction.respond({ status: 408 }),
    })
  }

  #answerHeaders(leg: CallLeg, request: SipRequest) {
    return [...this.#messages.headersTo(leg, this.#otherOf(leg).party), ...this.#messages.grantTimer(leg, request)]
  }

  #pass(description: SessionDescription, to: CallLeg, message: string, as: 'offer' | 'answer') {
    return this.#messages.pass(description, { to, in: message, as, called: this.#called })
  }

  #otherOf(leg: CallLeg): CallLeg {
    return leg === this.#caller ? this.#called : this.#caller
  }
}
