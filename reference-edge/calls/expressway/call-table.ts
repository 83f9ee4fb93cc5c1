import type { WallClock } from '#runtime/clock.ts'
import type { SipConnection } from '../../protocol/sip/connection.ts'
import type { SipRequest } from '../../protocol/sip/message.ts'
import type { CallPermit } from '../admission.ts'
import type { CallRecord, EndedCall } from '../call-history.ts'
import { CallHistory, endedCall } from '../call-history.ts'
import type { CallMedia, MediaOffer, MediaSide } from './call-media.ts'
import type { CallWay } from './call-way.ts'
import type { CallDialog } from './call-dialog.ts'
import type { ForwardedTransaction } from './forwarded-transaction.ts'

/** A call through the Expressway: one component, its legs in a zone of the internet and a traversal zone. */
export interface EdgeCall {
  /** The `proxy-call-id` of its Vias and Record-Routes. */
  readonly id: string
  readonly callId: string
  readonly way: CallWay
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
  /** The INVITE that opens it, while it has no final answer. */
  opening: ForwardedTransaction | undefined
  /** Once answered. */
  dialog: CallDialog | undefined
  /** CSeq number of each side's last request. */
  readonly numbers: Record<MediaSide, number>
}

export interface CallTableOptions {
  readonly wall: WallClock
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
    options: Pick<EdgeCall, 'id' | 'flow' | 'from' | 'media' | 'way' | 'permit'> & { request: SipRequest },
  ): EdgeCall {
    const { id, flow, from, request, media, way, permit } = options
    const call: EdgeCall = {
      id,
      callId: request.callId ?? '',
      way,
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
      opening: undefined,
      dialog: undefined,
      numbers: { client: 0, control: 0 },
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

  /** As Status > Calls shows it: one component, between its two zones. */
  record({ id, way, from, fromUri, toUri, startedAt, connectedAt }: EdgeCall): CallRecord {
    const { client, control } = way.zones
    const [source, destination] = from === 'client' ? [client, control] : [control, client]
    return {
      id,
      callType: way.callType,
      source: fromUri,
      destination: toUri,
      state: connectedAt === undefined ? 'Attempted' : 'Connected',
      startedAt: startedAt.toISOString(),
      ...(connectedAt === undefined ? {} : { connectedAt: connectedAt.toISOString() }),
      components: [{ type: 'Expressway', source, destination }],
    }
  }

  /** Ends every call that is concerned. */
  endAll(reason: string, isConcerned: (call: EdgeCall) => boolean = () => true): void {
    for (const call of this.calls) if (isConcerned(call)) this.end(call, reason)
  }
}

const flowKey = (flowId: string, callId: string): string => `${flowId} ${callId}`
