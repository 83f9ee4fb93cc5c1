import { Given, Then } from '@cucumber/cucumber'
import { observeClients } from '#lab/observe/clients.ts'
import { Mismatch } from '../support/matchers.ts'
import type { LabWorld } from '../support/world.ts'

Given(
  /^the Jabber of (Alice|Bob) is release "([\d.]+)" for (Windows|iOS|Android)$/,
  function (this: LabWorld, user: string, version: string, platform: string) {
    this.setClient(user.toLowerCase(), { platform, version })
  },
)

Given('the TC endpoint runs {string}', function (this: LabWorld, release: string) {
  this.setClient('boardroom', { release })
})

/** By what Unified CM recorded of its registration. */
Then('the client of {user} is {string}', async function (this: LabWorld, user: string, wanted: string) {
  const { user: owner } = await this.user(user)
  const found = (await observeClients(await this.lab())).find(({ device }) => device === owner.device)
  if (found?.says.startsWith(`${wanted};`) !== true) throw new Mismatch(`the client of ${user}`, wanted, found?.says)
  this.showRecord('cucm1', `${found.device}: ${found.says}`)
})
