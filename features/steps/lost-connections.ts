import { Given, When } from '@cucumber/cucumber'
import { waitFor } from '#runtime/wait.ts'
import { addressOf } from '../support/places.ts'
import type { LabWorld } from '../support/world.ts'

Given('{user} listens for SIP over TLS', function (this: LabWorld, user: string) {
  this.setClient(user, { sipListenPort: 'On' })
})

When(
  'the SIP connection of {user} to the {host} breaks',
  async function (this: LabWorld, user: string, expressway: string) {
    const client = await this.user(user)
    const from = addressOf(await this.lab(), user)
    await client.call('loseConnection')
    await waitFor(`the SIP connection of ${user} to be gone from ${expressway}`, async () => {
      const { events } = await this.timeline()
      return events.some(
        ({ kind, host, protocol, remote }) =>
          kind === 'close' && host === expressway && protocol === 'SIP' && remote?.startsWith(`${from}:`) === true,
      )
    })
  },
)
