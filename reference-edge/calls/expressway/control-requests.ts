import type { SipFlow } from '../../protocol/sip/flow.ts'
import type { SipRequest } from '../../protocol/sip/message.ts'
import type { ServerTransaction } from '../../protocol/sip/server-transaction.ts'
import { openAdmittedCall } from './admitted-call.ts'
import { forward, forwardAck } from './call-requests.ts'
import type { EdgeCall } from './call-table.ts'
import {
  answerCancel,
  answerHere,
  type EdgeContext,
  isOutOfDialog,
  type LocalAnswer,
  logSipEvent,
} from './edge-context.ts'
import { ForwardedTransaction } from './forwarded-transaction.ts'
import { clientZone, forwardingProblem, removeOwnRoutes, stampTopVia } from './forwarding.ts'

/** Whom a request goes to, and the copy of it that does. */
interface Target {
  readonly request: SipRequest
  readonly flow: SipFlow
  readonly call: EdgeCall | undefined
}

/** What comes from the Control through the traversal zone: it goes to the client connection it is for. */
export class ControlRequests {
  readonly #context: EdgeContext

  constructor(context: EdgeContext) {
    this.#context = context
  }

  async take(transaction: ServerTransaction): Promise<void> {
    const { request } = transaction
    if (request.method === 'CANCEL') return answerCancel(this.#context, transaction)
    const problem = forwardingProblem(request, Object.values(this.#context.sides))
    if (problem !== undefined) return answerHere(this.#context, transaction, problem)
    if (this.#mustProve(request)) return this.#challenge(transaction)
    const target = this.#targetOf(request) ?? (await this.#reach(transaction))
    if (target === 'nobody asks') return
    if (isOutOfDialog(request)) {
      const found = target === undefined ? undefined : { rule: 'Proxied registration', zone: clientZone }
      this.#context.searches.add(request, found)
    }
    if (target === undefined) return answerHere(this.#context, transaction, notThere)
    return this.#forward(transaction, target)
  }

  takeAck(ack: SipRequest): void {
    if (ack.maxForwards === 0) return
    const target = this.#targetOf(ack)
    if (target?.call === undefined) return
    const { request, call, flow } = target
    forwardAck(this.#context, { request: this.#stamped(request), from: 'control', flow, id: call.id, call })
  }

  /** Authentication policy of the zone: with Check credentials a call has to prove who makes it. */
  #mustProve(request: SipRequest): boolean {
    const policy = this.#context.zone()?.authenticationPolicy
    return policy === 'Check credentials' && request.method === 'INVITE' && isOutOfDialog(request)
  }

  /** A traversal peer has no account here: whatever it answers, this is the last word. */
  #challenge(transaction: ServerTransaction): void {
    const { flow, request } = transaction
    const header = this.#context.gate.challenge(407, flow.remote.address, false)
    logSipEvent(this.#context, 'Authentication Failed', { flow, message: request }, { Detail: 'No credentials' })
    const answer = { status: 407, reason: 'Proxy Authentication Required', headers: [header] }
    answerHere(this.#context, transaction, answer)
  }

  /**
   * Opens the connection to a client that has lost its own, for a request that begins something. It may be cancelled
   * meanwhile, or its sender be gone.
   */
  async #reach(transaction: ServerTransaction): Promise<Target | 'nobody asks' | undefined> {
    const { sessions, layer, environment, forwarded, dialler } = this.#context
    const { request } = transaction
    const lost = isOutOfDialog(request) ? sessions.lost(request.sipUri) : undefined
    if (lost === undefined) return undefined
    const refuse = (refusal: LocalAnswer) => answerHere(this.#context, transaction, refusal)
    const waiting = new ForwardedTransaction({ layer, clock: environment.clocks.monotonic, transaction, refuse })
    forwarded.set(transaction, waiting)
    await dialler.reach(lost)
    return waiting.isOver ? 'nobody asks' : this.#targetOf(request)
  }

  /** Whom a request is for: the call its recorded route names, else the registration its URI names. */
  #targetOf(received: SipRequest): Target | undefined {
    const { calls, sessions, isOwnHost } = this.#context
    const request = received.clone()
    const [id] = removeOwnRoutes(request, isOwnHost)
    const named = id === undefined ? undefined : calls.withId(id)
    const session = named === undefined ? sessions.find(request.sipUri) : undefined
    const flow = named?.flow ?? session?.flow
    if (flow === undefined || !flow.isOpen) return undefined
    const call = named ?? (isOutOfDialog(request) ? undefined : calls.of(flow.id, request.callId))
    return { request, flow, call: call?.callId === request.callId ? call : undefined }
  }

  #forward(transaction: ServerTransaction, target: Target): Promise<void> | void {
    const { calls, sessions, environment } = this.#context
    const { flow } = target
    const request = this.#stamped(target.request)
    const isNewCall = request.method === 'INVITE' && target.call === undefined
    if (isNewCall && calls.of(flow.id, request.callId) !== undefined) {
      return answerHere(this.#context, transaction, mergedRequest)
    }
    const call = isNewCall
      ? openAdmittedCall(this.#context, { flow: sessions.of(flow.id)!.flow, from: 'control', request })
      : target.call
    if (call !== undefined && 'refusal' in call) return answerHere(this.#context, transaction, call.refusal)
    const id = call?.id ?? environment.network.random.uuid()
    return forward(this.#context, { transaction, request, from: 'control', flow, gone: notThere, id, call })
  }

  #stamped(request: SipRequest): SipRequest {
    const control = this.#context.zoneServer()?.flow
    if (control !== undefined) stampTopVia(request, control, this.#context.sides.control)
    return request
  }
}

const notThere = { status: 480, reason: 'Temporarily Unavailable' }
const mergedRequest = { status: 482, reason: 'Loop Detected', why: 'a call of this Call-ID is under way' }
