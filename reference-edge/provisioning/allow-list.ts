import type { DiscoveredNode } from '../unified-cm/discovered-node.ts'
import { isNode } from '../unified-cm/discovered-node.ts'
import type { Origin } from './edge-path.ts'
import { isInNetwork } from './ipv4-network.ts'

/** What the Control may let clients reach. */
export interface AccessPolicy {
  /** HTTP server allow list: host names and addresses the administrator entered. */
  readonly entries: readonly string[]
  /** Discovered nodes of Unified CM and IM and Presence: on the list without being shown. */
  readonly nodes: readonly DiscoveredNode[]
  /**
   * Addresses of the Control itself and networks that are never inside servers (private loopback of hosts), as
   * `a.b.c.d/bits`. Reached only where the list has that very address.
   */
  readonly refusedNetworks: readonly string[]
}

export interface AccessRequest {
  readonly method: string
  readonly origin: Origin
  /** Path and query for the origin. */
  readonly target: string
  /** What the host resolved to, once; it is not resolved again. */
  readonly addresses: readonly string[]
}

export type AccessDecision =
  | { readonly isAllowed: true; readonly address: string; readonly rule: string; readonly type: string }
  | { readonly isAllowed: false; readonly reason: string }

/**
 * Whether a request from outside may go to a server inside, and to which of its addresses. A host is on the list
 * where it equals an entry or resolves to an entry's address (guide, HTTP server allow list). Pure.
 */
export function decideAccess(request: AccessRequest, policy: AccessPolicy): AccessDecision {
  const { origin, addresses, method, target } = request
  if (!methods.has(method)) return refused(`Method ${method} is not allowed`)
  const node = policy.nodes.find((known) => isNode(known, origin.host) || addresses.includes(known.address))
  const entry = matchingEntry(origin.host, addresses, policy.entries)
  if (node === undefined && entry === undefined) return refused('Not in allow list')
  if (node !== undefined && isAdministrative(target)) return refused('Administrative path of a discovered server')
  if (entry === undefined && !automaticPorts.has(origin.port)) return refused('Port of a discovered server')
  if (addresses.length === 0) return refused(hostWithoutAddress)
  const address = reachable(addresses, policy)
  if (address === undefined) return refused('Address is not allowed')
  if (node === undefined) return { isAllowed: true, address, rule: entry!, type: 'Administrator' }
  const server = node.kind === 'unified-cm' ? 'CUCM' : 'IM and Presence'
  return { isAllowed: true, address, rule: node.fqdn, type: `Automatically generated rule for ${server} server` }
}

/** Reason where the host is on the list but its name has no address. */
export const hostWithoutAddress = 'Host has no address'

/**
 * Ports of discovered servers that clients are passed on to (guide, Unified Communications port reference): files,
 * and HTTPS. Certificate provisioning (CAPF) among others is not supported for remote endpoints.
 */
const automaticPorts = new Set([6970, 8443])

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS'])

/** Never reached without being listed by address: this network, link-local, multicast, reserved, broadcast (RFC 6890). */
const neverInside = ['0.0.0.0/8', '169.254.0.0/16', '224.0.0.0/4', '240.0.0.0/4']

function matchingEntry(host: string, addresses: readonly string[], entries: readonly string[]): string | undefined {
  return entries.find((entry) => entry.toLowerCase() === host.toLowerCase() || addresses.includes(entry))
}

function reachable(addresses: readonly string[], { entries, refusedNetworks }: AccessPolicy): string | undefined {
  const refusing = [...neverInside, ...refusedNetworks]
  return addresses.find(
    (address) => entries.includes(address) || !refusing.some((network) => isInNetwork(address, network)),
  )
}

/**
 * Applications of discovered servers that are not for outside: AXL and the serviceability services, administration
 * and self-care pages (guide, unsupported features).
 */
const administrative = [
  'axl',
  'realtimeservice',
  'realtimeservice2',
  'controlcenterservice',
  'controlcenterservice2',
  'perfmonservice',
  'perfmonservice2',
  'logcollectionservice',
  'logcollectionservice2',
  'cdronddemandservice',
  'ast',
  'ccmadmin',
  'ccmuser',
  'ucmuser',
  'ccmservice',
  'ccmpd',
  'cmplatform',
  'cmuser',
  'cuadmin',
  'cupadmin',
  'cupuser',
  'cupservice',
  'drf',
  'platform-services',
  'pmtservice',
  'manager',
  'host-manager',
  'plugins',
]

/** A path that could be read as another one (dot segments, odd escapes) counts as administrative. */
function isAdministrative(target: string): boolean {
  const path = target.split(/[?#]/)[0]!
  const decoded = decodeRepeatedly(path)
  if (decoded === undefined) return true
  const segments = decoded
    .replaceAll('\\', '/')
    .split('/')
    .map((segment) => segment.split(';')[0]!.trim().toLowerCase())
    .filter((segment) => segment !== '')
  if (segments.some((segment) => segment === '..' || segment === '.')) return true
  return segments[0] !== undefined && administrative.includes(segments[0])
}

/** The path without any layer of percent encoding; undefined where it is no text or has too many layers. */
function decodeRepeatedly(path: string): string | undefined {
  let text = path
  for (let layer = 0; layer < 3; layer += 1) {
    if (!text.includes('%')) return hasControl.test(text) ? undefined : text
    try {
      text = decodeURIComponent(text)
    } catch {
      // No UTF-8 behind the escapes: no server inside has such a path.
      return undefined
    }
  }
  return undefined
}

const hasControl = /[\u0000-\u001f\u007f]/

function refused(reason: string): AccessDecision {
  return { isAllowed: false, reason }
}
