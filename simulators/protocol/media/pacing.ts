import type { MonotonicClock, Timer } from '#runtime/clock.ts'

/** Runs at start, start + interval, start + 2·interval … of real time; what a busy machine missed is caught up. */
export function pace(
  clock: MonotonicClock,
  { everyMs, firstMs }: { readonly everyMs: number; readonly firstMs: number },
  action: () => void,
): Timer {
  const start = clock.now() + BigInt(Math.round(firstMs * 1_000)) * 1_000n
  let count = 0
  let isCancelled = false
  const elapsedMs = () => Number((clock.now() - start) / 1_000n) / 1_000
  const run = () => {
    if (isCancelled) return
    const due = elapsedMs() / everyMs
    for (let burst = 0; count <= due && burst < mostAtOnce && !isCancelled; burst++, count++) action()
    if (count <= due) count = Math.floor(due) + 1
    timer = clock.after(Math.max(1, count * everyMs - elapsedMs()), run)
  }
  let timer = clock.after(firstMs, run)
  return {
    cancel() {
      isCancelled = true
      timer.cancel()
    },
  }
}

/** Actions in one go after the machine stood still; the rest of the gap is skipped. */
const mostAtOnce = 10
