/** The newest entries, as many as fit; the oldest give way. */
export class BoundedEntries<Entry extends { readonly line: string }> {
  readonly #most: number
  readonly #mostCharacters: number
  #entries: Entry[] = []
  /** Entries before this one are dropped already and wait to be cut off. */
  #first = 0
  #characters = 0
  #dropped = 0

  /** `most`: entries; `mostCharacters`: of their lines together. One entry is always kept. */
  constructor(limits: { readonly most: number; readonly mostCharacters: number }) {
    this.#most = limits.most
    this.#mostCharacters = limits.mostCharacters
  }

  /** How many gave way so far. */
  get dropped(): number {
    return this.#dropped
  }

  /** Oldest first. */
  list(): readonly Entry[] {
    return this.#entries.slice(this.#first)
  }

  add(entry: Entry): void {
    this.#entries.push(entry)
    this.#characters += entry.line.length
    while (this.#size > 1 && (this.#size > this.#most || this.#characters > this.#mostCharacters)) this.#drop()
    if (this.#first > this.#size) this.#compact()
  }

  get #size(): number {
    return this.#entries.length - this.#first
  }

  #drop(): void {
    this.#characters -= this.#entries[this.#first]!.line.length
    this.#first++
    this.#dropped++
  }

  #compact(): void {
    this.#entries = this.#entries.slice(this.#first)
    this.#first = 0
  }
}
