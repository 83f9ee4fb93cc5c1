import type { Log } from '#runtime/log.ts'
import type { Random } from '#runtime/random.ts'
import type { B2bua } from '../calls/control/b2bua.ts'
import type { ProxiedCalls } from '../calls/proxied/proxied-calls.ts'
import { SearchHistory } from '../calls/search-history.ts'
import { newTag } from '../protocol/sip/branch.ts'
import type { SipFlow } from '../protocol/sip/flow.ts'
import type { SipRequest } from '../protocol/sip/message.ts'
import type { SipResponse } from '../protocol/sip/message.ts'
import { createResponse } from '../protocol/sip/message.ts'
import type { NonceBook } from '../protocol/sip/nonce.ts'
import type { SipUri } from '../protocol/sip/uri.ts'
import type { ServerTransaction } from '../protocol/sip/server-transaction.ts'
import type { TransactionLayer } from '../protocol/sip/transaction-layer.ts'
import type { WayToNode } from '../unified-cm/zones.ts'
import type { AuthenticationPolicy } from './authentication-policy.ts'
import { policyRefusal } from './authentication-policy.ts'
import { removeOwnRoutes } from './hop.ts'
import type { PlanSource } from './plan-router.ts'
import type { RegistrationRelay } from './registration-relay.ts'
import type { RelayedDialogs } from './relayed-dialogs.ts'
import type { ServiceCheckOptions } from './service-check.ts'
import { answerService, isCredentialService } from './service-check.ts'
import type { SipDecisions } from './sip-side.ts'
import type { OwnSipNames, SipPeer } from './sip-peer.ts'
import { isOwnHost } from './sip-peer.ts'

export interface RequestRouterOptions {
  readonly own: OwnSipNames
  readonly random: Random
  readonly log: Log
  readonly layer: TransactionLayer
  readonly b2bua: B2bua
  readonly registrations: RegistrationRelay
  /** Registrations and presence of devices that connect to this VCS itself. */
  readonly devices?: { take(transaction: ServerTransaction): boolean }
  /** Everything that is not of mobile and remote access. */
  readonly plan?: DialPlan & { readonly searches: SearchHistory }
  /** The zone that the search rules give for a host. */
  readonly zones: { find(host: string, way: WayToNode): SipPeer | undefined }
  /** Of remote access, by its name. */
  readonly traversalZone: Pick<SipPeer, 'zoneName'>
  readonly service: ServiceCheckOptions
  readonly nonces: NonceBook
  /** Authentication policy of the traversal zone, read for each request. */
  readonly authenticationPolicy: () => AuthenticationPolicy
  /** Maintenance mode: no new calls or registrations (guide: unsupported features and limitations). */
  readonly isInMaintenance: () => boolean
}

/** What requests that are not of mobile and remote access need. */
export interface DialPlan {
  /** The zone of an administrator, or the registered device, that a request comes from; undefined where it is none. */
  sourceOf(transaction: ServerTransaction, from: SipPeer | undefined): PlanSource | SipResponse | undefined
  route(transaction: ServerTransaction, source: PlanSource): Promise<void>
  readonly calls: ProxiedCalls
  readonly dialogs: RelayedDialogs
}

/** Which part of the VCS Control answers a request. */
export class RequestRouter implements SipDecisions {
  /** Of everything outside dialogs but registrations. */
  readonly searches: SearchHistory
  readonly #options: RequestRouterOptions

  constructor(options: RequestRouterOptions) {
    this.#options = options
    this.searches = options.plan?.searches ?? new SearchHistory({ wall: options.service.wall, log: options.log })
  }

