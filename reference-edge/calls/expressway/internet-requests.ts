import type { SipFlow } from '../../protocol/sip/flow.ts'
import type { SipRequest } from '../../protocol/sip/message.ts'
import type { ServerTransaction } from '../../protocol/sip/server-transaction.ts'
import type { BusinessRequests } from './business/business-requests.ts'
import type { ClientRequests } from './client-requests.ts'
import { answerCancel, answerHere, type EdgeContext, logSipEvent } from './edge-context.ts'
import { forwardingProblem } from './forwarding.ts'
import { SourceAllowance } from './source-allowance.ts'

/** What comes from the internet: from clients of mobile and remote access, from other companies, from strangers. */
export class InternetRequests {
  readonly #context: EdgeContext
  readonly #clients: ClientRequests
  readonly #business: BusinessRequests
  readonly #allowance: SourceAllowance

  constructor(context: EdgeContext, { clients, business }: { clients: ClientRequests; business: BusinessRequests }) {
    this.#context = context
    this.#clients = clients
    this.#business = business
    this.#allowance = new SourceAllowance(context.environment.clocks.monotonic, requestsPerSource)
  }

  async take(transaction: ServerTransaction): Promise<void> {
    const { request, flow } = transaction
    const session = this.#context.sessions.of(flow.id)
    if (session === undefined) return
    // Who has proved to be a user is not made to suffer for others behind the same address.
    const spender = session.user === undefined ? flow.remote.address : flow.id
    if (!this.#allowance.spend(spender)) return answerHere(this.#context, transaction, tooManyRequests)
    if (request.method === 'CANCEL') return answerCancel(this.#context, transaction)
    const problem = forwardingProblem(request, Object.values(this.#context.sides))
    if (problem !== undefined) {
      const headers = 'unsupported' in problem ? ([['Unsupported', problem.unsupported]] as const) : []
      return answerHere(this.#context, transaction, { ...problem, headers })
    }
    const call = this.#business.callOf(request, flow)
    if (call !== undefined) return this.#business.inDialog(transaction, call)
    if (this.#business.isFromPartner(session, request)) return this.#business.fromInternet(transaction, session)
    // Clients come over TLS alone: nobody proves a password in clear.
    if (session.flow.transport === 'TCP' && !this.#isForThisVcs(request)) return this.#refuseInClear(transaction)
    return this.#clients.take(session, transaction)
  }

  takeAck(ack: SipRequest, flow: SipFlow): void {
    const call = this.#business.callOf(ack, flow)
    if (call === undefined) this.#clients.takeAck(ack, flow)
    else this.#business.takeAck(ack, flow, call)
  }

  #isForThisVcs({ method, sipUri: uri }: SipRequest): boolean {
    return method === 'OPTIONS' && uri?.user === undefined && this.#context.isOwnHost(uri?.host ?? '')
  }

  #refuseInClear(transaction: ServerTransaction): void {
    const { request, flow } = transaction
    if (request.toTag !== undefined) return answerHere(this.#context, transaction, noSuchCall)
    const isRegister = request.method === 'REGISTER'
    if (isRegister) this.#context.onFailure({ category: 'sip-registration', source: flow.remote.address })
    const event = isRegister ? 'Registration Rejected' : 'Message Rejected'
    logSipEvent(this.#context, event, { flow, message: request }, { Reason: inClear.why })
    answerHere(this.#context, transaction, inClear)
  }
}

/** Ours: far above what a whole site behind one address needs. */
const requestsPerSource = { burst: 2_000, perSecond: 500 }
const tooManyRequests = { status: 503, reason: 'Service Unavailable', headers: [['Retry-After', '10']] as const }
const noSuchCall = { status: 481, reason: 'Call/Transaction Does Not Exist', why: 'no such call' }
const inClear = { status: 403, reason: 'Forbidden', why: 'clients have to use TLS' }
