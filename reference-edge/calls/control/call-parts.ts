import type { ServerTransaction } from '../../protocol/sip/server-transaction.ts'
import { createResponse } from '../../protocol/sip/message.ts'
import type { Side } from '../../control/sip-peer.ts'
import type { CallPermit } from '../admission.ts'
import type { CallContext } from './call-context.ts'
import type { CallLeg } from './call-leg.ts'
import type { CallMedia } from './call-media.ts'
import type { CallMessages } from './call-messages.ts'
import { reasonOf } from './call-messages.ts'

/** An INVITE on its way from one leg to the other. */
export interface InviteExchange {
  readonly kind: 'INVITE'
  readonly near: CallLeg
  readonly far: CallLeg
  readonly transaction: ServerTransaction
  /** True where the INVITE holds the offer; else the 2xx does and the ACK the answer. */
  readonly isEarlyOffer: boolean
  readonly isInitial: boolean
}

export interface UpdateExchange {
  readonly kind: 'UPDATE'
  readonly near: CallLeg
}

/** What the parts of one call share. */
export interface CallParts {
  readonly context: CallContext
  readonly legs: Readonly<Record<Side, CallLeg>>
  readonly messages: CallMessages
  readonly media: CallMedia
  readonly permit: CallPermit
  /** The offer/answer exchange that is open; there is one at a time. */
  exchange: InviteExchange | UpdateExchange | undefined
  readonly isOver: () => boolean
  readonly end: (reason: string, status?: number) => void
}

/** A response without anything but its status. */
export function answer(transaction: ServerTransaction, status: number, headers: [string, string][] = []): void {
  transaction.respond(createResponse(transaction.request, status, reasonOf(status), { headers }))
}

/** RFC 3261 §14.2: 500 with Retry-After while the same side's INVITE is open, 491 while the other side's is. */
export function refuseOverlap(parts: CallParts, leg: CallLeg, transaction: ServerTransaction): void {
  if (parts.exchange !== undefined && parts.exchange.near !== leg) return answer(transaction, 491)
  answer(transaction, 500, [['Retry-After', String(parts.context.random.integer(0, 10))]])
}

/** A challenge of the Expressway cannot be answered by the B2BUA: the inside learns 500 (guide, zone policy). */
export function statusFor(far: CallLeg, status: number): number {
  if (far.side === 'outside' && (status === 401 || status === 407)) return 500
  return status >= 300 && status < 400 ? 500 : status
}
