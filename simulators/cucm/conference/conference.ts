import type { SipRequest, SipResponse } from '#simulators/protocol/sip/message.ts'
import type { ServerTransaction } from '#simulators/protocol/sip/server-transaction.ts'
import type { CallLeg, LegOwner, Party } from '../sip/call-leg.ts'
import { allowedMethods, partyHeaders } from '../sip/call-leg.ts'
import type { CallSurroundings } from '../sip/call-surroundings.ts'
import type { ConferenceRecord } from '../sip/call-history.ts'
import { inviteAnew } from '../sip/invite-anew.ts'
import type { BitRates, SessionDescription } from '../sip/session-description.ts'
import type { BridgePort, ConferenceBridge } from './bridge.ts'
import { answeredDirection, bridgeDescription, remoteOf } from './bridge-description.ts'

export interface ConferenceOptions {
  readonly control: CallSurroundings
  readonly bridge: ConferenceBridge
  readonly record: ConferenceRecord
  readonly rates: BitRates
  /** Two are left: they go on without the bridge, as with Unified CM. */
  readonly joinLastTwo: (one: CallLeg, other: CallLeg) => void
  readonly onEnded: () => void
}

/** An ad hoc conference: the dialogs of its members, each with a port on the bridge. */
export class Conference implements LegOwner {
  readonly #options: ConferenceOptions
  readonly #ports = new Map<CallLeg, BridgePort | undefined>()
  #isOver = false

  constructor(options: ConferenceOptions) {
    this.#options = options
  }

  /** Takes over a leg that was connected to somebody else. */
  add(leg: CallLeg): void {
    leg.owner = this
    this.#ports.set(leg, undefined)
    this.#options.record.members.push(leg.party.number)
    // A leg whose device refuses, or for which there is no port, leaves; the others stay.
    void this.#connect(leg).catch(() => this.#drop(leg))
  }

  stop(): void {
    for (const leg of [...this.#ports.keys()]) leg.end()
    this.#end()
  }

  // --- its legs ---

  acknowledged(leg: CallLeg, request: SipRequest): void {
    const answer = leg.descriptionIn(request)
    if (answer !== undefined && answer !== 'unreadable') this.#ports.get(leg)?.setRemote(remoteOf(answer))
  }

  request(leg: CallLeg, request: SipRequest, transaction: ServerTransaction): void {
    leg.learn(request)
    if (request.method === 'INVITE' || request.method === 'UPDATE') return this.#change(leg, request, transaction)
    const status = request.method === 'OPTIONS' || request.method === 'INFO' ? 200 : 405
    transaction.respond({ status, extra: [['Allow', allowedMethods]] })
  }

  ended(leg: CallLeg): void {
    this.#remove(leg)
  }

  expired(leg: CallLeg): void {
    this.#drop(leg)
  }

  /** These dialogs were answered long ago. */
  progressed(): void {}
  answered(): void {}
  refused(): void {}
  cancelled(): void {}

  async #connect(leg: CallLeg): Promise<void> {
    const port = await this.#options.bridge.open()
    if (!this.#ports.has(leg)) return port.close()
    this.#ports.set(leg, port)
    const { control, rates } = this.#options
    const { content } = leg.content(bridgeDescription(port.local, 'sendrecv'), rates, 'offer')
    inviteAnew(control, leg, { extra: this.#headersTo(leg), content }, (response) => this.#joined(leg, port, response))
  }

  #joined(leg: CallLeg, port: BridgePort, response: SipResponse | undefined): void {
    const answer = response === undefined ? undefined : leg.descriptionIn(response)
    if (response !== undefined) leg.session.acknowledge()
    if (answer === undefined || answer === 'unreadable') return this.#drop(leg)
    port.setRemote(remoteOf(answer))
    leg.timer.start(leg.interval, 'we')
  }

  #change(leg: CallLeg, request: SipRequest, transaction: ServerTransaction): void {
    const port = this.#ports.get(leg)
    const offer = leg.descriptionIn(request)
    const extra = this.#headersTo(leg)
    if (offer === undefined && request.method === 'UPDATE') return void transaction.respond({ status: 200, extra })
    if (port === undefined || offer === 'unreadable') return void transaction.respond({ status: 488 })
    const parts = { status: 200, extra, content: this.#described(leg, port, offer) }
    if (request.method === 'INVITE') leg.session.answerInvite(transaction, parts)
    else transaction.respond(parts)
  }

  #described(leg: CallLeg, port: BridgePort, offer: SessionDescription | undefined) {
    if (offer !== undefined) port.setRemote(remoteOf(offer))
    const direction = offer === undefined ? 'sendrecv' : answeredDirection(offer)
    const as = offer === undefined ? 'offer' : 'answer'
    return leg.content(bridgeDescription(port.local, direction), this.#options.rates, as).content
  }

  #headersTo(leg: CallLeg) {
    const { control, record } = this.#options
    return partyHeaders(control.configuration, conferenceParty, {
      contact: control.contactOn(leg.session.link),
      now: control.wall.now(),
      role: leg.side === 'caller' ? 'called' : 'calling',
      callNumber: record.id,
    })
  }

  #drop(leg: CallLeg): void {
    leg.end()
    this.#remove(leg)
  }

  #remove(leg: CallLeg): void {
    this.#ports.get(leg)?.close()
    if (!this.#ports.delete(leg) || this.#isOver || this.#ports.size > 2) return
    const [one, other] = this.#ports.keys()
    if (one !== undefined && other !== undefined) this.#options.joinLastTwo(one, other)
    this.#end()
  }

  #end(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#ports.clear()
    this.#options.bridge.stop()
    this.#options.record.end = this.#options.control.wall.now().toISOString()
    this.#options.onEnded()
  }
}

const conferenceParty: Party = { number: 'Conference', name: 'Conference', device: '' }
