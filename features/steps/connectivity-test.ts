import { Then } from '@cucumber/cucumber'
import { Mismatch } from '../support/matchers.ts'
import { mustPress } from '../support/page-actions.ts'
import type { ViewRow } from '../support/page-views.ts'
import { viewOn } from '../support/page-views.ts'
import type { LabWorld } from '../support/world.ts'

const page = 'Maintenance > Tools > Network utilities > Connectivity test'

async function runTest(world: LabWorld, host: string): Promise<readonly ViewRow[]> {
  await mustPress(world, host, page, 'Run test')
  return viewOn(world, host, page, 'stages')
}

Then('every stage of the connectivity test on the {host} is ok', async function (this: LabWorld, host: string) {
  const stages = await runTest(this, host)
  const bad = stages.filter(({ result }) => result !== 'ok')
  if (stages.length === 0 || bad.length > 0) throw new Mismatch(`connectivity test on ${host}`, 'ok', bad)
  this.showRecord(host, `ok: ${stages.map(({ stage }) => stage).join(', ')}`)
})

/** A failed stage says what is wrong and hints at what to do. */
Then('the connectivity test on the {host} finds {string}', async function (this: LabWorld, host: string, says: string) {
  const stages = await runTest(this, host)
  const found = stages.find((row) => row['result'] !== 'ok' && String(row['says']).includes(says))
  if (found === undefined || !found['hint']) throw new Mismatch(`connectivity test on ${host}`, says, stages)
  this.showRecord(host, `${found['stage']}: ${found['says']}. ${found['hint']}`)
})
