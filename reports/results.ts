/** `results.json`: the source of every view of a run. */
export interface RunResults {
  readonly run: {
    readonly seed: string
    readonly order: string
    readonly placement: string
    readonly startedAt: string
    readonly milliseconds: number
    readonly node: string
  }
  readonly scenarios: readonly ScenarioResult[]
}

export type ScenarioOutcome = 'passed' | 'failed' | 'unsupported' | 'not run' | 'harness error'

export interface ScenarioResult {
  readonly title: string
  readonly feature: string
  readonly rule?: string
  /** File and line of the scenario, relative to the checkout. */
  readonly uri: string
  readonly line: number
  /** Register ids the scenario proves. */
  readonly ids: readonly string[]
  readonly tags: readonly string[]
  /** Of a scenario that goes through the whole client script: the guide's deployment environment it does that in. */
  readonly environment?: string
  readonly result: ScenarioOutcome
  readonly milliseconds: number
  /** Why it failed or could not run; the failure block of a failed step. */
  readonly problem?: string
  readonly steps: readonly { readonly text: string; readonly result: string; readonly milliseconds: number }[]
  /** Folder of its evidence, relative to the run's folder. */
  readonly evidence?: string
  /** What shows it: messages of the evidence's `messages.jsonl`, or records a host gave. */
  readonly records: readonly EvidenceRecord[]
  /** Command that runs it again. */
  readonly again: string
}

export interface EvidenceRecord {
  /** Number of the message in `messages.jsonl`; absent for a record taken from a host. */
  readonly message?: number
  /** Frame in `wire.pcapng` that carries it (its last segment), where it is on the wire. */
  readonly frame?: number
  readonly host: string
  readonly shows: string
}

export interface Proof {
  readonly id: string
  readonly scenario: string
  readonly uri: string
  readonly records: readonly EvidenceRecord[]
}

/** An id is proved by a passed scenario that carries it and shows at least one record. */
export function proofsOf({ scenarios }: RunResults): Proof[] {
  return scenarios
    .filter((scenario) => scenario.result === 'passed' && scenario.records.length > 0)
    .flatMap(({ ids, title, uri, line, records }) =>
      ids.map((id) => ({ id, scenario: title, uri: `${uri}:${line}`, records })),
    )
}

export function countOutcomes({ scenarios }: RunResults): Record<ScenarioOutcome, number> {
  const counts = { passed: 0, failed: 0, unsupported: 0, 'not run': 0, 'harness error': 0 }
  for (const { result } of scenarios) counts[result]++
  return counts
}
