/** How long to wait for the next question, host time in seconds. */
export class PollInterval {
  #steady = 0
  #retry = 0

  /** 64 s doubling to 1024 s while all is well; 2 s doubling to 64 s while it is not. */
  next(isWell: boolean): number {
    if (isWell) {
      this.#retry = 0
      return (this.#steady = Math.min(Math.max(this.#steady * 2, firstSteady), longestSteady))
    }
    this.#steady = 0
    return (this.#retry = Math.min(Math.max(this.#retry * 2, firstRetry), longestRetry))
  }

  /** The clock has been set: watched more closely again. */
  restart(): void {
    this.#steady = 0
  }
}

/** Poll exponents 6 and 10. */
const firstSteady = 64
const longestSteady = 1_024
const firstRetry = 2
const longestRetry = 64
