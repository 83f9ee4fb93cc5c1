import type { SipConnection } from '../../protocol/sip/connection.ts'
import type { SipFlow } from '../../protocol/sip/flow.ts'
import type { SipRequest, SipResponse } from '../../protocol/sip/message.ts'
import type { ServerTransaction } from '../../protocol/sip/server-transaction.ts'
import { openAdmittedCall } from './admitted-call.ts'
import { forward, forwardAck } from './call-requests.ts'
import type { EdgeCall } from './call-table.ts'
import { type ClientFacts, decideClientRequest, isEdgeRoute } from './client-decision.ts'
import { addressOfRecord } from './client-contact.ts'
import type { ClientSession, ProxiedRegistration } from './client-session.ts'
import { credentialsFor, digestCacheSeconds, removeCredentials } from './digest-gate.ts'
import { answerHere, type EdgeContext, isOutOfDialog, type LocalAnswer, logSipEvent } from './edge-context.ts'
import { removeOwnRoutes, stampTopVia } from './forwarding.ts'
import { stripInternalHeaders } from './internal-headers.ts'
import { SourceAllowance } from './source-allowance.ts'

/** What comes from clients on the internet: identities are asked for, then it goes to the Control. */
export class ClientRequests {
  readonly #context: EdgeContext
  readonly #failures: SourceAllowance

  constructor(context: EdgeContext) {
    this.#context = context
    const { monotonic } = context.environment.clocks
    this.#failures = new SourceAllowance(monotonic, failuresPerSource)
  }

  async take(session: ClientSession, transaction: ServerTransaction): Promise<void> {
    const { request } = transaction
    const decision = decideClientRequest(request, this.#factsOf(session, request))
    switch (decision.action) {
      case 'answer':
        return this.#answer(transaction, { status: 200, reason: 'OK', headers: [['Allow', allowed]] })
      case 'refuse':
        this.#countRejected(transaction)
        this.#logRefused(transaction, decision.why)
        return this.#answer(transaction, decision)
      case 'forward':
        return this.#forward(session, transaction)
      case 'authenticate':
        return this.#authenticate(session, transaction)
      default:
        decision satisfies never
    }
  }

  takeAck(ack: SipRequest, flow: SipFlow): void {
    const call = this.#context.calls.of(flow.id, ack.callId)
    const control = call?.way.control()
    if (call === undefined || control === undefined || ack.maxForwards === 0) return
    const request = this.#prepared(ack, flow)
    forwardAck(this.#context, { request, from: 'client', flow: control, id: call.id, call, way: call.way })
  }

  #factsOf(session: ClientSession, request: SipRequest): ClientFacts {
    const context = this.#context
    const now = context.environment.clocks.wall.now().getTime()
    return {
      isOwnHost: context.isOwnHost,
      control: context.control(),
      isProven: session.user !== undefined && session.provenUntil > now,
      isRegistered: this.#registrationOf(session, request) !== undefined,
      isInCall: !isOutOfDialog(request) && context.calls.of(session.flow.id, request.callId) !== undefined,
      hasCredentials: credentialsFor(request, context.environment.fqdn) !== undefined,
    }
  }

  #registrationOf(session: ClientSession, request: SipRequest): ProxiedRegistration | undefined {
    const aor = addressOfRecord(request.from?.sipUri)
    return aor === undefined ? undefined : this.#context.sessions.registered(session, aor)
  }

  /** The Control of the call; what opens something goes to the one that it is for. */
  #controlOf(session: ClientSession, request: SipRequest): SipConnection | undefined {
    const { calls, remoteAccess } = this.#context
    const call = isOutOfDialog(request) ? undefined : calls.of(session.flow.id, request.callId)
    if (call !== undefined) return call.way.control()
    return remoteAccess.controlFor(request, this.#registrationOf(session, request)?.control)
  }

