import { Given, When } from '@cucumber/cucumber'
import type { VcsDocument } from '#lab/vcs/vcs-document.ts'
import type { Change } from '../support/vcs-pages.ts'
import { administer, formChange, onlyRows, Page, planPages, rowsChange } from '../support/vcs-pages.ts'
import type { LabWorld } from '../support/world.ts'

const withMode = (isOn: boolean) =>
  formChange(Page.unifiedCommunications, { 'Unified Communications mode': isOn ? 'Mobile and remote access' : 'Off' })

/** With the mode off nothing that depends on it can be entered. */
const withoutMode: Change = (document) =>
  [withMode(false), withoutUcServices, ...(Page.domains in document ? [withoutUnifiedCm] : [])].reduce(
    (changed, change) => change(changed),
    document,
  )

const withoutUcServices = rowsChange(Page.zones, { 'Unified Communications services': 'No' })

const withoutUnifiedCm: Change = (document) =>
  [
    rowsChange(Page.domains, {
      'SIP registrations and provisioning on Unified CM': 'Off',
      'IM and Presence services on Unified CM': 'Off',
    }),
    ...[Page.unifiedCm, Page.imAndPresence, Page.allowList].map((page) => onlyRows(page, [])),
  ].reduce<VcsDocument>((changed, change) => change(changed), document)

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
