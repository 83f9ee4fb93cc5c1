import { Then, When } from '@cucumber/cucumber'
import type { Endpoint } from '#lab/endpoint.ts'
import { waitFor } from '#runtime/wait.ts'
import { Mismatch, seen } from '../support/matchers.ts'
import type { ViewRow } from '../support/page-views.ts'
import { viewOn } from '../support/page-views.ts'
import { statusOf } from '../support/refusals.ts'
import { onPages, tableRowsIn } from '../support/shown-pages.ts'
import type { LabWorld } from '../support/world.ts'

const currentPage = 'Status > Calls > Calls'
const historyPage = 'Status > Calls > History'
const detailsPage = 'Status > Registrations > By device > Registration details'
const registrationPage = `${detailsPage} > Calls by registration`

/** Calls at a time; a client keeps more, but each has a transaction of its own. */
const atOnce = 10

When(
  '{user} calls the number {string} {int} times',
  async function (this: LabWorld, user: string, number: string, times: number) {
    const caller = await this.user(user)
    this.expectRefusal((message) => message.to === user && statusOf(message) === 404)
    for (let left = times; left > 0; left -= atOnce)
      await Promise.all(Array.from({ length: Math.min(left, atOnce) }, () => callInVain(caller, number)))
  },
)

async function callInVain(caller: Endpoint, number: string): Promise<void> {
  const { callId } = await caller.call<{ callId: string }>('call', { to: number })
  const { status } = await caller.call<{ status?: number }>('waitCall', { callId, state: 'ended', limitMs: 10_000 })
  if (status !== 404) throw new Mismatch(`the call of ${caller.user.id} for ${number}`, 404, status)
}

Then(
  /^the (oldest|newest) call in the history of the (VCS Control|VCS Expressway) is for "(\d+)"$/,
  async function (this: LabWorld, which: string, name: string, number: string) {
    const host = name === 'VCS Control' ? 'vcsc1' : 'vcse1'
    const rows = await viewOn(this, host, historyPage, 'calls')
    const row = which === 'newest' ? rows[0] : rows.at(-1)
    if (!String(row?.['destination']).includes(`:${number}@`))
      throw new Mismatch(`the ${which} of ${rows.length} calls of ${host}`, number, row)
    this.showRecord(host, `${rows.length} calls, the ${which} for ${String(row!['destination'])}`)
    await seen(
      this,
      `INVITE for ${number} at ${host}`,
      ({ to, summary }) => to === host && summary.startsWith('INVITE ') && summary.includes(`:${number}@`),
    )
  },
)

interface Typed {
  readonly callType?: string
}

Then('the calls on the {host} are {string}', async function (this: LabWorld, host: string, expected: string) {
  const { management } = await this.host(host)
  let last: readonly string[] = []
  const types = async () => {
    const { calls } = await management.call<{ calls: readonly Typed[] | { active: readonly Typed[] } }>('state')
    return ('active' in calls ? calls.active : calls).map(({ callType }) => callType ?? 'none').sort()
  }
  await waitFor(`the calls on ${host}: ${expected}`, async () => (last = await types()).join(', ') === expected, {
    limitMs: 3_000,
    lastSeen: () => last,
  })
  this.showRecord(host, last.join(', '))
})

Then('no row of the call list of the {host} says what type its call is', async function (this: LabWorld, host: string) {
  const rows = await viewOn(this, host, currentPage, 'calls')
  const telling = rows.filter((row) => /remote session|traversal call/i.test(JSON.stringify(row)))
  const columns = new Set(rows.map((row) => Object.keys(row).join()))
  if (rows.length < 2 || telling.length > 0 || columns.size !== 1)
    throw new Mismatch(`call list of ${host}`, 'several rows of one form without a type', rows)
  this.showRecord(host, `${rows.length} rows with ${[...columns][0]}`)
})

Then(
  'one call in the list of the {host} has the component {string}',
  async function (this: LabWorld, host: string, zone: string) {
    await oneHasComponent(this, host, zone, currentPage)
  },
)

Then(
  'one call in the history of the {host} has the component {string}',
  async function (this: LabWorld, host: string, zone: string) {
    await oneHasComponent(this, host, zone, historyPage)
  },
)

async function oneHasComponent(world: LabWorld, host: string, zone: string, page: string): Promise<void> {
  const rows = await viewOn(world, host, page, 'calls')
  const found = rows.filter((row) => String(row['components']).includes(zone))
  if (found.length !== 1 || rows.length < 2)
    throw new Mismatch(`${page} of ${host}`, `one of several through ${zone}`, rows)
  world.showRecord(host, `one of ${rows.length} calls: ${String(found[0]!['components'])}`)
}

const plain = ({ registration: _, ...row }: ViewRow) => JSON.stringify(Object.entries(row).sort())

/** The page against both global lists, and the number of calls that the device itself knows. */
Then(
  'Calls by registration of {user} on the {host} has exactly his/her calls, {int} of them',
  async function (this: LabWorld, user: string, host: string, count: number) {
    const device = await this.user(user)
    const alias = device.user.line
    const ofAll = [
      ...(await viewOn(this, host, currentPage, 'calls')),
      ...(await viewOn(this, host, historyPage, 'calls')),
    ].filter(({ source, destination }) => [source, destination].some((uri) => String(uri).includes(alias)))
    const rows = (await viewOn(this, host, registrationPage, 'calls')).filter(({ registration }) =>
      String(registration).includes(alias),
    )
    const own = await device.call<unknown[]>('calls')
    const isSame = rows.map(plain).sort().join() === ofAll.map(plain).sort().join()
    if (!isSame || rows.length !== count || own.length !== count)
      throw new Mismatch(`calls of ${alias}`, { count, ofAll, device: own.length }, rows)
    this.showRecord(host, `${rows.length} calls of ${alias}, as in the lists of all calls and as the device has them`)
  },
)

Then(
  'Calls by registration on the {host} has nothing of {user}',
  async function (this: LabWorld, host: string, user: string) {
    const { line } = (await this.user(user)).user
    const rows = await viewOn(this, host, registrationPage, 'calls')
    const alias = line.includes('@') ? line : `${line}@`
    const found = rows.filter((row) => JSON.stringify(row).includes(`:${alias}`))
    if (rows.length === 0 || found.length > 0) throw new Mismatch(`calls of ${line} on ${host}`, 'none', found)
    this.showRecord(host, `none of ${rows.length} calls is of ${line}`)
  },
)

/** As an administrator clicks: from the row of the device to its details, from there to its calls. */
Then(
  'Registration details of {user} on the {host} lead to {int} call(s)',
  async function (this: LabWorld, user: string, host: string, count: number) {
    const { line } = (await this.user(user)).user
    const shown = await onPages(this, host, async (pages) => {
      const { html } = await pages.open(detailsPage)
      const row = tableRowsIn(html).find(({ text }) => text.includes(line))
      const target = /href="([^"]*calls-by-registration[^"]*)"/.exec(row?.html ?? '')?.[1]
      if (target === undefined) throw new Mismatch(`a link in the row of ${line}`, registrationPage, row?.html)
      return tableRowsIn((await pages.follow(target)).html).filter(({ text }) => text.includes('→'))
    })
    const others = shown.filter(({ text }) => !text.includes(line))
    if (shown.length !== count || others.length > 0)
      throw new Mismatch(
        `calls behind Registration details of ${line}`,
        count,
        shown.map(({ text }) => text),
      )
    this.showRecord(host, `Registration details of ${line} lead to ${shown.length} calls`)
  },
)