  async onRequest(transaction: ServerTransaction, from: SipPeer | undefined): Promise<void> {
    const { request } = transaction
    if (request.method === 'CANCEL') return this.#cancel(transaction)
    removeOwnRoutes(request, this.#options.own)
    if (await this.#options.b2bua.inDialog(transaction)) return
    if (this.#options.plan?.calls.inDialog(transaction) === true) return
    if (this.#options.plan?.dialogs.inDialog(transaction) === true) return
    if (this.#isForThisVcs(request)) return this.#answerOptions(transaction)
    if (request.toTag !== undefined && callMethods.has(request.method)) return this.#unknownDialog(transaction)
    if (from === undefined && this.#options.devices?.take(transaction) === true) return
    if (this.#options.isInMaintenance() && opening.has(request.method)) {
      this.#rejected(request, 503, 'Maintenance mode')
      return this.#refuse(transaction, 503, 'Service Unavailable')
    }
    if (from === undefined) return this.#byPlan(transaction, from, 403, 'Forbidden')
    if (from.side === 'inside') return this.#fromInside(transaction, from)
    const isRemoteAccess = from.zoneName === this.#options.traversalZone.zoneName
    return isRemoteAccess ? this.#fromOutside(transaction, from) : this.#byPlan(transaction, from, 404, 'Not Found')
  }

  onAck(ack: SipRequest, flow: SipFlow): void {
    this.#options.b2bua.ack(ack)
    this.#options.plan?.calls.ack(ack, flow)
  }

  onFlowClosed(flow: SipFlow): void {
    this.#options.b2bua.flowClosed(flow)
    this.#options.plan?.calls.flowClosed(flow)
  }

  /** By the search rules; `status` is the answer where the request does not come from a zone that they know. */
  async #byPlan(transaction: ServerTransaction, from: SipPeer | undefined, status: number, reason: string) {
    const { plan } = this.#options
    const { request } = transaction
    if (request.method === 'REGISTER' || request.method === 'SERVICE') return this.#refuse(transaction, status, reason)
    const source = plan?.sourceOf(transaction, from)
    if (source === undefined) return this.#refuse(transaction, status, reason)
    if ('status' in source) {
      this.#rejected(request, source.status, 'Check credentials')
      return void transaction.respond(source)
    }
    return plan!.route(transaction, source)
  }

  async #fromOutside(transaction: ServerTransaction, from: SipPeer): Promise<void> {
    const { request } = transaction
    const { b2bua, registrations, service, own, random, nonces, authenticationPolicy } = this.#options
    if (isCredentialService(request)) return answerService(transaction, service)
    const refusal = policyRefusal(authenticationPolicy(), {
      request,
      flow: transaction.flow,
      realm: own.fqdn,
      nonces,
      toTag: newTag(random),
    })
    if (refusal !== undefined) {
      this.#rejected(request, refusal.status, 'Check credentials')
      return void transaction.respond(refusal)
    }
    const zone = isOfBusiness(request) ? undefined : this.#zoneFor(request)
    if (zone === undefined && this.#options.plan !== undefined && request.method !== 'REGISTER') {
      return this.#byPlan(transaction, from, 404, 'Not Found')
    }
    // The rule that an automatically generated zone comes with has its name.
    this.#searched(request, zone, zone?.zoneName)
    if (zone === undefined) {
      this.#rejected(request, 404, 'No matching search rule')
      return this.#refuse(transaction, 404, 'Not Found')
    }
    switch (request.method) {
      case 'INVITE':
        return b2bua.invite(transaction, from, zone, request.requestUri)
      case 'REGISTER':
        return registrations.register(transaction, from, zone)
      default:
        return registrations.toNode(transaction, zone)
    }
  }

  async #fromInside(transaction: ServerTransaction, from: SipPeer): Promise<void> {
    const { request } = transaction
    const { b2bua, registrations } = this.#options
    if (request.method === 'REGISTER') return this.#refuse(transaction, 405, 'Method Not Allowed')
    const registration = registrations.target(request)
    if (registration === undefined && this.#options.plan?.sourceOf(transaction, from) !== undefined) {
      return this.#byPlan(transaction, from, 404, 'Not Found')
    }
    this.#searched(request, registration?.by, 'Proxied registration')
    if (registration === undefined) {
      if (request.toTag !== undefined) return this.#unknownDialog(transaction)
      this.#rejected(request, 404, 'No such registration')
      return this.#refuse(transaction, 404, 'Not Found')
    }
    if (!(await isReachable(registration.by))) {
      this.#rejected(request, 480, 'The VCS Expressway that the client registered through is not connected')
      return this.#refuse(transaction, 480, 'Temporarily Unavailable')
    }
    if (request.method !== 'INVITE') return registrations.toClient(transaction, registration)
    return b2bua.invite(transaction, from, registration.by, registration.contact)
  }

  /** REGISTER chooses by its URI between TCP and TLS; what a registered device sends later goes the same way. */
  #zoneFor(request: SipRequest): SipPeer | undefined {
    const { zones, registrations } = this.#options
    const uri = nextUri(request)
    if (uri === undefined) return undefined
    if (request.method === 'REGISTER') return zones.find(uri.host, wayOf(uri))
    const way = { ...wayOf(uri), isSecureDevice: registrations.isSecure(request) }
    const node = request.from?.sipUri?.host
    // Whatever address a client of remote access dials: the Unified CM node that it is registered at knows the way.
    return zones.find(uri.host, way) ?? (node === undefined ? undefined : zones.find(node, way))
  }

  #searched(request: SipRequest, zone: SipPeer | undefined, rule = ''): void {
    if (request.method === 'REGISTER' || request.toTag !== undefined) return
    this.searches.add(request, zone === undefined ? undefined : { rule, zone: zone.zoneName })
  }

  /** RFC 3261 §9.2: the CANCEL gets its own 200, then what it names ends. */
  #cancel(transaction: ServerTransaction): void {
    const invite = this.#options.layer.inviteOf(transaction)
    if (invite === undefined) return this.#unknownDialog(transaction)
    transaction.respond(createResponse(transaction.request, 200, 'OK', { toTag: newTag(this.#options.random) }))
    invite.divertRefusals(undefined)
    this.#options.b2bua.cancel(invite)
    this.#options.plan?.calls.cancel(invite)
  }

  #isForThisVcs(request: SipRequest): boolean {
    const uri = request.sipUri
    if (request.method !== 'OPTIONS' || uri === undefined || uri.user !== undefined) return false
    return isOwnHost(this.#options.own, uri.host)
  }

  #answerOptions(transaction: ServerTransaction): void {
    const headers = [['Allow', allowedMethods]] as const
    const toTag = newTag(this.#options.random)
    transaction.respond(createResponse(transaction.request, 200, 'OK', { toTag, headers }))
  }

  #unknownDialog(transaction: ServerTransaction): void {
    this.#refuse(transaction, 481, 'Call/Transaction Does Not Exist')
  }

  #refuse(transaction: ServerTransaction, status: number, reason: string): void {
    const toTag = newTag(this.#options.random)
    transaction.respond(createResponse(transaction.request, status, reason, { toTag }))
  }

  #rejected(request: SipRequest, status: number, reason: string): void {
    const event = request.method === 'REGISTER' ? 'Registration Rejected' : 'Call Rejected'
    if (request.method !== 'REGISTER' && request.method !== 'INVITE') return
    this.#options.log.warn(event, {
      Service: 'SIP',
      'Src-alias': request.from?.uri,
      'Dst-alias': request.requestUri,
      'Call-id': request.callId,
      'Response-code': status,
      Reason: reason,
    })
  }
}

