import * as v from 'valibot'

/** What is wrong with a configuration, and where. */
export interface ConfigurationProblem {
  /** Dotted path into the document, for example `zones.0.peerAddress`. */
  readonly path: string
  readonly says: string
}

export class ConfigurationError extends Error {
  readonly code = 'MRA_CONFIGURATION'
  readonly problems: readonly ConfigurationProblem[]

  constructor(program: string, problems: readonly ConfigurationProblem[]) {
    super(`${program}: ${problems.map(({ path, says }) => `${path || '(document)'}: ${says}`).join('; ')}`)
    this.problems = problems
  }
}

/** Parses into a frozen value or throws a `ConfigurationError` with every problem. Use `v.strictObject`: unknown keys are problems. */
export function readConfiguration<const Schema extends v.GenericSchema>(
  program: string,
  schema: Schema,
  document: unknown,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, document)
  if (result.success) return deepFreeze(result.output)
  throw new ConfigurationError(
    program,
    result.issues.map((issue) => ({ path: v.getDotPath(issue) ?? '', says: issue.message })),
  )
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value) && !ArrayBuffer.isView(value)) {
    Object.freeze(value)
    for (const child of Object.values(value)) deepFreeze(child)
  }
  return value
}
