import type { SipRequest } from '../../protocol/sip/message.ts'
import type { SipUri } from '../../protocol/sip/uri.ts'

/** The Controls that clients' edge Routes may name. */
export interface KnownControls {
  /** Addresses and FQDNs: of those that have described themselves, and of their cluster peers. */
  readonly names: readonly string[]
  readonly zoneId: number
}

/** What the Expressway knows when a request of a client comes in. */
export interface ClientFacts {
  /** Whether a name or address is this VCS's own. */
  readonly isOwnHost: (host: string) => boolean
  /** Undefined before the first provisioning exchange. */
  readonly control: KnownControls | undefined
  /** Credentials of this connection were found good a short time ago. */
  readonly isProven: boolean
  /** The request's From is a line registered over this very connection. */
  readonly isRegistered: boolean
  /** The request belongs to a call that runs over this very connection. */
  readonly isInCall: boolean
  readonly hasCredentials: boolean
}

export type ClientDecision =
  /** Answered here: this VCS says that it is alive. */
  | { readonly action: 'answer' }
  | { readonly action: 'forward' }
  /** The digest decides. */
  | { readonly action: 'authenticate' }
  | { readonly action: 'refuse'; readonly status: number; readonly reason: string; readonly why: string }

/**
 * What becomes of a request from the internet. Syntax has been checked; CANCEL and ACK are not asked about. Nothing goes
 * inside without an identity, whatever its method.
 */
export function decideClientRequest(request: SipRequest, facts: ClientFacts): ClientDecision {
  if (isForUs(request, facts)) return request.method === 'OPTIONS' ? { action: 'answer' } : notFound()
  if (request.method === 'REGISTER') return decideRegister(request, facts)
  if (facts.isInCall) return { action: 'forward' }
  if (request.method === 'BYE' || request.method === 'UPDATE' || request.method === 'PRACK') return noSuchCall()
  if (facts.isRegistered) return isRouted(request, facts) ? { action: 'forward' } : unknownDomain()
  // Credentials alone are not enough: who calls has to be registered.
  return facts.isProven ? forbidden('not registered') : { action: 'authenticate' }
}

function decideRegister(request: SipRequest, facts: ClientFacts): ClientDecision {
  if (!hasEdgeRoute(request, facts)) return seemsRouted(request, facts) ? noControlYet() : unknownDomain()
  if (request.isWildcardContact) return { action: 'refuse', status: 400, reason: 'Bad Request', why: 'Contact: *' }
  if (facts.hasCredentials) return { action: 'authenticate' }
  return facts.isProven && facts.isRegistered ? { action: 'forward' } : { action: 'authenticate' }
}

/** The Route learnt from get_edge_config: `<sip:C:5061;transport=tls;zone-id=3;directed;lr>` on top. */
export function hasEdgeRoute(request: SipRequest, facts: Pick<ClientFacts, 'control' | 'isOwnHost'>): boolean {
  const uri = request.addresses('route')?.[0]?.sipUri
  if (uri === undefined) return false
  // COMPAT(baresip): a client that dials its only Route carries the learnt parameters on the Expressway's own address.
  return isEdgeRoute(uri, facts.control) || (facts.isOwnHost(uri.host) && hasEdgeParameters(uri, facts.control))
}

/**
 * Before any Control has described itself nobody can say whether an edge Route is right. A VCS that has just started does
 * not turn clients away for good: they go to another Expressway peer, or come back.
 */
function seemsRouted(request: SipRequest, { control }: ClientFacts): boolean {
  const parameters = request.addresses('route')?.[0]?.sipUri?.parameters
  return control === undefined && parameters?.has('directed') === true && parameters.has('zone-id')
}

/** The edge Route of a request, behind Routes of this VCS's own. */
export function edgeRouteOf(
  request: SipRequest,
  { control, isOwnHost }: Pick<ClientFacts, 'control' | 'isOwnHost'>,
): SipUri | undefined {
  const uris = (request.addresses('route') ?? []).map(({ sipUri }) => sipUri)
  const next = uris.find((uri) => uri === undefined || !isOwnHost(uri.host))
  return next !== undefined && isEdgeRoute(next, control) ? next : undefined
}

export function isEdgeRoute(uri: SipUri, control: ClientFacts['control']): boolean {
  const isControl = control?.names.some((name) => name.toLowerCase() === uri.host.toLowerCase()) ?? false
  return isControl && hasEdgeParameters(uri, control)
}

function hasEdgeParameters(uri: SipUri, control: ClientFacts['control']): boolean {
  return uri.parameters.has('directed') && uri.parameters.get('zone-id') === String(control?.zoneId)
}

/** Other requests than REGISTER follow the edge Route, a recorded route of ours, or none: they all go to one zone. */
function isRouted(request: SipRequest, facts: ClientFacts): boolean {
  const top = request.addresses('route')?.[0]
  if (top === undefined) return true
  return top.sipUri !== undefined && (facts.isOwnHost(top.sipUri.host) || isEdgeRoute(top.sipUri, facts.control))
}

function isForUs(request: SipRequest, facts: ClientFacts): boolean {
  const uri = request.sipUri
  return uri !== undefined && uri.user === undefined && facts.isOwnHost(uri.host)
}

const unknownDomain = (): ClientDecision => forbidden('Unknown domain')

const noControlYet = (): ClientDecision => ({
  action: 'refuse',
  status: 503,
  reason: 'Service Unavailable',
  why: 'Traversal zone not active',
})

function forbidden(why: string): ClientDecision {
  return { action: 'refuse', status: 403, reason: 'Forbidden', why }
}

function noSuchCall(): ClientDecision {
  return { action: 'refuse', status: 481, reason: 'Call/Transaction Does Not Exist', why: 'no such call' }
}

function notFound(): ClientDecision {
  return { action: 'refuse', status: 404, reason: 'Not Found', why: 'nothing of that name here' }
}
