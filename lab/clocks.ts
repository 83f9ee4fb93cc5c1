/** A host's or client's clock, through its management interface. */
export type HostClock = <Answer = unknown>(
  method: 'clock' | 'moveClock' | 'runDue',
  given?: Readonly<Record<string, unknown>>,
) => Promise<Answer>

/**
 * Moves clocks forward together, from one due action to the next. `clocks` is asked again at each turn: what comes due
 * may open and close clients.
 */
export async function advanceTogether(clocks: () => readonly HostClock[], milliseconds: number): Promise<void> {
  let left = milliseconds
  for (let turn = 0; left > 0 && turn < mostTurns; turn++) {
    const next = Math.min(left, Math.max(1, await untilNext(clocks())))
    // All clocks agree again before anything comes due by it.
    for (const clock of clocks()) await clock('moveClock', { milliseconds: next })
    for (const clock of clocks()) await clock('runDue')
    left -= next
  }
  if (left > 0) throw new Error(`${mostTurns} scheduled actions did not bring the clocks ${milliseconds} ms forward`)
}

async function untilNext(clocks: readonly HostClock[]): Promise<number> {
  const told = await Promise.all(clocks.map((clock) => clock<{ untilNextMs: number | null }>('clock')))
  return Math.min(...told.map(({ untilNextMs }) => untilNextMs ?? Infinity))
}

/** More due actions than a day of 30 s keepalives on ten hosts has. */
const mostTurns = 40_000