  async #authenticate(session: ClientSession, transaction: ServerTransaction): Promise<void> {
    const { request, flow } = transaction
    const refusal = this.#guessingRefusal(session)
    if (refusal !== undefined) return this.#answer(transaction, refusal)
    const control = this.#controlOf(session, request)
    const verdict = await this.#context.gate.judge(request, { source: flow.remote.address, control })
    switch (verdict.kind) {
      case 'good':
        return this.#proven(session, transaction, verdict.user)
      case 'none':
      case 'stale':
        return this.#challenge(transaction, verdict.kind === 'stale')
      case 'unanswered':
        return this.#answer(
          transaction,
          verdict.status === 408 ? { status: 408, reason: 'Request Timeout', why: 'Request Timeout' } : noZone,
        )
      case 'disbelieved':
        return this.#forbid(transaction, 'credentials could not be checked')
      case 'wrong':
        return this.#wrong(session, transaction, verdict.user)
      default:
        verdict satisfies never
    }
  }

  #proven(session: ClientSession, transaction: ServerTransaction, user: string): Promise<void> | void {
    const { wall } = this.#context.environment.clocks
    // One connection, one user: whoever comes second would inherit the first one's registrations.
    if (session.user !== undefined && session.user !== user && session.registrations.size > 0) {
      return this.#forbid(transaction, 'another user is registered over this connection')
    }
    session.user = user
    session.failures = 0
    session.provenUntil = wall.now().getTime() + digestCacheSeconds * 1000
    const { request } = transaction
    if (request.method === 'REGISTER') return this.#forward(session, transaction)
    const { isRegistered } = this.#factsOf(session, request)
    return isRegistered ? this.#forward(session, transaction) : this.#forbid(transaction, 'not registered')
  }

  #wrong(session: ClientSession, transaction: ServerTransaction, user: string): void {
    session.failures++
    const { request, flow } = transaction
    const Detail = 'Incorrect authentication credential for user'
    logSipEvent(this.#context, 'Authentication Failed', { flow, message: request }, { User: user, Detail })
    this.#failures.spend(flow.remote.address)
    this.#context.onFailure({ category: 'sip-auth', source: flow.remote.address })
    if (session.failures < mostFailures) return this.#challenge(transaction, false)
    const { monotonic } = this.#context.environment.clocks
    session.failures = 0
    session.blockedUntil = monotonic.now() + blockedNs
    this.#forbid(transaction, 'authentication failed')
  }

  /** Passwords are not for guessing: a bound for the connection, and one for its source where nobody has proved anything. */
  #guessingRefusal(session: ClientSession): LocalAnswer | undefined {
    const { monotonic } = this.#context.environment.clocks
    if (monotonic.now() < session.blockedUntil) return tooManyFailures
    const isSuspect = session.user === undefined && !this.#failures.has(session.flow.remote.address)
    return isSuspect ? tooManyRequests : undefined
  }

  #challenge(transaction: ServerTransaction, isStale: boolean): void {
    const status = this.#context.settings().challenge
    const header = this.#context.gate.challenge(status, transaction.flow.remote.address, isStale)
    const reason = status === 401 ? 'Unauthorized' : 'Proxy Authentication Required'
    this.#answer(transaction, { status, reason, headers: [header] })
  }

  #forbid(transaction: ServerTransaction, why: string): void {
    this.#logRefused(transaction, why)
    this.#answer(transaction, { status: 403, reason: 'Forbidden', why })
  }

  #countRejected({ request, flow }: ServerTransaction): void {
    if (request.method !== 'REGISTER') return
    this.#context.onFailure({ category: 'sip-registration', source: flow.remote.address })
  }

  #logRefused(transaction: ServerTransaction, why: string): void {
    const { request, flow } = transaction
    const event =
      request.method === 'REGISTER'
        ? 'Registration Rejected'
        : request.method === 'INVITE'
          ? 'Call Rejected'
          : 'Message Rejected'
    const aor = request.method === 'REGISTER' ? { AOR: request.to?.uri, Contact: request.first('contact') } : {}
    logSipEvent(this.#context, event, { flow, message: request }, { ...aor, Reason: why })
  }

  #forward(session: ClientSession, transaction: ServerTransaction): Promise<void> | void {
    const { request } = transaction
    const control = this.#controlOf(session, request)
    if (isOutOfDialog(request) && request.method !== 'REGISTER') {
      const zone = this.#context.zone()?.name ?? ''
      this.#context.searches.add(request, control === undefined ? undefined : { rule: 'Edge route', zone })
    }
    if (control === undefined) return this.#answer(transaction, noZone)
    if (this.#context.settings().isInMaintenance === true && isOpening(request)) {
      return this.#answer(transaction, inMaintenance)
    }
    if (request.method === 'REGISTER') return this.#register(session, transaction, control)
    const underWay = this.#context.calls.of(session.flow.id, request.callId)
    if (underWay !== undefined && request.method === 'INVITE' && isOutOfDialog(request)) {
      return this.#answer(transaction, mergedRequest)
    }
    const known = isOutOfDialog(request) ? undefined : underWay
    if (known !== undefined || request.method !== 'INVITE') return this.#send(transaction, control, known)
    const call = openAdmittedCall(this.#context, {
      flow: session.flow,
      from: 'client',
      request,
      way: this.#context.remoteAccess.wayOver(control),
    })
    if ('refusal' in call) return this.#answer(transaction, call.refusal)
    return this.#send(transaction, control, call)
  }

  #register(session: ClientSession, transaction: ServerTransaction, control: SipConnection): Promise<void> | void {
    const { sessions } = this.#context
    const { request, flow } = transaction
    const place = sessions.reserve(session, request)
    if (place === 'taken') {
      this.#countRejected(transaction)
      return this.#forbid(transaction, 'Contact of another user')
    }
    if (place === 'full') {
      logSipEvent(this.#context, 'License Limit Reached', { flow, message: request })
      return this.#answer(transaction, tooManyRegistrations)
    }
    return this.#send(transaction, control, undefined, (status, response) => {
      sessions.release()
      if (response !== undefined && status < 300)
        this.#learn(session, { request, response, control: control.remote.address })
      else {
        // Other refusals have causes inside, which is no fault of the client.
        if (status === 403 || status === 404) this.#countRejected(transaction)
        this.#logRefused(transaction, `${status}`)
      }
    })
  }

  #learn(session: ClientSession, learnt: { request: SipRequest; response: SipResponse; control: string }): void {
    const { sessions } = this.#context
    const { request, response } = learnt
    if (sessions.of(session.flow.id) !== session) return
    const change = sessions.learn(session, learnt)
    const event =
      change === 'bound'
        ? 'Registration Accepted'
        : change === 'refreshed'
          ? 'Registration Refresh Accepted'
          : 'Registration Removed'
    logSipEvent(
      this.#context,
      event,
      { flow: session.flow, message: request },
      { AOR: request.to?.uri, Contact: request.first('contact'), Duration: response.expires, User: session.user },
    )
  }

  #send(
    transaction: ServerTransaction,
    control: SipConnection,
    call: EdgeCall | undefined,
    onFinal?: (status: number, response: SipResponse | undefined) => void,
  ): Promise<void> {
    return forward(this.#context, {
      transaction,
      request: this.#prepared(transaction.request, transaction.flow),
      from: 'client',
      way: call?.way ?? this.#context.remoteAccess.wayOver(control),
      flow: control,
      gone: noZone,
      id: call?.id ?? this.#context.environment.network.random.uuid(),
      call,
      ...(onFinal === undefined ? {} : { onFinal }),
    })
  }

  /** A copy for a Control: without what outsiders may not say, without our credentials and our Routes. */
  #prepared(received: SipRequest, flow: SipFlow): SipRequest {
    const { isOwnHost, sides, environment, control } = this.#context
    const request = received.clone()
    stripInternalHeaders(request)
    removeCredentials(request, environment.fqdn)
    stampTopVia(request, flow, sides.client)
    removeOwnRoutes(request, isOwnHost)
    const next = request.addresses('route')?.[0]?.sipUri
    // The edge Route names the zone to take; taken here, it has done its work.
    if (next !== undefined && isEdgeRoute(next, control())) request.removeFirst('route')
    return request
  }

  #answer(transaction: ServerTransaction, answer: LocalAnswer): void {
    answerHere(this.#context, transaction, answer)
  }
}

