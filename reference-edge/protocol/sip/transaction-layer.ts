import type { MonotonicClock } from '#runtime/clock.ts'
import { ClientTransaction, createCancel, type ClientTransactionUser } from './client-transaction.ts'
import type { SipFlow } from './flow.ts'
import { createResponse, type SipMessage, type SipRequest, type SipResponse } from './message.ts'
import { ServerTransaction } from './server-transaction.ts'
import { standardTimers, type TransactionTimers } from './timers.ts'
import type { TransactionContext } from './transaction.ts'
import { magicCookie, sentBy } from './via.ts'

/** Who decides about what arrives: the proxy core, or a user agent core. */
export interface TransactionUser {
  /** A request of a new transaction, CANCEL included; answer it with `transaction.respond`. */
  onRequest(transaction: ServerTransaction): void
  /** The ACK of a 2xx, or one that belongs to nothing here. Never answered. */
  onAck(ack: SipRequest, flow: SipFlow): void
  /** A response that belongs to no client transaction: a repeated 2xx after its time, or a forged one. */
  onStrayResponse(response: SipResponse, flow: SipFlow): void
}

export interface TransactionLayerOptions {
  readonly clock: MonotonicClock
  readonly user: TransactionUser
  readonly timers?: TransactionTimers
  /** Most transactions at a time, client and server together. Beyond it requests are answered 503. */
  readonly limit?: number
}

/** How many there were, for status pages and the soak. */
export interface TransactionCounters {
  readonly client: number
  readonly server: number
  /** Requests answered 503 and requests of ours not sent since the table was full. */
  readonly refused: number
}

/** All transactions of one SIP core, found by branch (RFC 3261 §17.1.3, §17.2.3). */
export class TransactionLayer {
  readonly #options: TransactionLayerOptions
  readonly #limit: number
  readonly #clients = new Map<string, ClientTransaction>()
  readonly #servers = new Map<string, ServerTransaction>()
  /** Transactions by connection, so that closing one costs only what it carried. */
  readonly #byFlow = new Map<string, Set<ClientTransaction | ServerTransaction>>()
  #refused = 0

  constructor(options: TransactionLayerOptions) {
    this.#options = options
    this.#limit = options.limit ?? 65_536
  }

