import type { MonotonicClock } from '#runtime/clock.ts'
import type { Random } from '#runtime/random.ts'
import { makeResponse } from './build.ts'
import type { ClientTransactionUser } from './client-transaction.ts'
import { ClientTransaction } from './client-transaction.ts'
import type { SipLink } from './link.ts'
import type { SipMessage, SipRequest, SipResponse } from './message.ts'
import { callId, cseq, fromTag, topVia, withHeaderOnTop } from './message.ts'
import { ServerTransaction } from './server-transaction.ts'
import { branchOf, formatVia, sentBy } from './via.ts'

export interface TransactionUser {
  /** A new request that is neither ACK nor CANCEL. */
  onRequest(request: SipRequest, transaction: ServerTransaction): void
  /** An ACK that belongs to no transaction, hence to a dialog. */
  onAck(request: SipRequest, link: SipLink): void
  /** CANCEL for an INVITE not finally answered; the CANCEL itself is already answered 200. */
  onCancel(request: SipRequest, invite: ServerTransaction): void
  /** A response without a transaction, such as a repeated 2xx long after. */
  onStrayResponse?(response: SipResponse, link: SipLink): void
}

export interface TransactionLayerOptions {
  readonly clock: MonotonicClock
  readonly random: Random
  readonly user: TransactionUser
  /** The sent-by of our Via on a link. */
  readonly sentBy: (link: SipLink) => { readonly host: string; readonly port: number }
  /** Transactions held at once; further requests are answered 503. Default 20 000. */
  readonly maxTransactions?: number
}

/** Matches messages to transactions. RFC 3261 §17.1.3, §17.2.3. */
export class TransactionLayer {
  readonly #options: TransactionLayerOptions
  readonly #clients = new Map<string, ClientTransaction>()
  readonly #servers = new Map<string, ServerTransaction>()

  constructor(options: TransactionLayerOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#clients.size + this.#servers.size
  }

  /** Sends a request in a new transaction, with our Via on top. */
  send(request: SipRequest, link: SipLink, user: ClientTransactionUser): ClientTransaction {
    const branch = `z9hG4bK${this.#options.random.hex(16)}`
    return this.#start(this.withVia(request, link, branch), link, { user, key: `${branch} ${request.method}` })
  }

  /** Sends a CANCEL made from the INVITE of a transaction, with that INVITE's branch. */
  sendCancel(cancel: SipRequest, link: SipLink): void {
    const user = { onProvisional: () => {}, onFinal: () => {}, onFailure: () => {} }
    this.#start(cancel, link, { user, key: `${branchOf(topVia(cancel))} CANCEL` })
  }

  /** A request with a Via of ours; for ACK to a 2xx, which is outside any transaction. */
  withVia(request: SipRequest, link: SipLink, branch = `z9hG4bK${this.#options.random.hex(16)}`): SipRequest {
    const via = { transport: link.transport, ...this.#options.sentBy(link), parameters: [['branch', branch]] as const }
    return withHeaderOnTop(request, 'Via', formatVia(via))
  }

  receive(message: SipMessage, link: SipLink): void {
    if (message.kind === 'response') this.#response(message, link)
    else if (message.method === 'ACK') this.#ack(message, link)
    else if (message.method === 'CANCEL') this.#cancel(message, link)
    else this.#request(message, link)
  }

  linkClosed(link: SipLink): void {
    for (const transaction of [...this.#clients.values()]) if (transaction.link === link) transaction.linkClosed()
    for (const transaction of [...this.#servers.values()]) {
      if (transaction.link === link && transaction.isAnswered) transaction.terminate()
    }
  }

  stop(): void {
    for (const transaction of [...this.#clients.values(), ...this.#servers.values()]) transaction.terminate()
  }

  #start(request: SipRequest, link: SipLink, how: { user: ClientTransactionUser; key: string }): ClientTransaction {
    const { clock } = this.#options
    const onTerminated = () => void this.#clients.delete(how.key)
    const transaction = new ClientTransaction({ request, link, clock, user: how.user, onTerminated })
    this.#clients.set(how.key, transaction)
    transaction.start()
    return transaction
  }

  #response(response: SipResponse, link: SipLink): void {
    const transaction = this.#clients.get(`${branchOf(topVia(response))} ${cseq(response).method}`)
    if (transaction === undefined) this.#options.user.onStrayResponse?.(response, link)
    else transaction.receive(response)
  }

  #ack(request: SipRequest, link: SipLink): void {
    if (this.#servers.get(serverKey(request, 'INVITE'))?.takesAck() !== true) this.#options.user.onAck(request, link)
  }

  #cancel(request: SipRequest, link: SipLink): void {
    const invite = this.#servers.get(serverKey(request, 'INVITE'))
    if (invite === undefined) {
      link.send(makeResponse(request, { status: 481, toTag: this.#options.random.hex(8) }))
      return
    }
    link.send(makeResponse(request, { status: 200, toTag: this.#options.random.hex(8) }))
    if (!invite.isAnswered) this.#options.user.onCancel(request, invite)
  }

  #request(request: SipRequest, link: SipLink): void {
    const key = serverKey(request, request.method)
    const known = this.#servers.get(key)
    if (known !== undefined) return known.receiveAgain()
    if (this.size >= (this.#options.maxTransactions ?? 20_000)) {
      link.send(makeResponse(request, { status: 503, toTag: this.#options.random.hex(8) }))
      return
    }
    const onTerminated = () => void this.#servers.delete(key)
    const transaction = new ServerTransaction({ request, link, clock: this.#options.clock, onTerminated })
    this.#servers.set(key, transaction)
    this.#options.user.onRequest(request, transaction)
  }
}

/** RFC 3261 §17.2.3; a branch without the magic cookie is matched as RFC 2543 did. */
function serverKey(request: SipRequest, method: string): string {
  const via = topVia(request)
  const branch = branchOf(via)
  if (branch?.toLowerCase().startsWith('z9hg4bk') === true) return `${branch} ${sentBy(via)} ${method}`
  return [request.uri, callId(request), fromTag(request), cseq(request).number, formatVia(via), method].join(' ')
}
