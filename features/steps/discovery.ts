import { Given, Then, When } from '@cucumber/cucumber'
import { waitFor } from '#runtime/wait.ts'
import { Mismatch } from '../support/matchers.ts'
import type { LabWorld } from '../support/world.ts'

interface Discovery {
  readonly publisher: string
  readonly state: 'Active' | 'Inactive'
  readonly nodes: readonly { readonly name: string; readonly role: string; readonly state: string }[]
  readonly problems: readonly { readonly message: string; readonly reason: string }[]
}

async function discoveries(world: LabWorld): Promise<Discovery[]> {
  const control = await world.host('vcsc1')
  return (await control.management.call<{ discovery: Discovery[] }>('state')).discovery
}

/** Waits until the Control's page shows the publisher so. */
async function shown(world: LabWorld, publisher: string, fits: (found: Discovery) => boolean): Promise<Discovery> {
  let last: Discovery | undefined
  return waitFor(
    `the discovery of ${publisher}`,
    async () => {
      last = (await discoveries(world)).find((each) => each.publisher === publisher)
      return last !== undefined && fits(last) ? last : undefined
    },
    { limitMs: 8_000, lastSeen: () => last },
  )
}

When('discovery has failed for {string}', async function (this: LabWorld, publisher: string) {
  const failed = await shown(this, publisher, ({ state, problems }) => state === 'Inactive' && problems.length > 0)
  this.memory.set('failed discovery', failed)
})

Then('the reason of the failed discovery is that {string}', function (this: LabWorld, reason: string) {
  const { publisher, problems } = this.recall<Discovery>('failed discovery')
  const found = problems.map((problem) => problem.reason)
  if (!found.some((each) => each.includes(reason))) throw new Mismatch(`discovery of ${publisher}`, reason, found)
  this.showRecord('vcsc1', `discovery of ${publisher} failed: ${found.join('; ')}`)
})

Given('the VCS Control knows no IM&P', function (this: LabWorld) {
  this.adapt((plan) =>
    plan.role === 'control'
      ? { ...plan, configuration: { ...(plan.configuration as object), imAndPresenceServers: [] } }
      : plan,
  )
})
