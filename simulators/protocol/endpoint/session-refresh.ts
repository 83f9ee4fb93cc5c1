import type { Clocks } from '#runtime/clock.ts'
import type { Call } from './calls.ts'
import type { SipOutcome, ServiceLine } from './telephone-line.ts'

/** Header fields of an INVITE or UPDATE whose sender refreshes the session itself (RFC 4028 §7.1). */
export function sessionHeaders(seconds: number): string[] {
  return ['Supported: timer', `Session-Expires: ${seconds};refresher=uac`]
}

/** Refreshes the session in half of its interval by the host's wall clock, for as long as the call lives. */
export function refreshSession(line: ServiceLine, call: Call, seconds: number, clocks: Clocks): void {
  clocks.wall.after(seconds * 500, 'session refresh', async () => {
    if (call.state === 'ended' || !line.isOpen) return
    if (call.state === 'connected') await line.request(call, { method: 'UPDATE', headers: sessionHeaders(seconds) })
    refreshSession(line, call, seconds, clocks)
  })
}

/** RFC 3311: offers our audio anew without an INVITE. */
export async function updateSession(line: ServiceLine, call: Call): Promise<SipOutcome> {
  const { audio } = call
  if (audio === undefined) throw new Error(`${call.id} has no audio`)
  const body = { type: 'application/sdp', text: audio.offer() }
  const { body: answer, ...outcome } = await line.request(call, { method: 'UPDATE', body })
  if (outcome.status === 200 && answer !== '') audio.takeAnswer(answer)
  return outcome
}
