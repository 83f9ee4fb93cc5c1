import type { Usage } from './usage-gauge.ts'

/** Kinds of calls a VCS counts apart (guide, call types and licensing). */
export const CallType = {
  unifiedCmRemoteSession: 'Unified CM remote session',
  traversal: 'VCS traversal call',
  nonTraversal: 'VCS non-traversal call',
} as const
export type CallType = (typeof CallType)[keyof typeof CallType]

/** What carries a call that is licensed; only SIP has audio-only traversal calls at half a licence. */
export type CallCarriage = 'SIP' | 'H.323' | 'interworked' | 'Lync B2BUA'

export interface CallToAdmit {
  readonly type: CallType
  /** Default SIP. */
  readonly carriage?: CallCarriage
}

/** Held by a call from its set-up to its end. */
export interface CallPermit {
  /** An offer of this many m-lines in an established call: false where no licence is left for it, otherwise it is held. */
  mayCarry(mLines: number): boolean
  /** That offer was refused: what was agreed before stays. */
  declined(): void
  /** The set-up is complete or its media were negotiated anew: m-lines of the answer, whatever their ports. */
  established(mLines: number): void
  /** The call is over; later words about it change nothing. */
  release(): void
}

export type AdmissionVerdict =
  | { readonly admitted: true; readonly permit: CallPermit }
  | { readonly admitted: false; readonly reason: string; readonly status: 503 }

/** What calls are refused for, and the words of the refusal. */
export const AdmissionLimit = {
  traversalLicences: 'Traversal call license limit reached',
  nonTraversalLicences: 'Non-traversal call license limit reached',
  traversalResources: 'Traversal call resource limit reached',
  nonTraversalResources: 'Non-traversal call resource limit reached',
} as const
export type AdmissionLimit = keyof typeof AdmissionLimit

/** Since the start. */
export interface CallCounter {
  readonly current: number
  readonly peak: number
  readonly refused: number
}

/** Traversal licences come in halves. */
export interface AdmissionStatus extends Readonly<Record<AdmissionLimit, Usage>> {
  readonly remoteSessions: CallCounter
  /** `otherAudio`: established audio-only calls with something else than SIP on the way. */
  readonly traversalCalls: CallCounter & {
    readonly video: number
    readonly audio: number
    readonly otherAudio: number
    readonly inSetUp: number
  }
  readonly nonTraversalCalls: CallCounter
}

export interface CallAdmissionOptions {
  /** Installed licences, read at each decision. */
  readonly licences: () => { readonly traversal: number; readonly nonTraversal: number }
  /** Calls at a time, whatever is installed. */
  readonly limits: { readonly traversal: number; readonly nonTraversal: number }
  /** A call has come, changed or gone, or was refused for `limit`. */
  readonly onChange?: (status: AdmissionStatus, refusedFor?: AdmissionLimit) => void
}

/**
 * The one place where a call is admitted or refused for want of licences or resources. A traversal call in set-up needs
 * a whole licence whatever it carries; once it is up, SIP with a single m-line holds half of one.
 */
