import { Given, Then, When } from '@cucumber/cucumber'
import type { PageValues } from '#lab/vcs/vcs-document.ts'
import { withRows } from '#lab/vcs/vcs-document.ts'
import { Mismatch } from '../support/matchers.ts'
import { viewOn } from '../support/page-views.ts'
import { administer, planPages } from '../support/vcs-pages.ts'
import type { LabWorld } from '../support/world.ts'

const searchRules = 'Configuration > Dial plan > Search rules'

const nameOf = (row: PageValues) => row['Rule name']

Given('the {host} has no search rule {string}', function (this: LabWorld, host: string, name: string) {
  planPages(this, host, (document) =>
    withRows(document, searchRules, (rows) => {
      const rule = rows.find((row) => nameOf(row) === name)
      if (rule === undefined) throw new Error(`${host} never had the search rule ${name}`)
      this.memory.set(`search rule ${name}`, rule)
      return rows.filter((row) => row !== rule)
    }),
  )
})

When(
  'the administrator adds the search rule {string} on the {host}',
  async function (this: LabWorld, name: string, host: string) {
    const rule = this.recall<PageValues>(`search rule ${name}`)
    await administer(this, host, (document) => withRows(document, searchRules, (rows) => [...rows, rule]))
  },
)

Given(
  '{string} is {string} in the search rule {string} of the {host}',
  function (this: LabWorld, label: string, value: string, name: string, host: string) {
    const changed = (row: PageValues) => (nameOf(row) === name ? { ...row, [label]: value } : row)
    planPages(this, host, (document) => withRows(document, searchRules, (rows) => rows.map(changed)))
  },
)

/** Before every other rule of the VCS Control. */
Given(
  /^a search rule of the VCS Control asks "([^"]*)" first for "([^"]*)" and (continues|stops) there$/,
  function (this: LabWorld, target: string, alias: string, onMatch: string) {
    const rule = {
      'Rule name': 'First',
      Priority: 1,
      Mode: 'Alias pattern match',
      'Pattern type': 'Exact',
      'Pattern string': alias,
      'Pattern behavior': 'Leave',
      'On successful match': onMatch === 'stops' ? 'Stop' : 'Continue',
      Target: target,
    }
    planPages(this, 'vcsc1', (document) => withRows(document, searchRules, (rows) => [rule, ...rows]))
  },
)

/** The newest search of that address on Status > Search history. */
async function searchFor(world: LabWorld, host: string, address: string) {
  const searches = await viewOn(world, host, 'Status > Search history', 'searches')
  const found = searches.find(({ destination }) => destination === `sip:${address}`)
  if (found === undefined)
    throw new Mismatch(
      `search history of ${host}`,
      address,
      searches.map(({ destination }) => destination),
    )
  return found
}

Then(
  'the {host} has found {string} by the search rule {string} in {string}',
  async function (this: LabWorld, host: string, address: string, rule: string, zone: string) {
    const search = await searchFor(this, host, address)
    const found = { rule: search['rule'], zone: search['zone'], status: search['outcome'] }
    const wanted = { rule, zone, status: 'Found' }
    if (JSON.stringify(found) !== JSON.stringify(wanted)) throw new Mismatch(`${address} on ${host}`, wanted, found)
    this.showRecord(host, `Status > Search history: ${address} by ${rule} in ${zone}`)
  },
)

Then('the {host} has not found {string}', async function (this: LabWorld, host: string, address: string) {
  const { outcome, zone } = await searchFor(this, host, address)
  if (outcome !== 'Not Found') throw new Mismatch(`${address} on ${host}`, 'Not Found', [outcome, zone])
  this.showRecord(host, `Status > Search history: ${address} not found`)
})
