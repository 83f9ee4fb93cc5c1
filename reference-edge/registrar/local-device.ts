import type { SipPeer } from '../control/sip-peer.ts'
import { ownSipPorts, PeerUnreachable } from '../control/sip-peer.ts'
import type { SipFlow } from '../protocol/sip/flow.ts'

/** The zone of devices that are registered to this VCS. */
export const localZoneName = 'LocalZone'

/** A registered device: reached over the connection of its latest REGISTER, never dialled (RFC 5626 §5.3 in spirit). */
export class LocalDevice implements SipPeer {
  readonly side = 'inside'
  readonly zoneName = localZoneName
  readonly #isOpen: (flow: SipFlow) => boolean
  #flow: SipFlow

  constructor(flow: SipFlow, isOpen: (flow: SipFlow) => boolean) {
    this.#flow = flow
    this.#isOpen = isOpen
  }

  get flow(): SipFlow {
    return this.#flow
  }

  get transport(): 'TLS' | 'TCP' {
    return transportOf(this.#flow)
  }

  get isReachable(): boolean {
    return this.#isOpen(this.#flow)
  }

  /** The device has registered anew, over this connection. */
  movedTo(flow: SipFlow): void {
    this.#flow = flow
  }

  async connect(): Promise<SipFlow> {
    if (!this.isReachable) throw new PeerUnreachable('the device has closed its connection')
    return this.#flow
  }
}

/** By the port of this VCS that the connection came in on. */
export function transportOf(flow: SipFlow): 'TLS' | 'TCP' {
  return flow.local.port === ownSipPorts.tls ? 'TLS' : 'TCP'
}
