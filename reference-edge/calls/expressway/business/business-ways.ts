import type { SipConnection } from '../../../protocol/sip/connection.ts'
import type { SipFlow } from '../../../protocol/sip/flow.ts'
import type { ZoneServer } from '../../../traversal/zone-server.ts'
import { CallType } from '../../admission.ts'
import type { CallWay } from '../call-way.ts'
import { controlOver } from '../call-way.ts'
import { type Side, strangersZone, zoneNameInVia } from '../forwarding.ts'

/** One Control's connection in a traversal zone. */
export interface ControlOfZone {
  readonly server: ZoneServer
  readonly control: SipFlow
}

/** The ways of business-to-business calls through a VCS Expressway with these LAN interfaces. */
export class BusinessWays {
  readonly #outer: string
  readonly #inner: string

  constructor({ outer, inner }: { readonly outer: string; readonly inner: string }) {
    this.#outer = outer
    this.#inner = inner
  }

  zoneSide(server: ZoneServer): Side {
    const { name, port, transport } = server.status()
    return { zone: zoneNameInVia(name), address: this.#inner, port, transport }
  }

  /** How this VCS names itself towards a peer of a neighbor zone, or whoever belongs to none. */
  callerSide(flow: SipConnection, neighbor: string | undefined): Side {
    return this.#partnerSide(flow, neighbor ?? strangersZone)
  }

  /** From whoever called, in a neighbor zone or none, to one of the Controls of a zone. */
  fromCaller(flow: SipConnection, neighbor: string | undefined, to: ControlOfZone): CallWay {
    return this.#way(this.callerSide(flow, neighbor), neighbor ?? strangersZone, to)
  }

  /** From one of the Controls of a zone to whom a DNS or neighbor zone leads. */
  toPartner(flow: SipConnection, zone: string, from: ControlOfZone): CallWay {
    return this.#way(this.#partnerSide(flow, zone), zone, from)
  }

  #partnerSide({ transport }: SipConnection, zone: string): Side {
    const port = transport === 'TLS' ? 5061 : 5060
    return { zone: zoneNameInVia(zone), address: this.#outer, port, transport }
  }

  #way(client: Side, zoneName: string, { server, control }: ControlOfZone): CallWay {
    return {
      callType: CallType.traversal,
      sides: { client, control: this.zoneSide(server) },
      zones: { client: zoneName, control: server.status().name },
      control: controlOver(() => server, control),
      isToPartner: true,
    }
  }
}
