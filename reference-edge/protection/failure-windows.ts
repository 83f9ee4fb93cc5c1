/** When each source failed lately; for one category. */
export class FailureWindows {
  readonly #failures = new Map<string, readonly number[]>()

  /** Notes a failure and returns how many fell into the window. Milliseconds. */
  add(source: string, now: number, windowMs: number, mostKept: number): number {
    const recent = (this.#failures.get(source) ?? []).filter((at) => now - at < windowMs)
    const kept = [...recent, now].slice(-mostKept)
    this.#failures.delete(source)
    this.#failures.set(source, kept)
    if (this.#failures.size > mostSources) this.#failures.delete(this.#failures.keys().next().value!)
    return kept.length
  }

  forget(source: string): void {
    this.#failures.delete(source)
  }
}

const mostSources = 10_000
