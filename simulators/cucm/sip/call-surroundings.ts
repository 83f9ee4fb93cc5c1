import type { WallClock } from '#runtime/clock.ts'
import type { Random } from '#runtime/random.ts'
import type { SipAgent } from '#simulators/protocol/sip/agent.ts'
import type { Content, ResponseParts } from '#simulators/protocol/sip/build.ts'
import type { SipLink } from '#simulators/protocol/sip/link.ts'
import type { SipRequest } from '#simulators/protocol/sip/message.ts'
import type { Session } from '#simulators/protocol/sip/session.ts'
import type { UnifiedCmConfiguration } from '../configuration.ts'
import type { CallHistory } from './call-history.ts'
import type { CallLeg, Party } from './call-leg.ts'

/** What a call needs of the call control it belongs to. */
export interface CallSurroundings<Call = never> {
  readonly agent: SipAgent
  readonly history: CallHistory
  readonly wall: WallClock
  readonly random: Random
  readonly configuration: UnifiedCmConfiguration
  /** 422 where the request asks for a shorter session than this cluster allows (RFC 4028 §9). */
  intervalRefusal(request: SipRequest): ResponseParts | undefined
  /** Rings a leg's device at its registered contact; undefined where it cannot be reached. */
  invite(leg: CallLeg, invitation: Invitation): Promise<Session | undefined>
  /** Our Contact on this connection: address, port and transport. */
  contactOn(link: SipLink): string
  forget(call: Call): void
}

/** What an INVITE to a device tells about the call. */
export interface Invitation {
  readonly caller: Party
  readonly callNumber: number
  readonly content: Content | undefined
}
