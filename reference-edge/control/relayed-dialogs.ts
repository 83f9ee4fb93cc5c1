import type { WallClock } from '#runtime/clock.ts'
import type { SipFlow } from '../protocol/sip/flow.ts'
import type { SipRequest, SipResponse } from '../protocol/sip/message.ts'
import type { ServerTransaction } from '../protocol/sip/server-transaction.ts'
import { recordRouteTowards } from './hop.ts'
import type { RelayContext, RelayOptions } from './relay.ts'
import { relay } from './relay.ts'
import type { SipPeer } from './sip-peer.ts'

export interface RelayedDialogsOptions {
  readonly context: RelayContext
  readonly wall: WallClock
  /** Dialogs at one time; default 2,500. */
  readonly most?: number
}

interface End {
  readonly peer: SipPeer
  /** Where it speaks from. */
  flow: SipFlow | undefined
  tag: string | undefined
}

interface RelayedDialog {
  readonly id: string
  readonly callId: string
  readonly caller: End
  readonly callee: End
  /** Milliseconds of the wall clock. */
  expiresAt: number
}

/**
 * The dialogs that SUBSCRIBE and REFER open by search rules (RFC 6665 §4.1.2, RFC 3515 §2.4.4). This VCS records itself on
 * both sides, so that NOTIFY, refreshes and the end of the subscription come back to it, and passes them on between the
 * zones or devices that the opening request went between, for as long as the subscription lasts.
 */
export class RelayedDialogs {
  readonly #options: RelayedDialogsOptions
  readonly #dialogs = new Set<RelayedDialog>()

  constructor(options: RelayedDialogsOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#dialogs.size
  }

  /** Whether a request opens such a dialog. */
  isOpening({ method, toTag }: SipRequest): boolean {
    return toTag === undefined && opening.has(method)
  }

  /**
   * What relaying the opening request has to do besides; undefined where there are too many dialogs. A NOTIFY may come
   * before the answer (RFC 6665 §4.1.2.4).
   */
  open(
    { request, flow }: ServerTransaction,
    from: SipPeer,
    to: SipPeer,
  ): Omit<RelayOptions, 'transaction'> | undefined {
    this.#forgetExpired()
    if (this.#dialogs.size >= (this.#options.most ?? mostDialogs)) return undefined
    const { random, own } = this.#options.context
    const callee: End = { peer: to, flow: undefined, tag: undefined }
    const dialog: RelayedDialog = {
      id: random.uuid(),
      callId: request.callId ?? '',
      caller: { peer: from, flow, tag: request.fromTag },
      callee,
      expiresAt: Infinity,
    }
    this.#dialogs.add(dialog)
    return {
      to: reachedBy(to, (reached) => (callee.flow = reached)),
      change(forwarded) {
        for (const peer of [from, to]) forwarded.addOnTop('Record-Route', recordRouteTowards(peer, own, dialog.id))
      },
      onFinal: (status, response) => {
        if (status >= 300) return void this.#dialogs.delete(dialog)
        callee.tag ??= response.toTag
        this.#lastsFor(dialog, expiresOf(response) ?? expiresOf(request) ?? usualSeconds)
      },
    }
  }

  /** Whether a request belongs to such a dialog, from whoever may send it; if so it is passed on. */
  inDialog(transaction: ServerTransaction): boolean {
    const { request, flow } = transaction
    if (request.toTag === undefined) return false
    this.#forgetExpired()
    for (const dialog of this.#dialogs) {
      const sender = senderOf(dialog, request, flow)
      if (sender === undefined) continue
      sender.flow = flow
      sender.tag ??= request.fromTag
      this.#relay(transaction, dialog, sender === dialog.caller ? dialog.callee : dialog.caller)
      return true
    }
    return false
  }

  #relay(transaction: ServerTransaction, dialog: RelayedDialog, receiver: End): void {
    const { request } = transaction
    const passing = relay(this.#options.context, {
      transaction,
      to: reachedBy(receiver.peer, (reached) => (receiver.flow = reached)),
      onFinal: (status, response) => this.#follow(dialog, request, status, response),
    })
    passing.catch((error: Error) => process.emitWarning(error))
  }

  #follow(dialog: RelayedDialog, request: SipRequest, status: number, response: SipResponse): void {
    if (status === 481) return void this.#dialogs.delete(dialog)
    if (status >= 300) return
    const left = request.method === 'SUBSCRIBE' ? expiresOf(response) : leftIn(request)
    if (left !== undefined) this.#lastsFor(dialog, left)
  }

  /** With 0 the last NOTIFY and its repetitions are still passed on. */
  #lastsFor(dialog: RelayedDialog, seconds: number): void {
    const { wall } = this.#options
    dialog.expiresAt = wall.now().getTime() + (Math.min(seconds, longestSeconds) + graceSeconds) * 1000
  }

  #forgetExpired(): void {
    const now = this.#options.wall.now().getTime()
    for (const dialog of this.#dialogs) if (dialog.expiresAt <= now) this.#dialogs.delete(dialog)
  }
}

/** The end that sent a request with these tags, over a connection of its host. */
function senderOf({ callId, caller, callee }: RelayedDialog, request: SipRequest, flow: SipFlow): End | undefined {
  if (request.callId !== callId) return undefined
  const pairs = [
    [caller, callee],
    [callee, caller],
  ] as const
  const found = pairs.find(
    ([near, far]) =>
      near.flow?.remote.address === flow.remote.address &&
      (near.tag ?? request.fromTag) === request.fromTag &&
      (far.tag ?? request.toTag) === request.toTag,
  )
  return found?.[0]
}

function reachedBy(peer: SipPeer, onFlow: (flow: SipFlow) => void): SipPeer {
  return {
    side: peer.side,
    zoneName: peer.zoneName,
    get transport() {
      return peer.transport
    },
    async connect() {
      const flow = await peer.connect()
      onFlow(flow)
      return flow
    },
  }
}

function expiresOf(message: SipRequest | SipResponse): number | undefined {
  const value = message.first('expires')?.trim()
  return value !== undefined && /^\d{1,9}$/.test(value) ? Number(value) : undefined
}

/** Seconds that a NOTIFY leaves of its subscription (RFC 6665 §4.1.3); undefined where it does not say. */
function leftIn(request: SipRequest): number | undefined {
  const state = request.first('subscription-state')?.toLowerCase()
  if (request.method !== 'NOTIFY' || state === undefined) return undefined
  if (state.startsWith('terminated')) return 0
  const expires = /;\s*expires\s*=\s*(\d{1,9})/.exec(state)?.[1]
  return expires === undefined ? undefined : Number(expires)
}

const opening = new Set(['SUBSCRIBE', 'REFER'])

const mostDialogs = 2_500
/** Where neither side says how long; every later message does. */
const usualSeconds = 3_600
const longestSeconds = 86_400
/** Timer F (RFC 3261 §17.1.2.2): a request under way at the end still finds its way. */
const graceSeconds = 32
