import type { Timer, WallClock } from '#runtime/clock.ts'
import type { SipMessage } from '#simulators/protocol/sip/message.ts'
import { header, tokens } from '#simulators/protocol/sip/message.ts'

/** RFC 4028: a call that is not refreshed within its interval is ended. Runs on the host's wall clock. */
export class SessionTimer {
  readonly #clock: WallClock
  readonly #onRefresh: () => void
  readonly #onExpired: () => void
  #timer: Timer | undefined

  constructor(options: { clock: WallClock; onRefresh: () => void; onExpired: () => void }) {
    this.#clock = options.clock
    this.#onRefresh = options.onRefresh
    this.#onExpired = options.onExpired
  }

  /** Begins, or begins anew behind each refresh. */
  start(seconds: number, refresher: 'we' | 'they'): void {
    this.stop()
    if (refresher === 'we') {
      // RFC 4028 §7.2: half of the interval.
      this.#timer = this.#clock.after(seconds * 500, 'session refresh', () => this.#onRefresh())
    } else {
      // RFC 4028 §10: BYE the smaller of 32 s and a third of the interval before the end.
      const wait = (seconds - Math.min(32, seconds / 3)) * 1000
      this.#timer = this.#clock.after(wait, 'session expiry', () => this.#onExpired())
    }
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }
}

export interface SessionInterval {
  readonly seconds: number
  readonly refresher: 'uac' | 'uas' | undefined
}

/** Session-Expires of a message whose sender supports timers. */
export function sessionInterval(message: SipMessage): SessionInterval | undefined {
  const value = header(message, 'Session-Expires')
  const match = value === undefined ? null : /^(\d{1,9})\s*(?:;(.*))?$/.exec(value)
  if (match === null) return undefined
  const refresher = /(?:^|;)\s*refresher\s*=\s*(uac|uas)\b/i.exec(match[2] ?? '')?.[1]?.toLowerCase()
  return { seconds: Number(match[1]), refresher: refresher as 'uac' | 'uas' | undefined }
}

export function supportsTimers(message: SipMessage): boolean {
  return tokens(message, 'Supported').includes('timer') || tokens(message, 'Require').includes('timer')
}
