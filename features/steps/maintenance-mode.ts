import { When } from '@cucumber/cucumber'
import { administer, formChange } from '../support/vcs-pages.ts'
import type { LabWorld } from '../support/world.ts'

When('maintenance mode of the {host} is {onOff}', async function (this: LabWorld, host: string, isOn: boolean) {
  const values = { 'Maintenance mode': isOn ? 'On' : 'Off' }
  await administer(this, host, formChange('Maintenance > Maintenance mode', values))
})
