import { Given, When } from '@cucumber/cucumber'
import type { VcsDocument } from '#lab/vcs/vcs-document.ts'
import { withMode, withoutMode } from '../support/mode.ts'
import { administer, planPages } from '../support/vcs-pages.ts'
import type { LabWorld } from '../support/world.ts'

Given('the Unified Communications mode of the {host} was left off', function (this: LabWorld, host: string) {
  this.expectNotReady = true
  planPages(this, host, (document) => {
    this.memory.set(`pages of ${host} with its mode on`, document)
    return withoutMode(document)
  })
})

When(
  'the administrator enters the mode of the {host} and what depends on it',
  async function (this: LabWorld, host: string) {
    const complete = this.recall<VcsDocument>(`pages of ${host} with its mode on`)
    await administer(this, host, () => complete)
    await becomeReady(this)
  },
)

When(
  'the administrator sets the Unified Communications mode of the {host} to off',
  async function (this: LabWorld, host: string) {
    await administer(this, host, withMode(false))
  },
)

When(
  'the administrator sets the Unified Communications mode of the {host} to on',
  async function (this: LabWorld, host: string) {
    await administer(this, host, withMode(true))
    await becomeReady(this)
  },
)

async function becomeReady(world: LabWorld): Promise<void> {
  const lab = await world.lab()
  await lab.host('vcsc1').management.call('retry')
  await lab.ready()
}