export class CallAdmission {
  readonly #options: CallAdmissionOptions
  readonly #calls: Record<Stage, number> = {
    remoteSession: 0,
    inSetUp: 0,
    audio: 0,
    otherAudio: 0,
    video: 0,
    nonTraversal: 0,
  }
  readonly #peaks: Record<Tally, number> = { ...nothing }
  readonly #refusedKinds = { remoteSession: 0, traversal: 0, nonTraversal: 0 }
  readonly #refusedFor: Record<AdmissionLimit, number> = {
    traversalLicences: 0,
    nonTraversalLicences: 0,
    traversalResources: 0,
    nonTraversalResources: 0,
  }

  constructor(options: CallAdmissionOptions) {
    this.#options = options
  }

  admit(call: CallToAdmit): AdmissionVerdict {
    const first = firstStage(call)
    const limit = this.#limitFor(first)
    if (limit !== undefined) {
      this.#refusedKinds[first === 'inSetUp' ? 'traversal' : first]++
      this.#refused(limit)
      return { admitted: false, reason: AdmissionLimit[limit], status: 503 }
    }
    return { admitted: true, permit: this.#permit(first, call.carriage ?? 'SIP') }
  }

  status(): AdmissionStatus {
    const now = this.#tallies()
    const { traversal, nonTraversal } = this.#options.licences()
    const { limits } = this.#options
    const { audio, otherAudio, video, inSetUp } = this.#calls
    const usage = (name: AdmissionLimit, tally: Tally, limit: number, unit = 1): Usage => ({
      current: now[tally] / unit,
      peak: this.#peaks[tally] / unit,
      limit,
      refused: this.#refusedFor[name],
    })
    const calls = (kind: 'remoteSession' | 'traversal' | 'nonTraversal'): CallCounter => ({
      current: now[kind],
      peak: this.#peaks[kind],
      refused: this.#refusedKinds[kind],
    })
    return {
      remoteSessions: calls('remoteSession'),
      traversalCalls: { ...calls('traversal'), video, audio, otherAudio, inSetUp },
      nonTraversalCalls: calls('nonTraversal'),
      traversalLicences: usage('traversalLicences', 'halfLicences', traversal, whole),
      nonTraversalLicences: usage('nonTraversalLicences', 'nonTraversal', nonTraversal),
      traversalResources: usage('traversalResources', 'resources', limits.traversal),
      nonTraversalResources: usage('nonTraversalResources', 'nonTraversal', limits.nonTraversal),
    }
  }

  #permit(first: Stage, carriage: CallCarriage): CallPermit {
    let stage: Stage | undefined = first
    /** What the call was before the offer that is open. */
    let before: Stage | undefined
    const become = (next: Stage | undefined) => {
      if (stage === undefined || next === stage) return
      this.#move(stage, next)
      stage = next
    }
    const settle = (next: Stage) => {
      before = undefined
      if (stage !== 'remoteSession' && stage !== 'nonTraversal') become(next)
    }
    this.#move(undefined, first)
    return {
      mayCarry: (mLines) => {
        if (stage !== 'audio' || mLines <= 1) return true
        if (this.#freeHalves() < whole - half) {
          this.#refused('traversalLicences')
          return false
        }
        before = stage
        become('inSetUp')
        return true
      },
      declined: () => {
        if (before !== undefined) settle(before)
      },
      established: (mLines) => settle(mLines > 1 ? 'video' : carriage === 'SIP' ? 'audio' : 'otherAudio'),
      release: () => become(undefined),
    }
  }

  /** Resources first: without them a call could not be carried, however many licences there are. */
  #limitFor(first: Stage): AdmissionLimit | undefined {
    const { limits, licences } = this.#options
    const { resources } = this.#tallies()
    if (first === 'nonTraversal') {
      const { nonTraversal } = this.#calls
      if (nonTraversal >= limits.nonTraversal) return 'nonTraversalResources'
      return nonTraversal >= licences().nonTraversal ? 'nonTraversalLicences' : undefined
    }
    if (resources >= limits.traversal) return 'traversalResources'
    if (first === 'inSetUp' && this.#freeHalves() < whole) return 'traversalLicences'
    return undefined
  }

  #freeHalves(): number {
    return whole * this.#options.licences().traversal - this.#tallies().halfLicences
  }

  #move(from: Stage | undefined, to: Stage | undefined): void {
    if (from !== undefined) this.#calls[from]--
    if (to !== undefined) this.#calls[to]++
    const now = this.#tallies()
    for (const tally of Object.keys(nothing) as Tally[]) {
      this.#peaks[tally] = Math.max(this.#peaks[tally], now[tally])
    }
    this.#options.onChange?.(this.status())
  }

  #refused(limit: AdmissionLimit): void {
    this.#refusedFor[limit]++
    this.#options.onChange?.(this.status(), limit)
  }

  #tallies(): Record<Tally, number> {
    const { remoteSession, inSetUp, audio, otherAudio, video, nonTraversal } = this.#calls
    const traversal = inSetUp + audio + otherAudio + video
    const halfLicences = whole * (inSetUp + otherAudio + video) + half * audio
    return { remoteSession, traversal, nonTraversal, halfLicences, resources: remoteSession + traversal }
  }
}

/** Where a call stands for the count; `inSetUp` also while an offer of more m-lines is open. */
type Stage = 'remoteSession' | 'inSetUp' | 'audio' | 'otherAudio' | 'video' | 'nonTraversal'

type Tally = 'remoteSession' | 'traversal' | 'nonTraversal' | 'halfLicences' | 'resources'

const nothing: Readonly<Record<Tally, number>> = {
  remoteSession: 0,
  traversal: 0,
  nonTraversal: 0,
  halfLicences: 0,
  resources: 0,
}

/** In half licences. */
const [whole, half] = [2, 1]

/** A Lync B2BUA call counts as non-traversal although its media pass the VCS (guide, call types and licensing). */
function firstStage({ type, carriage }: CallToAdmit): 'remoteSession' | 'inSetUp' | 'nonTraversal' {
  if (type === CallType.unifiedCmRemoteSession) return 'remoteSession'
  return type === CallType.nonTraversal || carriage === 'Lync B2BUA' ? 'nonTraversal' : 'inSetUp'
}
