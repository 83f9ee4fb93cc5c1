import type { WallClock } from '#runtime/clock.ts'
import type { Random } from '#runtime/random.ts'
import type { OwnSipNames } from '../control/sip-peer.ts'
import { newTag } from '../protocol/sip/branch.ts'
import type { SipFlow } from '../protocol/sip/flow.ts'
import type { SipRequest } from '../protocol/sip/message.ts'
import { createResponse } from '../protocol/sip/message.ts'
import type { ServerTransaction } from '../protocol/sip/server-transaction.ts'
import type { TransactionLayer } from '../protocol/sip/transaction-layer.ts'
import { addressOfRecord } from './address-of-record.ts'
import type { LocalRegistrar } from './local-registrar.ts'
import { composePresence, presenceType, readPresence } from './presence-document.ts'
import { Publications } from './publications.ts'
import { Subscription } from './subscription.ts'

export interface PresenceServerOptions {
  readonly own: OwnSipNames
  readonly wall: WallClock
  readonly random: Random
  readonly layer: TransactionLayer
  readonly registrar: LocalRegistrar
  readonly isOpen: (flow: SipFlow) => boolean
}

type Headers = readonly (readonly [string, string])[]

/** SIP Presence Server of the domains that this VCS is authoritative for: PUBLISH (RFC 3903), SUBSCRIBE (RFC 3856). */
export class PresenceServer {
  readonly #options: PresenceServerOptions
  readonly #publications: Publications
  readonly #subscriptions = new Map<string, Subscription>()

  constructor(options: PresenceServerOptions) {
    this.#options = options
    this.#publications = new Publications({
      wall: options.wall,
      random: options.random,
      onChange: (aor) => {
        for (const subscription of [...this.#subscriptions.values()])
          if (subscription.aor === aor) subscription.notify()
      },
    })
  }

