import type { Timer, WallClock } from '#runtime/clock.ts'
import type { SipOutcome } from '#simulators/protocol/endpoint/telephone-line.ts'
import { expiresOf } from '#simulators/protocol/sip/dialog.ts'
import type { SipLink } from '#simulators/protocol/sip/link.ts'
import { contacts, header } from '#simulators/protocol/sip/message.ts'
import type { Answered, RequestSeries } from './requests.ts'
import { noResponse, outcomeOf } from './requests.ts'

export interface RegistrationOptions {
  readonly series: RequestSeries
  readonly clock: WallClock
  /** Its open connection to the registrar, or a new one. */
  readonly link: () => Promise<SipLink>
  readonly contact: (link: SipLink) => string
  readonly registrarUri: string
  readonly aor: string
  /** Seconds asked for. */
  readonly expires: number
}

export type RegistrationState = 'unregistered' | 'registered' | 'failed' | 'lost'

export interface RegistrationStatus {
  readonly state: RegistrationState
  /** Final response to the last REGISTER. */
  readonly last?: SipOutcome
  /** REGISTERs sent because time had come. */
  readonly refreshes: number
  readonly contact?: string
}

/** A registration (RFC 3261 §10.2), refreshed by the wall clock when three quarters of the time granted have passed. */
export class Registration {
  readonly #options: RegistrationOptions
  #state: RegistrationState = 'unregistered'
  #last: SipOutcome | undefined
  #contact: string | undefined
  #refreshes = 0
  #timer: Timer | undefined
  #link: SipLink | undefined

  constructor(options: RegistrationOptions) {
    this.#options = options
  }

  get status(): RegistrationStatus {
    return {
      state: this.#state,
      refreshes: this.#refreshes,
      ...(this.#last === undefined ? {} : { last: this.#last }),
      ...(this.#contact === undefined ? {} : { contact: this.#contact }),
    }
  }

  register(): Promise<SipOutcome> {
    return this.#register(this.#options.expires)
  }

  /** Says goodbye where there is anything to say it for. */
  async unregister(): Promise<void> {
    this.#timer?.cancel()
    if (this.#state === 'registered') await this.#register(0)
    this.#state = 'unregistered'
  }

  /** No REGISTER any more; what was registered goes on until it expires. */
  stop(): void {
    this.#timer?.cancel()
  }

  linkClosed(link: SipLink): void {
    if (link !== this.#link || this.#state !== 'registered') return
    this.#state = 'lost'
    this.#after(retrySeconds)
  }

  async #register(expires: number): Promise<SipOutcome> {
    this.#timer?.cancel()
    const answered = await this.#send(expires).catch((error: Error) => error)
    if (answered instanceof Error) this.#last = { ...noResponse, reason: answered.message }
    else this.#last = { ...outcomeOf(answered), ...granted(answered, this.#contact) }
    const isTaken = this.#last.status >= 200 && this.#last.status < 300
    this.#state = isTaken ? (expires === 0 ? 'unregistered' : 'registered') : 'failed'
    if (isTaken && expires > 0) this.#after(((this.#last.expires ?? expires) * 3) / 4)
    else if (expires > 0 && mayPass(this.#last.status)) this.#after(retrySeconds)
    return this.#last
  }

  async #send(expires: number): Promise<Answered> {
    const { series, registrarUri: uri, aor, link: openLink, contact } = this.#options
    const link = await openLink()
    this.#link = link
    this.#contact = contact(link)
    const send = (seconds: number) =>
      series.send(link, {
        method: 'REGISTER',
        uri,
        to: aor,
        extra: [
          ['Contact', `<${this.#contact}>`],
          ['Expires', String(seconds)],
          ['Supported', 'path'],
        ],
      })
    const answered = await send(expires)
    const least = Number(answered.response && header(answered.response, 'Min-Expires'))
    // RFC 3261 §10.2.8: with the time the registrar wants at least.
    return answered.response?.status === 423 && least > expires ? send(least) : answered
  }

  #after(seconds: number): void {
    this.#timer?.cancel()
    this.#timer = this.#options.clock.after(seconds * 1_000, 'REGISTER refresh', async () => {
      this.#refreshes++
      await this.register()
    })
  }
}

/** Wall-clock seconds until a lost or failed registration is tried again. */
const retrySeconds = 30

/** No response, or a refusal that time may heal. */
function mayPass(status: number): boolean {
  return status === 0 || status === 408 || status === 480 || status >= 500
}

/** RFC 3261 §10.3: what the registrar granted this contact stands beside it in the 200. */
function granted({ response }: Answered, contact: string | undefined): { expires?: number } {
  if (response === undefined || response.status >= 300) return {}
  const own = contacts(response)?.find(({ uri }) => uri === contact) ?? contacts(response)?.[0]
  const expires = own === undefined ? Number.NaN : expiresOf(own, header(response, 'Expires'), Number.NaN)
  return Number.isNaN(expires) ? {} : { expires }
}
