import { Given, Then, When } from '@cucumber/cucumber'
import type { PageValues } from '#lab/vcs/vcs-document.ts'
import type { ViewRow } from '../support/page-views.ts'
import { valuesOn, viewOn } from '../support/page-views.ts'
import { Mismatch } from '../support/matchers.ts'
import type { Change } from '../support/vcs-pages.ts'
import { formChange, Page, planPages, rowsChange, tryToAdminister } from '../support/vcs-pages.ts'
import { press } from '../support/page-actions.ts'
import type { LabWorld } from '../support/world.ts'

/** A value on a form, or in every row of a table. */
const entry =
  (page: string, label: string, value: string): Change =>
  (document) => {
    const typed = /^\d+$/.test(value) ? Number(value) : value
    const change = Array.isArray(document[page]) ? rowsChange : formChange
    return change(page, { [label]: typed })(document)
  }

Given(
  '{string} of {string} on the {host} was left empty',
  function (this: LabWorld, label: string, page: string, host: string) {
    this.expectNotReady = true
    planPages(this, host, entry(page, label, ''))
  },
)

/** Whatever becomes of the deployment by it. */
Given(
  '{string} of {string} on the {host} was set to {string}',
  function (this: LabWorld, label: string, page: string, host: string, value: string) {
    this.expectNotReady = true
    planPages(this, host, entry(page, label, value))
  },
)

When(
  'the administrator sets {string} of {string} on the {host} to {string}',
  async function (this: LabWorld, label: string, page: string, host: string, value: string) {
    const problem = await tryToAdminister(this, host, entry(page, label, value))
    this.memory.set('change', { problem: problem === 'none' ? undefined : problem })
  },
)

When('the administrator gives the {host} a DNS server where nobody is', async function (this: LabWorld, host: string) {
  this.expectNotReady = true
  const { 'Address 1': known } = await valuesOn(this, host, Page.dns)
  const problem = await tryToAdminister(this, host, formChange(Page.dns, { 'Address 1': nobodyBeside(String(known)) }))
  if (problem !== 'none') throw new Mismatch('the DNS server', 'taken', problem)
})

Given('the {host} was given a DNS server where nobody is', function (this: LabWorld, host: string) {
  this.expectNotReady = true
  planPages(this, host, (document) => {
    const { 'Address 1': known } = document[Page.dns] as PageValues
    return formChange(Page.dns, { 'Address 1': nobodyBeside(String(known)) })(document)
  })
})

/** An address of the same network that no host has. */
function nobodyBeside(address: string): string {
  return address.replace(/\d+$/, '199')
}

const lookupPage = 'Maintenance > Tools > Network utilities > DNS lookup'

/** Maintenance > Tools > Network utilities > DNS lookup, addresses only. */
When('the administrator looks up {string} on the {host}', async function (this: LabWorld, name: string, host: string) {
  const body = { Host: name, 'Query type': 'A' }
  const { isDone, says } = await press(this, host, lookupPage, 'Lookup', body)
  if (!isDone) throw new Mismatch('the lookup', 'done', says)
  this.memory.set('lookup', await viewOn(this, host, lookupPage, 'answers'))
})

Then('the lookup finds {string}', function (this: LabWorld, name: string) {
  const rows = this.recall<readonly ViewRow[]>('lookup')
  const found = rows.find(({ query, outcome }) => query === name && outcome === 'found')
  if (found === undefined) throw new Mismatch('the DNS lookup', `${name} found`, rows)
  this.showRecord('administrator', `DNS lookup: ${name} is ${String(found['answer'])}`)
})

Then('the lookup finds nothing', function (this: LabWorld) {
  const rows = this.recall<readonly ViewRow[]>('lookup')
  const found = rows.filter(({ outcome }) => outcome === 'found')
  if (rows.length === 0 || found.length > 0) throw new Mismatch('the DNS lookup', 'nothing found', rows)
  this.showRecord('administrator', `DNS lookup: ${rows.map(({ query, outcome }) => `${query} ${outcome}`).join('; ')}`)
})

/** The status document as programs read it. */
Then('the full name of the {host} is {string}', async function (this: LabWorld, host: string, name: string) {
  await using administrator = (await this.lab()).administrator(host)
  const { fqdn } = await administrator.call<{ fqdn: string }>({ method: 'GET', path: '/api/status' })
  if (fqdn !== name) throw new Mismatch(`the full name of ${host}`, name, fqdn)
  this.showRecord(host, `FQDN ${fqdn}`)
})
