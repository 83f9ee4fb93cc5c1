import type { SipConnection } from '../../protocol/sip/connection.ts'
import type { SipFlow } from '../../protocol/sip/flow.ts'
import type { ZoneServer } from '../../traversal/zone-server.ts'
import type { CallType } from '../admission.ts'
import type { MediaSide } from './call-media.ts'
import type { Side } from './forwarding.ts'

/** Between which zones requests and calls pass this VCS, and as what a call is counted. */
export interface CallWay {
  readonly callType: CallType
  /** How this VCS names itself: towards the internet, and towards the Control. */
  readonly sides: Readonly<Record<MediaSide, Side>>
  /** Names of both zones, as the pages show them. */
  readonly zones: Readonly<Record<MediaSide, string>>
  /** The Control's connection; undefined once it is gone: what passed over it has ended on the Control too. */
  readonly control: () => SipConnection | undefined
  /** To another company nothing goes that only VCSs and Unified CM may say. */
  readonly isToPartner: boolean
}

/** One Control's connection for as long as its zone has it. */
export function controlOver(server: () => ZoneServer | undefined, { id, remote }: SipFlow): CallWay['control'] {
  return () => {
    const flow = server()?.flowOf(remote.address)
    return flow?.id === id ? flow : undefined
  }
}
