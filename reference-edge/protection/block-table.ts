import type { Timer, WallClock } from '#runtime/clock.ts'
import { failureCategories, type FailureCategory } from './failure-category.ts'

/** A row of System > Protection > Automated detection > Blocked addresses. */
export interface BlockedAddress {
  readonly address: string
  readonly category: FailureCategory
  readonly title: string
  readonly ports: readonly number[]
  /** ISO 8601, on the host's clock. */
  readonly since: string
  readonly until: string
}

/** Addresses blocked now. Each block ends by itself on the wall clock; the oldest gives way where there are too many. */
export class BlockTable {
  readonly #wall: WallClock
  readonly #onEnded: (block: BlockedAddress, why: BlockEnd) => void
  readonly #blocks = new Map<string, Map<FailureCategory, { readonly row: BlockedAddress; readonly end: Timer }>>()
  #size = 0

  constructor(wall: WallClock, onEnded: (block: BlockedAddress, why: BlockEnd) => void) {
    this.#wall = wall
    this.#onEnded = onEnded
  }

  get size(): number {
    return this.#size
  }

  rows(): BlockedAddress[] {
    return [...this.#blocks.values()].flatMap((categories) => [...categories.values()].map(({ row }) => row))
  }

  has(address: string, category: FailureCategory): boolean {
    return this.#blocks.get(address)?.has(category) === true
  }

  closes(address: string, port: number): boolean {
    const categories = this.#blocks.get(address)
    if (categories === undefined) return false
    for (const { row } of categories.values()) if (row.ports.includes(port)) return true
    return false
  }

  add(address: string, category: FailureCategory, durationSeconds: number): BlockedAddress {
    if (this.#size >= mostBlocks) this.end(this.#blocks.keys().next().value!, undefined, 'table full')
    const now = this.#wall.now()
    const { title, ports } = failureCategories[category]
    const until = new Date(now.getTime() + durationSeconds * 1_000).toISOString()
    const row = { address, category, title, ports, since: now.toISOString(), until }
    const end = this.#wall.after(durationSeconds * 1_000, `end of the block of ${address}`, () => {
      this.end(address, category, 'expired')
    })
    const categories = this.#blocks.get(address) ?? new Map()
    this.#blocks.set(address, categories.set(category, { row, end }))
    this.#size += 1
    return row
  }

  /** Ends the block of an address in one category, or in all; false where there is none. */
  end(address: string, category: FailureCategory | undefined, why: BlockEnd): boolean {
    const categories = this.#blocks.get(address)
    const meant = category === undefined ? [...(categories?.keys() ?? [])] : [category]
    const ended = meant.flatMap((name) => categories?.get(name) ?? [])
    for (const { row, end } of ended) {
      end.cancel()
      categories!.delete(row.category)
      this.#size -= 1
    }
    if (categories?.size === 0) this.#blocks.delete(address)
    for (const { row } of ended) this.#onEnded(row, why)
    return ended.length > 0
  }

  endAll(why: BlockEnd): void {
    for (const address of [...this.#blocks.keys()]) this.end(address, undefined, why)
  }
}

export type BlockEnd = 'expired' | 'unblocked' | 'table full' | 'service off' | 'stopped'

const mostBlocks = 10_000
