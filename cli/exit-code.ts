/** Exit codes of every verb (docs/architecture.md). */
export const ExitCode = {
  passed: 0,
  failed: 1,
  usage: 2,
  environment: 3,
  nothingSelected: 4,
  regression: 5,
  refusedTarget: 6,
} as const
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode]
