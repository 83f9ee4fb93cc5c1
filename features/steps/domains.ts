import { Given, Then, When } from '@cucumber/cucumber'
import { Mismatch } from '../support/matchers.ts'
import { rowsOn } from '../support/page-views.ts'
import { Page, planPages, rowsChange, tryToAdminister } from '../support/vcs-pages.ts'
import type { LabWorld } from '../support/world.ts'

Given('Control has the domain {string} instead', function (this: LabWorld, name: string) {
  planPages(this, 'vcsc1', rowsChange(Page.domains, { 'Domain name': name }))
})

Given('the domain service {string} is off', function (this: LabWorld, service: string) {
  planPages(this, 'vcsc1', rowsChange(Page.domains, { [service]: 'Off' }))
})

When(
  'the administrator sets the domain service {string} to {string}',
  async function (this: LabWorld, service: string, value: string) {
    const problem = await tryToAdminister(this, 'vcsc1', rowsChange(Page.domains, { [service]: value }))
    this.memory.set('change', { problem: problem === 'none' ? undefined : problem })
  },
)

/** Read from the administration page, as somebody in the office would. */
Then(
  'the domain page of Control shows {string} with the services {onOff}, {onOff}, {onOff}',
  async function (this: LabWorld, name: string, onVcs: boolean, onUnifiedCm: boolean, im: boolean) {
    const [sipOnVcs, sipOnUnifiedCm, imAndPresence] = [onVcs, onUnifiedCm, im].map((isOn) => (isOn ? 'On' : 'Off'))
    const wanted = [
      {
        'Domain name': name,
        'SIP registrations and provisioning on VCS': sipOnVcs,
        'SIP registrations and provisioning on Unified CM': sipOnUnifiedCm,
        'IM and Presence services on Unified CM': imAndPresence,
      },
    ]
    const rows = await rowsOn(this, 'vcsc1', Page.domains)
    if (JSON.stringify(rows) !== JSON.stringify(wanted)) throw new Mismatch('domains of Control', wanted, rows)
    this.showRecord('vcsc1', `domain ${name}: ${JSON.stringify(wanted)}`)
  },
)
