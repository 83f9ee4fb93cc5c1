/** The guide's deployment scenarios: no others are supported. */
export const environments = [
  'single network elements',
  'single clustered network elements',
  'multiple clustered network elements',
  'hybrid deployment',
] as const
export type DeploymentEnvironment = (typeof environments)[number]
