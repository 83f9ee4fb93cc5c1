/** Kinds of calls a VCS counts apart (guide, call types and licensing). */
export const CallType = {
  unifiedCmRemoteSession: 'Unified CM remote session',
} as const
export type CallType = (typeof CallType)[keyof typeof CallType]

export type AdmissionVerdict =
  { readonly admitted: true; release(): void } | { readonly admitted: false; readonly reason: string }

export interface AdmissionStatus {
  readonly current: number
  readonly peak: number
  readonly limit: number
  readonly refused: number
}

/** The one place where a call is admitted or refused for want of resources. */
export class CallAdmission {
  readonly #limit: number
  #current = 0
  #peak = 0
  #refused = 0

  /** `limit`: Unified CM remote sessions at a time, 150 on a VCS that is not of the large kind. */
  constructor(options: { limit?: number } = {}) {
    this.#limit = options.limit ?? 150
  }

  admit(_type: CallType): AdmissionVerdict {
    if (this.#current >= this.#limit) {
      this.#refused++
      return { admitted: false, reason: 'Traversal call resource limit reached' }
    }
    this.#current++
    this.#peak = Math.max(this.#peak, this.#current)
    let isReleased = false
    return {
      admitted: true,
      release: () => {
        if (isReleased) return
        isReleased = true
        this.#current--
      },
    }
  }

  status(): AdmissionStatus {
    return { current: this.#current, peak: this.#peak, limit: this.#limit, refused: this.#refused }
  }
}
