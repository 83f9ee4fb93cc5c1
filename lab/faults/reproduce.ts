import type { Timeline } from '../evidence/timeline.ts'
import { timelineOf } from '../evidence/timeline.ts'
import type { Lab } from '../lab.ts'
import type { FieldIssue, Observation } from './field-issue.ts'

export type PhaseName = 'healthy' | 'fault' | 'mended'

export interface Phase {
  readonly name: PhaseName
  readonly observation: Observation
  readonly passed: boolean
  /** Only what happened in this phase. */
  readonly timeline: Timeline
}

/** Healthy → fault → symptom → remedy → healthy. A phase that does not show what it must fails the reproduction. */
export async function* reproduce(issue: FieldIssue, lab: Lab): AsyncGenerator<Phase> {
  yield await runPhase('healthy', 'works', issue, lab)
  await issue.apply(lab)
  yield await runPhase('fault', 'symptom', issue, lab)
  await issue.mend(lab)
  yield await runPhase('mended', 'works', issue, lab)
}

async function runPhase(name: PhaseName, wanted: Observation['outcome'], issue: FieldIssue, lab: Lab): Promise<Phase> {
  const earlier = (await lab.events()).length
  const observation = await issue.exercise(lab)
  const events = await lab.events()
  const timeline = timelineOf(events.slice(earlier), events)
  return { name, observation, passed: observation.outcome === wanted, timeline }
}
