/** A pending action; cancelling twice, or after it ran, is safe. */
export interface Timer {
  cancel(): void
}

/** Real time: transaction timers, handshake limits, retransmissions. */
export interface MonotonicClock {
  /** Nanoseconds of CLOCK_MONOTONIC, one scale for all processes of the machine. */
  now(): bigint
  after(milliseconds: number, action: () => void): Timer
}

/**
 * What the host believes the time is: ages of credentials, nonces, cookies and sessions, and scheduled policies
 * (115 s keepalive, 720 min cleanup). It can be set wrong (`setOffset`) and moved forward (`advance`) by the lab.
 */
export interface WallClock {
  now(): Date
  /** Runs `action` once when `milliseconds` have passed on this clock, really or by `advance`. */
  after(milliseconds: number, name: string, action: () => void | Promise<void>): Timer
  /** Runs `action` each time the interval has passed on this clock. */
  every(milliseconds: number, name: string, action: () => void | Promise<void>): Timer
  /** Sets the clock forward (or back) by so many milliseconds, as the host's own NTP client does. */
  correct(milliseconds: number): void
}

export interface Clocks {
  readonly monotonic: MonotonicClock
  readonly wall: WallClock
}

export const realMonotonicClock: MonotonicClock = {
  now: () => process.hrtime.bigint(),
  after: (milliseconds, action) => {
    const handle = setTimeout(action, milliseconds)
    return { cancel: () => clearTimeout(handle) }
  },
}

interface DueAction {
  readonly name: string
  readonly due: number
  readonly run: () => void | Promise<void>
  readonly realTimer: Timer
}

/** A host's wall clock with the controls that only the lab uses. */
export class HostWallClock implements WallClock {
  readonly #monotonic: MonotonicClock
  readonly #origin: number
  readonly #started: bigint
  readonly #pending = new Set<DueAction>()
  #advanced = 0
  #offset = 0

  constructor(monotonic: MonotonicClock, origin: Date) {
    this.#monotonic = monotonic
    this.#origin = origin.getTime()
    this.#started = monotonic.now()
  }

  now(): Date {
    return new Date(this.#origin + this.#elapsed() + this.#offset)
  }

  after(milliseconds: number, name: string, action: () => void | Promise<void>): Timer {
    const realTimer = this.#monotonic.after(Math.min(milliseconds, longestTimer), () => {
      if (this.#pending.delete(entry)) void Promise.resolve(entry.run())
    })
    const entry: DueAction = { name, due: this.#elapsed() + milliseconds, run: action, realTimer }
    this.#pending.add(entry)
    return {
      cancel: () => {
        realTimer.cancel()
        this.#pending.delete(entry)
      },
    }
  }

  every(milliseconds: number, name: string, action: () => void | Promise<void>): Timer {
    let current: Timer
    const arm = () => {
      current = this.after(milliseconds, name, () => {
        arm()
        return action()
      })
    }
    arm()
    return { cancel: () => current.cancel() }
  }

  /** Sets the clock wrong by so many milliseconds; what is scheduled is not touched. */
  setOffset(milliseconds: number): void {
    this.#offset = milliseconds
  }

  /** What is scheduled is not touched: the time between then and now is no other for it. */
  correct(milliseconds: number): void {
    this.#offset += milliseconds
  }

  /** Milliseconds until the next scheduled action, or undefined where nothing is scheduled. */
  untilNext(): number | undefined {
    let next: number | undefined
    for (const entry of this.#pending) next = Math.min(next ?? Infinity, entry.due)
    return next === undefined ? undefined : Math.max(0, next - this.#elapsed())
  }

  /** Moves forward and waits for everything that came due by it. */
  async advance(milliseconds: number): Promise<void> {
    this.move(milliseconds)
    await this.runDue()
  }

  /** Moves forward and lets nothing happen yet: hosts that are moved in turn agree again before any of them acts. */
  move(milliseconds: number): void {
    this.#advanced += milliseconds
  }

  /** Runs what has come due, in its order, and waits for it. */
  async runDue(): Promise<void> {
    const now = this.#elapsed()
    const due = [...this.#pending].filter((entry) => entry.due <= now).sort((a, b) => a.due - b.due)
    for (const entry of due) {
      if (!this.#pending.delete(entry)) continue
      entry.realTimer.cancel()
      await entry.run()
    }
  }

  /** Cancels everything still scheduled. */
  stop(): void {
    for (const entry of this.#pending) entry.realTimer.cancel()
    this.#pending.clear()
  }

  #elapsed(): number {
    return Number((this.#monotonic.now() - this.#started) / 1_000_000n) + this.#advanced
  }
}

/** setTimeout fires at once beyond 2^31-1 ms; nothing here waits 24 days of real time. */
const longestTimer = 2_147_483_647
