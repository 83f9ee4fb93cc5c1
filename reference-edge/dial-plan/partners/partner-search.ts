import type { HostEnvironment } from '#runtime/host.ts'
import type { Log } from '#runtime/log.ts'
import { dialFailureWords } from '../../certificates/verification-words.ts'
import type { SipUri } from '../../protocol/sip/uri.ts'
import type { SipConnection } from '../../protocol/sip/connection.ts'
import type { DnsZone } from './dns-zone.ts'
import type { PartnerDialler } from './partner-dialler.ts'
import type { PartnerPlace } from './partner-places.ts'
import { partnerPlaces } from './partner-places.ts'

export interface PartnerSearchOptions {
  readonly environment: Pick<HostEnvironment, 'network' | 'clocks'>
  readonly log: Log
  readonly dialler: Pick<PartnerDialler, 'reach'>
}

/** Why nobody of a domain can be asked, as whoever asks is answered. */
export interface NoWay {
  readonly status: 404 | 503
  readonly reason: string
  readonly why: string
}

/** The way through a DNS zone: from the domain of a URI to a connection. */
export class PartnerSearch {
  readonly #options: PartnerSearchOptions

  constructor(options: PartnerSearchOptions) {
    this.#options = options
  }

  /** Tries the places of the domain one after the other, for 20 s; `isWanted` says whether anybody still waits. */
  async reach(uri: SipUri, zone: DnsZone, isWanted: () => boolean): Promise<SipConnection | NoWay> {
    const { environment, dialler } = this.#options
    const { monotonic } = environment.clocks
    const places = await partnerPlaces(uri, environment.network.resolver)
    if (places.length === 0) return { ...notFound, why: `${uri.host} does not resolve` }
    const end = monotonic.now() + searchNs
    for (const place of places) {
      if (!isWanted() || monotonic.now() > end) break
      try {
        return await dialler.reach({ place, domain: uri.host, verifies: zone.tlsVerify })
      } catch (error) {
        this.#failed(place, error as Error)
      }
    }
    return { ...unreachable, why: `${uri.host} cannot be reached` }
  }

  #failed({ address, port, transport, name }: PartnerPlace, error: Error): void {
    const event = transport === 'TLS' ? 'Outbound TLS Negotiation Error' : 'Outbound Connection Error'
    this.#options.log.warn(event, {
      Service: 'SIP',
      'Dst-ip': address,
      'Dst-port': port,
      Detail: dialFailureWords(error, name)?.says ?? error.message,
      Protocol: transport,
      Level: 1,
    })
  }
}

const notFound = { status: 404, reason: 'Not Found' } as const
const unreachable = { status: 503, reason: 'Service Unavailable' } as const
const searchNs = 20_000_000_000n
