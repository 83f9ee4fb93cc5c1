import type { Timer, WallClock } from '#runtime/clock.ts'
import type { SipOutcome } from '#simulators/protocol/endpoint/telephone-line.ts'
import { Dialog } from '#simulators/protocol/sip/dialog.ts'
import type { SipLink } from '#simulators/protocol/sip/link.ts'
import type { SipRequest } from '#simulators/protocol/sip/message.ts'
import { callId, header, toTag } from '#simulators/protocol/sip/message.ts'
import type { ServerTransaction } from '#simulators/protocol/sip/server-transaction.ts'
import type { HeaderLine } from '#simulators/protocol/sip/strict-parser.ts'
import type { Presence } from './pidf.ts'
import { pidfType, readPidf } from './pidf.ts'
import type { Answered, RequestSeries } from './requests.ts'
import { outcomeOf } from './requests.ts'

export interface SubscriptionOptions {
  readonly series: RequestSeries
  readonly clock: WallClock
  readonly link: () => Promise<SipLink>
  readonly contact: (link: SipLink) => string
  /** Whose presence, with scheme. */
  readonly to: string
  readonly expires: number
}

/** One NOTIFY as it came. */
export interface Notification {
  /** Whose presence it was asked for. */
  readonly of: string
  /** Subscription-State, for example `active;expires=3600`. */
  readonly subscription: string
  readonly body: string
  /** Absent where the body says none. */
  readonly presence?: Presence
}

/** A subscription to somebody's presence (RFC 6665, RFC 3856), refreshed by the wall clock. */
export class Subscription {
  readonly notifications: Notification[] = []
  readonly #options: SubscriptionOptions
  #dialog: Dialog | undefined
  #timer: Timer | undefined
  #isOver = false

  constructor(options: SubscriptionOptions) {
    this.#options = options
  }

  get to(): string {
    return this.#options.to
  }

  get isActive(): boolean {
    return this.#dialog !== undefined && !this.#isOver
  }

  async subscribe(expires = this.#options.expires): Promise<SipOutcome> {
    this.#timer?.cancel()
    const answered = await this.#send(expires)
    const { request, response } = answered
    const isTaken = response !== undefined && response.status < 300
    if (isTaken) this.#dialog ??= Dialog.asCaller(request, response)
    this.#isOver = !isTaken || expires === 0
    if (!this.#isOver) this.#refreshAfter(Number(header(response!, 'Expires') ?? expires))
    return outcomeOf(answered)
  }

  async end(): Promise<SipOutcome | undefined> {
    return this.isActive ? this.subscribe(0) : undefined
  }

  stop(): void {
    this.#timer?.cancel()
    this.#isOver = true
  }

  /** A NOTIFY of this subscription, which may come before the answer to its SUBSCRIBE (RFC 6665 §4.1.2.4). */
  owns(request: SipRequest): boolean {
    const { series } = this.#options
    return request.method === 'NOTIFY' && callId(request) === series.callId && toTag(request) === series.localTag
  }

  take(request: SipRequest, transaction: ServerTransaction): void {
    if (this.#dialog?.accepts(request) === false) return void transaction.respond({ status: 500 })
    transaction.respond({ status: 200 })
    const subscription = header(request, 'Subscription-State') ?? ''
    const body = request.body.toString('utf8')
    const isPidf = header(request, 'Content-Type')?.toLowerCase().startsWith(pidfType) === true
    const presence = isPidf ? readPidf(body) : undefined
    if (this.notifications.length >= mostKept) this.notifications.shift()
    this.notifications.push({ of: this.to, subscription, body, ...(presence === undefined ? {} : { presence }) })
    if (subscription.toLowerCase().startsWith('terminated')) this.stop()
  }

  async #send(expires: number): Promise<Answered> {
    const { series, to, link: openLink, contact } = this.#options
    const link = await openLink()
    const extra: HeaderLine[] = [
      ['Event', 'presence'],
      ['Accept', pidfType],
      ['Contact', `<${contact(link)}>`],
      ['Expires', String(expires)],
    ]
    if (this.#dialog === undefined) return series.send(link, { method: 'SUBSCRIBE', uri: to, to, extra })
    return series.sendMade(link, this.#dialog.request('SUBSCRIBE', { extra }))
  }

  #refreshAfter(seconds: number): void {
    this.#timer = this.#options.clock.after((seconds * 3_000) / 4, 'SUBSCRIBE refresh', async () => {
      await this.subscribe()
    })
  }
}

const mostKept = 1_000
