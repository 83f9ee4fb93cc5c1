import { Then, When } from '@cucumber/cucumber'
import { Mismatch, seen } from '../support/matchers.ts'
import { press } from '../support/page-actions.ts'
import { administer, Page, rowsChange } from '../support/vcs-pages.ts'
import type { LabWorld } from '../support/world.ts'

/** User Management > Application User: the AXL user is the first. */
When('the password of the AXL user is changed in Unified CM', async function (this: LabWorld) {
  this.expectNotReady = true
  await (await this.host('cucm1')).management.call('set', { path: 'applicationUsers.0.password', value: newPassword })
})

When('the administrator enters the new password of the AXL user on Control', async function (this: LabWorld) {
  await administer(this, 'vcsc1', rowsChange(Page.unifiedCm, { Password: newPassword }))
})

const newPassword = 'n3w-axl-p4ssword'

/** Refresh servers, with nothing entered again. */
When('the administrator refreshes the Unified CM servers on their page', async function (this: LabWorld) {
  this.memory.set('messages before the refresh', (await this.timeline()).messages.length)
  const { isDone, says } = await press(this, 'vcsc1', Page.unifiedCm, 'Refresh servers')
  if (!isDone) throw new Mismatch('Refresh servers', 'done', says)
  this.showRecord('vcsc1', says)
})

Then('Refresh servers tells: {string}', async function (this: LabWorld, wanted: string) {
  const { isDone, says } = await press(this, 'vcsc1', Page.unifiedCm, 'Refresh servers')
  if (isDone || !says.includes(wanted)) throw new Mismatch('Refresh servers', wanted, says)
  this.showRecord('vcsc1', says)
})

Then('Unified CM is asked by AXL for it, and answers', async function (this: LabWorld) {
  const before = this.recall<number>('messages before the refresh')
  const asked = await seen(
    this,
    'AXL for the refresh',
    ({ number, from, to, summary }) =>
      number > before && from === 'vcsc1' && to === 'cucm1' && summary.startsWith('POST /axl'),
  )
  await seen(
    this,
    'the answer of Unified CM',
    ({ number, from, to, summary }) =>
      number > asked.number && from === 'cucm1' && to === 'vcsc1' && summary === '200 OK',
  )
})
