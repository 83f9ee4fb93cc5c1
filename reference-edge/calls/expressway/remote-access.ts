import { createHash } from 'node:crypto'
import type { SipConnection } from '../../protocol/sip/connection.ts'
import type { SipFlow } from '../../protocol/sip/flow.ts'
import type { SipRequest } from '../../protocol/sip/message.ts'
import type { ZoneServer } from '../../traversal/zone-server.ts'
import { CallType } from '../admission.ts'
import type { CallWay } from './call-way.ts'
import { controlOver } from './call-way.ts'
import { edgeRouteOf, type KnownControls } from './client-decision.ts'
import { clientZone } from './forwarding.ts'

export interface RemoteAccessOptions {
  readonly sides: CallWay['sides']
  /** The zone of remote access; undefined where none is configured. */
  readonly server: () => ZoneServer | undefined
  readonly zoneName: () => string
  /** The Controls that edge Routes may name. */
  readonly known: () => KnownControls | undefined
  /** Where the Control that an edge Route names connects from; undefined where it has not been met. */
  readonly addressOf: (name: string) => string | undefined
  readonly isOwnHost: (host: string) => boolean
}

/** Between clients of remote access and the Controls of their zone. */
export class RemoteAccess {
  readonly #options: RemoteAccessOptions

  constructor(options: RemoteAccessOptions) {
    this.#options = options
  }

  /** Whether a connection is that of an active Control of the zone. */
  isControl(flow: SipFlow): boolean {
    return this.#options.server()?.isActiveFlow(flow) === true
  }

  /**
   * The Control that a client's request goes to, of those that are active: REGISTER to the one that its edge Route names,
   * anything else to the one that holds the line's registration (its source address), since Unified CM knows the device
   * there. Where neither is there another one, for one caller always the same. Undefined: none is active.
   */
  controlFor(request: SipRequest, holder: string | undefined): SipConnection | undefined {
    const server = this.#options.server()
    if (server === undefined) return undefined
    const named = this.#named(request)
    const [first, second] = request.method === 'REGISTER' ? [named, holder] : [holder, named]
    return (
      (first === undefined ? undefined : server.flowOf(first)) ??
      (second === undefined ? undefined : server.flowOf(second)) ??
      someOf(server.flows, request.from?.uri ?? '')
    )
  }

  /** The way of requests and calls over one Control's connection. */
  wayOver(flow: SipFlow): CallWay {
    const { sides, server, zoneName } = this.#options
    return {
      callType: CallType.unifiedCmRemoteSession,
      sides,
      zones: {
        client: clientZone,
        get control() {
          return zoneName()
        },
      },
      control: controlOver(server, flow),
      isToPartner: false,
    }
  }

  #named(request: SipRequest): string | undefined {
    const { known, addressOf, isOwnHost } = this.#options
    const route = edgeRouteOf(request, { control: known(), isOwnHost })
    return route === undefined ? undefined : addressOf(route.host)
  }
}

/** Spreads callers, without sending one of them here and there. */
function someOf(flows: readonly SipConnection[], caller: string): SipConnection | undefined {
  const digest = createHash('sha256').update(caller).digest()
  return flows[digest.readUInt32BE() % flows.length]
}
