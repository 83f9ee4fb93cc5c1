import { Then } from '@cucumber/cucumber'
import { waitFor } from '#runtime/wait.ts'
import { Mismatch } from '../support/matchers.ts'
import type { ViewRow } from '../support/page-views.ts'
import { viewOn } from '../support/page-views.ts'
import { onPages, tableRowsIn, textOf } from '../support/shown-pages.ts'
import type { LabWorld } from '../support/world.ts'

const statusPage = 'Status > Unified Communications'
const patience = { limitMs: 5_000, everyMs: 50 }

/** Follows the link of the error to the page where it is mended, as the administrator would. */
Then(
  'the status page of the {host} names {string} and leads to {string}',
  async function (this: LabWorld, host: string, says: string, path: string) {
    const heading = await onPages(this, host, async (pages) => {
      const { html } = await pages.open(statusPage)
      const row = tableRowsIn(html).find(({ text }) => text.includes(says))
      const errors = await viewOn(this, host, statusPage, 'errors')
      if (row === undefined) throw new Mismatch(`configuration errors of ${host}`, says, errors)
      const [, href, text] = /<a href="([^"]+)">([\s\S]*?)<\/a>/.exec(row.html) ?? []
      if (href === undefined || textOf(text!) !== path) throw new Mismatch(`the link of "${says}"`, path, row.text)
      const found = await pages.follow(href)
      const place = /<nav class="place"[\s\S]*?<\/nav>/.exec(found.html)?.[0] ?? ''
      const steps = [...place.matchAll(/<li[^>]*>([\s\S]*?)<\/li>/g)].map(([, step]) => textOf(step!)).join(' > ')
      if (found.status !== 200 || steps !== path) throw new Mismatch(`behind ${href}`, path, [found.status, steps])
      return steps
    })
    this.showRecord(host, `status page: ${says}; its link leads to ${heading}`)
  },
)

Then(
  'the status page of the {host} shows {string} as {string}',
  async function (this: LabWorld, host: string, service: string, wanted: string) {
    await rowBecomes(this, host, 'summary', ({ name, state }) => name === service && state === wanted)
    this.showRecord(host, `status page: ${service} ${wanted}`)
  },
)

Then(
  'the status page of the {host} lists the domain {string} with {string}',
  async function (this: LabWorld, host: string, name: string, services: string) {
    await rowBecomes(this, host, 'domains', (row) => row['name'] === name && row['services'] === services)
    this.showRecord(host, `status page: domain ${name}: ${services}`)
  },
)

Then('the status page of the {host} lists no domain', async function (this: LabWorld, host: string) {
  let last: readonly ViewRow[] = []
  const isEmpty = async () => (last = await viewOn(this, host, statusPage, 'domains')).length === 0
  await waitFor(`no domain on the status page of ${host}`, isEmpty, { ...patience, lastSeen: () => last })
  this.showRecord(host, 'status page: no domain')
})

Then(
  'the status page of the {host} lists the zone {string} as {string}',
  async function (this: LabWorld, host: string, name: string, state: string) {
    const isIt = (row: ViewRow) => row['name'] === name && String(row['state']).startsWith(state)
    const { reason = '' } = await rowBecomes(this, host, 'zones', isIt)
    this.showRecord(host, `status page: zone ${name} ${state} ${String(reason)}`)
  },
)

async function rowBecomes(
  world: LabWorld,
  host: string,
  view: string,
  isIt: (row: ViewRow) => boolean,
): Promise<ViewRow> {
  let last: readonly ViewRow[] = []
  const found = async () => (last = await viewOn(world, host, statusPage, view)).find(isIt)
  return waitFor(`${view} of the status page of ${host}`, found, { ...patience, lastSeen: () => last })
}

/** Whatever stands there, each alarm says what to do. */
Then(
  'the {host} has the alarm {string} with the action {string}',
  async function (this: LabWorld, host: string, title: string, action: string) {
    let last: readonly ViewRow[] = []
    const isIt = (row: ViewRow) => row['title'] === title && row['action'] === action && row['state'] === 'Raised'
    await waitFor(
      `the alarm ${title} of ${host}`,
      async () => (last = await viewOn(this, host, 'Status > Alarms', 'alarms')).some(isIt),
      { ...patience, lastSeen: () => last },
    )
    const silent = last.filter(({ action: text }) => String(text ?? '') === '')
    if (silent.length > 0) throw new Mismatch(`alarms of ${host} without an action`, 'none', silent)
    this.showRecord(host, `alarm ${title}: ${action}`)
  },
)

Then('the {host} has no alarm {string}', async function (this: LabWorld, host: string, title: string) {
  let last: readonly ViewRow[] = []
  const isIt = (row: ViewRow) => row['title'] === title && row['state'] === 'Raised'
  await waitFor(
    `no alarm ${title} of ${host}`,
    async () => !(last = await viewOn(this, host, 'Status > Alarms', 'alarms')).some(isIt),
    { ...patience, lastSeen: () => last },
  )
  this.showRecord(host, `no alarm ${title}`)
})

Then('the pages of the {host} say {string}', async function (this: LabWorld, host: string, says: string) {
  const found = await bannersOf(this, host)
  if (!found.includes(says)) throw new Mismatch(`the banner of ${host}`, says, found)
  this.showRecord(host, `banner: ${found}`)
})

Then('the pages of the {host} say nothing of a restart', async function (this: LabWorld, host: string) {
  const found = await bannersOf(this, host)
  if (found !== '') throw new Mismatch(`the banner of ${host}`, 'none', found)
  this.showRecord(host, 'no banner')
})

async function bannersOf(world: LabWorld, host: string): Promise<string> {
  const { html } = await onPages(world, host, (pages) => pages.open(statusPage))
  const [, inner = ''] = /<div class="banner"[^>]*>([\s\S]*?)<\/div>/.exec(html) ?? []
  return textOf(inner)
}
