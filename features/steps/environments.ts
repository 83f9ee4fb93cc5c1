import { Given, Then, When } from '@cucumber/cucumber'
import type { DemonstrationStage } from '#lab/operator/demonstration.ts'
import { demonstrate, useServices } from '#lab/operator/demonstration.ts'
import type { DeploymentEnvironment } from '#guide/deployment-environments.ts'
import { Mismatch } from '../support/matchers.ts'
import type { LabWorld } from '../support/world.ts'

/** The guide's deployment scenarios by their titles, and the lab's topology for each. */
const topologies: Readonly<Record<DeploymentEnvironment, string>> = {
  'single network elements': 'single',
  'single clustered network elements': 'clustered',
  'multiple clustered network elements': 'multi',
  'hybrid deployment': 'hybrid',
}

Given('the deployment environment {string}', function (this: LabWorld, environment: DeploymentEnvironment) {
  this.topology = topologies[environment]
  this.environment = environment
})

/** Everybody signs in, Alice chats, reads her voicemail and calls; tones are measured at the far end of each call. */
When('the client script runs', { timeout: 60_000 }, async function (this: LabWorld) {
  const stages: DemonstrationStage[] = []
  for await (const stage of demonstrate(await this.lab())) stages.push(stage)
  this.memory.set('stages', stages)
})

/** The same by clients that have been signed in: a chat, the voicemail, two calls. */
When('the client script goes on', { timeout: 60_000 }, async function (this: LabWorld) {
  const stages: DemonstrationStage[] = []
  for await (const stage of useServices(await this.lab())) stages.push(stage)
  this.memory.set('stages', stages)
})

Then('every stage of the client script has passed', function (this: LabWorld) {
  const stages = this.recall<readonly DemonstrationStage[]>('stages')
  const failed = stages.filter(({ passed }) => !passed)
  if (stages.length < leastStages || failed.length > 0)
    throw new Mismatch('stages of the client script', `${leastStages} or more, all passed`, failed)
  for (const { title, detail } of stages) this.showRecord('client', `${title.trim()}: ${detail}`)
})

/** A chat, the voicemail and two calls of four stages each. */
const leastStages = 10
