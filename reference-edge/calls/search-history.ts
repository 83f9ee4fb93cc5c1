import type { WallClock } from '#runtime/clock.ts'
import type { Log } from '#runtime/log.ts'
import type { SipRequest } from '../protocol/sip/message.ts'

/** A row of Status > Search history. */
export interface Search {
  /** Host time, ISO 8601. */
  readonly at: string
  readonly searchType: string
  readonly source: string
  /** The alias that was searched for. */
  readonly destination: string
  /** What decided where it goes. */
  readonly rule?: string
  readonly zone?: string
  readonly outcome: 'Found' | 'Not Found'
}

export interface SearchHistoryOptions {
  readonly wall: WallClock
  readonly log: Log
  /** Default 255. */
  readonly most?: number
}

/** The last searches of a VCS for where a request goes; each is an event in its log. */
export class SearchHistory {
  readonly #options: SearchHistoryOptions
  #searches: Search[] = []
  #total = 0

  constructor(options: SearchHistoryOptions) {
    this.#options = options
  }

  /** Searches since the start. */
  get total(): number {
    return this.#total
  }

  /** `found`: where the request goes and why; undefined where no rule leads anywhere. */
  add(request: SipRequest, found: { readonly rule: string; readonly zone: string } | undefined): void {
    const { wall, log, most = 255 } = this.#options
    const outcome = found === undefined ? 'Not Found' : 'Found'
    const search: Search = {
      at: wall.now().toISOString(),
      searchType: request.method,
      source: request.from?.uri ?? '',
      destination: request.requestUri,
      ...found,
      outcome,
    }
    this.#total++
    this.#searches = [search, ...this.#searches].slice(0, most)
    log.info('Search Completed', {
      Service: 'SIP',
      'Src-alias-type': 'SIP',
      'Src-alias': search.source,
      'Dst-alias-type': 'SIP',
      'Dst-alias': search.destination,
      'Call-id': request.callId,
      Tag: request.first('x-taatag'),
      Reason: outcome,
      Detail: `found:${found !== undefined}, searchtype:${request.method}${found === undefined ? '' : `, rule:${found.rule}, zone:${found.zone}`}`,
      Level: 1,
    })
  }

  /** Newest first. */
  list(): readonly Search[] {
    return this.#searches
  }
}
