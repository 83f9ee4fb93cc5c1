import type { TimelineMessage } from '../evidence/timeline.ts'
import type { Lab } from '../lab.ts'

/** What a client experienced when the issue's exercise was done once. */
export interface Observation {
  /** In a field engineer's words, for example `call to 1003 ended with 407 Proxy Authentication Required`. */
  readonly says: string
  readonly outcome: 'works' | 'symptom' | 'something else'
}

/** A field issue: cause, symptom, evidence, remedy; proved both present and gone. */
export interface FieldIssue {
  readonly name: string
  /** Name in `lab/topology` of the deployment it needs; single network elements where it is left out. */
  readonly topology?: string
  /** Register ids. */
  readonly ids: readonly string[]
  /** Where the guide speaks of it. */
  readonly guide: string
  /** The symptom in the guide's words. */
  readonly symptom: string
  readonly cause: string
  /** Where the administrator looks, and what stands there. */
  readonly adminSees: string
  readonly remedy: string
  /** What separates it from issues that look alike. */
  readonly tellTale: string
  readonly lookAlikes: readonly string[]
  /** Makes the deployment wrong: a misconfiguration of a real part. */
  readonly apply: (lab: Lab) => Promise<void>
  /** What the guide tells to do. */
  readonly mend: (lab: Lab) => Promise<void>
  /** What the user does; done in each phase, judged by what the client received. */
  readonly exercise: (lab: Lab) => Promise<Observation>
  /** The message that shows the symptom, for the ladder. */
  readonly isSymptomMessage: (message: TimelineMessage) => boolean
}
