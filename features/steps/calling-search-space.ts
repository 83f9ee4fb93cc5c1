import { Given, Then, When } from '@cucumber/cucumber'
import { readTopology } from '#lab/topology/topology.ts'
import { Mismatch, seen } from '../support/matchers.ts'
import { headerOf } from '../support/refusals.ts'
import type { LabWorld } from '../support/world.ts'

interface UnifiedCmPlan {
  readonly lines: readonly { readonly number: string }[]
  readonly devices: readonly { readonly owner?: string }[]
  readonly callingSearchSpaces?: readonly { readonly name: string }[]
}

function planUnifiedCm(world: LabWorld, change: (document: UnifiedCmPlan) => object): void {
  world.adapt((plan) => {
    if (plan.role !== 'cucm') return plan
    const document = plan.configuration as UnifiedCmPlan
    return { ...plan, configuration: { ...document, ...change(document) } }
  })
}

/** There is a calling search space for each partition, of its name. */
Given(
  'the line of {user} is in the partition {string} and that of {user} in {string}',
  function (this: LabWorld, user: string, first: string, other: string, second: string) {
    const { users } = readTopology(this.topology)
    const partitions = new Map([
      [users.find(({ id }) => id === user)!.line, first],
      [users.find(({ id }) => id === other)!.line, second],
    ])
    planUnifiedCm(this, ({ lines }) => ({
      lines: lines.map((line) => {
        const partition = partitions.get(line.number)
        return partition === undefined ? line : { ...line, partition }
      }),
      callingSearchSpaces: [first, second].map((name) => ({ name, partitions: [name] })),
    }))
  },
)

Given(
  'the device of {user} has a calling search space of {string}',
  function (this: LabWorld, user: string, space: string) {
    planUnifiedCm(this, ({ devices }) => ({
      devices: devices.map((device) => (device.owner === user ? { ...device, callingSearchSpace: space } : device)),
    }))
  },
)

When(
  'the device of {user} gets a calling search space of {string}',
  async function (this: LabWorld, user: string, value: string) {
    const { device } = (await this.user(user)).user
    const change = { page: 'Device > Phone', row: device, field: 'Calling Search Space', value }
    await (await this.host('cucm1')).management.call('set', change)
  },
)

/** From the INVITE that the callee received last. */
Then(
  'the number of {user} at {user} is {string}',
  async function (this: LabWorld, user: string, callee: string, number: string) {
    const isInvite = ({ to, summary }: { to: string; summary: string }) =>
      to === callee.toLowerCase() && summary.startsWith('INVITE ')
    const last = (await this.timeline()).messages.findLast(isInvite)
    const from = last === undefined ? undefined : headerOf(last, 'from')
    if (from?.includes(`sip:${number}@`) !== true)
      throw new Mismatch(`the number of ${user} at ${callee}`, number, from)
    await seen(this, `INVITE from ${number} at ${callee}`, (message) => message.number === last!.number)
  },
)

interface CallRecord {
  readonly from: { readonly number: string; readonly device: string }
  readonly to: { readonly number: string }
}

Then(
  'Unified CM has got the calls of {user} for {string} from one device',
  async function (this: LabWorld, user: string, expected: string) {
    const { device, line } = (await this.user(user)).user
    const { calls } = await (await this.host('cucm1')).management.call<{ calls: CallRecord[] }>('history')
    const own = calls.filter(({ from }) => from.device === device)
    const numbers = own.map(({ to }) => to.number).join(', ')
    if (numbers !== expected || own.some(({ from }) => from.number !== line))
      throw new Mismatch(
        `calls of ${device}`,
        expected,
        calls.map(({ from, to }) => `${from.device} ${from.number} → ${to.number}`),
      )
    this.showRecord('cucm1', `${device}, line ${line}, has called ${numbers}`)
  },
)

/** An address inside, and the DNS server there. */
When('{user} comes into the office', async function (this: LabWorld, user: string) {
  const lab = await this.lab()
  const endpoint = await this.user(user)
  const { dns } = lab.plan('cucm1').specification
  const addresses = [lab.fabric.address('inside', endpoint.user.number)]
  this.memory.set(`home of ${user}`, endpoint.specification)
  await endpoint.reopen((specification) => ({ ...specification, addresses, dns }))
})

When('{user} goes home', async function (this: LabWorld, user: string) {
  const endpoint = await this.user(user)
  await this.timeline()
  const { addresses, dns } = this.recall<typeof endpoint.specification>(`home of ${user}`)
  await endpoint.reopen((specification) => ({ ...specification, addresses, dns }))
})

Then('{user} has spoken with Unified CM itself', async function (this: LabWorld, user: string) {
  await seen(
    this,
    `INVITE of ${user} straight at Unified CM`,
    ({ from, to, summary }) => from === user && to === 'cucm1' && summary.startsWith('INVITE '),
  )
})
