import type { HostEnvironment } from '#runtime/host.ts'
import type { Log } from '#runtime/log.ts'
import type { DnsZone } from '../dial-plan/partners/dns-zone.ts'
import { PartnerDialler } from '../dial-plan/partners/partner-dialler.ts'
import type { NoWay } from '../dial-plan/partners/partner-search.ts'
import { PartnerSearch } from '../dial-plan/partners/partner-search.ts'
import type { SipConnection } from '../protocol/sip/connection.ts'
import type { SipUri } from '../protocol/sip/uri.ts'
import type { SipPeer } from './sip-peer.ts'
import { PeerUnreachable } from './sip-peer.ts'
import type { SipSide } from './sip-side.ts'

export interface DnsZonesOptions {
  readonly environment: HostEnvironment
  readonly log: Log
  readonly sip: Pick<SipSide, 'adopt'>
  /** As configured. */
  readonly zones: () => readonly DnsZone[]
}

/** The DNS zones of a VCS Control: each request finds its own way by the records of its domain. */
export class DnsZones {
  readonly #options: DnsZonesOptions
  readonly #dialler: PartnerDialler
  readonly #search: PartnerSearch

  constructor(options: DnsZonesOptions) {
    const { environment, log, sip } = options
    this.#options = options
    this.#dialler = new PartnerDialler({
      environment,
      from: environment.address,
      // What comes back over it is nobody's whom a zone knows, as on a connection that somebody opens here.
      open: (connection) => sip.adopt(connection, undefined, { isDialled: true, idleMs }),
    })
    this.#search = new PartnerSearch({ environment, log, dialler: this.#dialler })
  }

  /** The way to the domain of a URI through the zone of that name; undefined where there is none or its SIP Mode is Off. */
  find(name: string, uri: SipUri): SipPeer | undefined {
    const zone = this.#options.zones().find((each) => each.name === name && each.isSipOn)
    if (zone === undefined) return undefined
    return new PartnerPeer(name, () => this.#search.reach(uri, zone, () => true))
  }

  stop(): Promise<void> {
    return this.#dialler.stop()
  }
}

/** Whoever is asked for one request; the transport is known with the connection. */
class PartnerPeer implements SipPeer {
  readonly side = 'inside'
  readonly zoneName: string
  readonly #reach: () => Promise<SipConnection | NoWay>
  #flow: SipConnection | undefined

  constructor(zoneName: string, reach: () => Promise<SipConnection | NoWay>) {
    this.zoneName = zoneName
    this.#reach = reach
  }

  get transport(): 'TLS' | 'TCP' {
    return this.#flow?.transport ?? 'TLS'
  }

  async connect(): Promise<SipConnection> {
    if (this.#flow?.isOpen === true) return this.#flow
    const reached = await this.#reach()
    if ('status' in reached) throw new PeerUnreachable(reached.why, { status: reached.status })
    return (this.#flow = reached)
  }
}

/** Real time without a word from there, far above the refreshes of a call (RFC 4028): the place is for others. */
const idleMs = 3_600_000
