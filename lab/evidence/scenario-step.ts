/** A step of the scenario the evidence is of. */
export interface ScenarioStep {
  readonly text: string
  readonly result: string
  readonly milliseconds: number
  /** When it began (CLOCK_MONOTONIC, ns); absent where it was not reached. */
  readonly at?: bigint
  /** What a failed step says. */
  readonly says?: string
}

/** Number of the step, from 1, during which something happened; undefined before the first. */
export function stepAt(steps: readonly ScenarioStep[], at: bigint): number | undefined {
  const index = steps.findLastIndex((step) => step.at !== undefined && step.at <= at)
  return index === -1 ? undefined : index + 1
}
