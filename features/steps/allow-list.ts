import { Given, Then, When } from '@cucumber/cucumber'
import { openVisitor } from '#lab/operator/visitor.ts'
import { Mismatch } from '../support/matchers.ts'
import { addressOf } from '../support/places.ts'
import { administer, onlyRows, Page } from '../support/vcs-pages.ts'
import type { LabWorld } from '../support/world.ts'

Given('the allow list is empty', async function (this: LabWorld) {
  await setAllowList(this, [])
})

Given('the allow list has {string}', async function (this: LabWorld, entry: string) {
  await setAllowList(this, [entry])
})

Given('the allow list has the address of the {host}', async function (this: LabWorld, host: string) {
  const lab = await this.lab()
  await setAllowList(this, [addressOf(lab, host)])
})

async function setAllowList(world: LabWorld, entries: readonly string[]): Promise<void> {
  const rows = entries.map((entry) => ({ 'Server hostname': entry }))
  await administer(world, 'vcsc1', onlyRows(Page.allowList, rows))
}

When('the administrator sets the allow list to {string}', async function (this: LabWorld, entry: string) {
  const problem = await setAllowList(this, [entry]).then(
    () => undefined,
    (error: Error) => error.message,
  )
  this.memory.set('change', { problem })
})

Then('the change is refused', function (this: LabWorld) {
  const { problem } = this.recall<{ problem?: string }>('change')
  if (problem === undefined) throw new Mismatch('the change', 'refused', 'accepted')
  this.showRecord('vcsc1', `the change is refused: ${problem}`)
})

Then('the change is accepted', function (this: LabWorld) {
  const { problem } = this.recall<{ problem?: string }>('change')
  if (problem !== undefined) throw new Mismatch('the change', 'accepted', problem)
  this.showRecord('vcsc1', 'the change is accepted')
})

/** As an administrator in the office sees it. */
Then('the allow list page shows no entry', async function (this: LabWorld) {
  const lab = await this.lab()
  await using visitor = await openVisitor(lab, 'inside')
  const login = { username: 'admin', password: lab.secrets.administrators['vcsc1']! }
  const { page } = await visitor.status({ address: addressOf(lab, 'vcsc1'), port: 443 }, login)
  const entries = page['httpAllowList']
  if (!Array.isArray(entries) || entries.length > 0) throw new Mismatch('HTTP server allow list', 'no entry', entries)
  this.showRecord('vcsc1', 'the HTTP server allow list has no entry')
})
