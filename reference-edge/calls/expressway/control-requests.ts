import type { SipFlow } from '../../protocol/sip/flow.ts'
import type { SipRequest } from '../../protocol/sip/message.ts'
import type { ServerTransaction } from '../../protocol/sip/server-transaction.ts'
import { isIPv4Text } from '../../certificates/alternative-name.ts'
import type { ZoneServer } from '../../traversal/zone-server.ts'
import { openAdmittedCall } from './admitted-call.ts'
import type { BusinessRequests } from './business/business-requests.ts'
import { forward, forwardAck } from './call-requests.ts'
import type { EdgeCall } from './call-table.ts'
import type { CallWay } from './call-way.ts'
import { challengeCaller } from './challenge-caller.ts'
import { answerCancel, answerHere, type EdgeContext, isOutOfDialog, type LocalAnswer } from './edge-context.ts'
import { ForwardedTransaction } from './forwarded-transaction.ts'
import { clientZone, forwardingProblem, removeOwnRoutes, stampTopVia } from './forwarding.ts'

/** Whom a request goes to, and the copy of it that does. */
interface Target {
  readonly request: SipRequest
  readonly flow: SipFlow
  readonly call: EdgeCall | undefined
  readonly way: CallWay
}

/**
 * What comes from a Control through a traversal zone: it goes to the connection of its call, to the client it is for, or
 * to another company.
 */
export class ControlRequests {
  readonly #context: EdgeContext
  readonly #business: BusinessRequests

  constructor(context: EdgeContext, business: BusinessRequests) {
    this.#context = context
    this.#business = business
  }

  async take(transaction: ServerTransaction, server: ZoneServer): Promise<void> {
    const { request } = transaction
    if (request.method === 'CANCEL') return answerCancel(this.#context, transaction)
    const problem = forwardingProblem(request, Object.values(this.#context.sides))
    if (problem !== undefined) return answerHere(this.#context, transaction, problem)
    if (this.#mustProve(request, server)) return challengeCaller(this.#context, transaction)
    const target = this.#targetOf(transaction) ?? (await this.#reach(transaction))
    if (target === 'nobody asks') return
    if (target === undefined && this.#isForPartner(transaction, server)) {
      return this.#business.fromZone(transaction, server)
    }
    if (isOutOfDialog(request)) {
      const found = target === undefined ? undefined : { rule: 'Proxied registration', zone: clientZone }
      this.#context.searches.add(request, found)
    }
    if (target === undefined) return answerHere(this.#context, transaction, notThere)
    return this.#forward(transaction, target)
  }

  takeAck(ack: SipRequest, from: SipFlow): void {
    if (ack.maxForwards === 0) return
    const target = this.#targetOf({ request: ack, flow: from })
    if (target?.call === undefined) return
    const { request, call, flow, way } = target
    stampTopVia(request, from, way.sides.control)
    forwardAck(this.#context, { request, from: 'control', flow, id: call.id, call, way })
  }

  /** Authentication policy of the zone: with Check credentials a call has to prove who makes it. */
  #mustProve(request: SipRequest, server: ZoneServer): boolean {
    const { name } = server.status()
    const policy = this.#context.zones().find((zone) => zone.name === name)?.authenticationPolicy
    return policy === 'Check credentials' && request.method === 'INVITE' && isOutOfDialog(request)
  }

  /**
   * Waits for a client that registers just now, or opens the connection to one that has lost its own, for a request that
   * begins something. It may be cancelled meanwhile, or its sender be gone.
   */
  async #reach(transaction: ServerTransaction): Promise<Target | 'nobody asks' | undefined> {
    const { sessions, layer, environment, forwarded, dialler } = this.#context
    const { request } = transaction
    if (!isOutOfDialog(request) || !this.#isRemoteAccess(transaction.flow)) return undefined
    const refuse = (refusal: LocalAnswer) => answerHere(this.#context, transaction, refusal)
    const waiting = new ForwardedTransaction({ layer, clock: environment.clocks.monotonic, transaction, refuse })
    forwarded.set(transaction, waiting)
    // The 200 to a REGISTER may have come in the same segment, and be on its way to the client still.
    await new Promise<void>((resolve) => setImmediate(resolve))
    const lost = sessions.lost(request.sipUri)
    if (lost !== undefined && !waiting.isOver) await dialler.reach(lost)
    return waiting.isOver ? 'nobody asks' : this.#targetOf(transaction)
  }

  /** Whom a request is for: the call its recorded route names, else the registration its URI names. */
  #targetOf({ request: received, flow: from }: Pick<ServerTransaction, 'request' | 'flow'>): Target | undefined {
    const { calls, sessions, isOwnHost, remoteAccess } = this.#context
    const request = received.clone()
    const [id] = removeOwnRoutes(request, isOwnHost)
    const recorded = id === undefined ? undefined : calls.withId(id)
    // A call belongs to the Control that it came up with.
    const named = recorded?.way.control()?.id === from.id ? recorded : undefined
    const isClientWanted = named === undefined && this.#isRemoteAccess(from)
    const session = isClientWanted ? sessions.find(request.sipUri) : undefined
    const flow = named?.flow ?? session?.flow
    if (flow === undefined || !flow.isOpen) return undefined
    const call = named ?? (isOutOfDialog(request) ? undefined : calls.of(flow.id, request.callId))
    const own = call?.callId === request.callId ? call : undefined
    return { request, flow, call: own, way: named?.way ?? remoteAccess.wayOver(from) }
  }

  #forward(transaction: ServerTransaction, target: Target): Promise<void> | void {
    const { calls, sessions, environment } = this.#context
    const { flow, request, way } = target
    stampTopVia(request, transaction.flow, way.sides.control)
    const isNewCall = request.method === 'INVITE' && target.call === undefined
    if (isNewCall && calls.of(flow.id, request.callId) !== undefined) {
      return answerHere(this.#context, transaction, mergedRequest)
    }
    const call = isNewCall
      ? openAdmittedCall(this.#context, { flow: sessions.of(flow.id)!.flow, from: 'control', request, way })
      : target.call
    if (call !== undefined && 'refusal' in call) return answerHere(this.#context, transaction, call.refusal)
    const id = call?.id ?? environment.network.random.uuid()
    return forward(this.#context, { transaction, request, from: 'control', flow, gone: notThere, id, call, way })
  }

  #isRemoteAccess(from: SipFlow): boolean {
    return this.#context.remoteAccess.isControl(from)
  }

  /**
   * In the zone of remote access clients are known by the address and port of their contact, others by their domain: what
   * has neither address nor port is for no client, whatever the rules.
   */
  #isForPartner({ request, flow }: ServerTransaction, server: ZoneServer): boolean {
    const uri = request.sipUri
    if (!isOutOfDialog(request) || uri === undefined) return false
    if (!this.#isRemoteAccess(flow)) return true
    return !isIPv4Text(uri.host) && (uri.port === undefined || this.#business.hasRulesFor(server.status().name))
  }
}

const notThere = { status: 480, reason: 'Temporarily Unavailable' }
const mergedRequest = { status: 482, reason: 'Loop Detected', why: 'a call of this Call-ID is under way' }
