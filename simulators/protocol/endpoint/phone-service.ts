import type { Clocks, Timer } from '#runtime/clock.ts'
import type { AnswerRules, SipOutcome, TelephoneLine } from './telephone-line.ts'
import { CallBook } from './calls.ts'
import { isOutage } from './register-where-served.ts'

export type RegistrationState = 'unregistered' | 'registering' | 'registered' | 'failed' | 'lost'

export interface PhoneServiceStatus {
  readonly registration: RegistrationState
  /** Last final response to a REGISTER. */
  readonly last?: SipOutcome
  readonly keepAlives: number
}

/** The registered line of an endpoint, kept alive by the host's wall clock. */
export class PhoneService {
  readonly calls: CallBook
  readonly rules: AnswerRules
  readonly #clocks: Clocks
  #line: TelephoneLine | undefined
  #state: RegistrationState = 'unregistered'
  #last: SipOutcome | undefined
  #keepAlives = 0
  #timer: Timer | undefined
  #onOutage: () => void = () => {}

  constructor(clocks: Clocks, rules: AnswerRules) {
    this.#clocks = clocks
    this.calls = new CallBook(clocks)
    this.rules = rules
  }

  get status(): PhoneServiceStatus {
    const last = this.#last === undefined ? {} : { last: this.#last }
    return { registration: this.#state, keepAlives: this.#keepAlives, ...last }
  }

  /**
   * Registers on a new line, whose predecessor is closed; the final response decides what `status` says. `onOutage`: a
   * keep-alive was answered by nobody, or by somebody with nobody behind him.
   */
  async start(
    open: (onLost: () => void) => Promise<TelephoneLine>,
    onOutage: () => void = () => {},
  ): Promise<SipOutcome> {
    await this.drop()
    this.#state = 'registering'
    this.#onOutage = onOutage
    try {
      this.#line = await open(() => this.#lost())
    } catch (error) {
      this.#state = 'failed'
      throw error
    }
    const outcome = await this.#register(clientExpiresSeconds)
    if (outcome.status === 200) {
      this.#timer = this.#clocks.wall.every(keepAliveMs, 'REGISTER keep-alive', () => this.#keepAlive())
    }
    return outcome
  }

  /** The keep-alive at once, instead of after 115 s. */
  async reRegister(): Promise<SipOutcome> {
    const line = this.line()
    this.#keepAlives++
    const outcome = await this.#register(clientExpiresSeconds)
    // A lost connection says so itself.
    if (isOutage(outcome.status) && line === this.#line && line.isOpen) this.#onOutage()
    return outcome
  }

  get isConnected(): boolean {
    return this.#line?.isOpen === true
  }

  /** The open line; throws where there is none. */
  line(): TelephoneLine {
    if (this.#line?.isOpen !== true) throw new Error('the phone is not connected')
    return this.#line
  }

  /** Unregisters where registered, and closes the line. */
  async stop(): Promise<void> {
    this.#timer?.cancel()
    if (this.#state === 'registered' && this.#line?.isOpen === true) await this.#register(0)
    await this.drop()
    this.#state = 'unregistered'
  }

  /** The connection breaks, and the client does not register anew: what it had registered goes on until it expires. */
  async loseConnection(): Promise<void> {
    await this.drop()
    this.#state = 'lost'
  }

  /** A line over a connection that the other side opened, in place of a lost one; nothing is registered over it. */
  async takeOver(open: (onLost: () => void) => Promise<TelephoneLine>): Promise<void> {
    if (this.isConnected) throw new Error('the phone is connected')
    this.#line = await open(() => this.#lost())
  }

  /** Closes the line without a word, as a client does whose network is gone. */
  async drop(): Promise<void> {
    this.#timer?.cancel()
    const line = this.#line
    this.#line = undefined
    await line?.close()
  }

  async #register(expires: number): Promise<SipOutcome> {
    const outcome = await this.line().register(expires)
    this.#last = outcome
    this.#state = outcome.status === 200 ? (expires === 0 ? 'unregistered' : 'registered') : 'failed'
    return outcome
  }

  async #keepAlive(): Promise<void> {
    if (this.#line?.isOpen === true) await this.reRegister()
  }

  #lost(): void {
    // Our own closing has let go of the line before.
    if (this.#line === undefined) return
    this.#timer?.cancel()
    this.#state = 'lost'
  }
}

/** What the client asks for; Unified CM grants 120 s, and the keep-alive comes 5 s before (wire facts §6.5). */
const clientExpiresSeconds = 3_600
const keepAliveMs = 115_000
