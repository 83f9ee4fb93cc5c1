import type { Clocks } from '#runtime/clock.ts'
import { waitFor } from '#runtime/wait.ts'
import type { OwnDialog } from './own-dialog.ts'
import type { AudioStream } from '../media/audio-stream.ts'

export type CallState = 'calling' | 'ringing' | 'connected' | 'ended'
export type Hold = 'none' | 'local' | 'remote' | 'both'

/** One call as the endpoint sees it; `status` and `reason` are what was on the wire, never the library's guess. */
export interface Call {
  readonly id: string
  readonly direction: 'outgoing' | 'incoming'
  /** Address of the other side. */
  readonly peer: string
  sipCallId: string | undefined
  state: CallState
  /** Last response to the INVITE received (outgoing) or sent (incoming). */
  status: number | undefined
  reason: string | undefined
  /** Warning and Reason header fields that came with the end of the call. */
  warning: string | undefined
  /** How it ended: `BYE received`, `BYE sent`, `refused`, `cancelled`, `connection lost` … */
  endedBy: string | undefined
  /** What we were last told about our REFER in this call: 100 while it is tried, then its final status. */
  referral: number | undefined
  /** The dialog, once it was answered. */
  dialog: OwnDialog | undefined
  audio: AudioStream | undefined
}

export interface CallReport extends Omit<Call, 'audio'> {
  readonly hold: Hold
}

/** The calls of one endpoint, the newest last; ended ones are kept up to a bound. */
export class CallBook {
  readonly #clocks: Clocks
  readonly #calls: Call[] = []
  #count = 0

  constructor(clocks: Clocks) {
    this.#clocks = clocks
  }

  add(direction: Call['direction'], peer: string): Call {
    const call: Call = {
      id: `call-${++this.#count}`,
      direction,
      peer,
      sipCallId: undefined,
      state: 'calling',
      status: undefined,
      reason: undefined,
      warning: undefined,
      endedBy: undefined,
      referral: undefined,
      dialog: undefined,
      audio: undefined,
    }
    const oldest = this.#calls.findIndex(({ state }) => state === 'ended')
    if (this.#calls.length >= mostCalls && oldest !== -1) this.#calls.splice(oldest, 1)
    this.#calls.push(call)
    return call
  }

  get all(): readonly Call[] {
    return this.#calls
  }

  get clocks(): Clocks {
    return this.#clocks
  }

  get live(): readonly Call[] {
    return this.#calls.filter(({ state }) => state !== 'ended')
  }

  /** The call of that id, or the newest one, a live one first; throws where there is none. */
  find(id?: string): Call {
    const call =
      id === undefined ? (this.live.at(-1) ?? this.#calls.at(-1)) : this.#calls.find((candidate) => candidate.id === id)
    if (call === undefined) throw new Error(`there is no call ${id ?? 'yet'}`)
    return call
  }

  bySipCallId(sipCallId: string): Call | undefined {
    return this.#calls.findLast((call) => call.sipCallId === sipCallId)
  }

  /** Waits until the call (or any call, where no id is given) is in the state; `held` is a connected call on hold. */
  async wait(id: string | undefined, state: CallState | 'held', limitMs: number): Promise<Call> {
    const isThere = (call: Call) => (state === 'held' ? isHeld(call) : call.state === state && isSettled(call))
    const found = () => this.#calls.findLast((call) => (id === undefined || call.id === id) && isThere(call))
    return waitFor(`${id ?? 'a call'} to be ${state}`, found, {
      limitMs,
      lastSeen: () => this.#calls.map(({ audio: _audio, ...call }) => call),
      clock: this.#clocks.monotonic,
    })
  }

  /** Marks the end; the first cause counts. Closes the audio. */
  async end(call: Call, endedBy: string): Promise<void> {
    call.endedBy ??= endedBy
    call.state = 'ended'
    await call.audio?.close()
  }
}

export function reportCall({ audio, ...call }: Call): CallReport {
  return { ...call, hold: holdOf(audio) }
}

const mostCalls = 1_000

/** Connected and not on hold; or ended, with the final response to a cancelled INVITE already here. */
function isSettled(call: Call): boolean {
  const awaitsFinal = call.state === 'ended' && call.endedBy === 'cancelled' && (call.status ?? 0) < 200
  return !isHeld(call) && !awaitsFinal
}

function isHeld(call: Call): boolean {
  return call.state === 'connected' && holdOf(call.audio) !== 'none'
}

function holdOf(audio: AudioStream | undefined): Hold {
  if (audio === undefined) return 'none'
  return audio.hold
}
