import type { MonotonicClock, Timer } from '#runtime/clock.ts'
import type { ClientTransaction } from '../../protocol/sip/client-transaction.ts'
import type { SipFlow } from '../../protocol/sip/flow.ts'
import type { SipRequest, SipResponse } from '../../protocol/sip/message.ts'
import type { ServerTransaction } from '../../protocol/sip/server-transaction.ts'
import type { TransactionLayer } from '../../protocol/sip/transaction-layer.ts'

export interface Refusal {
  readonly status: number
  readonly reason: string
}

export interface ForwardedTransactionOptions {
  readonly layer: TransactionLayer
  readonly clock: MonotonicClock
  readonly transaction: ServerTransaction
  /** Answers the server transaction with a response of our own. */
  readonly refuse: (refusal: Refusal) => void
  /** What the other side gets of a response; a refusal takes its place. Responses wait for each other. */
  readonly change?: (response: SipResponse) => Promise<Refusal | undefined> | Refusal | undefined
  /** Once, with the final status that was sent back, whoever made it. */
  readonly onFinal?: (status: number, response: SipResponse | undefined) => void
}

/** One request on its way through a stateful proxy: a server transaction and the client transaction that it became. */
export class ForwardedTransaction {
  readonly #options: ForwardedTransactionOptions
  #client: ClientTransaction | undefined
  #passing: Promise<void> = Promise.resolve()
  #timerC: Timer | undefined
  #isFinal = false
  #isCancelled = false

  constructor(options: ForwardedTransactionOptions) {
    this.#options = options
    options.transaction.observe({ onTransportError: () => this.#abandon() })
  }

  /** Answered already, cancelled before it went out, or given up by its sender. */
  get isOver(): boolean {
    return this.#isFinal
  }

  /** Sends the prepared request on; `gone` is the answer where the other side cannot be reached. */
  send(request: SipRequest, flow: SipFlow, gone: Refusal): void {
    if (this.#isFinal) return
    const { layer } = this.#options
    this.#watch()
    this.#client = layer.request(request, flow, {
      onResponse: (response) => this.#passBack(response),
      onTimeout: () => this.finish({ status: 408, reason: 'Request Timeout' }),
      onTransportError: () => this.finish(gone),
    })
    if (this.#client === undefined) this.finish({ status: 503, reason: 'Service Unavailable' })
  }

  /** RFC 3261 §16.10: what has gone out is cancelled there, what has not is answered here. */
  cancel(): void {
    if (this.#isFinal || this.#isCancelled) return
    this.#isCancelled = true
    if (this.#client === undefined) this.finish({ status: 487, reason: 'Request Terminated' })
    else this.#options.layer.cancel(this.#client)
  }

  /** The request is not wanted any more, though whoever sent it still waits: cancelled there, answered here. */
  giveUp(refusal: Refusal): void {
    if (this.#isFinal) return
    if (this.#client !== undefined && !this.#isCancelled) this.#options.layer.cancel(this.#client)
    this.#isCancelled = true
    this.finish(refusal)
  }

  /** Ends it with an answer of our own; the first final answer counts. */
  finish(refusal: Refusal): void {
    if (this.#isFinal) return
    this.#over()
    this.#options.refuse(refusal)
    this.#options.onFinal?.(refusal.status, undefined)
  }

  #passBack(received: SipResponse): void {
    if (received.status === 100) return
    if (received.status < 200) this.#watch()
    this.#passing = this.#passing.then(() => this.#pass(received)).catch((error: Error) => this.#failed(error))
  }

  async #pass(received: SipResponse): Promise<void> {
    const response = received.clone()
    response.removeFirst('via')
    const refusal = await this.#options.change?.(response)
    if (refusal !== undefined) return this.finish(refusal)
    // A repeated 2xx comes after the final answer and is passed on all the same (RFC 6026 §8.4).
    if (this.#isFinal && !(response.status >= 200 && response.status < 300)) return
    const isFirstFinal = response.status >= 200 && !this.#isFinal
    if (isFirstFinal) this.#over()
    this.#options.transaction.respond(response)
    if (isFirstFinal) this.#options.onFinal?.(response.status, response)
  }

  #failed(error: Error): void {
    process.emitWarning(error)
    this.finish({ status: 500, reason: 'Server Internal Error' })
  }

  /** Timer C (RFC 3261 §16.8): an INVITE that rings for ever is cancelled. */
  #watch(): void {
    if (this.#options.transaction.request.method !== 'INVITE' || this.#isFinal) return
    this.#timerC?.cancel()
    this.#timerC = this.#options.clock.after(timerCMs, () => {
      if (this.#client?.state === 'proceeding') this.cancel()
      else this.finish({ status: 408, reason: 'Request Timeout' })
    })
  }

  /** Whoever asked is gone: nobody wants an answer any more. */
  #abandon(): void {
    if (this.#isFinal) return
    if (this.#client !== undefined && !this.#isCancelled) this.#options.layer.cancel(this.#client)
    this.#over()
    this.#options.onFinal?.(487, undefined)
  }

  #over(): void {
    this.#isFinal = true
    this.#timerC?.cancel()
  }
}

const timerCMs = 180_000 + 1_000
