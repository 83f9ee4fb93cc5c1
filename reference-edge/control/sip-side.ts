import type { HostEnvironment } from '#runtime/host.ts'
import type { Connection } from '#runtime/network.ts'
import type { Service } from '#runtime/service.ts'
import { SipConnection } from '../protocol/sip/connection.ts'
import type { SipFlow } from '../protocol/sip/flow.ts'
import type { SipRequest } from '../protocol/sip/message.ts'
import type { ServerTransaction } from '../protocol/sip/server-transaction.ts'
import type { TransactionCounters } from '../protocol/sip/transaction-layer.ts'
import { TransactionLayer } from '../protocol/sip/transaction-layer.ts'
import { stampTopVia } from './hop.ts'
import type { SipPeer } from './sip-peer.ts'

/** Who decides about what comes in. */
export interface SipDecisions {
  /** A request of a new transaction; `from` is undefined where the connection belongs to no zone. */
  onRequest(transaction: ServerTransaction, from: SipPeer | undefined): Promise<void> | void
  onAck(ack: SipRequest, flow: SipFlow): void
  onFlowClosed(flow: SipFlow): void
}

/** All SIP connections and transactions of this VCS. A connection belongs to the zone it was dialled for or accepted from. */
export class SipSide implements Service {
  readonly name = 'SIP'
  readonly layer: TransactionLayer
  readonly #environment: HostEnvironment
  readonly #connections = new Map<string, { readonly connection: SipConnection; readonly peer: SipPeer | undefined }>()
  #decisions: SipDecisions | undefined

  constructor(environment: HostEnvironment) {
    this.#environment = environment
    this.layer = new TransactionLayer({
      clock: environment.clocks.monotonic,
      user: {
        onRequest: (transaction) => this.#decide(transaction),
        onAck: (ack, flow) => this.#decisions?.onAck(ack, flow),
        onStrayResponse: () => undefined,
      },
    })
  }

  /** The composition closes the circle: decisions need the transaction layer and the other way round. */
  decideBy(decisions: SipDecisions): void {
    this.#decisions = decisions
  }

  /** Takes a connection into use for a zone; its requests are decided about, its end ends its transactions. */
  adopt(
    connection: Connection,
    peer: SipPeer | undefined,
    options: { isDialled: boolean; idleMs?: number; onClose?: (why: string) => void },
  ): SipConnection {
    const adopted = new SipConnection(connection, {
      network: this.#environment.network,
      isDialled: options.isDialled,
      ...(options.idleMs === undefined ? {} : { idleMs: options.idleMs }),
      onMessage: (message, flow) => this.layer.receive(message, flow),
      onClose: (flow, why) => {
        this.#connections.delete(flow.id)
        options.onClose?.(why)
        this.layer.flowClosed(flow)
        this.#decisions?.onFlowClosed(flow)
      },
    })
    this.#connections.set(adopted.id, { connection: adopted, peer })
    return adopted
  }

  isOpen(flow: SipFlow): boolean {
    return this.#connections.has(flow.id)
  }

  /** Ends a connection once it has said nothing for so long, in real time; undefined for never. */
  limitIdle(flow: SipFlow, idleMs: number | undefined): void {
    this.#connections.get(flow.id)?.connection.limitIdle(idleMs)
  }

  status(): { readonly connections: number; readonly transactions: TransactionCounters } {
    return { connections: this.#connections.size, transactions: this.layer.counters }
  }

  async stop(): Promise<void> {
    this.layer.stop()
    for (const { connection } of [...this.#connections.values()]) connection.close('stopped')
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  #decide(transaction: ServerTransaction): void {
    const from = this.#connections.get(transaction.flow.id)?.peer
    stampTopVia(transaction.request, transaction.flow, from?.zoneName ?? 'DefaultZone')
    // A fault of ours ends this connection and is reported; the host goes on.
    void Promise.resolve(this.#decisions?.onRequest(transaction, from)).catch((error: unknown) => {
      process.emitWarning(error instanceof Error ? error : new Error(String(error)))
      this.#connections.get(transaction.flow.id)?.connection.destroy('fault while handling a request')
    })
  }
}
