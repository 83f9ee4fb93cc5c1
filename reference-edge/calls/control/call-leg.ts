import type { MonotonicClock, Timer } from '#runtime/clock.ts'
import type { SipFlow } from '../../protocol/sip/flow.ts'
import type { ClientTransaction, ClientTransactionUser } from '../../protocol/sip/client-transaction.ts'
import type { ServerTransaction } from '../../protocol/sip/server-transaction.ts'
import type { TransactionLayer } from '../../protocol/sip/transaction-layer.ts'
import type { Side, SipPeer } from '../../control/sip-peer.ts'
import type { Dialog, OutgoingBody } from './dialog.ts'

/** A 2xx of ours that waits for its ACK. */
export interface AwaitedAck {
  /** CSeq number of the INVITE it answers. */
  readonly number: number | undefined
  readonly limit: Timer
  /** The INVITE had no offer, ours was in the 2xx: the answer comes with the ACK and goes on with the far leg's. */
  readonly farInvite: number | undefined
}

/** One side of a call: its dialog and the INVITE transactions that are open in it. */
export interface CallLeg {
  readonly side: Side
  readonly peer: SipPeer
  flow: SipFlow | undefined
  dialog: Dialog | undefined
  /** The last INVITE received and not answered finally. */
  incoming: ServerTransaction | undefined
  /** The last INVITE sent that has no final response. */
  outgoing: ClientTransaction | undefined
  awaitedAck: AwaitedAck | undefined
  /** Runs while an INVITE that was cancelled has no final response. */
  givenUp: Timer | undefined
  /** Number of the last INVITE of ours that got a 2xx. */
  answeredInvite: number | undefined
  /** The ACK we sent last, with the number of its INVITE: sent again for each repeated 2xx. */
  lastAck: { readonly number: number; readonly bytes: Buffer } | undefined
  /** A 2xx to INVITE went or came on this leg: it takes a BYE to end it. */
  isEstablished: boolean
}

export function newLeg(side: Side, peer: SipPeer): CallLeg {
  return {
    side,
    peer,
    flow: undefined,
    dialog: undefined,
    incoming: undefined,
    outgoing: undefined,
    awaitedAck: undefined,
    givenUp: undefined,
    answeredInvite: undefined,
    lastAck: undefined,
    isEstablished: false,
  }
}

/** Sends the ACK for a 2xx to our INVITE of this number. */
export function acknowledge(leg: CallLeg, number: number, body?: OutgoingBody): void {
  const bytes = leg.dialog!.ack(number, body).toBuffer()
  leg.lastAck = { number, bytes }
  leg.flow?.send(bytes)
}

/** Begins to wait for the ACK of a 2xx that is about to be sent. */
export function awaitAck(
  leg: CallLeg,
  clock: MonotonicClock,
  answered: Omit<AwaitedAck, 'limit'>,
  onMissing: () => void,
): void {
  leg.awaitedAck?.limit.cancel()
  const limit = clock.after(sixtyFourT1, () => {
    leg.awaitedAck = undefined
    onMissing()
  })
  leg.awaitedAck = { ...answered, limit }
}

/** RFC 3261 §9.1: an INVITE that has no final response 64*T1 after its CANCEL is taken for cancelled. */
export function giveUp(
  leg: CallLeg,
  invite: ClientTransaction,
  means: { layer: TransactionLayer; clock: MonotonicClock },
): void {
  means.layer.cancel(invite)
  leg.givenUp?.cancel()
  leg.givenUp = means.clock.after(sixtyFourT1, () => invite.fail())
}

export function sendBye(leg: CallLeg, layer: TransactionLayer): void {
  if (leg.flow === undefined || leg.dialog?.remoteTag === undefined) return
  layer.request(leg.dialog.request('BYE'), leg.flow, deaf)
}

/** Milliseconds; also how long the ACK of a 2xx may take (RFC 3261 §13.3.1.4). */
const sixtyFourT1 = 32_000

/** The answer to a BYE changes nothing. */
const deaf: ClientTransactionUser = {
  onResponse: () => undefined,
  onTimeout: () => undefined,
  onTransportError: () => undefined,
}