  status(): { readonly publications: number; readonly subscriptions: number } {
    return { publications: this.#publications.size, subscriptions: this.#subscriptions.size }
  }

  /** Whether a request is within a subscription here. */
  holds(request: SipRequest): boolean {
    return this.#subscriptionOf(request) !== undefined
  }

  /** PUBLISH of a request URI of an own domain. */
  publish(transaction: ServerTransaction): void {
    const { request } = transaction
    const aor = addressOfRecord(request.sipUri)
    if (aor === undefined) return this.#answer(transaction, 404, 'Not Found')
    if (!isPresence(request)) return this.#badEvent(transaction)
    if (addressOfRecord(request.from?.sipUri) !== aor) return this.#answer(transaction, 403, 'Forbidden')
    const seconds = periodOf(request, publicationPeriod)
    if (seconds === undefined) return this.#tooBrief(transaction, publicationPeriod.minimum)
    const tag = request.first('sip-if-match')
    const known = tag === undefined ? undefined : this.#publications.find(tag)
    if (tag !== undefined && known?.aor !== aor) return this.#answer(transaction, 412, 'Conditional Request Failed')
    if (tag !== undefined && seconds === 0) {
      this.#publications.remove(tag)
      return this.#answer(transaction, 200, 'OK', [
        ['SIP-ETag', tag],
        ['Expires', '0'],
      ])
    }
    this.#keep(transaction, aor, seconds, tag)
  }

  /** SUBSCRIBE of a request URI of an own domain, or within a subscription. */
  subscribe(transaction: ServerTransaction): void {
    const { request, flow } = transaction
    const known = this.#subscriptionOf(request)
    if (!isPresence(request)) return this.#badEvent(transaction)
    const seconds = periodOf(request, subscriptionPeriod)
    if (seconds === undefined) return this.#tooBrief(transaction, subscriptionPeriod.minimum)
    if (known !== undefined) {
      if (!known.refreshedBy(request, flow)) return this.#answer(transaction, 500, 'Server Internal Error')
      return this.#run(transaction, known, seconds)
    }
    if (request.toTag !== undefined) return this.#answer(transaction, 481, 'Subscription Does Not Exist')
    if (!accepts(request)) return this.#answer(transaction, 406, 'Not Acceptable', [['Accept', presenceType]])
    if (request.addresses('contact')?.length !== 1) return this.#answer(transaction, 400, 'Bad Request')
    const aor = addressOfRecord(request.sipUri)
    if (aor === undefined) return this.#answer(transaction, 404, 'Not Found')
    if (!this.#hasRoom(aor)) return this.#answer(transaction, 503, 'Service Unavailable')
    this.#run(transaction, this.#open(request, flow, aor), seconds)
  }

  /** Ends what belongs to domains that are no longer ours. */
  domainsChanged(isOwnDomain: (host: string) => boolean): void {
    for (const subscription of [...this.#subscriptions.values()]) {
      if (!isOwnDomain(subscription.aor.slice(subscription.aor.indexOf('@') + 1))) subscription.end('deactivated')
    }
  }

  clear(): void {
    this.#publications.clear()
    for (const subscription of this.#subscriptions.values()) subscription.stop()
    this.#subscriptions.clear()
  }

  /** A first publication or a change has a document, a refresh has none (RFC 3903 §4). */
  #keep(transaction: ServerTransaction, aor: string, seconds: number, tag: string | undefined): void {
    const { request } = transaction
    const isRefresh = tag !== undefined && request.body.length === 0
    if (!isRefresh && mediaTypeOf(request) !== presenceType) {
      return this.#answer(transaction, 415, 'Unsupported Media Type', [['Accept', presenceType]])
    }
    const document = isRefresh ? this.#publications.find(tag)!.document : readPresence(request.body)
    if (document === undefined) return this.#answer(transaction, 400, 'Bad Request')
    if (seconds === 0) return this.#answer(transaction, 200, 'OK', [['Expires', '0']])
    if (tag === undefined && !this.#publications.hasRoom(aor)) {
      return this.#answer(transaction, 503, 'Service Unavailable')
    }
    const kept = this.#publications.keep({ aor, document, seconds }, tag)
    this.#answer(transaction, 200, 'OK', [
      ['SIP-ETag', kept],
      ['Expires', String(seconds)],
    ])
  }

  /** The answer first, then the NOTIFY. */
  #run(transaction: ServerTransaction, subscription: Subscription, seconds: number): void {
    const headers: Headers = [
      ['Expires', String(seconds)],
      ['Contact', subscription.contact],
    ]
    const { localTag: toTag } = subscription
    transaction.respond(createResponse(transaction.request, 200, 'OK', { toTag, headers }))
    subscription.runFor(seconds)
  }

  #open(request: SipRequest, flow: SipFlow, aor: string): Subscription {
    const { registrar, isOpen } = this.#options
    const subscription = new Subscription(
      {
        ...this.#options,
        flowOf: (subscribe, first) => {
          if (isOpen(first)) return first
          const binding = registrar.find(addressOfRecord(subscribe.from?.sipUri) ?? '')
          return binding?.peer.isReachable === true ? binding.peer.flow : undefined
        },
        document: (alias) => composePresence(alias, this.#publications.documents(alias)),
        onEnded: ({ localTag }) => void this.#subscriptions.delete(localTag),
      },
      request,
      flow,
      aor,
    )
    this.#subscriptions.set(subscription.localTag, subscription)
    return subscription
  }

  #hasRoom(aor: string): boolean {
    if (this.#subscriptions.size >= mostSubscriptions) return false
    let watchers = 0
    for (const subscription of this.#subscriptions.values()) if (subscription.aor === aor) watchers++
    return watchers < mostWatchers
  }

  #subscriptionOf(request: SipRequest): Subscription | undefined {
    const found = this.#subscriptions.get(request.toTag ?? '')
    return found?.isOf(request) === true ? found : undefined
  }

  #badEvent(transaction: ServerTransaction): void {
    this.#answer(transaction, 489, 'Bad Event', [['Allow-Events', 'presence']])
  }

  #tooBrief(transaction: ServerTransaction, minimum: number): void {
    this.#answer(transaction, 423, 'Interval Too Brief', [['Min-Expires', String(minimum)]])
  }

  #answer(transaction: ServerTransaction, status: number, reason: string, headers: Headers = []): void {
    const toTag = newTag(this.#options.random)
    transaction.respond(createResponse(transaction.request, status, reason, { toTag, headers }))
  }
}

/** Seconds; what is asked for without Expires is the most. */
const publicationPeriod = { minimum: 60, maximum: 1_800 }
const subscriptionPeriod = { minimum: 60, maximum: 3_600 }
const mostSubscriptions = 2_500
const mostWatchers = 100

/** Undefined where it is below the least. */
function periodOf(request: SipRequest, { minimum, maximum }: typeof publicationPeriod): number | undefined {
  const asked = request.expires ?? maximum
  return asked > 0 && asked < minimum ? undefined : Math.min(asked, maximum)
}

function isPresence(request: SipRequest): boolean {
  return /^\s*presence\s*(;|$)/i.test(request.first('event') ?? '')
}

function mediaTypeOf(request: SipRequest): string {
  return (request.first('content-type') ?? '').split(';')[0]!.trim().toLowerCase()
}

function accepts(request: SipRequest): boolean {
  const types = request.all('accept').map((type) => type.split(';')[0]!.trim().toLowerCase())
  return types.length === 0 || types.some((type) => [presenceType, 'application/*', '*/*'].includes(type))
}
