import { aliasOf, uriForAlias } from '../../../dial-plan/alias.ts'
import type { DnsZone } from '../../../dial-plan/partners/dns-zone.ts'
import type { PartnerSearch } from '../../../dial-plan/partners/partner-search.ts'
import type { Neighbors } from '../../../dial-plan/neighbors.ts'
import type { SearchRule, SearchTarget } from '../../../dial-plan/search-rules.ts'
import { defaultZone, searchTargets } from '../../../dial-plan/search-rules.ts'
import type { SipConnection } from '../../../protocol/sip/connection.ts'
import type { SipFlow } from '../../../protocol/sip/flow.ts'
import type { SipRequest } from '../../../protocol/sip/message.ts'
import type { ServerTransaction } from '../../../protocol/sip/server-transaction.ts'
import type { SipUri } from '../../../protocol/sip/uri.ts'
import { parseUri } from '../../../protocol/sip/uri.ts'
import type { ZoneServer } from '../../../traversal/zone-server.ts'
import { openAdmittedCall } from '../admitted-call.ts'
import { forward, forwardAck } from '../call-requests.ts'
import type { MediaSide } from '../call-media.ts'
import type { EdgeCall } from '../call-table.ts'
import type { CallWay } from '../call-way.ts'
import { hasEdgeRoute } from '../client-decision.ts'
import type { ClientSession } from '../client-session.ts'
import { credentialsFor, removeCredentials } from '../digest-gate.ts'
import { challengeCaller } from '../challenge-caller.ts'
import {
  answerHere,
  type AuthenticationPolicy,
  type EdgeContext,
  isOutOfDialog,
  type LocalAnswer,
  logSipEvent,
} from '../edge-context.ts'
import { ForwardedTransaction } from '../forwarded-transaction.ts'
import { recordedCallIds, removeOwnRoutes, stampTopVia } from '../forwarding.ts'
import { stripInternalHeaders } from '../internal-headers.ts'
import type { BusinessWays } from './business-ways.ts'

export interface BusinessRequestsOptions {
  readonly rules: () => readonly SearchRule[]
  readonly dnsZones: () => readonly DnsZone[]
  readonly neighbors: Pick<Neighbors, 'find'>
  /** Of the neighbor zone of that name. */
  readonly neighborPolicy: (name: string) => AuthenticationPolicy | undefined
  /** The traversal server zone of that name. */
  readonly zoneNamed: (name: string) => ZoneServer | undefined
  readonly ways: BusinessWays
  readonly partners: PartnerSearch
}

/** Where a request goes that belongs to no client: by search rules, between the Default Zone or DNS zones and the Control. */
interface Passing {
  readonly transaction: ServerTransaction
  readonly request: SipRequest
  readonly from: MediaSide
  /** The other company's connection. */
  readonly partner: SipConnection
  readonly to: SipConnection
  readonly way: CallWay
}

/** Business-to-business requests: calls with other companies. */
export class BusinessRequests {
  readonly #context: EdgeContext
  readonly #options: BusinessRequestsOptions

  constructor(context: EdgeContext, options: BusinessRequestsOptions) {
    this.#context = context
    this.#options = options
  }

  /**
   * Whether a request comes from another company: a call or a question outside dialogs that bears no mark of mobile and
   * remote access, where some search rule is for the Default Zone at all, or from a peer of a neighbor zone.
   */
  isFromPartner(session: ClientSession, request: SipRequest): boolean {
    const { environment, control, isOwnHost } = this.#context
    if (!partnerMethods.has(request.method) || !isOutOfDialog(request) || session.user !== undefined) return false
    const uri = request.sipUri
    if (uri === undefined || (uri.user === undefined && isOwnHost(uri.host))) return false
    if (hasEdgeRoute(request, { control: control(), isOwnHost })) return false
    if (credentialsFor(request, environment.fqdn) !== undefined) return false
    return this.#neighborOf(session) !== undefined || this.hasRulesFor(defaultZone)
  }

