import type { NtpOutcome, NtpSample } from './ntp-question.ts'
import type { NtpServerSettings, NtpServerState, NtpServerStatus } from './ntp-settings.ts'

/** What the client knows of one of its servers. */
export class ServerRecord {
  readonly settings: NtpServerSettings
  /** Host time the server wants to be left alone, after a kiss-o'-death RATE; to be taken once. */
  holdOffSeconds = 0
  isHeldOff = false
  /** The last outcome was the clock's fault, not the server's. */
  wasMoved = false
  /** The last question was answered with a time. */
  isFresh = false
  #state: NtpServerState = 'Starting'
  #reason: string | undefined
  #sample: NtpSample | undefined
  #offsetMs = 0
  #misses = 0

  constructor(settings: NtpServerSettings) {
    this.settings = settings
  }

  /** Its last time, where it is still worth something. */
  get sample(): NtpSample | undefined {
    return this.#sample
  }

  get state(): NtpServerState {
    return this.#state
  }

  /** How far it is ahead of our clock, corrections of ours since its answer included. */
  get offsetMs(): number {
    return this.#offsetMs
  }

  take(outcome: NtpOutcome): void {
    this.wasMoved = outcome.kind === 'moved'
    this.isFresh = outcome.kind === 'sample'
    switch (outcome.kind) {
      case 'moved':
        return
      case 'sample':
        this.#misses = 0
        this.#sample = outcome
        this.#offsetMs = outcome.offsetMs
        return this.judge('Reachable')
      case 'silent':
        this.#misses++
        if (this.#misses >= mostMisses) this.#dismiss('Unreachable', outcome.reason)
        return
      case 'slow down':
        this.holdOffSeconds = Math.min(Math.max(this.holdOffSeconds * 2, firstHoldOffSeconds), longestHoldOffSeconds)
        return this.#dismiss('Rejected', outcome.reason)
      case 'rejected':
        return this.#dismiss('Rejected', outcome.reason)
      default:
        return outcome satisfies never
    }
  }

  /** The choice among the servers has come to a verdict on this one. */
  judge(state: NtpServerState, reason?: string): void {
    this.#state = state
    this.#reason = reason
  }

  /** Our clock has been set forward by so much. */
  corrected(milliseconds: number): void {
    this.#offsetMs -= milliseconds
  }

  status(): NtpServerStatus {
    const sample = this.#sample
    return {
      address: this.settings.address,
      state: this.#state,
      ...(this.#reason === undefined ? {} : { reason: this.#reason }),
      ...(sample === undefined
        ? {}
        : {
            peer: sample.peer,
            stratum: sample.stratum,
            referenceId: sample.referenceId,
            offsetMs: this.#offsetMs,
            delayMs: sample.delayMs,
            isAuthenticated: sample.isAuthenticated,
          }),
    }
  }

  #dismiss(state: NtpServerState, reason: string): void {
    this.#sample = undefined
    this.judge(state, reason)
  }
}

/** Questions in a row without an answer. */
const mostMisses = 3
const firstHoldOffSeconds = 128
const longestHoldOffSeconds = 1_024
