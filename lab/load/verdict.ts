/** What a run came to, as far as it decides. */
export interface LoadOutcome {
  /** Each thing that was to hold and did not, in words. */
  readonly shortcomings: readonly string[]
  /** Share of the looks during the hold at which the machine had nothing left. */
  readonly saturatedShare: number
  /** 99 of 100 slots of the generator began within so many milliseconds; 0 where no audio ran. */
  readonly generatorLateMs: number
}

export type LoadVerdict = 'passed' | 'failed' | 'not possible on this machine'

/** A machine without rest says nothing about what ran on it: neither that it can, nor that it cannot. */
export function verdictOf({ shortcomings, saturatedShare, generatorLateMs }: LoadOutcome): LoadVerdict {
  if (saturatedShare > 0.5 || generatorLateMs > mostLateMs) return 'not possible on this machine'
  return shortcomings.length === 0 ? 'passed' : 'failed'
}

/** The machine had nothing left where this share of all processors was used. */
export const saturation = 0.95

/** Later than that, the generator makes the jitter that it measures: three packets. */
const mostLateMs = 60
