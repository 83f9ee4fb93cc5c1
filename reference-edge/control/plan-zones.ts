import type { ZoneOfCall } from '../dial-plan/call-path.ts'
import { uriForAlias } from '../dial-plan/alias.ts'
import type { SearchTarget } from '../dial-plan/search-rules.ts'
import { localZone } from '../dial-plan/search-rules.ts'
import type { SipUri } from '../protocol/sip/uri.ts'
import { parseUri } from '../protocol/sip/uri.ts'
import { AuthenticationPolicy } from './authentication-policy.ts'
import type { SipPeer } from './sip-peer.ts'

/** Devices registered to this VCS, by alias. */
export interface LocalZone {
  find(alias: string): { readonly peer: SipPeer; readonly contact: string } | undefined
}

export interface PlanZone extends ZoneOfCall {
  readonly authenticationPolicy: AuthenticationPolicy
}

/** Whom a request goes to. */
export interface PlanTarget {
  readonly rule: string
  readonly zone: PlanZone
  readonly peer: SipPeer
  readonly uri: string
}

export interface PlanZonesOptions {
  /** A zone of an administrator as configured. */
  readonly zoneOfCall: (name: string) => PlanZone | undefined
  /** Running traversal, neighbor and DNS zones; the way through a DNS zone depends on the request URI. */
  readonly running: ReadonlyArray<{ find(name: string, uri: SipUri): SipPeer | undefined }>
  readonly local: LocalZone
}

/** The zones that search rules lead to and requests come from. */
export class PlanZones {
  readonly #options: PlanZonesOptions

  constructor(options: PlanZonesOptions) {
    this.#options = options
  }

  /** A zone by the name that search rules know it by. */
  zone(name: string): PlanZone | undefined {
    return name === localZone ? ofDevices : this.#options.zoneOfCall(name)
  }

  /** Undefined where the zone does not run or has no such alias. */
  target({ rule, zone: name, alias }: SearchTarget, asked: SipUri): PlanTarget | undefined {
    const { local, running } = this.#options
    if (name === localZone) {
      const device = local.find(alias)
      return device === undefined ? undefined : { rule, zone: ofDevices, peer: device.peer, uri: device.contact }
    }
    const zone = this.zone(name)
    const uri = uriForAlias(alias, asked)
    const parsed = uri === undefined ? undefined : parseUri(uri)
    if (zone === undefined || uri === undefined || parsed === undefined) return undefined
    const peer = running.map((zones) => zones.find(name, parsed)).find((found) => found !== undefined)
    return peer === undefined ? undefined : { rule, zone, peer, uri }
  }
}

/** The Default Subzone. */
const ofDevices: PlanZone = {
  isTraversal: false,
  isH323: false,
  isLync: false,
  mediaEncryption: 'Auto',
  authenticationPolicy: AuthenticationPolicy.doNotCheck,
}
