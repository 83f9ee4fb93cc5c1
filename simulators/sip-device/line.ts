import type { HostNetwork } from '#runtime/network.ts'
import type { Call, CallBook } from '#simulators/protocol/endpoint/calls.ts'
import type { OwnDialog } from '#simulators/protocol/endpoint/own-dialog.ts'
import type {
  AnswerRules,
  CallWishes,
  InDialogRequest,
  SipOutcome,
  TelephoneLine,
} from '#simulators/protocol/endpoint/telephone-line.ts'
import { dialledUri } from '#simulators/protocol/endpoint/telephone-line.ts'
import type { SipAgent } from '#simulators/protocol/sip/agent.ts'
import type { SipLink } from '#simulators/protocol/sip/link.ts'
import { callId, from } from '#simulators/protocol/sip/message.ts'
import type { ServerTransaction } from '#simulators/protocol/sip/server-transaction.ts'
import { CallMedia, isSecureCall, problemOf } from './call-media.ts'
import type { MediaSettings, SipDeviceUser } from './configuration.ts'
import type { Credentials } from './credentials.ts'
import { DeviceCall } from './device-call.ts'
import type { Routes } from './routes.ts'

export interface DeviceLineOptions {
  readonly network: HostNetwork
  readonly agent: SipAgent
  readonly routes: Routes
  readonly user: SipDeviceUser
  /** With scheme. */
  readonly aor: string
  readonly credentials: Credentials
  readonly contact: (link: SipLink) => string
  readonly calls: CallBook
  readonly rules: AnswerRules
  readonly settings: () => MediaSettings
  readonly register: (expires: number) => Promise<SipOutcome>
}

/** The calls of a device on its SIP agent. */
export class DeviceLine implements TelephoneLine {
  readonly #options: DeviceLineOptions
  readonly #calls = new Map<string, DeviceCall>()
  #isOpen = true

  constructor(options: DeviceLineOptions) {
    this.#options = options
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  register(expires: number): Promise<SipOutcome> {
    return this.#options.register(expires)
  }

  get node(): string {
    return this.#options.user.domain
  }

  async call(to: string, toneHz: number, wishes: CallWishes = {}): Promise<Call> {
    const { calls, user, routes, settings } = this.#options
    const target = dialledUri(to, user.domain)
    const call = calls.add('outgoing', target)
    const own = this.#add(call)
    try {
      await own.openMedia(() => this.#openMedia(toneHz, isSecureCall(settings(), undefined)))
      const { headers = [], withoutOffer: isLateOffer = settings().lateOffer } = wishes
      own.invite(await routes.to(target), { isLateOffer, headers })
    } catch (error) {
      own.give(`not sent: ${(error as Error).message}`)
    }
    return call
  }

  /** An INVITE outside any dialog. */
  incoming(transaction: ServerTransaction): void {
    const { agent, calls, rules, settings } = this.#options
    const { request } = transaction
    const call = calls.add('incoming', from(request).uri)
    call.sipCallId = callId(request)
    const own = this.#add(call)
    own.take(agent, transaction)
    const offer = request.body.toString('utf8')
    const problem = offer === '' ? undefined : problemOf(offer, settings())
    if (rules.mode === 'busy') return own.refuse(486)
    if (rules.mode === 'reject') return own.refuse(603)
    if (problem !== undefined) return own.refuse(488, problem)
    if (rules.mode === 'early media') return void this.#ringWithMedia(own).catch(() => own.refuse(500))
    own.ring()
    if (rules.mode === 'auto') void this.answer(call).catch(() => own.refuse(500))
  }

  async answer(call: Call): Promise<void> {
    const own = this.#of(call)
    await this.#openMediaOf(own)
    own.answer()
  }

  async hangUp(call: Call): Promise<void> {
    this.#calls.get(call.id)?.hangUp()
  }

  setHold(call: Call, isHeld: boolean): Promise<SipOutcome> {
    return this.#of(call).setHold(isHeld)
  }

  update(call: Call): Promise<SipOutcome> {
    return this.#of(call).update()
  }

  request(call: Call, request: InDialogRequest): Promise<SipOutcome & { readonly body: string }> {
    return this.#of(call).request(request)
  }

  dialogOf(call: Call): OwnDialog {
    return this.#of(call).dialog
  }

  linkClosed(link: SipLink): void {
    for (const call of [...this.#calls.values()]) call.linkClosed(link)
  }

  async close(): Promise<void> {
    this.#isOpen = false
    for (const call of [...this.#calls.values()]) call.give('connection closed')
  }

  #add(call: Call): DeviceCall {
    const { calls, agent, aor, user, credentials, contact } = this.#options
    const own = new DeviceCall(call, {
      agent,
      aor,
      displayName: user.displayName,
      product: user.device,
      credentials,
      contact,
      onEnded: (endedBy) => {
        this.#calls.delete(call.id)
        void calls.end(call, endedBy)
      },
    })
    this.#calls.set(call.id, own)
    return own
  }

  async #ringWithMedia(own: DeviceCall): Promise<void> {
    await this.#openMediaOf(own)
    own.ringWithMedia()
  }

  #openMediaOf(own: DeviceCall): Promise<void> {
    const { rules, settings } = this.#options
    return own.openMedia(() => this.#openMedia(rules.toneHz, isSecureCall(settings(), own.offered)))
  }

  #openMedia(toneHz: number, isSecure: boolean): Promise<CallMedia> {
    const { network, user, settings } = this.#options
    return CallMedia.open({ network, user, settings: settings(), toneHz, isSecure })
  }

  #of(call: Call): DeviceCall {
    const own = this.#calls.get(call.id)
    if (own === undefined) throw new Error(`${call.id} is over`)
    return own
  }
}
