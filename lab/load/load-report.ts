import type { CapturedAudio } from './capture.ts'
import type { LoadMeasures, LoadProgress } from './load-host.ts'
import type { HostUsage } from './machine-watch.ts'
import type { LoadVerdict } from './verdict.ts'

/** What is to be carried. All bounded: see `loadLimits`. */
export interface LoadOrder {
  readonly registrations: number
  readonly calls: number
  /** Whole sign-ins over 8443, `rate` a second. */
  readonly signIns: number
  readonly rate: number
  /** Pairs of users who write to each other. */
  readonly chats: number
  readonly holdSeconds: number
  /** Registrations, calls and chats begun in a second. */
  readonly rampPerSecond: number
  readonly throttleKilobytes?: number | undefined
  readonly registrationLimit?: number | undefined
  /** False: tcpdump and tshark are not asked. */
  readonly capture: boolean
}

/** What others than the generator saw at the end of the hold. */
export interface SeenInside {
  readonly registrations: number
  readonly calls: number
  readonly throttled: { readonly stalled: number; readonly closed: number }
}

export interface LoadReport {
  readonly order: LoadOrder
  readonly verdict: LoadVerdict
  /** Why it is not passed; remarks where it is. */
  readonly shortcomings: readonly string[]
  readonly rampSeconds: number
  readonly outside: LoadMeasures
  readonly inside: LoadMeasures
  readonly lost: LoadProgress['lost']
  readonly seen: SeenInside
  /** What the registration beyond the limit came to; undefined where none was tried. */
  readonly beyondLimit: 'refused' | 'registered' | undefined
  /** Undefined where no audio ran; an error where tcpdump or tshark could not judge. */
  readonly captured: CapturedAudio | { readonly error: string } | undefined
  /** What stood in the way when calls and registrations were ended; undefined where nothing did. */
  readonly takingDown: string | undefined
  readonly usage: { readonly ramp: readonly HostUsage[]; readonly hold: readonly HostUsage[] }
  readonly saturatedShare: number
}
