import type { DeploymentEnvironment } from '#guide/deployment-environments.ts'
import { environments } from '#guide/deployment-environments.ts'
import type { RunResults } from './results.ts'

export interface EnvironmentCoverage {
  readonly environment: DeploymentEnvironment
  /** `not covered`: no scenario of the run went through the client script in it. */
  readonly standing: 'covered' | 'failed' | 'not covered'
}

/** What a run showed of each deployment environment: a failed client script counts more than a passed one. */
export function environmentsOf({ scenarios }: RunResults): EnvironmentCoverage[] {
  return environments.map((environment) => {
    const own = scenarios.filter((scenario) => scenario.environment === environment)
    if (own.some(({ result }) => result === 'failed' || result === 'harness error'))
      return { environment, standing: 'failed' }
    return { environment, standing: own.some(({ result }) => result === 'passed') ? 'covered' : 'not covered' }
  })
}
