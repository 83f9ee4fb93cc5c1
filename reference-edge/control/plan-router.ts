import type { Log } from '#runtime/log.ts'
import type { B2bua } from '../calls/control/b2bua.ts'
import { descriptionOf } from '../calls/control/description.ts'
import type { ProxiedCalls } from '../calls/proxied/proxied-calls.ts'
import type { SearchHistory } from '../calls/search-history.ts'
import { aliasOf } from '../dial-plan/alias.ts'
import type { OfferedMedia } from '../dial-plan/call-path.ts'
import { callPath } from '../dial-plan/call-path.ts'
import type { SearchRule } from '../dial-plan/search-rules.ts'
import { localZone, searchTargets } from '../dial-plan/search-rules.ts'
import { isRtp, isSecure } from '../protocol/sdp/attributes.ts'
import { newTag } from '../protocol/sip/branch.ts'
import type { SipRequest, SipResponse } from '../protocol/sip/message.ts'
import { createResponse } from '../protocol/sip/message.ts'
import type { ServerTransaction } from '../protocol/sip/server-transaction.ts'
import { isLooped } from './loop.ts'
import type { PlanTarget, PlanZones } from './plan-zones.ts'
import type { RelayContext } from './relay.ts'
import { relay } from './relay.ts'
import type { RelayedDialogs } from './relayed-dialogs.ts'
import type { Side, SipPeer } from './sip-peer.ts'

export interface PlanRouterOptions {
  readonly context: RelayContext
  readonly log: Log
  readonly rules: () => readonly SearchRule[]
  readonly zones: PlanZones
  readonly b2bua: B2bua
  readonly proxied: ProxiedCalls
  readonly dialogs: RelayedDialogs
}

/** Where a request comes from. */
export interface PlanSource {
  readonly peer: SipPeer
  /** `Local Zone` or the name of a zone. */
  readonly zone: string
  readonly isAuthenticated: boolean
}

/**
 * Requests that are not of mobile and remote access, by the search rules: the zones are asked one after the other. One
 * that answers 404, 408, 480 or 503 has not got the alias, or nobody there to ask; any other answer is the answer. A
 * zone is not asked for what came from it. Of a zone with several peers the next active one is asked where one answers
 * 503 or loses the connection, and nobody was alerted before.
 */
export class PlanRouter {
  readonly #options: PlanRouterOptions
  readonly #searches: SearchHistory

  constructor(options: PlanRouterOptions, searches: SearchHistory) {
    this.#options = options
    this.#searches = searches
  }

  async route(transaction: ServerTransaction, source: PlanSource): Promise<void> {
    const { request } = transaction
    const { rules, zones, context } = this.#options
    const asked = request.sipUri
    if (asked === undefined) return this.#refuse(transaction, 416, 'Unsupported URI Scheme')
    if (request.maxForwards === 0) return this.#refuse(transaction, 483, 'Too Many Hops')
    if (isLooped(request, context.own)) return this.#refuse(transaction, 482, 'Loop Detected')
    const from = zones.zone(source.zone)
    const found = searchTargets(rules(), {
      alias: aliasOf(asked),
      protocol: from?.isH323 === true ? 'H.323' : 'SIP',
      source: source.zone,
      isAuthenticated: source.isAuthenticated,
    })
    const targets = found
      .filter(({ zone }) => zone !== source.zone || zone === localZone)
      .flatMap((target) => zones.target(target, asked) ?? [])
      .flatMap(peersOf)
    if (targets.length === 0) {
      this.#searches.add(request, undefined)
      const reason =
        found.length === 0 ? 'No matching search rule' : 'No target of the matching search rules has the alias'
      return this.#refuse(transaction, 404, 'Not Found', reason)
    }
    await this.#ask(transaction, source, targets)
  }

