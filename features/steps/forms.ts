import type { DataTable } from '@cucumber/cucumber'
import { Then, When } from '@cucumber/cucumber'
import { ApiRefusal } from '#lab/vcs/administrator.ts'
import { Mismatch } from '../support/matchers.ts'
import { rowsOn, valuesOn } from '../support/page-views.ts'
import { buttonsIn, fieldsIn, onPages, tableRowsIn, textOf } from '../support/shown-pages.ts'
import type { LabWorld } from '../support/world.ts'

/** Labels as the guide prints them, a star behind those that are mandatory. */
function starred(html: string): string {
  return fieldsIn(html)
    .map(({ label, isMandatory }) => (isMandatory ? `${label} *` : label))
    .join(', ')
}

function mustHave(what: string, wanted: DataTable, html: string): string {
  const labels = starred(html)
  const expected = wanted.raw().flat().join(', ')
  if (labels !== expected) throw new Mismatch(what, expected, labels)
  return labels
}

Then(
  'the New form of {string} on the {host} has the fields:',
  async function (this: LabWorld, path: string, host: string, wanted: DataTable) {
    const { html } = await onPages(this, host, (pages) => pages.open(path, 'new'))
    this.showRecord(host, `${path} > New: ${mustHave(`New form of ${path}`, wanted, html)}`)
  },
)

Then(
  'the Edit form of {string} in {string} on the {host} has the fields:',
  async function (this: LabWorld, row: string, path: string, host: string, wanted: DataTable) {
    const { html } = await onPages(this, host, (pages) => pages.open(path, `edit?row=${encodeURIComponent(row)}`))
    this.showRecord(host, `${path} > ${row}: ${mustHave(`Edit form of ${path}`, wanted, html)}`)
  },
)

/** Every list of choices of the form has these and nothing else. */
Then(
  'the Edit form of {string} in {string} on the {host} offers {string} for each service',
  async function (this: LabWorld, row: string, path: string, host: string, wanted: string) {
    const { html } = await onPages(this, host, (pages) => pages.open(path, `edit?row=${encodeURIComponent(row)}`))
    const lists = [...html.matchAll(/<select[\s\S]*?<\/select>/g)].map(([list]) =>
      [...list.matchAll(/<option[^>]*>([\s\S]*?)<\/option>/g)].map(([, choice]) => textOf(choice!)).join(', '),
    )
    if (lists.length !== 3 || lists.some((choices) => choices !== wanted)) {
      throw new Mismatch(`choices of ${path}`, `3 times ${wanted}`, lists)
    }
    this.showRecord(host, `${path} > ${row}: each service ${wanted}`)
  },
)

Then(
  'the New form of {string} on the {host} has the button {string}',
  async function (this: LabWorld, path: string, host: string, button: string) {
    const { html } = await onPages(this, host, (pages) => pages.open(path, 'new'))
    const buttons = buttonsIn(html)
    if (!buttons.includes(button)) throw new Mismatch(`buttons of the New form of ${path}`, button, buttons)
    this.showRecord(host, `${path} > New has the button ${button}`)
  },
)

/** As it would be right, but for the field that stays empty. */
When(
  'the administrator sends the New form of {string} on the {host} without {string}:',
  async function (this: LabWorld, path: string, host: string, left: string, table: DataTable) {
    await sendNew(this, path, host, { ...table.rowsHash(), [left]: '' })
  },
)

When(
  'the administrator sends the New form of {string} on the {host}:',
  async function (this: LabWorld, path: string, host: string, table: DataTable) {
    await sendNew(this, path, host, table.rowsHash())
  },
)

async function sendNew(world: LabWorld, path: string, host: string, values: Record<string, string>): Promise<void> {
  const answer = await onPages(world, host, async (pages) => {
    const fields = fieldsIn((await pages.open(path, 'new')).html)
    const byName = fields.flatMap(({ name, label }) => (label in values ? [[name, values[label]!]] : []))
    return pages.submit(path, 'new', Object.fromEntries(byName))
  })
  const [, errors = ''] = /<div class="errors"[^>]*>([\s\S]*?)<\/div>/.exec(answer.html) ?? []
  world.memory.set('change', { problem: answer.status === 303 ? undefined : textOf(errors) })
}

Then('the refusal says {string}', function (this: LabWorld, says: string) {
  const { problem } = this.recall<{ problem?: string }>('change')
  if (problem?.includes(says) !== true) throw new Mismatch('the refusal', says, problem ?? 'taken')
  this.showRecord('administrator', `refused: ${problem}`)
})

