/** Figures of how long something took. */
export interface Percentiles {
  readonly count: number
  readonly p50: number
  readonly p95: number
  readonly p99: number
  readonly max: number
}

/** Counts values in steps of one size, in memory that does not grow; what lies above the last step counts as that. */
export class Histogram {
  readonly #step: number
  readonly #counts: Uint32Array
  #count = 0
  #max = 0

  /** `most`: the largest value told apart. */
  constructor(step: number, most: number) {
    this.#step = step
    this.#counts = new Uint32Array(Math.ceil(most / step) + 1)
  }

  get count(): number {
    return this.#count
  }

  add(value: number): void {
    const index = Math.min(this.#counts.length - 1, Math.max(0, Math.floor(value / this.#step)))
    this.#counts[index]!++
    this.#count++
    if (value > this.#max) this.#max = value
  }

  /** How many were at least that large. */
  above(value: number): number {
    let sum = 0
    for (let index = Math.ceil(value / this.#step); index < this.#counts.length; index++) sum += this.#counts[index]!
    return sum
  }

  percentiles(): Percentiles {
    const round = (value: number) => Math.round(value * 10) / 10
    const at = (share: number) => round(Math.min(this.#max, this.#at(share)))
    return { count: this.#count, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: round(this.#max) }
  }

  /** The upper end of the step that holds this share of all values. */
  #at(share: number): number {
    let left = Math.ceil(this.#count * share)
    for (let index = 0; index < this.#counts.length; index++) {
      left -= this.#counts[index]!
      if (left <= 0) return (index + 1) * this.#step
    }
    return this.#max
  }
}
