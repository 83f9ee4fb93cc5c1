import type { Timer, WallClock } from '#runtime/clock.ts'
import type { Random } from '#runtime/random.ts'
import type { XmlElement } from '../protocol/xml/element.ts'

/** What one device has published for an alias. */
export interface Publication {
  readonly aor: string
  readonly document: readonly XmlElement[]
  readonly seconds: number
}

interface Entry {
  readonly publication: Publication
  readonly timer: Timer
}

/** Event state of RFC 3903 under its entity tags; each goes when its time on the wall clock is over. */
export class Publications {
  readonly #options: { wall: WallClock; random: Random; onChange: (aor: string) => void }
  readonly #entries = new Map<string, Entry>()

  constructor(options: { wall: WallClock; random: Random; onChange: (aor: string) => void }) {
    this.#options = options
  }

  get size(): number {
    return this.#entries.size
  }

  find(tag: string): Publication | undefined {
    return this.#entries.get(tag)?.publication
  }

  /** The latest first. */
  documents(aor: string): ReadonlyArray<readonly XmlElement[]> {
    return this.#of(aor)
      .map(({ document }) => document)
      .reverse()
  }

  /** Whether one more may be kept for an alias. */
  hasRoom(aor: string): boolean {
    return this.#entries.size < mostPublications && this.#of(aor).length < mostOfOneAlias
  }

  /** Enters a publication, in the place of that with `replaced` where one is given; gives its tag (RFC 3903 §6). */
  keep(publication: Publication, replaced?: string): string {
    const { wall, random, onChange } = this.#options
    if (replaced !== undefined) this.#drop(replaced)
    const tag = random.hex(16)
    const timer = wall.after(publication.seconds * 1000, 'publication', () => this.remove(tag))
    this.#entries.set(tag, { publication, timer })
    onChange(publication.aor)
    return tag
  }

  remove(tag: string): void {
    const gone = this.#drop(tag)
    if (gone !== undefined) this.#options.onChange(gone.aor)
  }

  clear(): void {
    for (const tag of [...this.#entries.keys()]) this.#drop(tag)
  }

  #drop(tag: string): Publication | undefined {
    const entry = this.#entries.get(tag)
    entry?.timer.cancel()
    this.#entries.delete(tag)
    return entry?.publication
  }

  #of(aor: string): Publication[] {
    return [...this.#entries.values()].flatMap(({ publication }) => (publication.aor === aor ? [publication] : []))
  }
}

const mostPublications = 2_500
const mostOfOneAlias = 10
