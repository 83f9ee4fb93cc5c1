import { Then, When } from '@cucumber/cucumber'
import { waitFor } from '#runtime/wait.ts'
import { Mismatch } from '../support/matchers.ts'
import { viewOn } from '../support/page-views.ts'
import type { LabWorld } from '../support/world.ts'

interface Listed {
  readonly callType?: string
  readonly components: ReadonlyArray<{
    readonly source?: string
    readonly destination?: string
    readonly legs?: string[]
  }>
}

interface CallLists {
  readonly current: readonly Listed[]
  readonly history: readonly unknown[]
}

/** Status > Calls of a VCS; the Control's page has the lists under one heading. */
async function callsOf(world: LabWorld, host: string): Promise<CallLists> {
  interface State {
    readonly calls: readonly Listed[] | { readonly active: readonly Listed[]; readonly history: readonly unknown[] }
    readonly callHistory?: readonly unknown[]
  }
  const { calls, callHistory = [] } = await (await world.host(host)).management.call<State>('state')
  return 'active' in calls
    ? { current: calls.active, history: calls.history }
    : { current: calls, history: callHistory }
}

Then(
  'the {host} lists {int} current call(s) and {int} in the history',
  async function (this: LabWorld, host: string, current: number, ended: number) {
    let last: CallLists | undefined
    await waitFor(
      `${current} current calls and ${ended} in the history of ${host}`,
      async () => {
        last = await callsOf(this, host)
        return last.current.length === current && last.history.length === ended
      },
      { limitMs: 2_000, lastSeen: () => ({ current: last?.current.length, history: last?.history.length }) },
    )
    const pages = [
      await viewOn(this, host, 'Status > Calls > Calls', 'calls'),
      await viewOn(this, host, 'Status > Calls > History', 'calls'),
    ].map((rows) => rows.length)
    if (pages.join() !== `${current},${ended}`) throw new Mismatch(`call pages of ${host}`, [current, ended], pages)
    this.showRecord(host, `Status > Calls: ${current} current, ${ended} in the history`)
  },
)

Then(
  'the call on the {host} has {int} component(s), one of them through {string}',
  async function (this: LabWorld, host: string, count: number, zone: string) {
    const components = (await callsOf(this, host)).current.flatMap((call) => call.components)
    const through = components.filter(({ source, destination, legs = [] }) =>
      [source, destination, ...legs].includes(zone),
    )
    if (components.length !== count || through.length !== 1)
      throw new Mismatch(`components on ${host}`, `${count}, one through ${zone}`, components)
    const [row] = await viewOn(this, host, 'Status > Calls > Calls', 'calls')
    const listed = String(row?.['components']).split('; ')
    if (listed.length !== count || listed.filter((part) => part.includes(zone)).length !== 1)
      throw new Mismatch(`components on the page of ${host}`, `${count}, one through ${zone}`, row)
    this.showRecord(host, `${count} components, one through ${zone}`)
  },
)

Then('the call on the {host} is a {string}', async function (this: LabWorld, host: string, type: string) {
  const types = (await callsOf(this, host)).current.map(({ callType }) => callType)
  if (types.length !== 1 || types[0] !== type) throw new Mismatch(`call type on ${host}`, type, types)
  this.showRecord(host, `call type: ${type}`)
})

Then(
  'the calls on the {host} are a {string} and a {string}',
  async function (this: LabWorld, host: string, one: string, other: string) {
    const types = (await callsOf(this, host)).current.map(({ callType = 'none' }) => callType).toSorted()
    if (types.join() !== [one, other].toSorted().join())
      throw new Mismatch(`call types on ${host}`, [one, other], types)
    this.showRecord(host, `call types: ${types.join(', ')}`)
  },
)

/** On the page: its lists have no column for the type. */
Then(
  'of 2 calls on the {host} one goes through {string} and the other through {string}',
  async function (this: LabWorld, host: string, one: string, other: string) {
    const rows = await viewOn(this, host, 'Status > Calls > Calls', 'calls')
    const through = rows.map(({ components }) => [one, other].filter((zone) => String(components).includes(zone)))
    const found = through.flat().toSorted()
    const isApart = rows.length === 2 && through.every(({ length }) => length === 1)
    if (!isApart || found.join() !== [one, other].toSorted().join())
      throw new Mismatch(`calls on ${host}`, [one, other], rows)
    this.showRecord(host, `Status > Calls: one call through ${one}, one through ${other}`)
  },
)

When('the {host} restarts', async function (this: LabWorld, host: string) {
  const lab = await this.lab()
  await lab.restart(host)
  await lab.ready()
})
