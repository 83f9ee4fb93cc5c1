import { describe, expect, it } from 'vitest'
import { environments } from '#guide/deployment-environments.ts'
import { environmentsOf } from './environments.ts'
import { results, scenarios } from './render/run.fixture.ts'
import { overviewHtml } from './render/overview.ts'

/** The client script in these environments, and scenarios of something else. */
const runOf = (...covered: readonly string[]) => ({
  ...results,
  scenarios: [...results.scenarios, ...covered.map((environment) => ({ ...scenarios.passed, environment }))],
})

describe('the deployment environments of a run', () => {
  it('are covered where the client script passed', () => {
    expect(environmentsOf(runOf(...environments)).map(({ standing }) => standing)).toEqual(
      environments.map(() => 'covered'),
    )
  })

  it('are not covered where it did not run', () => {
    const [, dropped, ...others] = environments
    expect(environmentsOf(runOf(environments[0], ...others))).toContainEqual({
      environment: dropped,
      standing: 'not covered',
    })
    const html = overviewHtml(runOf(environments[0], ...others), [])
    expect(html).toMatch(new RegExp(`${dropped}</td><td><span class="badge not-covered">not covered<`))
    expect(html).toMatch(new RegExp(`${environments[0]}</td><td><span class="badge covered">covered<`))
  })

  it('have failed where the script failed once', () => {
    const run = runOf(environments[0])
    const failed = { ...scenarios.failed, environment: environments[0] }
    expect(environmentsOf({ ...run, scenarios: [...run.scenarios, failed] })[0]!.standing).toBe('failed')
  })
})
