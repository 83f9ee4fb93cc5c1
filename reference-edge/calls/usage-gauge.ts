/** How much of something is in use, since the start of the system. */
export interface Usage {
  readonly current: number
  readonly peak: number
  readonly limit: number
  /** What this limit kept out. */
  readonly refused: number
}

export interface UsageGaugeOptions {
  readonly limit: () => number
  readonly onChange?: ((usage: Usage, wasRefused: boolean) => void) | undefined
}

/** Counts what is there, the most there was and what was refused. */
export class UsageGauge {
  readonly #options: UsageGaugeOptions
  #current = 0
  #peak = 0
  #refused = 0

  constructor(options: UsageGaugeOptions) {
    this.#options = options
  }

  set current(count: number) {
    if (count === this.#current) return
    this.#current = count
    this.#peak = Math.max(this.#peak, count)
    this.#options.onChange?.(this.usage(), false)
  }

  /** One more was refused. */
  refuse(): void {
    this.#refused++
    this.#options.onChange?.(this.usage(), true)
  }

  usage(): Usage {
    return { current: this.#current, peak: this.#peak, limit: this.#options.limit(), refused: this.#refused }
  }
}
