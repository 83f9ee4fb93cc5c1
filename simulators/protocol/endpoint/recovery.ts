import type { Timer, WallClock } from '#runtime/clock.ts'

/**
 * Brings back what a signed-in client lost, by itself: the first try after a second, then after twice the pause of
 * before, 30 s at most, until a try says that there is nothing left to do.
 */
export class Recovery {
  readonly #clock: WallClock
  readonly #attempt: () => Promise<boolean>
  #timer: Timer | undefined
  #running: Promise<void> | undefined
  #pauseMs = firstPauseMs

  /** `attempt`: true where everything is back or nobody may go on trying; it never rejects. */
  constructor(clock: WallClock, attempt: () => Promise<boolean>) {
    this.#clock = clock
    this.#attempt = attempt
  }

  get isUnderWay(): boolean {
    return this.#timer !== undefined || this.#running !== undefined
  }

  /** Something was lost; does nothing where that is being mended already. */
  begin(): void {
    if (this.isUnderWay) return
    this.#pauseMs = firstPauseMs
    this.#wait()
  }

  /** Gives up; resolves when a try that is being made has ended. */
  async stop(): Promise<void> {
    this.#cancel()
    await this.#running
    this.#cancel()
  }

  #cancel(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #wait(): void {
    this.#timer = this.#clock.after(this.#pauseMs, 'reconnect', () => {
      this.#timer = undefined
      this.#running = this.#try().finally(() => (this.#running = undefined))
      return this.#running
    })
  }

  async #try(): Promise<void> {
    if (await this.#attempt()) return
    this.#pauseMs = Math.min(longestPauseMs, this.#pauseMs * 2)
    this.#wait()
  }
}

const firstPauseMs = 1_000
const longestPauseMs = 30_000
