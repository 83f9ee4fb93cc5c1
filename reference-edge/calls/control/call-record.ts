import type { CallType } from '../admission.ts'

/** A part of a call as Status > Calls shows it. */
export interface CallComponent {
  readonly type: 'VCS' | 'B2BUA'
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
  readonly endedAt?: string
  readonly reason?: string
  readonly responseCode?: number
  readonly components: readonly CallComponent[]
}

/** The call's three components: the VCS towards the caller, the B2BUA, the VCS towards the callee. */
export function componentsOf(callerZone: string, calleeZone: string): CallComponent[] {
  return [
    { type: 'VCS', source: callerZone, destination: encryptionService },
    { type: 'B2BUA', source: encryptionService, destination: encryptionService },
    { type: 'VCS', source: encryptionService, destination: calleeZone },
  ]
}

const encryptionService = 'Encryption B2BUA'

/** The last calls of a VCS, newest first; lost at a restart. */
export class CallHistory {
  readonly #limit: number
  #records: CallRecord[] = []

  constructor(limit = 500) {
    this.#limit = limit
  }

  add(record: CallRecord): void {
    this.#records = [record, ...this.#records].slice(0, this.#limit)
  }

  list(): readonly CallRecord[] {
    return this.#records
  }
}
