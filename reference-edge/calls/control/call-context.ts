import type { Clocks } from '#runtime/clock.ts'
import type { Log } from '#runtime/log.ts'
import type { Random } from '#runtime/random.ts'
import type { SipFlow } from '../../protocol/sip/flow.ts'
import type { SipRequest } from '../../protocol/sip/message.ts'
import type { ServerTransaction } from '../../protocol/sip/server-transaction.ts'
import type { TransactionLayer } from '../../protocol/sip/transaction-layer.ts'
import type { ControlMedia, ControlMediaStatistics } from '../../traversal/media/control-media.ts'
import type { OwnSipNames, Side } from '../../control/sip-peer.ts'
import type { MediaEncryptionMode } from './media-encryption.ts'
import type { DialogReference } from './dialog-references.ts'
import type { CallRecord, EndedCall } from '../call-history.ts'

/** What calls stand on. */
export interface CallSurroundings {
  readonly layer: TransactionLayer
  readonly own: OwnSipNames
  readonly random: Random
  readonly clocks: Clocks
  readonly log: Log
  readonly media: ControlMedia
  /** Of the traversal zone, read at the beginning of each call. */
  readonly mediaEncryption: () => MediaEncryptionMode
}

/** What one call needs of the B2BUA it belongs to. */
export interface CallContext extends CallSurroundings {
  /** Requests of this dialog go to the call, as from that side. */
  register(dialog: string, call: RunningCall, side: Side): void
  unregister(dialog: string): void
  /** The far leg's dialog of the call that has this one towards `side`, as the far end will be told of it. */
  counterpart(reference: DialogReference, side: Side): DialogReference | undefined
  ended(call: RunningCall, ended: EndedCall): void
}

/** A call as the B2BUA keeps it. */
export interface RunningCall {
  readonly id: string
  /** A request inside one of its dialogs, other than ACK. */
  receive(side: Side, transaction: ServerTransaction): Promise<void>
  receiveAck(side: Side, ack: SipRequest): void
  /** The caller cancels this INVITE, which need not be this call's. */
  cancel(invite: ServerTransaction): void
  flowClosed(flow: SipFlow): void
  /** Whether the end on that side has this tag. */
  isNamedBy(side: Side, tag: string): boolean
  /** The leg away from `side`, as we name its dialog; undefined before it has one. */
  dialogBeyond(side: Side): DialogReference | undefined
  end(reason: string, status?: number): void
  status(): CallStatus
}

export interface CallStatus extends CallRecord {
  readonly media: readonly { readonly label: string; readonly statistics: ControlMediaStatistics }[]
}
