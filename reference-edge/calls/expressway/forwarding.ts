import { loopIdentity } from '../../protocol/sip/loop-identity.ts'
import type { Random } from '#runtime/random.ts'
import type { SipFlow } from '../../protocol/sip/flow.ts'
import type { SipRequest } from '../../protocol/sip/message.ts'
import type { SipUri } from '../../protocol/sip/uri.ts'
import { formatVia, magicCookie } from '../../protocol/sip/via.ts'

/** One side of the Expressway: its zone and how it names itself there. */
export interface Side {
  /** As it stands in `ingress-zone` and `egress-zone`, without blanks. */
  readonly zone: string
  readonly address: string
  readonly port: number
  readonly transport: 'TLS' | 'TCP'
}

/** Hop count of every zone: Max-Forwards is set down to it. */
export const hopCount = 15

export const clientZone = 'CollaborationEdgeZone'

/** Whoever is on the internet and no client of remote access. */
export const strangersZone = 'DefaultZone'

/** A zone's name as it stands in a Via. */
export function zoneNameInVia(name: string): string {
  return name.replaceAll(' ', '')
}

export type ForwardingProblem =
  | { readonly status: 483; readonly reason: 'Too Many Hops' }
  | { readonly status: 482; readonly reason: 'Loop Detected' }
  | { readonly status: 420; readonly reason: 'Bad Extension'; readonly unsupported: string }

/** RFC 3261 §16.3: why a request goes no further, whoever sent it; undefined where it may. */
export function forwardingProblem(request: SipRequest, sides: readonly Side[]): ForwardingProblem | undefined {
  if (request.maxForwards === 0) return { status: 483, reason: 'Too Many Hops' }
  if (isLooped(request, sides)) return { status: 482, reason: 'Loop Detected' }
  if (!request.has('proxy-require')) return undefined
  return { status: 420, reason: 'Bad Extension', unsupported: request.all('proxy-require').join(', ') }
}

/** `received`, `rport` and `ingress-zone` on the Via of whoever sent the request (RFC 3261 §18.2.1, RFC 3581 §4). */
export function stampTopVia(request: SipRequest, flow: SipFlow, from: Side): void {
  const via = request.topVia!
  const parameters = via.parameters
    .with('received', flow.remote.address)
    .with('rport', String(flow.remote.port))
    .with('ingress-zone', from.zone)
  request.replaceFirst('via', formatVia({ ...via, parameters }))
}

/** RFC 3261 §16.4: takes off the Routes on top that name this VCS; gives back the call ids they carried. */
export function removeOwnRoutes(request: SipRequest, isOwnHost: (host: string) => boolean): string[] {
  const callIds: string[] = []
  for (;;) {
    const uri = request.addresses('route')?.[0]?.sipUri
    if (uri === undefined || !isOwnHost(uri.host)) return callIds
    callIds.push(...callIdIn(uri))
    request.removeFirst('route')
  }
}

/** The call ids in Routes that this VCS has recorded. */
export function recordedCallIds(request: SipRequest, isOwnHost: (host: string) => boolean): string[] {
  const uris = (request.addresses('route') ?? []).map(({ sipUri }) => sipUri)
  return uris.flatMap((uri) => (uri !== undefined && isOwnHost(uri.host) ? callIdIn(uri) : []))
}

function callIdIn({ user }: SipUri): string[] {
  const prefix = 'proxy-call-id='
  return user?.startsWith(prefix) === true ? [user.slice(prefix.length)] : []
}

/** Writes what every forwarded request gets: Max-Forwards, the search tag, Record-Route of both sides, our Via. */
export function addHop(
  request: SipRequest,
  hop: { readonly from: Side; readonly to: Side; readonly callId: string; readonly random: Random },
): void {
  const { from, to, callId, random } = hop
  request.set('Max-Forwards', String(Math.min((request.maxForwards ?? hopCount + 1) - 1, hopCount)))
  if (!request.has('x-taatag')) request.add('X-TAATag', random.uuid())
  if (opensDialog(request)) {
    for (const side of [from, to]) request.addOnTop('Record-Route', recordRoute(side, callId))
  }
  const branch = `${magicCookie}${random.hex(24)}.${loopIdentity(request)}`
  const parameters = `;egress-zone=${to.zone};branch=${branch};proxy-call-id=${callId};rport`
  request.addOnTop('Via', `SIP/2.0/${to.transport} ${to.address}:${to.port}${parameters}`)
}

function opensDialog(request: SipRequest): boolean {
  return dialogMethods.has(request.method) && request.toTag === undefined
}

const dialogMethods = new Set(['INVITE', 'SUBSCRIBE', 'REFER'])

function recordRoute(side: Side, callId: string): string {
  const { address, port, transport } = side
  return `<sip:proxy-call-id=${callId}@${address}:${port};transport=${transport.toLowerCase()};lr>`
}

/** RFC 3261 §16.3 step 4: a Via of ours whose branch ends in the same identity means that nothing has changed since. */
function isLooped(request: SipRequest, sides: readonly Side[]): boolean {
  const vias = request.vias() ?? []
  return vias.some((via) => {
    const isOurs = sides.some(({ address }) => address === via.host)
    return isOurs && via.parameters.get('branch')?.endsWith(`.${loopIdentity(request)}`) === true
  })
}
