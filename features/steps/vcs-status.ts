import { Then } from '@cucumber/cucumber'
import { waitFor } from '#runtime/wait.ts'
import { Mismatch } from '../support/matchers.ts'
import type { LabWorld } from '../support/world.ts'

type Row = Readonly<Record<string, unknown>>

/** The rows of a page's table, asked for through the API as the administrator would see them. */
async function rowsOn(world: LabWorld, host: string, path: string, view: string): Promise<readonly Row[]> {
  await using administrator = (await world.lab()).administrator(host)
  const { url } = await administrator.page(path)
  return (await administrator.call<{ rows: readonly Row[] }>({ method: 'GET', path: `${url}/views/${view}` })).rows
}

const configurationErrors = async (world: LabWorld, host: string) =>
  (await rowsOn(world, host, 'Status > Unified Communications', 'errors')).map(({ says }) => String(says))

/** As the guide writes an alarm: its title, then its description. */
const alarms = async (world: LabWorld, host: string) =>
  (await rowsOn(world, host, 'Status > Alarms', 'alarms'))
    .filter(({ state }) => state !== 'Lowered')
    .map(({ title, description }) => `${String(title)} - ${String(description)}`)

Then('the {host} shows the configuration error {string}', async function (this: LabWorld, host: string, says: string) {
  const errors = await configurationErrors(this, host)
  if (!errors.some((error) => error.includes(says))) throw new Mismatch(`configuration errors of ${host}`, says, errors)
  this.showRecord(host, `configuration error: ${says}`)
})

Then('the {host} shows no configuration error', async function (this: LabWorld, host: string) {
  const errors = await configurationErrors(this, host)
  if (errors.length > 0) throw new Mismatch(`configuration errors of ${host}`, 'none', errors)
  this.showRecord(host, 'no configuration error')
})

Then('the {host} raises the alarm {string}', async function (this: LabWorld, host: string, wanted: string) {
  let last: readonly string[] = []
  await waitFor(`the alarm of ${host}`, async () => (last = await alarms(this, host)).includes(wanted), {
    limitMs: 3_000,
    everyMs: 50,
    lastSeen: () => last,
  })
  this.showRecord(host, `alarm: ${wanted}`)
})

Then('the {host} has lowered the alarm {string}', async function (this: LabWorld, host: string, wanted: string) {
  let last: readonly string[] = []
  await waitFor(`the alarm of ${host} to go`, async () => !(last = await alarms(this, host)).includes(wanted), {
    limitMs: 3_000,
    everyMs: 50,
    lastSeen: () => last,
  })
  this.showRecord(host, `no alarm "${wanted}"`)
})
