import type { Random } from '#runtime/random.ts'
import type { SipFlow } from '../protocol/sip/flow.ts'
import type { SipRequest } from '../protocol/sip/message.ts'
import { formatVia } from '../protocol/sip/via.ts'
import type { OwnSipNames, SipPeer } from './sip-peer.ts'
import { isOwnHost, ownPort } from './sip-peer.ts'

/** Hop count of a zone: Max-Forwards is set down to it. */
export const zoneHopCount = 15

/** Zone names stand in Vias without blanks. */
export function zoneNameInVia(name: string): string {
  return name.replaceAll(' ', '')
}

/** `received`, `rport` and `ingress-zone` on the topmost Via of a request that has just come in. */
export function stampTopVia(request: SipRequest, flow: SipFlow, ingressZone: string): void {
  const via = request.topVia
  if (via === undefined) return
  const parameters = via.parameters
    .with('received', flow.remote.address)
    .with('rport', String(flow.remote.port))
    .with('ingress-zone', zoneNameInVia(ingressZone))
  request.replaceFirst('via', formatVia({ ...via, parameters }))
}

/**
 * The Via this VCS puts on a request towards a zone: branch `z9hG4bK<hex>.<32 hex>`, the call's id, rport. `identity`
 * is by what a request that comes back is known.
 */
export function viaTowards(
  peer: SipPeer,
  own: OwnSipNames,
  random: Random,
  proxyCallId: string,
  identity = random.hex(32),
): string {
  const branch = `z9hG4bK${random.hex(24)}.${identity}`
  return (
    `SIP/2.0/${peer.transport} ${own.address}:${ownPort(peer.transport)};egress-zone=${zoneNameInVia(peer.zoneName)}` +
    `;branch=${branch};proxy-call-id=${proxyCallId};rport`
  )
}

/** Where this VCS records itself on the side of a peer. */
export function recordRouteTowards({ transport }: SipPeer, own: OwnSipNames, proxyCallId: string): string {
  const place = `${own.address}:${ownPort(transport)}`
  return `<sip:proxy-call-id=${proxyCallId}@${place};transport=${transport.toLowerCase()};lr>`
}

/** Max-Forwards for the next hop, or undefined where the request has no hop left (483). */
export function nextMaxForwards(request: SipRequest): number | undefined {
  const left = request.maxForwards ?? zoneHopCount + 1
  return left < 1 ? undefined : Math.min(left - 1, zoneHopCount)
}

/** RFC 3261 §16.4: takes off the topmost Routes that lead to this VCS itself. */
export function removeOwnRoutes(request: SipRequest, own: OwnSipNames): void {
  for (;;) {
    const host = request.addresses('route')?.[0]?.sipUri?.host
    if (host === undefined || !isOwnHost(own, host)) return
    request.removeFirst('route')
  }
}
