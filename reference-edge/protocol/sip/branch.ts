import type { Random } from '#runtime/random.ts'
import { magicCookie } from './via.ts'

/** A branch parameter nobody can guess (RFC 3261 §8.1.1.7): forging a response needs it. */
export function newBranch(random: Random): string {
  return `${magicCookie}${random.hex(32)}`
}

/** A tag of From or To (RFC 3261 §19.3). */
export function newTag(random: Random): string {
  return random.hex(16)
}
