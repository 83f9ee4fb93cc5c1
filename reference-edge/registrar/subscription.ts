import type { Timer, WallClock } from '#runtime/clock.ts'
import type { Random } from '#runtime/random.ts'
import type { OwnSipNames } from '../control/sip-peer.ts'
import { ownPort } from '../control/sip-peer.ts'
import { newBranch, newTag } from '../protocol/sip/branch.ts'
import type { SipFlow } from '../protocol/sip/flow.ts'
import type { SipRequest } from '../protocol/sip/message.ts'
import { createRequest } from '../protocol/sip/message.ts'
import type { TransactionLayer } from '../protocol/sip/transaction-layer.ts'
import { transportOf } from './local-device.ts'
import { presenceType } from './presence-document.ts'

export interface SubscriptionOptions {
  readonly own: OwnSipNames
  readonly wall: WallClock
  readonly random: Random
  readonly layer: TransactionLayer
  /** The open connection to the watcher: that of its SUBSCRIBE, or that of its registration. */
  readonly flowOf: (subscribe: SipRequest, flow: SipFlow) => SipFlow | undefined
  /** The document as it is now. */
  readonly document: (aor: string) => string
  readonly onEnded: (subscription: Subscription) => void
}

/** One watcher of one alias: the notifier's end of the dialog (RFC 6665 §4.2). One NOTIFY is under way at a time. */
export class Subscription {
  readonly aor: string
  readonly localTag: string
  readonly #options: SubscriptionOptions
  readonly #subscribe: SipRequest
  #flow: SipFlow
  #lastCseq: number
  #cseq = 0
  #expiresAt = 0
  #timer: Timer | undefined
  #isNotifying = false
  #isChanged = false
  #ended: 'timeout' | 'deactivated' | undefined

  constructor(options: SubscriptionOptions, subscribe: SipRequest, flow: SipFlow, aor: string) {
    this.#options = options
    this.#subscribe = subscribe.clone()
    this.#flow = flow
    this.#lastCseq = subscribe.cseq?.number ?? 0
    this.aor = aor
    this.localTag = newTag(options.random)
  }

  /** Whether a SUBSCRIBE is within this dialog. */
  isOf(request: SipRequest): boolean {
    return (
      request.toTag === this.localTag &&
      request.callId === this.#subscribe.callId &&
      request.fromTag === this.#subscribe.fromTag
    )
  }

  /** A SUBSCRIBE within the dialog, over whatever connection; false where its CSeq is an old one. */
  refreshedBy(request: SipRequest, flow: SipFlow): boolean {
    const cseq = request.cseq?.number ?? 0
    if (cseq <= this.#lastCseq) return false
    this.#lastCseq = cseq
    this.#flow = flow
    return true
  }

  /** From now on for so long, 0 ends it; a NOTIFY follows in each case (RFC 6665 §4.2.1.2). */
  runFor(seconds: number): void {
    const { wall } = this.#options
    this.#timer?.cancel()
    this.#expiresAt = wall.now().getTime() + seconds * 1000
    if (seconds === 0) return this.end('timeout')
    this.#timer = wall.after(seconds * 1000, 'presence subscription', () => this.end('timeout'))
    this.notify()
  }

  /** The alias has another state. */
  notify(): void {
    this.#isChanged = true
    if (!this.#isNotifying) this.#send()
  }

  end(reason: 'timeout' | 'deactivated'): void {
    if (this.#ended !== undefined) return
    this.#ended = reason
    this.#timer?.cancel()
    this.#options.onEnded(this)
    this.notify()
  }

  /** Without a word. */
  stop(): void {
    this.#ended ??= 'deactivated'
    this.#isChanged = false
    this.#timer?.cancel()
  }

  get contact(): string {
    const transport = transportOf(this.#flow)
    return `<sip:presence@${this.#options.own.address}:${ownPort(transport)};transport=${transport.toLowerCase()}>`
  }

  #send(): void {
    const flow = this.#options.flowOf(this.#subscribe, this.#flow)
    this.#isChanged = false
    if (flow === undefined) return this.#lost()
    this.#isNotifying = true
    const sent = this.#options.layer.request(this.#notify(flow), flow, {
      onResponse: ({ status }) => {
        if (status < 200) return
        this.#isNotifying = false
        if (status >= 300) this.#lost()
        else if (this.#isChanged) this.#send()
      },
      onTimeout: () => this.#lost(),
      onTransportError: () => this.#lost(),
    })
    if (sent === undefined) this.#lost()
  }

  /** RFC 6665 §4.2.2: who does not take a NOTIFY watches no longer. */
  #lost(): void {
    const wasRunning = this.#ended === undefined
    this.stop()
    if (wasRunning) this.#options.onEnded(this)
  }

  #notify(flow: SipFlow): SipRequest {
    const { own, random, document } = this.#options
    const transport = transportOf(flow)
    const target = this.#subscribe.addresses('contact')?.[0]?.uri ?? this.#subscribe.from?.uri ?? ''
    const routes = this.#subscribe.all('record-route').map((route): [string, string] => ['Route', route])
    return createRequest({
      method: 'NOTIFY',
      requestUri: target,
      headers: [
        ['Via', `SIP/2.0/${transport} ${own.address}:${ownPort(transport)};branch=${newBranch(random)};rport`],
        ['Max-Forwards', '70'],
        ...routes,
        ['From', `${this.#subscribe.first('to') ?? ''};tag=${this.localTag}`],
        ['To', this.#subscribe.first('from') ?? ''],
        ['Call-ID', this.#subscribe.callId ?? ''],
        ['CSeq', `${++this.#cseq} NOTIFY`],
        ['Contact', this.contact],
        ['Event', this.#subscribe.first('event') ?? 'presence'],
        ['Subscription-State', this.#state()],
        ['Content-Type', presenceType],
      ],
      body: document(this.aor),
    })
  }

  #state(): string {
    if (this.#ended !== undefined) return `terminated;reason=${this.#ended}`
    const left = Math.round((this.#expiresAt - this.#options.wall.now().getTime()) / 1000)
    return `active;expires=${Math.max(0, left)}`
  }
}
