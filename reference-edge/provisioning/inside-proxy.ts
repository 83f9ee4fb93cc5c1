import type { HttpRequest, HttpResponse } from '#runtime/network.ts'
import { readBasic } from '../protocol/http/basic-credentials.ts'
import { cookieValues, withoutCookie } from '../protocol/http/cookies.ts'
import { endToEndHeaders, headerRecord, headerText, lengthWithoutBody } from '../protocol/http/forwarded-headers.ts'
import { answerText, requestText } from '../logging/http-message.ts'
import { isAllowedAutomatically } from '../unified-cm/discovered-node.ts'
import { decideAccess, hostWithoutAddress } from './allow-list.ts'
import type { ControlHttpOptions } from './control-http-options.ts'
import { connectFailed, forbidden, signInUnavailable, unauthorized } from './control-answers.ts'
import type { Origin } from './edge-path.ts'
import type { OriginClients } from './origin-clients.ts'

/** A request for a server inside, as the path named it. */
export interface InsideRequest {
  readonly request: HttpRequest
  readonly origin: Origin
  /** Path and query for the origin. */
  readonly target: string
}

/** Authenticates, decides and passes on one request; the allow list speaks only to those who signed in. */
export async function proxyInside(
  options: ControlHttpOptions,
  origins: OriginClients,
  inside: InsideRequest,
): Promise<HttpResponse> {
  const { environment, configuration, nodes } = options
  const signedIn = await authenticate(options, inside)
  if ('refusal' in signedIn) {
    reject(options, inside, { reason: signedIn.why })
    return signedIn.refusal
  }
  const { user } = signedIn
  const { request, origin, target } = inside
  const addresses = await environment.network.resolver.addresses(origin.host).catch(() => [])
  const { allowList, refusedNetworks } = configuration()
  const policy = {
    entries: allowList,
    nodes: nodes().filter(isAllowedAutomatically),
    refusedNetworks: [...environment.network.addresses, ...refusedNetworks],
  }
  const decision = decideAccess({ method: request.method, origin, target, addresses }, policy)
  if (!decision.isAllowed) {
    reject(options, inside, { user, reason: decision.reason })
    return decision.reason === hostWithoutAddress ? connectFailed() : forbidden()
  }
  accessLog(options).info('Request Allowed', {
    Detail: 'Access allowed',
    Reason: 'In allow list',
    Rule: decision.rule,
    Type: decision.type,
    ...accessDetails(inside, user),
  })
  return passOn(options, origins, inside, decision.address)
}

type SignedIn = { readonly user: string } | { readonly refusal: HttpResponse; readonly why: string }

/** A cookie must be good where there is one; a Basic pair beside it must be of the same user. */
async function authenticate({ signIns }: ControlHttpOptions, { request, target }: InsideRequest): Promise<SignedIn> {
  const authorization = headerText(request.headers['authorization'])
  const pair = readBasic(authorization)
  const cookies = cookieValues(headerText(request.headers['cookie']), 'X-Auth')
  if (authorization !== undefined && pair === undefined) return refusedSignIn('Authorization is not a Basic pair')
  if (cookies.length > 1) return refusedSignIn('Several X-Auth cookies')
  if (cookies.length === 1) {
    const user = await signIns.cookieUser(cookies[0]!, deviceOf(target))
    if (user === undefined) return refusedSignIn('X-Auth cookie unknown or expired')
    if (pair !== undefined && pair.user !== user) return refusedSignIn('Credentials of another user')
    return { user }
  }
  if (pair === undefined) return refusedSignIn('No credentials')
  const verdict = await signIns.verify(pair.user, pair.password)
  if (verdict === 'accepted') return { user: pair.user }
  if (verdict === 'refused') return refusedSignIn('Credentials refused')
  return { refusal: signInUnavailable(), why: 'No Unified CM node could be asked' }
}

function refusedSignIn(why: string): SignedIn {
  return { refusal: unauthorized(), why }
}

/** A client that fetches its configuration file tells which device it is. */
function deviceOf(target: string): string | undefined {
  return /^\/((?:CSF|SEP|TCT|BOT|TAB)[A-Z0-9]{1,15})\.cnf\.xml(?:\.sgn)?$/i.exec(target)?.[1]?.toUpperCase()
}

async function passOn(
  { environment }: ControlHttpOptions,
  origins: OriginClients,
  { request, origin, target }: InsideRequest,
  address: string,
): Promise<HttpResponse> {
  const { method, headers, body } = request
  const cookie = withoutCookie(headerText(headers['cookie']), 'X-Auth')
  const log = environment.log.child('developer.trafficserver', { Server: `${address}:${origin.port}` })
  const sent = {
    Host: hostHeader(origin),
    ...endToEndHeaders(headers, ['host', 'cookie', 'date']),
    ...(cookie === undefined ? {} : { Cookie: cookie }),
  }
  if (log.isDebugWanted) {
    log.debug('Sending Request', { HTTPMSG: requestText({ method, target, headers: sent, body }) })
  }
  try {
    const answer = await origins.client(origin, address).send({
      method,
      target,
      headers: sent,
      ...(body.length === 0 && !('content-length' in headers) ? {} : { body }),
      timeoutMs: originAnswerMs,
    })
    const { status, reason } = answer
    if (log.isDebugWanted) log.debug('Receive Response', { HTTPMSG: answerText(answer) })
    const passed = { ...endToEndHeaders(headerRecord(answer.rawHeaders)), ...lengthWithoutBody(method, answer) }
    return { status, reason, headers: passed, body: answer.body }
  } catch (error) {
    const server = `${origin.scheme}://${origin.host}:${origin.port}`
    const { message, code } = error as Error & { code?: string }
    environment.log.child('network.http.trafficserver').warn('connect failed', {
      Server: server,
      Address: address,
      Reason: message,
      Code: code,
    })
    return connectFailed()
  }
}

const originAnswerMs = 15_000

function hostHeader({ scheme, host, port }: Origin): string {
  const isUsual = port === (scheme === 'https' ? 443 : 80)
  return isUsual ? host : `${host}:${port}`
}

function reject(options: ControlHttpOptions, inside: InsideRequest, why: { user?: string; reason: string }): void {
  accessLog(options).warn('Request Rejected', {
    Detail: 'Access denied',
    Reason: why.reason,
    ...accessDetails(inside, why.user),
  })
}

function accessLog({ environment }: ControlHttpOptions) {
  return environment.log.child('network.http.trafficserver')
}

/** The query is left out: it may hold what is nobody's business in a log. */
function accessDetails({ request, origin, target }: InsideRequest, user: string | undefined): Record<string, unknown> {
  return {
    ...(user === undefined ? {} : { Username: user }),
    Method: request.method,
    Request: `${origin.scheme}://${origin.host}:${origin.port}${target.split('?')[0]}`,
    'Src-ip': request.remote.address,
  }
}
