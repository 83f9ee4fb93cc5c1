import { Given, Then, When } from '@cucumber/cucumber'
import type { Endpoint } from '#lab/endpoint.ts'
import { waitFor } from '#runtime/wait.ts'
import { allSeen, briefly, Mismatch, seen } from '../support/matchers.ts'
import { statusOf } from '../support/refusals.ts'
import type { LabWorld } from '../support/world.ts'

interface LinePlan {
  readonly devices: readonly { readonly name: string; readonly line: string }[]
}

interface CallReport {
  readonly id: string
  readonly state: string
  readonly status?: number
  readonly endedBy?: string
}

const deviceOf: Readonly<Record<string, { device: string; line: string }>> = {
  alice: { device: 'CSFALICE', line: '1001' },
  boardroom: { device: 'SEP000000001004', line: '1004' },
}

/** Unified CM gives its device the other one's directory number. */
Given('{user} shares the line of {user}', function (this: LabWorld, user: string, other: string) {
  const { device } = deviceOf[user]!
  const { line } = deviceOf[other]!
  this.adapt((plan) => {
    if (plan.role !== 'cucm') return plan
    const document = plan.configuration as LinePlan
    const devices = document.devices.map((each) => (each.name === device ? { ...each, line } : each))
    return { ...plan, configuration: { ...document, devices } }
  })
  this.setClient(user, { line })
})

const lastCall = async (endpoint: Endpoint) => (await endpoint.call<CallReport[]>('calls')).at(-1)

Then('the call is taken back from {user}', async function (this: LabWorld, user: string) {
  await seen(this, `CANCEL at ${user}`, ({ to, summary }) => to === user && summary.startsWith('CANCEL '))
  await seen(this, `487 from ${user}`, (message) => message.from === user && statusOf(message) === 487)
  await (await this.user(user)).call('waitCall', { state: 'ended' })
})

Then('{user} takes the call to be over', async function (this: LabWorld, user: string) {
  const { state, endedBy } = await (await this.user(user)).call<CallReport>('waitCall', { state: 'ended' })
  const told = await allSeen(this, ({ to, summary }) => to === user && /^(INVITE|UPDATE|NOTIFY) /.test(summary))
  const invites = told.filter(({ summary }) => summary.startsWith('INVITE '))
  if (invites.length !== 1) throw new Mismatch(`INVITEs at ${user}`, 'the first one only', told.map(briefly))
  this.showRecord(user, `shows the call as ${state} (${endedBy}); nobody told it of what came then`)
})

When('{user} tries to resume the call', async function (this: LabWorld, user: string) {
  const tried = await (await this.user(user)).call('resume').then(
    () => 'resumed',
    (error: Error) => error.message,
  )
  this.memory.set('resumed', tried)
})

Then('{user} cannot', async function (this: LabWorld, user: string) {
  const tried = this.recall<string>('resumed')
  if (!/is over/.test(tried)) throw new Mismatch(`${user} resumes`, 'the call is over', tried)
  const sent = await allSeen(this, ({ from, summary }) => from === user && summary.startsWith('INVITE '))
  if (sent.length > 0) throw new Mismatch(`INVITEs of ${user}`, 'none', sent.map(briefly))
  this.showRecord(user, tried)
})

When(
  '{user} calls the line that {user} and {user} share',
  async function (this: LabWorld, user: string, first: string, second: string) {
    const caller = await this.user(user)
    const { callId } = await caller.call<{ callId: string }>('call', { to: deviceOf[first]!.line })
    this.memory.set('call', { caller, callId })
    this.memory.set('callee', await this.user(second))
  },
)

/** The client is cut off without a word, and is at another place of the internet then. */
When('{user} moves to another address', async function (this: LabWorld, user: string) {
  const client = await this.user(user)
  await this.timeline()
  const [address] = client.specification.addresses
  const moved = address!.replace(/\d+$/, '99')
  await client.reopen((specification) => ({ ...specification, addresses: [moved] }))
  this.showRecord(user, `${address} → ${moved}`)
})

Then('the Jabber of {user} knows no call', async function (this: LabWorld, user: string) {
  const call = await lastCall(await this.user(user))
  if (call !== undefined) throw new Mismatch(`calls of ${user}`, 'none', call)
  this.showRecord(user, 'knows of no call')
})

Then('the next call to {user} fails', async function (this: LabWorld, user: string) {
  const carol = await this.user('carol')
  const { callId } = await carol.call<{ callId: string }>('call', { to: (await this.user(user)).user.line })
  const { status } = await carol.call<CallReport>('waitCall', { callId, state: 'ended', limitMs: 8_000 })
  if (status !== 480) throw new Mismatch(`call to ${user}`, 480, status)
  this.expectRefusal((message) => message.to === 'carol' && statusOf(message) === 480)
  await waitFor('the 480 at carol', async () =>
    (await this.timeline()).messages.some((message) => message.to === 'carol' && statusOf(message) === 480),
  )
  this.showRecord('carol', `calling ${user}: ${status}`)
})