/**
 * No other Expressway has a connection to a client, which comes back over another one by itself. Until then it is a
 * device that cannot be reached (RFC 3261 §21.4.18), not this VCS that is out of service.
 */
async function isReachable(peer: SipPeer): Promise<boolean> {
  return peer.connect().then(
    () => true,
    () => false,
  )
}

/** Every call is the B2BUA's: in a dialog that it does not know these have nowhere to go. */
const callMethods = new Set(['INVITE', 'BYE', 'UPDATE', 'PRACK', 'INFO'])

const allowedMethods = 'INVITE,ACK,BYE,CANCEL,INFO,OPTIONS,REFER,NOTIFY,SUBSCRIBE,UPDATE,MESSAGE,REGISTER'

/**
 * What the VCS Expressway has from somebody else than a client of remote access: the zone it came in through stands in
 * the Via below the VCS Expressway's own.
 */
function isOfBusiness(request: SipRequest): boolean {
  const zone = request.vias()?.[1]?.parameters.get('ingress-zone')
  return zone !== undefined && zone !== 'CollaborationEdgeZone'
}

/** RFC 3261 §16.5: the topmost Route that is not ours, else the request URI. */
function nextUri(request: SipRequest): SipUri | undefined {
  return request.addresses('route')?.[0]?.sipUri ?? request.sipUri
}

/** Port and transport as the URI says them (RFC 3261 §19.1.1, §26.2.2). */
function wayOf({ scheme, port, parameters }: SipUri): WayToNode {
  const transport = scheme === 'sips' ? 'tls' : parameters.get('transport')?.toLowerCase()
  return {
    ...(port === undefined ? {} : { port }),
    ...(transport === 'tls' || transport === 'tcp' ? { transport } : {}),
  }
}

/** Requests that begin something. */
const opening = new Set(['INVITE', 'REGISTER'])
