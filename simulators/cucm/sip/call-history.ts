/** What a scenario judges a call by, beside the trace. Times are of the host's wall clock. */
export interface CallRecord {
  readonly id: number
  readonly from: { readonly number: string; readonly device: string }
  /** The number dialled, and the device that took the call. */
  to: { readonly number: string; device?: string }
  readonly start: string
  ringing?: string
  connected?: string
  end?: string
  /** `caller hung up`, `called hung up`, `cancelled`, `busy` … */
  cause?: string
  /** The final status the caller got, where the call was not answered. */
  status?: number
  /** Every description passed on, in order: to whom, in which message, and its media lines. */
  readonly descriptions: { readonly to: 'caller' | 'called'; readonly in: string; readonly media: readonly string[] }[]
}

/** An ad hoc conference on the bridge of Unified CM. */
export interface ConferenceRecord {
  readonly id: number
  /** Who asked for it. */
  readonly controller: string
  readonly start: string
  /** Numbers of all who were ever in it, in the order in which they came. */
  readonly members: string[]
  end?: string
}

const maxRecords = 500
const maxDescriptions = 40

/** The last 500 calls, current ones included. */
export class CallHistory {
  readonly #records: CallRecord[] = []
  readonly #conferences: ConferenceRecord[] = []
  #next = 1

  get conferences(): readonly ConferenceRecord[] {
    return this.#conferences
  }

  get all(): readonly CallRecord[] {
    return this.#records
  }

  begin(from: CallRecord['from'], number: string, start: Date): CallRecord {
    const record: CallRecord = { id: this.#next++, from, to: { number }, start: start.toISOString(), descriptions: [] }
    this.#records.push(record)
    if (this.#records.length > maxRecords) this.#records.shift()
    return record
  }

  beginConference(controller: string, start: Date): ConferenceRecord {
    const record = { id: this.#next++, controller, start: start.toISOString(), members: [] }
    this.#conferences.push(record)
    if (this.#conferences.length > maxRecords) this.#conferences.shift()
    return record
  }

  /** A bounded note of a description. */
  describe(record: CallRecord, description: CallRecord['descriptions'][number]): void {
    if (record.descriptions.length < maxDescriptions) record.descriptions.push(description)
  }
}
