import { Given, Then, When } from '@cucumber/cucumber'
import type { TimelineMessage } from '#lab/evidence/timeline.ts'
import { Mismatch, seen } from '../support/matchers.ts'
import { addressOf } from '../support/places.ts'
import type { LabWorld } from '../support/world.ts'

/** A row of a page of Cisco Unified CM Administration: changed where it is there, added otherwise. */
async function enter(world: LabWorld, page: string, row: string, values: Record<string, unknown>): Promise<void> {
  const { management } = await world.host('cucm1')
  const [title, ...fields] = Object.keys(values)
  const rows = await management.call<{ row: string }[]>('page', { page })
  if (!rows.some((known) => known.row === row)) return management.call('addRow', { page, values })
  for (const field of fields.length === 0 ? [title!] : fields)
    await management.call('set', { page, row, field, value: values[field] })
}

Given('Unified CM has the Phone NTP Reference {string}', async function (this: LabWorld, server: string) {
  await enter(this, 'System > Phone NTP Reference', server, { 'IP Address': server })
})

async function enterGroup(world: LabWorld, group: string, servers: readonly string[]): Promise<void> {
  const values = { 'Group Name': group, 'Selected Phone NTP References': servers }
  await enter(world, 'System > Date/Time Group', group, values)
}

Given(
  'the Date\\/Time Group {string} has the Phone NTP Reference {string}',
  async function (this: LabWorld, group: string, server: string) {
    await enterGroup(this, group, [server])
  },
)

Given('the Date\\/Time Group {string} has no Phone NTP Reference', async function (this: LabWorld, group: string) {
  await enterGroup(this, group, [])
})

When(
  'the administrator gives the Date\\/Time Group {string} the Phone NTP Reference {string}',
  async function (this: LabWorld, group: string, server: string) {
    const problem = await enterGroup(this, group, [server]).then(
      () => 'none',
      (error: Error) => error.message,
    )
    this.memory.set('refusal of Unified CM', problem)
  },
)

Then('Unified CM refuses that: {string}', function (this: LabWorld, says: string) {
  const problem = this.recall<string>('refusal of Unified CM')
  if (!problem.includes(says)) throw new Mismatch('what Unified CM says', says, problem)
  this.showRecord('cucm1', problem)
})

Given(
  'the device pool {string} has the Date\\/Time Group {string}',
  async function (this: LabWorld, pool: string, group: string) {
    await enter(this, 'System > Device Pool', pool, { 'Device Pool Name': pool, 'Date/Time Group': group })
  },
)

Given('{user} is in the device pool {string}', async function (this: LabWorld, user: string, pool: string) {
  const { device } = (await this.user(user)).user
  const { management } = await this.host('cucm1')
  await management.call('set', { page: 'Device > Phone', row: device, field: 'Device Pool', value: pool })
})

When('the clock of {user} is wrong by {int} seconds', async function (this: LabWorld, user: string, seconds: number) {
  await (await this.user(user)).call('setClockOffset', { milliseconds: seconds * 1_000 })
})

/** The answer to the last request for the device's file, as Unified CM sent it. */
async function deviceFile(world: LabWorld, user: string): Promise<TimelineMessage> {
  const { line } = (await world.user(user)).user
  const { messages } = await world.timeline()
  const isFile = ({ from, bytes }: TimelineMessage) =>
    from === 'cucm1' && bytes.includes('<ntps') && bytes.includes(`<name>${line}</name>`)
  const last = messages.filter(isFile).at(-1)
  return seen(world, `the device file of ${user}`, ({ number }) => number === last?.number)
}

const ntpServersOf = ({ bytes }: TimelineMessage) =>
  [...bytes.toString('utf8').matchAll(/<ntp><name>([^<]*)<\/name>/g)].map(([, name]) => name)

Then(
  'the device file of {user} names the NTP server {string}',
  async function (this: LabWorld, user: string, server: string) {
    const found = ntpServersOf(await deviceFile(this, user))
    if (found.join() !== server) throw new Mismatch(`NTP servers for ${user}`, server, found)
    this.showRecord(user, `the device file names ${server}`)
  },
)

Then('the device file of {user} names no NTP server', async function (this: LabWorld, user: string) {
  const found = ntpServersOf(await deviceFile(this, user))
  if (found.length > 0) throw new Mismatch(`NTP servers for ${user}`, 'none', found)
  this.showRecord(user, 'the device file names no NTP server')
})

async function questions(world: LabWorld, host: string, user: string): Promise<{ answer: string }[]> {
  const asked = await (await world.host(host)).management.call<{ from: string; answer: string }[]>('history')
  const address = addressOf(await world.lab(), user)
  return asked.filter(({ from }) => from === address)
}

Then('the {host} has given its time to {user}', async function (this: LabWorld, host: string, user: string) {
  const found = await questions(this, host, user)
  if (!found.some(({ answer }) => answer === 'time'))
    throw new Mismatch(`questions of ${user} at ${host}`, 'time', found)
  this.showRecord(host, `${user} asked and was given the time`)
})

Then('the {host} was not asked by {user}', async function (this: LabWorld, host: string, user: string) {
  const found = await questions(this, host, user)
  if (found.length > 0) throw new Mismatch(`questions of ${user} at ${host}`, 'none', found)
  this.showRecord(host, `${user} has not asked`)
})

async function clockDifference(world: LabWorld, user: string): Promise<number> {
  const { now } = await (await world.user(user)).call<{ now: string }>('clock')
  const lab = await (await world.host('pubntp')).management.call<{ now: string }>('state')
  return (new Date(now).getTime() - new Date(lab.now).getTime()) / 1_000
}

Then('the clock of {user} is right', async function (this: LabWorld, user: string) {
  const seconds = await clockDifference(this, user)
  if (Math.abs(seconds) > 2) throw new Mismatch(`the clock of ${user}`, 'right', `${seconds} s ahead`)
  this.showRecord(user, `its clock is ${seconds} s ahead of the NTP server's`)
})

Then(
  'the clock of {user} is still wrong by {int} seconds',
  async function (this: LabWorld, user: string, wanted: number) {
    const seconds = await clockDifference(this, user)
    if (Math.abs(seconds - wanted) > 2) throw new Mismatch(`the clock of ${user}`, `${wanted} s ahead`, `${seconds} s`)
    const { clock } = await (await this.user(user)).call<{ clock: unknown }>('state')
    this.showRecord(user, `its clock is ${seconds} s ahead: ${JSON.stringify(clock)}`)
  },
)