  /** Whether any search rule is for requests of this zone at all. */
  hasRulesFor(source: string): boolean {
    const sources = ['Any', source, ...(source === defaultZone ? [] : ['All zones'])]
    return this.#options.rules().some((rule) => rule.isEnabled && sources.includes(rule.source))
  }

  /** The call with another company that a request of the internet belongs to: of this connection, or as recorded. */
  callOf(request: SipRequest, flow: SipFlow): EdgeCall | undefined {
    if (isOutOfDialog(request)) return undefined
    const { calls, isOwnHost } = this.#context
    const own = calls.of(flow.id, request.callId)
    if (own !== undefined) return own.way.isToPartner ? own : undefined
    const recorded = recordedCallIds(request, isOwnHost).map((id) => calls.withId(id))
    return recorded.find((call) => call?.way.isToPartner === true && call.callId === request.callId)
  }

  /** A request of another company that opens something: to the traversal zone that the rules name, its Controls in turn. */
  fromInternet(transaction: ServerTransaction, session: ClientSession): Promise<void> | void {
    const { ways, zoneNamed } = this.#options
    const { flow } = session
    const neighbor = this.#neighborOf(session)
    if (this.#isRefusedForMaintenance(transaction)) return
    const prepared = () => this.#prepared(transaction.request, flow, ways.callerSide(flow, neighbor))
    const request = prepared()
    // Whoever could say where a request goes inside would get past the rules.
    if (request.has('route')) return this.#reject(transaction, foreignRoute)
    if (this.#mustProve(neighbor, request)) return challengeCaller(this.#context, transaction)
    let refusal = noRule
    for (const target of this.#targetsOf(request, this.#callerSource(neighbor))) {
      const server = zoneNamed(target.zone)
      if (server === undefined || !setTarget(request, target)) continue
      const controls = server.flowsInTurn()
      if (controls.length === 0) {
        refusal = zoneDown
        continue
      }
      this.#context.searches.add(transaction.request, { rule: target.rule, zone: target.zone })
      return this.#passToFirst(controls, transaction, (control) => {
        const copy = prepared()
        copy.requestUri = request.requestUri
        const way = ways.fromCaller(flow, neighbor, { server, control })
        return { transaction, request: copy, from: 'client', partner: flow, to: control, way }
      })
    }
    this.#context.searches.add(transaction.request, undefined)
    return this.#reject(transaction, refusal)
  }

