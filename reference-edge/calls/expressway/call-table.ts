import type { WallClock } from '#runtime/clock.ts'
import type { SipConnection } from '../../protocol/sip/connection.ts'
import type { SipRequest } from '../../protocol/sip/message.ts'
import type { CallMedia, MediaOffer, MediaSide } from './call-media.ts'

/** A call through the Expressway: one component, its legs in the client zone and the traversal zone. */
export interface EdgeCall {
  /** The `proxy-call-id` of its Vias and Record-Routes. */
  readonly id: string
  readonly callId: string
  readonly flow: SipConnection
  /** Who called. */
  readonly from: MediaSide
  readonly fromUri: string
  readonly toUri: string
  readonly startedAt: Date
  readonly media: CallMedia
  state: 'attempted' | 'connected'
  /** An offer in a 2xx whose answer comes in the ACK. */
  lateOffer: MediaOffer | undefined
}

export interface EndedCall {
  readonly id: string
  readonly fromUri: string
  readonly toUri: string
  readonly startedAt: string
  readonly endedAt: string
  readonly wasConnected: boolean
  readonly reason: string
}

/** Calls under way, and the last that ended. */
export class CallTable {
  readonly #wall: WallClock
  readonly #onEnded: (call: EdgeCall, reason: string) => void
  readonly #byFlow = new Map<string, EdgeCall>()
  readonly #byId = new Map<string, EdgeCall>()
  readonly #history: EndedCall[] = []

  constructor(wall: WallClock, onEnded: (call: EdgeCall, reason: string) => void) {
    this.#wall = wall
    this.#onEnded = onEnded
  }

  get size(): number {
    return this.#byId.size
  }

  get calls(): EdgeCall[] {
    return [...this.#byId.values()]
  }

  get history(): readonly EndedCall[] {
    return this.#history
  }

  open(options: { id: string; flow: SipConnection; from: MediaSide; request: SipRequest; media: CallMedia }): EdgeCall {
    const { id, flow, from, request, media } = options
    const call: EdgeCall = {
      id,
      callId: request.callId ?? '',
      flow,
      from,
      fromUri: request.from?.uri ?? '',
      toUri: request.to?.uri ?? '',
      startedAt: this.#wall.now(),
      media,
      state: 'attempted',
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

  end(call: EdgeCall, reason: string): void {
    if (!this.#byId.delete(call.id)) return
    this.#byFlow.delete(flowKey(call.flow.id, call.callId))
    void call.media.close()
    this.#history.push({
      id: call.id,
      fromUri: call.fromUri,
      toUri: call.toUri,
      startedAt: call.startedAt.toISOString(),
      endedAt: this.#wall.now().toISOString(),
      wasConnected: call.state === 'connected',
      reason,
    })
    if (this.#history.length > longestHistory) this.#history.shift()
    this.#onEnded(call, reason)
  }

  /** A client connection is gone; without one: every call ends. */
  endAll(reason: string, flowId?: string): void {
    for (const call of this.calls) if (flowId === undefined || call.flow.id === flowId) this.end(call, reason)
  }
}

const flowKey = (flowId: string, callId: string): string => `${flowId} ${callId}`

/** Status › Calls › History (wire facts §10.8). */
const longestHistory = 500
