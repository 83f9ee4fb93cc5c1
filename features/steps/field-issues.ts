import { Then, When } from '@cucumber/cucumber'
import { fieldIssue } from '#lab/faults/catalogue.ts'
import type { Phase } from '#lab/faults/reproduce.ts'
import { reproduce } from '#lab/faults/reproduce.ts'
import { Mismatch } from '../support/matchers.ts'
import type { LabWorld } from '../support/world.ts'

When('the field issue {string} is reproduced', async function (this: LabWorld, name: string) {
  const issue = fieldIssue(name)
  if (issue.topology !== undefined) this.topology = issue.topology
  this.expectRefusal(issue.isSymptomMessage)
  const phases: Phase[] = []
  for await (const phase of reproduce(issue, await this.lab())) phases.push(phase)
  const symptoms = (await this.timeline()).messages.filter(issue.isSymptomMessage)
  for (const message of symptoms.slice(0, 2)) this.showMessage(message)
  this.memory.set('phases', phases)
})

Then('it is healthy, shows the symptom, and is healthy again', function (this: LabWorld) {
  const phases = this.recall<Phase[]>('phases')
  const outcomes = phases.map(({ name, observation }) => `${name}: ${observation.outcome}`)
  const wanted = ['healthy: works', 'fault: symptom', 'mended: works']
  if (outcomes.join() !== wanted.join())
    throw new Mismatch(
      'the phases',
      wanted,
      phases.map(({ name, observation }) => `${name}: ${observation.says}`),
    )
  for (const { name, observation } of phases) this.showRecord('client', `${name}: ${observation.says}`)
})