/** SIP Authentication Retry Limit (wire facts §6.2). */
const mostFailures = 3

/** Ours: far above what a whole site behind one address needs. */
const failuresPerSource = { burst: 60, perSecond: 1 }

/** Nanoseconds that a connection waits behind its third wrong digest. */
const blockedNs = 30_000_000_000n

const allowed = 'INVITE,ACK,CANCEL,BYE,OPTIONS,REGISTER,SUBSCRIBE,NOTIFY,REFER,INFO,UPDATE,MESSAGE,PUBLISH'
const noZone = { status: 503, reason: 'Service Unavailable', why: 'Traversal zone not active' }
const tooManyRequests = { status: 503, reason: 'Service Unavailable', headers: [['Retry-After', '10']] as const }
const mergedRequest = { status: 482, reason: 'Loop Detected', why: 'a call of this Call-ID is under way' }
const tooManyFailures = { status: 403, reason: 'Forbidden', why: 'authentication failed' }
const tooManyRegistrations = { status: 503, reason: 'Service Unavailable', why: 'License limit reached' }

/** Guide: unsupported features and limitations, maintenance mode. */
const inMaintenance: LocalAnswer = { status: 503, reason: 'Service Unavailable', why: 'Maintenance mode' }

function isOpening(request: SipRequest): boolean {
  return request.method === 'REGISTER' || (request.method === 'INVITE' && isOutOfDialog(request))
}
