import type { MonotonicClock } from '#runtime/clock.ts'

export interface RampOptions {
  readonly count: number
  /** Begun in a second. */
  readonly perSecond: number
  /** Under way at one time; further ones wait. */
  readonly atOnce: number
  readonly clock: MonotonicClock
  readonly signal: AbortSignal
}

/** Does something `count` times at a steady rate; resolves when all are done. A rejection counts as done. */
export async function ramp(options: RampOptions, act: (index: number) => Promise<unknown>): Promise<void> {
  const { count, perSecond, atOnce, clock, signal } = options
  const began = clock.now()
  const under = new Set<Promise<unknown>>()
  for (let index = 0; index < count && !signal.aborted; index++) {
    const dueMs = (index * 1000) / perSecond
    const waitMs = dueMs - Number(clock.now() - began) / 1e6
    if (waitMs > 0) await new Promise<void>((resolve) => clock.after(waitMs, resolve))
    if (under.size >= atOnce) await Promise.race(under)
    if (signal.aborted) break
    const done: Promise<unknown> = act(index)
      .catch(() => {})
      .finally(() => under.delete(done))
    under.add(done)
  }
  await Promise.all(under)
}
