import type { Clocks } from '#runtime/clock.ts'
import type { Call } from './calls.ts'
import type { ServiceLine, SipOutcome } from './telephone-line.ts'

/** Holds or resumes; where our re-INVITE crosses one of the other side it is sent again (RFC 3261 §14.1). */
export async function holdCall(
  line: ServiceLine,
  call: Call,
  how: { readonly isHeld: boolean; readonly clocks: Clocks },
): Promise<SipOutcome> {
  const { isHeld, clocks } = how
  for (let attempt = 1; ; attempt++) {
    const outcome = await line.setHold(call, isHeld)
    if (outcome.status !== 491 || attempt === mostAttempts) return outcome
    // Who made the Call-ID waits 2.1 to 4 s, the other one up to 2 s, in steps of 10 ms.
    const steps = call.direction === 'outgoing' ? line.random.integer(210, 400) : line.random.integer(0, 200)
    await new Promise<void>((resolve) => clocks.monotonic.after(steps * 10, resolve))
  }
}

const mostAttempts = 4