  get counters(): TransactionCounters {
    return { client: this.#clients.size, server: this.#servers.size, refused: this.#refused }
  }

  receive(message: SipMessage, flow: SipFlow): void {
    if (message.kind === 'response') this.#receiveResponse(message, flow)
    else if (message.method === 'ACK') this.#receiveAck(message, flow)
    else this.#receiveRequest(message, flow)
  }

  /**
   * Sends a request in a new client transaction. Its top Via is ours and has a branch of its own; ACK for a 2xx is
   * none of these, it goes to the flow directly. Undefined where the table is full: nothing was sent.
   */
  request(request: SipRequest, flow: SipFlow, user: ClientTransactionUser): ClientTransaction | undefined {
    const key = clientKey(request)
    if (key === undefined) throw new Error('request without a branch in its top Via')
    if (this.#clients.has(key)) throw new Error(`branch used twice: ${key}`)
    if (this.#isFull()) return undefined
    const onTerminated = () => this.#forget(transaction, this.#clients, key)
    const transaction = new ClientTransaction(request, this.#context(key, flow, onTerminated), user)
    this.#keep(transaction, this.#clients, key)
    transaction.start()
    return transaction
  }

  /** Cancels an INVITE of ours, as soon as a provisional response allows it (RFC 3261 §9.1). */
  cancel(invite: ClientTransaction, user: Partial<ClientTransactionUser> = {}): void {
    invite.whenProceeding(() => {
      this.request(createCancel(invite.request), invite.flow, { ...deafUser, ...user })
    })
  }

  /** The INVITE that a CANCEL is for (RFC 3261 §9.2), or undefined: answer 481. */
  inviteOf(cancel: ServerTransaction): ServerTransaction | undefined {
    return this.#servers.get(serverKey(cancel.request, cancel.flow, 'INVITE'))
  }

  /** To be called when a connection has closed: its transactions end, their users learn of it. */
  flowClosed(flow: SipFlow): void {
    for (const transaction of [...(this.#byFlow.get(flow.id) ?? [])]) transaction.fail()
  }

  /** Ends everything without telling anybody. */
  stop(): void {
    for (const transaction of [...this.#clients.values(), ...this.#servers.values()]) transaction.end()
  }

  #receiveResponse(response: SipResponse, flow: SipFlow): void {
    const key = clientKey(response)
    const transaction = key === undefined ? undefined : this.#clients.get(key)
    if (transaction) transaction.receive(response)
    else this.#options.user.onStrayResponse(response, flow)
  }

  #receiveAck(ack: SipRequest, flow: SipFlow): void {
    const isForRefusal = this.#servers.get(serverKey(ack, flow, 'INVITE'))?.receiveAck() ?? false
    if (!isForRefusal) this.#options.user.onAck(ack, flow)
  }

  #receiveRequest(request: SipRequest, flow: SipFlow): void {
    const key = serverKey(request, flow, request.method)
    const known = this.#servers.get(key)
    if (known) return known.receiveRepetition()
    if (this.#isFull()) {
      flow.send(createResponse(request, 503, 'Service Unavailable', { headers: [['Retry-After', '10']] }).toBuffer())
      return
    }
    const onTerminated = () => this.#forget(transaction, this.#servers, key)
    const transaction = new ServerTransaction(request, this.#context(key, flow, onTerminated))
    this.#keep(transaction, this.#servers, key)
    this.#options.user.onRequest(transaction)
  }

  #isFull(): boolean {
    if (this.#clients.size + this.#servers.size < this.#limit) return false
    this.#refused++
    return true
  }

  #context(key: string, flow: SipFlow, onTerminated: () => void): TransactionContext {
    const { clock, timers = standardTimers } = this.#options
    return { key, flow, clock, timers, onTerminated }
  }

  #keep<Kept extends ClientTransaction | ServerTransaction>(transaction: Kept, table: Map<string, Kept>, key: string) {
    table.set(key, transaction)
    const others = this.#byFlow.get(transaction.flow.id)
    if (others) others.add(transaction)
    else this.#byFlow.set(transaction.flow.id, new Set([transaction]))
  }

  #forget<Kept extends ClientTransaction | ServerTransaction>(
    transaction: Kept,
    table: Map<string, Kept>,
    key: string,
  ) {
    table.delete(key)
    const others = this.#byFlow.get(transaction.flow.id)
    others?.delete(transaction)
    if (others?.size === 0) this.#byFlow.delete(transaction.flow.id)
  }
}

/** For a CANCEL whose answer interests nobody: the INVITE gets its own. */
const deafUser: ClientTransactionUser = {
  onResponse: () => undefined,
  onTimeout: () => undefined,
  onTransportError: () => undefined,
}

/** RFC 3261 §17.1.3: branch of the top Via and method of CSeq. */
function clientKey(message: SipMessage): string | undefined {
  const branch = message.topVia?.parameters.get('branch')
  return branch && `${branch.toLowerCase()} ${message.cseq?.method}`
}

/**
 * RFC 3261 §17.2.3: branch, sent-by and method. The address that the request came from is part of it too: clients
 * behind different NATs have the same private sent-by, and Jabber's branches are short and sequential.
 */
function serverKey(request: SipRequest, flow: SipFlow, method: string): string {
  const via = request.topVia
  const branch = via?.parameters.get('branch')
  if (!via || !branch?.startsWith(magicCookie) || branch.length === magicCookie.length) {
    return legacyKey(request, flow, method)
  }
  return `${branch.toLowerCase()} ${sentBy(via)} ${method} ${flow.remote.address}`
}

/** RFC 3261 §17.2.3 for RFC 2543 clients; without the To tag, which an ACK has and its INVITE has not. */
function legacyKey(request: SipRequest, flow: SipFlow, method: string): string {
  const parts = [
    request.requestUri,
    request.callId,
    request.cseq?.number,
    request.fromTag,
    request.first('via'),
    method,
    flow.remote.address,
  ]
  return JSON.stringify(parts)
}
