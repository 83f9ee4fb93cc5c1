import type { RuleId, Size } from './rules.ts'
import { sizes } from './rules.ts'

/** `audio+1` is a voice call with a further m-line, such as one for BFCP; `audio` is SIP. */
export const callKinds = [
  'mra',
  'video',
  'audio',
  'audio+1',
  'h323',
  'interworked',
  'non-traversal',
  'lync',
  'registration',
] as const
export type CallKind = (typeof callKinds)[number]

export interface Installed {
  /** Traversal licences. */
  traversal: number
  nonTraversal: number
  readonly size: Size
  /** Other limits than those of the size, for small totals. */
  readonly limits?: {
    readonly resources?: number
    readonly nonTraversalCalls?: number
    readonly registrations?: number
  }
}

/** A call in the ledger. */
export interface LedgerCall {
  readonly kind: CallKind
  /** Of what was agreed last; undefined while the call is set up. */
  mLines: number | undefined
  /** Of an offer that is open in a call that is up. */
  offered: number | undefined
}

/** Numbers of calls by what they hold, in the letters of the rules' formula. */
export interface Counts {
  /** Video traversal calls that are up. */
  readonly V: number
  /** Audio-only SIP traversal calls that are up. */
  readonly A: number
  /** Traversal calls in set-up of any kind, and those that are offered more m-lines. */
  readonly S: number
  /** Other audio-only traversal calls. */
  readonly X: number
  /** Remote sessions. */
  readonly M: number
  /** Non-traversal calls of any kind. */
  readonly Q: number
  readonly registrations: number
}

export interface LedgerVerdict {
  readonly isAccepted: boolean
  /** What decided: a limit, or what the call costs. */
  readonly rule: RuleId
  readonly call?: LedgerCall
}

/**
 * The examiner's own arithmetic of licences and resources on one VCS, by `2V + A + 2S + 2X <= 2T`, `M + V + A + S + X <=
 * resources` and `Q <= 750`. It knows nothing of how the edge counts: calls are kept in a list and counted anew each time.
 */
export class Ledger {
  readonly installed: Installed
  #calls: readonly LedgerCall[] = []

  constructor(installed: Installed) {
    this.installed = installed
  }

  get calls(): readonly LedgerCall[] {
    return this.#calls
  }

  /** A call begins. */
  begin(kind: CallKind): LedgerVerdict {
    const call: LedgerCall = { kind, mLines: undefined, offered: undefined }
    const broken = this.#brokenBy([...this.#calls, call], kind)
    if (broken !== undefined) return { isAccepted: false, rule: broken }
    this.#calls = [...this.#calls, call]
    return { isAccepted: true, rule: costRule[kind], call }
  }

  /** Its media are agreed, at the end of the set-up or anew. */
  agree(call: LedgerCall, mLines: number = usualMLines(call.kind)): void {
    call.mLines = mLines
    call.offered = undefined
  }

  /** Somebody in the call offers other media; false where no licence is left for them. */
  offer(call: LedgerCall, mLines: number): boolean {
    const before = call.offered
    const held = heldBy(call)
    call.offered = Math.max(before ?? 0, mLines)
    if (heldBy(call) === held || this.licencesUsed <= this.installed.traversal) return true
    call.offered = before
    return false
  }

  /** The offer was refused. */
  decline(call: LedgerCall): void {
    call.offered = undefined
  }

  end(call: LedgerCall): void {
    this.#calls = this.#calls.filter((other) => other !== call)
  }

  counts(): Counts {
    return count(this.#calls)
  }

  /** Traversal licences in use, in halves of one: 0.5, 1, 1.5 … */
  get licencesUsed(): number {
    const { V, A, S, X } = this.counts()
    return (2 * V + A + 2 * S + 2 * X) / 2
  }

  get resourcesUsed(): number {
    const { V, A, S, X, M } = this.counts()
    return M + V + A + S + X
  }

  get limits() {
    return { ...sizes[this.installed.size], ...this.installed.limits }
  }

  /** The rule that a list with the new call would break; resources before licences, since no licence helps without them. */
  #brokenBy(calls: readonly LedgerCall[], kind: CallKind): RuleId | undefined {
    const { V, A, S, X, M, Q, registrations } = count(calls)
    const { traversal, nonTraversal } = this.installed
    const { resources, nonTraversalCalls, registrations: mostRegistrations } = this.limits
    if (kind === 'registration') return registrations > mostRegistrations ? 'R12' : undefined
    if (kind === 'non-traversal' || kind === 'lync') {
      if (Q > nonTraversalCalls) return 'R10'
      return Q > nonTraversal ? costRule[kind] : undefined
    }
    if (M + V + A + S + X > resources) return 'R9'
    if (kind === 'mra') return undefined
    return 2 * V + A + 2 * S + 2 * X > 2 * traversal ? setUpRule[kind] : undefined
  }
}

/** What decides about a call that stands. */
const costRule: Readonly<Record<CallKind, RuleId>> = {
  mra: 'R1',
  video: 'R2',
  audio: 'R3',
  'audio+1': 'R8',
  h323: 'R5',
  interworked: 'R5',
  'non-traversal': 'R6',
  lync: 'R7',
  registration: 'R12',
}

/** What decides where no licence is left for the set-up. */
const setUpRule: Readonly<Record<'video' | 'audio' | 'audio+1' | 'h323' | 'interworked', RuleId>> = {
  video: 'R2',
  audio: 'R4',
  'audio+1': 'R8',
  h323: 'R5',
  interworked: 'R5',
}

function count(calls: readonly LedgerCall[]): Counts {
  const held = calls.map(heldBy)
  const number = (letter: Letter) => held.filter((each) => each === letter).length
  return {
    V: number('V'),
    A: number('A'),
    S: number('S'),
    X: number('X'),
    M: number('M'),
    Q: number('Q'),
    registrations: number('registration'),
  }
}

type Letter = 'V' | 'A' | 'S' | 'X' | 'M' | 'Q' | 'registration'

function heldBy({ kind, mLines, offered }: LedgerCall): Letter {
  switch (kind) {
    case 'mra':
      return 'M'
    case 'non-traversal':
    case 'lync':
      return 'Q'
    case 'registration':
      return 'registration'
    case 'h323':
    case 'interworked':
      return mLines === undefined ? 'S' : mLines === 1 ? 'X' : 'V'
    case 'video':
    case 'audio':
    case 'audio+1':
      if (mLines === undefined) return 'S'
      if (mLines > 1) return 'V'
      return (offered ?? 1) > 1 ? 'S' : 'A'
    default:
      return kind satisfies never
  }
}

function usualMLines(kind: CallKind): number {
  return kind === 'video' || kind === 'audio+1' ? 2 : 1
}
