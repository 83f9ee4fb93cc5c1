import { Given, Then, When } from '@cucumber/cucumber'
import { openVisitor } from '#lab/operator/visitor.ts'
import { Mismatch } from '../support/matchers.ts'
import { addressOf } from '../support/places.ts'
import { administer, formChange, Page, planPages, rowsChange, tryToAdminister } from '../support/vcs-pages.ts'
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

const withMode = (isOn: boolean) =>
  formChange(Page.unifiedCommunications, { 'Unified Communications mode': isOn ? 'Mobile and remote access' : 'Off' })

Given(
  'the Unified Communications mode of the {host} is {switch}',
  function (this: LabWorld, host: string, isOn: boolean) {
    this.expectNotReady = true
    planPages(this, host, withMode(isOn))
  },
)

When(
  'the administrator sets the Unified Communications mode of the {host} to {switch}',
  async function (this: LabWorld, host: string, isOn: boolean) {
    const lab = await this.lab()
    await administer(this, host, withMode(isOn))
    await lab.host('vcsc1').management.call('retry')
    await lab.ready()
  },
)

/** Read from the administration page, as somebody in the office would. */
Then(
  'the domain page of Control shows {string} with the services {onOff}, {onOff}, {onOff}',
  async function (this: LabWorld, name: string, sipOnVcs: boolean, sipOnUnifiedCm: boolean, imAndPresence: boolean) {
    const lab = await this.lab()
    await using visitor = await openVisitor(lab, 'inside')
    const login = { username: 'admin', password: lab.secrets.administrators['vcsc1']! }
    const { page } = await visitor.status({ address: addressOf(lab, 'vcsc1'), port: 443 }, login)
    const wanted = [{ name, sipOnVcs, sipOnUnifiedCm, imAndPresence }]
    if (JSON.stringify(page['domains']) !== JSON.stringify(wanted))
      throw new Mismatch('domains of Control', wanted, page['domains'])
    this.showRecord('vcsc1', `domain ${name}: ${JSON.stringify(wanted)}`)
  },
)
