import type { CallType } from './admission.ts'

/** A part of a call as Status > Calls shows it; source and destination are zones or services. */
export interface CallComponent {
  readonly type: 'VCS' | 'B2BUA' | 'Expressway'
  readonly source: string
  readonly destination: string
}

export type CallState = 'Attempted' | 'Connected' | 'Disconnected' | 'Rejected'

/** A call of this VCS, now or in its history; dates are the host's own. */
export interface CallRecord {
  readonly id: string
  readonly callType: CallType
  readonly source: string
  readonly destination: string
  readonly state: CallState
  readonly startedAt: string
  readonly connectedAt?: string
  readonly components: readonly CallComponent[]
}

/** A call of the history: `responseCode` where it was never connected. */
export interface EndedCall extends CallRecord {
  readonly state: 'Disconnected' | 'Rejected'
  readonly endedAt: string
  /** From connection to end; 0 where it was never connected. */
  readonly durationSeconds: number
  readonly reason: string
  readonly responseCode?: number
}

/** On the Control a call has three: the VCS towards the caller, the B2BUA, the VCS towards the callee. */
export function componentsOf(callerZone: string, calleeZone: string): CallComponent[] {
  return [
    { type: 'VCS', source: callerZone, destination: encryptionService },
    { type: 'B2BUA', source: encryptionService, destination: encryptionService },
    { type: 'VCS', source: encryptionService, destination: calleeZone },
  ]
}

const encryptionService = 'Encryption B2BUA'

/** What a call under way becomes when it ends: rejected where it was never connected, unless the caller gave it up. */
export function endedCall(call: CallRecord, end: { at: Date; reason: string; responseCode?: number }): EndedCall {
  const { at, reason, responseCode } = end
  const { connectedAt } = call
  const isRejected = connectedAt === undefined && responseCode !== cancelled
  return {
    ...call,
    state: isRejected ? 'Rejected' : 'Disconnected',
    endedAt: at.toISOString(),
    durationSeconds:
      connectedAt === undefined ? 0 : Math.max(0, Math.round((at.getTime() - Date.parse(connectedAt)) / 1e3)),
    reason,
    ...(connectedAt !== undefined || responseCode === undefined ? {} : { responseCode }),
  }
}

/** RFC 3261 §21.4.25: the caller gave up. */
const cancelled = 487

/** Status > Calls > History: the last calls of a VCS, newest first; lost at a restart. */
export class CallHistory {
  readonly #limit: number
  #calls: EndedCall[] = []
  #ended = 0
  #connected = 0

  constructor(limit = 500) {
    this.#limit = limit
  }

  add(call: EndedCall): void {
    this.#ended++
    if (call.connectedAt !== undefined) this.#connected++
    this.#calls = [call, ...this.#calls].slice(0, this.#limit)
  }

  list(): readonly EndedCall[] {
    return this.#calls
  }

  /** All calls that ended since the start, also those no longer listed. */
  counts(): { readonly ended: number; readonly connected: number } {
    return { ended: this.#ended, connected: this.#connected }
  }
}

/** Calls by registration: those from or to the alias, with or without `sip:`. */
export function callsOf<Call extends Pick<CallRecord, 'source' | 'destination'>>(
  calls: readonly Call[],
  alias: string,
): Call[] {
  const wanted = bareAlias(alias)
  return calls.filter(({ source, destination }) => [source, destination].some((each) => bareAlias(each) === wanted))
}

function bareAlias(alias: string): string {
  return alias
    .replace(/^sips?:/i, '')
    .split(/[;?]/, 1)[0]!
    .toLowerCase()
}