Then('{string} on the {host} lists {string}', async function (this: LabWorld, path: string, host: string, row: string) {
  const { html } = await onPages(this, host, (pages) => pages.open(path))
  const rows = tableRowsIn(html).map(({ text }) => text)
  if (!rows.some((text) => text.includes(row))) throw new Mismatch(`rows of ${path}`, row, rows)
  this.showRecord(host, `${path} lists ${row}`)
})

/** The row stands there, and nothing in it can be pressed or followed. */
Then(
  '{string} on the {host} shows {string} without a way to edit it',
  async function (this: LabWorld, path: string, host: string, name: string) {
    const { html } = await onPages(this, host, (pages) => pages.open(path))
    const rows = tableRowsIn(html).filter(({ text }) => text.includes(name))
    const controls = rows.filter((row) => /<(a|button|form|input)\b/.test(row.html)).map(({ text }) => text)
    if (rows.length === 0 || controls.length > 0) {
      throw new Mismatch(`${name} on ${path}`, 'shown, no control', { rows: rows.length, controls })
    }
    this.showRecord(host, `${path}: ${rows[0]!.text}, no control`)
  },
)

Then(
  '{string} on the {host} shows {string} with a way to edit it',
  async function (this: LabWorld, path: string, host: string, name: string) {
    const { html } = await onPages(this, host, (pages) => pages.open(path))
    const found = tableRowsIn(html).find((row) => row.text.includes(name) && /edit\?row=/.test(row.html))
    if (found === undefined) throw new Mismatch(`${name} on ${path}`, 'shown with Edit', textOf(html))
    this.showRecord(host, `${path}: ${found.text}`)
  },
)

When(
  'the administrator tries to set {string} of {string} in {string} on the {host} to {string}',
  async function (this: LabWorld, label: string, row: string, path: string, host: string, value: string) {
    const typed = /^\d+$/.test(value) ? Number(value) : value
    await tryCall(this, host, path, { method: 'PUT', row, body: { [label]: typed } })
  },
)

When(
  'the administrator tries to delete {string} from {string} on the {host}',
  async function (this: LabWorld, row: string, path: string, host: string) {
    await tryCall(this, host, path, { method: 'DELETE', row })
  },
)

/** A single call of the API; whether it was taken, and if not why. */
async function tryCall(
  world: LabWorld,
  host: string,
  path: string,
  { row, ...call }: { readonly method: 'PUT' | 'DELETE'; readonly row: string; readonly body?: object },
): Promise<void> {
  await using administrator = (await world.lab()).administrator(host)
  const { url } = await administrator.page(path)
  const problem = await administrator.call({ ...call, path: `${url}/${encodeURIComponent(row)}` }).then(
    () => undefined,
    (error: unknown) => {
      if (error instanceof ApiRefusal) return error.message
      throw error
    },
  )
  world.memory.set('change', { problem })
}

/** On the page and through the API. */
Then(
  '{string} on the {host} shows {string} only with advanced settings',
  async function (this: LabWorld, path: string, host: string, label: string) {
    const shows = ({ html }: { readonly html: string }) => fieldsIn(html).some((field) => field.label === label)
    const found = await onPages(this, host, async (pages) => {
      const plain = await pages.open(path)
      return {
        page: shows(plain),
        button: buttonsIn(plain.html).includes('Show advanced settings'),
        advancedPage: shows(await pages.open(path, '?advanced=on')),
      }
    })
    const api = label in (await valuesOn(this, host, path))
    const advancedApi = label in (await valuesOn(this, host, path, '?advanced=on'))
    const all = { ...found, api, advancedApi }
    const wanted = { page: false, button: true, advancedPage: true, api: false, advancedApi: true }
    if (JSON.stringify(all) !== JSON.stringify(wanted)) throw new Mismatch(`${label} on ${path}`, wanted, all)
    this.showRecord(host, `${path}: ${label} behind Show advanced settings only`)
  },
)

Then(
  '{string} on the {host} has {int} rows',
  async function (this: LabWorld, path: string, host: string, count: number) {
    const rows = await rowsOn(this, host, path)
    if (rows.length !== count) throw new Mismatch(`rows of ${path}`, count, rows)
    this.showRecord(host, `${path}: ${count} rows`)
  },
)
