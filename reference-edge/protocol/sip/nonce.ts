import type { KeyObject } from 'node:crypto'
import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto'
import type { WallClock } from '#runtime/clock.ts'
import type { Random } from '#runtime/random.ts'

/**
 * `stale`: ours, but too old, used up or forgotten; challenge again with stale=TRUE. `replayed`: a count that was used
 * before. `unknown`: not made here, or for another source.
 */
export type NonceVerdict = 'good' | 'stale' | 'replayed' | 'unknown'

export interface NonceOptions {
  /** VCS defaults: 300 s, 128 uses, 10000 nonces (wire facts §6.2). */
  readonly maximumAgeSeconds?: number
  readonly maximumUses?: number
  readonly maximumStored?: number
}

/**
 * Nonces of 60 hexadecimal digits that carry their own time and a signature over it and the source address, so that a
 * challenge costs no memory. Only nonces that came back are remembered, with the highest count seen.
 */
export class NonceBook {
  readonly #wall: WallClock
  readonly #random: Random
  readonly #key: KeyObject
  readonly #maximumAge: number
  readonly #maximumUses: number
  readonly #maximumStored: number
  readonly #used = new Map<string, { issued: number; lastCount: number; uses: number }>()
  /** Nonces of this time or before that are not in the store may have been forgotten with their counts. */
  #forgottenUntil = -1

  constructor(wall: WallClock, random: Random, options: NonceOptions = {}) {
    this.#wall = wall
    this.#random = random
    this.#key = createSecretKey(random.bytes(32))
    this.#maximumAge = (options.maximumAgeSeconds ?? 300) * 1000
    this.#maximumUses = options.maximumUses ?? 128
    this.#maximumStored = options.maximumStored ?? 10_000
  }

  /** How many nonces are remembered. */
  get size(): number {
    return this.#used.size
  }

  /** A nonce that only requests from this address may use. */
  issue(sourceAddress: string): string {
    const head = Buffer.alloc(14)
    head.writeUIntBE(this.#wall.now().getTime(), 0, 6)
    this.#random.bytes(8).copy(head, 6)
    return Buffer.concat([head, this.#signature(head, sourceAddress)]).toString('hex')
  }

  /**
   * Judges a nonce and takes note of its use. `nonceCount` is `nc` as written; without qop there is none, and a nonce
   * is good once.
   */
  use(nonce: string, nonceCount: string | undefined, sourceAddress: string): NonceVerdict {
    const issued = this.#issuedAt(nonce, sourceAddress)
    if (issued === undefined) return 'unknown'
    const age = this.#wall.now().getTime() - issued
    if (age < 0 || age > this.#maximumAge) return 'stale'
    const count = nonceCount === undefined ? 1 : Number.parseInt(nonceCount, 16)
    const record = this.#used.get(nonce)
    if (!record && issued <= this.#forgottenUntil) return 'stale'
    if (Number.isNaN(count) || count <= (record?.lastCount ?? 0)) return 'replayed'
    if ((record?.uses ?? 0) >= this.#maximumUses) return 'stale'
    this.#remember(nonce, issued, count, (record?.uses ?? 0) + 1)
    return 'good'
  }

  #remember(nonce: string, issued: number, lastCount: number, uses: number): void {
    this.#used.set(nonce, { issued, lastCount, uses })
    if (this.#used.size <= this.#maximumStored) return
    const [oldest, record] = this.#used.entries().next().value!
    this.#used.delete(oldest)
    this.#forgottenUntil = Math.max(this.#forgottenUntil, record.issued)
  }

  /** Milliseconds of the wall clock, or undefined where the nonce is not ours or not this source's. */
  #issuedAt(nonce: string, sourceAddress: string): number | undefined {
    const bytes = Buffer.from(nonce, 'hex')
    // Upper-case digits would be another key in the store for the same nonce.
    if (bytes.length !== 30 || bytes.toString('hex') !== nonce) return undefined
    const head = bytes.subarray(0, 14)
    return timingSafeEqual(bytes.subarray(14), this.#signature(head, sourceAddress)) ? head.readUIntBE(0, 6) : undefined
  }

  #signature(head: Buffer, sourceAddress: string): Buffer {
    return createHmac('sha256', this.#key).update(head).update(sourceAddress).digest().subarray(0, 16)
  }
}