  /** Asks the first target; the others where it has not got the alias. */
  async #ask(
    transaction: ServerTransaction,
    source: PlanSource,
    [target, ...later]: readonly PlanAttempt[],
    best?: SipResponse,
  ): Promise<void> {
    const { request } = transaction
    const asked = { wasReached: false }
    transaction.divertRefusals((refusal) => {
      if (!searchesOn.includes(refusal.status)) return false
      const answer = best === undefined || rank(refusal) <= rank(best) ? refusal : best
      const isPeerAtFault = asked.wasReached && refusal.status === 503 && !transaction.hasProgressed
      const others = isPeerAtFault ? later : behindZone(later)
      if (others.length === 0) {
        transaction.divertRefusals(undefined)
        transaction.respond(answer)
      } else {
        // Whoever refused is still at work with its own end.
        queueMicrotask(() => this.#askAgain(transaction, source, others, answer))
      }
      return true
    })
    if (!target!.isNextPeer) this.#searches.add(request, { rule: target!.rule, zone: target!.peer.zoneName })
    const watched = { ...target!, peer: watchedPeer(target!.peer, asked) }
    await (request.method === 'INVITE'
      ? this.#call(transaction, source, watched)
      : this.#relay(transaction, source, watched))
  }

  #askAgain(
    transaction: ServerTransaction,
    source: PlanSource,
    targets: readonly PlanAttempt[],
    best: SipResponse,
  ): void {
    if (transaction.state !== 'proceeding' && transaction.state !== 'trying') return
    this.#ask(transaction, source, targets, best).catch((error: unknown) => {
      process.emitWarning(error instanceof Error ? error : new Error(String(error)))
      this.#refuse(transaction, 500, 'Server Internal Error')
    })
  }

  async #call(transaction: ServerTransaction, source: PlanSource, target: PlanTarget): Promise<void> {
    const { zones, b2bua, proxied } = this.#options
    const from = zones.zone(source.zone)
    if (from === undefined) return this.#refuse(transaction, 403, 'Forbidden')
    const path = callPath(from, target.zone, offeredMedia(transaction.request))
    if ('refused' in path) return this.#refuse(transaction, 488, 'Not Acceptable Here', path.refused)
    const { type, carriage, media } = path
    if (media === 'direct') return proxied.invite(transaction, source.peer, target.peer, target.uri, { type, carriage })
    const [fromSide, toSide] =
      media.secure === 'from' ? (['outside', 'inside'] as const) : (['inside', 'outside'] as const)
    const kind = { type, carriage, mediaEncryption: media.mode }
    await b2bua.invite(transaction, onSide(source.peer, fromSide), onSide(target.peer, toSide), target.uri, kind)
  }

  async #relay(transaction: ServerTransaction, source: PlanSource, target: PlanTarget): Promise<void> {
    const { context, dialogs } = this.#options
    const isOpening = dialogs.isOpening(transaction.request)
    const dialog = isOpening ? dialogs.open(transaction, source.peer, target.peer) : undefined
    if (isOpening && dialog === undefined) {
      return this.#refuse(transaction, 503, 'Service Unavailable', 'Too many subscriptions')
    }
    return relay(context, {
      to: target.peer,
      ...dialog,
      transaction,
      change(request) {
        request.requestUri = target.uri
        dialog?.change?.(request)
      },
    })
  }

  #refuse(transaction: ServerTransaction, status: number, reason: string, why = reason): void {
    const { context, log } = this.#options
    const { request } = transaction
    if (request.method === 'INVITE') {
      log.warn('Call Rejected', {
        Service: 'SIP',
        'Src-alias': request.from?.uri,
        'Dst-alias': request.requestUri,
        'Call-id': request.callId,
        'Response-code': status,
        Reason: why,
      })
    }
    transaction.respond(createResponse(request, status, reason, { toTag: newTag(context.random) }))
  }
}

/** Another peer of the zone that was asked before. */
interface PlanAttempt extends PlanTarget {
  readonly isNextPeer: boolean
}

function peersOf(target: PlanTarget): PlanAttempt[] {
  const peers = target.peer.activePeers ?? []
  if (peers.length < 2) return [{ ...target, isNextPeer: false }]
  return peers.map((peer, index) => ({ ...target, peer, isNextPeer: index > 0 }))
}

/** Without the other peers of the zone that has just answered. */
function behindZone(attempts: readonly PlanAttempt[]): readonly PlanAttempt[] {
  const next = attempts.findIndex(({ isNextPeer }) => !isNextPeer)
  return next === -1 ? [] : attempts.slice(next)
}

/** What is refused before the peer is wanted, for licences or media, is no fault of the peer. */
function watchedPeer(peer: SipPeer, asked: { wasReached: boolean }): SipPeer {
  const connect = () => {
    asked.wasReached = true
    return peer.connect()
  }
  return copyOf(peer, { side: peer.side, connect })
}

const searchesOn: readonly number[] = [404, 408, 480, 503]

/** Which of several refusals tells the caller most: that somebody is there before that nobody is. */
function rank({ status }: SipResponse): number {
  return [480, 408, 503, 404].indexOf(status)
}

/** The B2BUA has the leg that a media encryption mode is for outside; to a peer that is all the same. */
function onSide(peer: SipPeer, side: Side): SipPeer {
  return peer.side === side ? peer : copyOf(peer, { side, connect: () => peer.connect() })
}

/** The transport may be known with the connection only. */
function copyOf(peer: SipPeer, { side, connect }: Pick<SipPeer, 'side' | 'connect'>): SipPeer {
  const { zoneName, peerAddress } = peer
  return {
    side,
    zoneName,
    ...(peerAddress === undefined ? {} : { peerAddress }),
    get transport() {
      return peer.transport
    },
    connect,
  }
}

function offeredMedia(request: SipRequest): OfferedMedia {
  const described = descriptionOf(request)
  if (described.kind !== 'sdp') return undefined
  const active = described.sdp.media.filter((section) => section.port !== 0 && isRtp(section))
  const audio = active.find(({ kind }) => kind === 'audio') ?? active[0]
  return audio === undefined ? undefined : isSecure(audio) ? 'SRTP' : 'RTP'
}
