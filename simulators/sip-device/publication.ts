import type { Timer, WallClock } from '#runtime/clock.ts'
import type { SipOutcome } from '#simulators/protocol/endpoint/telephone-line.ts'
import type { SipLink } from '#simulators/protocol/sip/link.ts'
import { header } from '#simulators/protocol/sip/message.ts'
import type { HeaderLine } from '#simulators/protocol/sip/strict-parser.ts'
import type { Presence } from './pidf.ts'
import { pidfType, writePidf } from './pidf.ts'
import type { RequestSeries } from './requests.ts'
import { outcomeOf } from './requests.ts'

export interface PublicationOptions {
  readonly series: RequestSeries
  readonly clock: WallClock
  readonly link: () => Promise<SipLink>
  readonly aor: string
  readonly expires: number
}

/** A device's own presence at its server (RFC 3903), refreshed by the wall clock. */
export class Publication {
  readonly #options: PublicationOptions
  #entityTag: string | undefined
  #presence: Presence | undefined
  #timer: Timer | undefined

  constructor(options: PublicationOptions) {
    this.#options = options
  }

  /** What is published now. */
  get presence(): Presence | undefined {
    return this.#entityTag === undefined ? undefined : this.#presence
  }

  publish(presence: Presence): Promise<SipOutcome> {
    this.#presence = presence
    return this.#send({ isRefresh: false, expires: this.#options.expires })
  }

  async remove(): Promise<SipOutcome | undefined> {
    return this.#entityTag === undefined ? undefined : this.#send({ isRefresh: true, expires: 0 })
  }

  stop(): void {
    this.#timer?.cancel()
  }

  /** RFC 3903 §4: a refresh or removal has no body; with an entity tag it changes what is there. */
  async #send(how: { isRefresh: boolean; expires: number }): Promise<SipOutcome> {
    const { series, link, aor } = this.#options
    this.#timer?.cancel()
    const extra: HeaderLine[] = [
      ['Event', 'presence'],
      ['Expires', String(how.expires)],
    ]
    if (this.#entityTag !== undefined) extra.push(['SIP-If-Match', this.#entityTag])
    const content = how.isRefresh ? {} : { content: { type: pidfType, body: writePidf(aor, this.#presence!) } }
    const answered = await series.send(await link(), { method: 'PUBLISH', uri: aor, to: aor, extra, ...content })
    const { response } = answered
    const isConditional = this.#entityTag !== undefined
    this.#entityTag = response?.status === 200 && how.expires > 0 ? header(response, 'SIP-ETag') : undefined
    // RFC 3903 §11.2.2, 412: the server knows the entity tag no longer; everything is published anew.
    if (response?.status === 412 && isConditional && how.expires > 0) return this.#send({ ...how, isRefresh: false })
    if (this.#entityTag !== undefined) this.#refreshAfter(Number(header(response!, 'Expires') ?? how.expires))
    return outcomeOf(answered)
  }

  #refreshAfter(seconds: number): void {
    this.#timer = this.#options.clock.after((seconds * 3_000) / 4, 'PUBLISH refresh', async () => {
      await this.#send({ isRefresh: true, expires: this.#options.expires })
    })
  }
}
