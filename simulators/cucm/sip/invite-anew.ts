import type { SipResponse } from '#simulators/protocol/sip/message.ts'
import type { RequestContent } from '#simulators/protocol/sip/session.ts'
import type { CallLeg } from './call-leg.ts'
import type { CallSurroundings } from './call-surroundings.ts'

/**
 * A re-INVITE of Unified CM's own; `done` gets the 2xx, which it has to acknowledge, or undefined where the device refuses.
 * Where it crosses one of the device it is sent again (RFC 3261 §14.1: who did not make the Call-ID waits less).
 */
export function inviteAnew(
  control: CallSurroundings,
  leg: CallLeg,
  content: RequestContent,
  done: (response: SipResponse | undefined) => void,
  attempt = 1,
): void {
  if (!leg.session.isConfirmed) return done(undefined)
  leg.session.request('INVITE', content, {
    onProvisional: () => {},
    onFailure: () => done(undefined),
    onFinal: (response) => {
      if (response.status < 300) return done(response)
      // 500 with Retry-After is a B2BUA's word for the same (RFC 3261 §14.2).
      if (attempt === mostAttempts || (response.status !== 491 && response.status !== 500)) return done(undefined)
      const isOwner = leg.session.invite === undefined
      const wait = isOwner ? control.random.integer(210, 400) : control.random.integer(0, 200)
      control.agent.clock.after(wait * 10, () => inviteAnew(control, leg, content, done, attempt + 1))
    },
  })
}

const mostAttempts = 4