  /** A request of the Control for nobody who is registered: through the DNS or neighbor zone that the rules name. */
  async fromZone(transaction: ServerTransaction, server: ZoneServer): Promise<void> {
    const { ways } = this.#options
    if (this.#isRefusedForMaintenance(transaction)) return
    if (dialogMethods.has(transaction.request.method)) return this.#reject(transaction, noDialogs)
    const waiting = this.#wait(transaction)
    let refusal = noRule
    for (const target of this.#targetsOf(transaction.request, this.#sourceOf(server))) {
      const request = this.#preparedForPartner(transaction, server)
      if (!setTarget(request, target)) continue
      const reached = await this.#reach(target.zone, request.sipUri!, () => !waiting.isOver)
      if (waiting.isOver) return
      if (reached === undefined) continue
      if ('status' in reached) {
        refusal = reached.status === noRule.status ? refusal : reached
        continue
      }
      this.#context.searches.add(transaction.request, { rule: target.rule, zone: target.zone })
      const way = ways.toPartner(reached, target.zone, { server, control: transaction.flow })
      return this.#pass({ transaction, request, from: 'control', partner: reached, to: reached, way })
    }
    this.#context.searches.add(transaction.request, undefined)
    return this.#reject(transaction, refusal)
  }

  /** A request of the other company in one of its calls. */
  inDialog(transaction: ServerTransaction, call: EdgeCall): Promise<void> | void {
    const { flow } = transaction
    const { way } = call
    const control = way.control()
    if (control === undefined) return answerHere(this.#context, transaction, zoneDown)
    const request = this.#prepared(transaction.request, flow, way.sides.client)
    const passage = {
      transaction,
      request,
      from: 'client',
      flow: control,
      gone: zoneDown,
      id: call.id,
      call,
      way,
    } as const
    return forward(this.#context, passage)
  }

  takeAck(ack: SipRequest, flow: SipFlow, call: EdgeCall): void {
    const { way, id } = call
    const control = way.control()
    if (control === undefined || ack.maxForwards === 0) return
    const request = this.#prepared(ack, flow, way.sides.client)
    forwardAck(this.#context, { request, from: 'client', flow: control, id, call, way })
  }

  /**
   * One Control of the zone; the next where it answers 503 or its connection is lost, and nobody was alerted before. What
   * is refused here is no fault of the Control.
   */
  #passToFirst(
    [control, ...others]: readonly SipConnection[],
    transaction: ServerTransaction,
    passingTo: (control: SipConnection) => Passing,
  ): Promise<void> | void {
    const askNext = () => {
      if (transaction.state !== 'proceeding' && transaction.state !== 'trying') return
      const open = others.filter(({ isOpen }) => isOpen)
      if (open.length === 0) return this.#reject(transaction, zoneDown)
      return this.#passToFirst(open, transaction, passingTo)
    }
    const failed = (error: Error) => {
      process.emitWarning(error)
      this.#reject(transaction, ownFault)
    }
    const onSending = () =>
      transaction.divertRefusals((refusal) => {
        transaction.divertRefusals(undefined)
        const isNextAsked = refusal.status === 503 && !transaction.hasProgressed && others.length > 0
        // What became of the call there is still being written down.
        if (isNextAsked) Promise.resolve().then(askNext).catch(failed)
        return isNextAsked
      })
    return this.#pass(passingTo(control!), onSending)
  }

  #pass(passing: Passing, onSending?: () => void): Promise<void> | void {
    const { transaction, request, from, partner, to, way } = passing
    const gone = from === 'client' ? zoneDown : partnerGone
    const passage = { transaction, request, from, flow: to, gone, way }
    if (request.method !== 'INVITE') {
      onSending?.()
      return forward(this.#context, { ...passage, id: this.#context.environment.network.random.uuid() })
    }
    if (this.#context.calls.of(partner.id, request.callId) !== undefined)
      return this.#reject(transaction, mergedRequest)
    const call = openAdmittedCall(this.#context, { flow: partner, from, request, way })
    if ('refusal' in call) return answerHere(this.#context, transaction, call.refusal)
    onSending?.()
    return forward(this.#context, { ...passage, id: call.id, call })
  }

  /** While names are resolved and connections opened, the request may be cancelled or its sender go. */
  #wait(transaction: ServerTransaction): ForwardedTransaction {
    const { layer, environment, forwarded } = this.#context
    const waiting = new ForwardedTransaction({
      layer,
      clock: environment.clocks.monotonic,
      transaction,
      refuse: (refusal) => answerHere(this.#context, transaction, refusal),
    })
    forwarded.set(transaction, waiting)
    return waiting
  }

  /** The way through a zone; undefined where it is none that requests of a Control go to. */
  async #reach(name: string, uri: SipUri, isWanted: () => boolean): Promise<SipConnection | LocalAnswer | undefined> {
    const { dnsZones, partners, neighbors } = this.#options
    const zone = dnsZones().find((each) => each.name === name && each.isSipOn)
    if (zone !== undefined) return partners.reach(uri, zone, isWanted)
    return neighbors
      .find(name)
      ?.connect()
      .catch((error: Error) => ({ ...partnerGone, why: error.message }))
  }

  /** The running neighbor zone that a connection belongs to. */
  #neighborOf({ neighbor }: ClientSession): string | undefined {
    return neighbor === undefined ? undefined : this.#options.neighbors.find(neighbor)?.zoneName
  }

  #callerSource(neighbor: string | undefined): { source: string; isAuthenticated: boolean } {
    if (neighbor === undefined) return { source: defaultZone, isAuthenticated: false }
    return {
      source: neighbor,
      isAuthenticated: this.#options.neighborPolicy(neighbor) === 'Treat as authenticated',
    }
  }

  #mustProve(neighbor: string | undefined, { method }: SipRequest): boolean {
    if (neighbor === undefined || method !== 'INVITE') return false
    return this.#options.neighborPolicy(neighbor) === 'Check credentials'
  }

  #targetsOf(request: SipRequest, source: { source: string; isAuthenticated: boolean }): SearchTarget[] {
    const uri = request.sipUri
    if (uri === undefined) return []
    return searchTargets(this.#options.rules(), { alias: aliasOf(uri), protocol: 'SIP', ...source })
  }

  #sourceOf(server: ZoneServer): { source: string; isAuthenticated: boolean } {
    const { name } = server.status()
    const zone = this.#context.zones().find((each) => each.name === name)
    return { source: name, isAuthenticated: zone?.authenticationPolicy === 'Treat as authenticated' }
  }

  #prepared(received: SipRequest, flow: SipFlow, from: CallWay['sides']['client']): SipRequest {
    const { isOwnHost, environment } = this.#context
    const request = received.clone()
    stripInternalHeaders(request)
    removeCredentials(request, environment.fqdn)
    stampTopVia(request, flow, from)
    removeOwnRoutes(request, isOwnHost)
    return request
  }

  #preparedForPartner({ request: received, flow }: ServerTransaction, server: ZoneServer): SipRequest {
    const request = received.clone()
    removeOwnRoutes(request, this.#context.isOwnHost)
    stampTopVia(request, flow, this.#options.ways.zoneSide(server))
    return request
  }

  #isRefusedForMaintenance(transaction: ServerTransaction): boolean {
    if (this.#context.settings().isInMaintenance !== true || transaction.request.method !== 'INVITE') return false
    this.#reject(transaction, inMaintenance)
    return true
  }

  #reject(transaction: ServerTransaction, refusal: LocalAnswer): void {
    const { request, flow } = transaction
    const event = request.method === 'INVITE' ? 'Call Rejected' : 'Message Rejected'
    const details = { Reason: refusal.why, 'Response-code': refusal.status }
    logSipEvent(this.#context, event, { flow, message: request }, details)
    answerHere(this.#context, transaction, refusal)
  }
}

/** The request URI becomes what the rule made of the alias; false where that is no URI. */
function setTarget(request: SipRequest, { alias }: SearchTarget): boolean {
  const uri = request.sipUri && uriForAlias(alias, request.sipUri)
  if (uri === undefined || parseUri(uri) === undefined) return false
  request.requestUri = uri
  return true
}

/** What another company may open here; everything else that is not of a client is challenged. */
const partnerMethods = new Set(['INVITE', 'OPTIONS'])

/** They would open dialogs that nobody here follows: whoever asks learns it at once, instead of missing every NOTIFY. */
const dialogMethods = new Set(['SUBSCRIBE', 'REFER'])
const noDialogs: LocalAnswer = {
  status: 405,
  reason: 'Method Not Allowed',
  why: 'subscriptions do not pass to other companies',
  headers: [['Allow', 'INVITE,ACK,CANCEL,BYE,OPTIONS,INFO,UPDATE,MESSAGE']],
}
const noRule: LocalAnswer = { status: 404, reason: 'Not Found', why: 'No matching search rule' }
const foreignRoute: LocalAnswer = { status: 403, reason: 'Forbidden', why: 'Route of somebody else' }
const zoneDown: LocalAnswer = { status: 503, reason: 'Service Unavailable', why: 'Traversal zone not active' }
const partnerGone: LocalAnswer = { status: 503, reason: 'Service Unavailable', why: 'connection lost' }
const mergedRequest: LocalAnswer = { status: 482, reason: 'Loop Detected', why: 'a call of this Call-ID is under way' }
const ownFault: LocalAnswer = { status: 500, reason: 'Server Internal Error', why: 'fault' }
/** Guide: unsupported features and limitations, maintenance mode. */
const inMaintenance: LocalAnswer = { status: 503, reason: 'Service Unavailable', why: 'Maintenance mode' }
