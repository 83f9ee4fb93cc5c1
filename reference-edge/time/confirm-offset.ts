import type { MonotonicClock } from '#runtime/clock.ts'
import { millisecondsBetween } from '../protocol/ntp/timestamp.ts'
import type { NtpOutcome, NtpSample } from './ntp-question.ts'

/**
 * Asks again until an offset is certain: between answers the server's clock, our clock and the monotonic one must have
 * gone equally far. `moved` where they have not, or an answer is missing: nothing may be concluded from that offset.
 */
export async function confirmOffset(
  first: NtpSample,
  ask: () => Promise<NtpOutcome>,
  clock: MonotonicClock,
  signal: AbortSignal,
): Promise<NtpSample | 'moved'> {
  let last = first
  for (let turn = 0; turn < confirmations; turn++) {
    await pause(clock, signal)
    const next = await ask()
    if (next.kind !== 'sample' || !haveGoneAlike(last, next)) return 'moved'
    last = next
  }
  return last
}

function haveGoneAlike(one: NtpSample, other: NtpSample): boolean {
  const elapsed = other.monotonicMs - one.monotonicMs
  const ours = millisecondsBetween(one.ours, other.ours)
  const theirs = millisecondsBetween(one.server, other.server)
  return Math.abs(ours - elapsed) <= toleranceMs && Math.abs(theirs - elapsed) <= toleranceMs
}

function pause(clock: MonotonicClock, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.after(pauseMs, done)
    signal.addEventListener('abort', done)
    if (signal.aborted) done()
    function done() {
      timer.cancel()
      signal.removeEventListener('abort', done)
      resolve()
    }
  })
}

const confirmations = 2
/** Real time. */
const pauseMs = 250
/** An answer may take this much longer than the one before it. */
const toleranceMs = 100
