import type { MonotonicClock } from './clock.ts'
import { realMonotonicClock } from './clock.ts'

export class WaitExpired extends Error {
  readonly code = 'MRA_WAIT_EXPIRED'
}

/**
 * Polls until `look` gives something other than undefined or false. Every wait has a limit and says at its end
 * what it waited for and what it last saw.
 */
export async function waitFor<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  options: {
    limitMs?: number
    everyMs?: number
    lastSeen?: () => unknown
    signal?: AbortSignal
    clock?: MonotonicClock
  } = {},
): Promise<T> {
  const { limitMs = 5_000, everyMs = 10, clock = realMonotonicClock } = options
  const end = clock.now() + BigInt(limitMs) * 1_000_000n
  for (;;) {
    options.signal?.throwIfAborted()
    const found = await look()
    if (found !== undefined && found !== false) return found
    if (clock.now() >= end) {
      const seen = options.lastSeen === undefined ? '' : `; last seen: ${JSON.stringify(options.lastSeen())}`
      throw new WaitExpired(`waited ${limitMs} ms for ${what}${seen}`)
    }
    await new Promise<void>((resolve) => clock.after(everyMs, resolve))
  }
}
