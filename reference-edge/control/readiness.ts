/** One thing that has to work before the Control serves remote users. */
export interface Requirement {
  readonly name: string
  readonly isMet: boolean
}

/** Whether everything works, and the names of what does not. */
export function readinessOf(requirements: readonly Requirement[]): {
  readonly ready: boolean
  readonly missing: string[]
} {
  const missing = requirements.filter(({ isMet }) => !isMet).map(({ name }) => name)
  return { ready: missing.length === 0, missing }
}
