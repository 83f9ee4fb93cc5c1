import type { WallClock } from '#runtime/clock.ts'
import type { SipConnection } from '../../protocol/sip/connection.ts'
import type { SipRequest } from '../../protocol/sip/message.ts'
import type { CallPermit, CallType } from '../admission.ts'
import type { CallRecord, EndedCall } from '../call-history.ts'
import { CallHistory, endedCall } from '../call-history.ts'
import type { CallMedia, MediaOffer, MediaSide } from './call-media.ts'
import { clientZone } from './forwarding.ts'

/** A call through the Expressway: one component, its legs in the client zone and the traversal zone. */
export interface EdgeCall {
  /** The `proxy-call-id` of its Vias and Record-Routes. */
  readonly id: string
  readonly callId: string
  readonly callType: CallType
  /** Given back when the call ends. */
  readonly permit: CallPermit
  readonly flow: SipConnection
  /** Who called. */
  readonly from: MediaSide
  readonly fromUri: string
  readonly toUri: string
  readonly startedAt: Date
  readonly media: CallMedia
  /** Undefined: it is still being attempted. */
  connectedAt: Date | undefined
  /** M-lines of the last answer, whatever their ports; undefined before the first. */
  mLines: number | undefined
  /** An offer in a 2xx whose answer comes in the ACK. */
  lateOffer: MediaOffer | undefined
}

export interface CallTableOptions {
  readonly wall: WallClock
  /** Name of the traversal zone. */
  readonly zoneName: () => string
  readonly onEnded: (call: EdgeCall, ended: EndedCall) => void
}

/** Calls under way, and the last that ended. */
export class CallTable {
  readonly history = new CallHistory()
  readonly #options: CallTableOptions
  readonly #byFlow = new Map<string, EdgeCall>()
  readonly #byId = new Map<string, EdgeCall>()

  constructor(options: CallTableOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#byId.size
  }

  get calls(): EdgeCall[] {
    return [...this.#byId.values()]
  }

  open(
    options: Pick<EdgeCall, 'id' | 'flow' | 'from' | 'media' | 'callType' | 'permit'> & { request: SipRequest },
  ): EdgeCall {
    const { id, flow, from, request, media, callType, permit } = options
    const call: EdgeCall = {
      id,
      callId: request.callId ?? '',
      callType,
      permit,
      flow,
      from,
      fromUri: request.from?.uri ?? '',
      toUri: request.to?.uri ?? '',
      startedAt: this.#options.wall.now(),
      media,
      connectedAt: undefined,
      mLines: undefined,
      lateOffer: undefined,
    }
    this.#byId.set(id, call)
    this.#byFlow.set(flowKey(flow.id, call.callId), call)
    return call
  }

  /** The call of this client connection with this Call-ID. */
  of(flowId: string, callId: string | undefined): EdgeCall | undefined {
    return callId === undefined ? undefined : this.#byFlow.get(flowKey(flowId, callId))
  }

  /** The call whose id a recorded route carries. */
  withId(id: string): EdgeCall | undefined {
    return this.#byId.get(id)
  }

  connected(call: EdgeCall): void {
    call.connectedAt ??= this.#options.wall.now()
  }

  /** `responseCode` of the final response that refused it. */
  end(call: EdgeCall, reason: string, responseCode?: number): void {
    if (!this.#byId.delete(call.id)) return
    this.#byFlow.delete(flowKey(call.flow.id, call.callId))
    call.permit.release()
    void call.media.close()
    const end = { at: this.#options.wall.now(), reason, ...(responseCode === undefined ? {} : { responseCode }) }
    const ended = endedCall(this.record(call), end)
    this.history.add(ended)
    this.#options.onEnded(call, ended)
  }

  /** As Status > Calls shows it: one component, between the clients' zone and the traversal zone. */
  record({ id, callType, from, fromUri, toUri, startedAt, connectedAt }: EdgeCall): CallRecord {
    const zones = [clientZone, this.#options.zoneName()] as const
    const [source, destination] = from === 'client' ? zones : [zones[1], zones[0]]
    return {
      id,
      callType,
      source: fromUri,
      destination: toUri,
      state: connectedAt === undefined ? 'Attempted' : 'Connected',
      startedAt: startedAt.toISOString(),
      ...(connectedAt === undefined ? {} : { connectedAt: connectedAt.toISOString() }),
      components: [{ type: 'Expressway', source, destination }],
    }
  }

  /** A client connection is gone; without one: every call ends. */
  endAll(reason: string, flowId?: string): void {
    for (const call of this.calls) if (flowId === undefined || call.flow.id === flowId) this.end(call, reason)
  }
}

const flowKey = (flowId: string, callId: string): string => `${flowId} ${callId}`
