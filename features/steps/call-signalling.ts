import { Given, Then, When } from '@cucumber/cucumber'
import type { Endpoint } from '#lab/endpoint.ts'
import { waitFor } from '#runtime/wait.ts'
import { Mismatch, seen } from '../support/matchers.ts'
import { addressOf } from '../support/places.ts'
import { headerOf, statusOf } from '../support/refusals.ts'
import type { Status } from '../support/vocabulary.ts'
import type { LabWorld } from '../support/world.ts'

interface Answered {
  readonly status: number
  readonly reason: string
}

type Message = Awaited<ReturnType<typeof seen>>

const hasOffer = ({ bytes }: Message) => /^m=audio /m.test(bytes.toString('latin1'))
const isInDialog = (message: Message) => /;tag=/.test(headerOf(message, 'to') ?? '')

async function dial(world: LabWorld, user: string, other: string, parameters: object): Promise<void> {
  const [caller, callee] = [await world.user(user), await world.user(other)]
  const { callId } = await caller.call<{ callId: string }>('call', { to: callee.user.line, ...parameters })
  world.memory.set('call', { caller, callId })
  world.memory.set('callee', callee)
}

async function connected(world: LabWorld): Promise<void> {
  const { caller, callId } = world.recall<{ caller: Endpoint; callId: string }>('call')
  await caller.call('waitCall', { callId, state: 'connected' })
  await world.recall<Endpoint>('callee').call('waitCall', { state: 'connected' })
}

Then(
  '{user} and {user} have answered a refresh of Unified CM',
  async function (this: LabWorld, one: string, other: string) {
    for (const user of [one, other]) {
      const isRefresh = (message: Message) =>
        message.to === user && /^(INVITE|UPDATE) /.test(message.summary) && isInDialog(message)
      const refresh = await seen(this, `a refresh at ${user}`, isRefresh)
      const [callId, cseq] = [headerOf(refresh, 'call-id'), headerOf(refresh, 'cseq')]
      await seen(this, `200 from ${user}`, (message) => {
        const isAnswer = message.from === user && statusOf(message) === 200
        return isAnswer && headerOf(message, 'call-id') === callId && headerOf(message, 'cseq') === cseq
      })
    }
  },
)

Given(
  /^(Alice|Carol) is in a call with (Alice|Carol) that (?:Alice|Carol) (refreshes|forgets to refresh)$/,
  async function (this: LabWorld, user: string, other: string, does: string) {
    await dial(this, user.toLowerCase(), other, { sessionExpires: sessionSeconds, refreshes: does === 'refreshes' })
    await connected(this)
  },
)

const sessionSeconds = 1_800

Then('the session of {user} and {user} has expired', async function (this: LabWorld, user: string, other: string) {
  for (const name of [user, other]) {
    const { endedBy } = await (await this.user(name)).call<{ endedBy?: string }>('waitCall', { state: 'ended' })
    if (endedBy !== 'BYE received') throw new Mismatch(`the call of ${name}`, 'BYE received', endedBy)
  }
  const { calls } = await (await this.host('cucm1')).management.call<{ calls: { cause?: string }[] }>('history')
  const cause = calls.at(-1)?.cause ?? ''
  if (!cause.endsWith('not refreshed')) throw new Mismatch('why Unified CM ended the call', 'not refreshed', cause)
  this.showRecord('cucm1', cause)
})

When('{user} updates the session', async function (this: LabWorld, user: string) {
  this.memory.set('update', await (await this.user(user)).call<Answered>('update'))
})

Then('the update is answered {status}', async function (this: LabWorld, { status, reason }: Status) {
  const answered = this.recall<Answered>('update')
  if (answered.status !== status)
    throw new Mismatch('the update', `${status} ${reason}`, `${answered.status} ${answered.reason}`)
})

/** UPDATE where its client says that it knows it, a re-INVITE otherwise. */
Then('{user} has been offered the change', async function (this: LabWorld, user: string) {
  await seen(
    this,
    `the changed offer at ${user}`,
    (message) =>
      message.to === user && /^(INVITE|UPDATE) /.test(message.summary) && isInDialog(message) && hasOffer(message),
  )
})

Given('early offer support of Unified CM is off', function (this: LabWorld) {
  this.adapt((plan) =>
    plan.role === 'cucm' ? { ...plan, configuration: { ...(plan.configuration as object), earlyOffer: false } } : plan,
  )
})

When('{user} calls {user} without an offer', async function (this: LabWorld, user: string, other: string) {
  await dial(this, user, other, { withoutOffer: true })
})

When(
  '{user} calls {user} with {int} bytes more than usual',
  async function (this: LabWorld, user: string, other: string, bytes: number) {
    await dial(this, user, other, { headers: [`Subject: ${'x'.repeat(bytes - 'Subject: \r\n'.length)}`] })
  },
)

Then('{place} has received an INVITE without an offer', async function (this: LabWorld, place: string) {
  await seen(
    this,
    `INVITE without an offer at ${place}`,
    (message) => message.to === place && message.summary.startsWith('INVITE ') && !hasOffer(message),
  )
})

When('{user} calls {user} and gives up at once', async function (this: LabWorld, user: string, other: string) {
  await dial(this, user, other, {})
  const { caller, callId } = this.recall<{ caller: Endpoint; callId: string }>('call')
  await caller.call('hangUp', { callId })
})

Given('{user} answers at the moment in which the caller gives up', async function (this: LabWorld, user: string) {
  await (await this.user(user)).call('setAnswer', { mode: 'crossing' })
})

Then('{user} has answered and been sent away', async function (this: LabWorld, user: string) {
  const answer = await seen(
    this,
    `200 to INVITE from ${user}`,
    (message) => message.from === user && statusOf(message) === 200 && /INVITE$/.test(headerOf(message, 'cseq') ?? ''),
  )
  const callId = headerOf(answer, 'call-id')
  await seen(
    this,
    `BYE at ${user}`,
    (message) => message.to === user && message.summary.startsWith('BYE ') && headerOf(message, 'call-id') === callId,
  )
})

interface CallState {
  readonly calls: readonly unknown[] | { readonly active: readonly unknown[] }
}

Then('no call is left anywhere', async function (this: LabWorld) {
  for (const host of ['vcse1', 'vcsc1', 'cucm1']) {
    const running = await this.host(host)
    await waitFor(`no call at ${host}`, async () => {
      const { calls } = await running.management.call<CallState>('state')
      return ('active' in calls ? calls.active : calls).length === 0
    })
    this.showRecord(host, 'no call')
  }
})

When('{user} and {user} put the call on hold at once', async function (this: LabWorld, one: string, other: string) {
  const both = await Promise.all([one, other].map(async (user) => (await this.user(user)).call<Answered>('hold')))
  const wrong = both.find(({ status }) => status !== 200)
  if (wrong !== undefined) throw new Mismatch('hold by both', '200 OK', `${wrong.status} ${wrong.reason}`)
  this.expectRefusal((message) => statusOf(message) === 491)
  await seen(this, '491 at one of both', (message) => [one, other].includes(message.to) && statusOf(message) === 491)
})

/** Held by both, nobody sends any more. */
Then('neither {user} nor {user} hears the other', async function (this: LabWorld, one: string, other: string) {
  for (const user of [one, other]) {
    const endpoint = await this.user(user)
    await waitFor(`${user} to hear nothing`, async () => {
      const { direction, heardTones } = await endpoint.call<{ direction: string; heardTones: number[] }>('audio')
      return direction === 'inactive' && heardTones.length === 0
    })
    this.showRecord(user, 'audio inactive, no tone')
  }
})

When('Unified CM has {user} show {string}', async function (this: LabWorld, user: string, text: string) {
  const { device } = (await this.user(user)).user
  const { status } = await (
    await this.host('cucm1')
  ).management.call<{ status: number }>('showStatus', { device, text })
  if (status !== 202) throw new Mismatch(`answer of ${user} to REFER`, 202, status)
})

Then('{user} has answered the remote call control of Unified CM', async function (this: LabWorld, user: string) {
  const isControl = (message: Message) =>
    message.to === user && message.summary.startsWith('REFER ') && /^<cid:/.test(headerOf(message, 'refer-to') ?? '')
  const refer = await seen(this, `REFER with cid at ${user}`, isControl)
  const callId = headerOf(refer, 'call-id')
  await seen(
    this,
    `202 from ${user}`,
    (message) => message.from === user && statusOf(message) === 202 && headerOf(message, 'call-id') === callId,
  )
})

When('the connection of the Jabber of {user} breaks', async function (this: LabWorld, user: string) {
  await (await this.user(user)).call('loseConnection')
})

Given('the Jabber of {user} hangs', async function (this: LabWorld, user: string) {
  await (await this.user(user)).call('setAnswer', { mode: 'silent' })
})

When('the Jabber of {user} goes on', async function (this: LabWorld, user: string) {
  await (await this.user(user)).call('setAnswer', { mode: 'auto' })
})

/** The timer of a transaction runs for 32 seconds. RFC 3261 §17.1.1.2. */
Then(
  'the {host} has sent {status} for the call in the end',
  { timeout: 60_000 },
  async function (this: LabWorld, host: string, { status }: Status) {
    const isIt = (message: Message) =>
      message.from === host && statusOf(message) === status && /INVITE$/.test(headerOf(message, 'cseq') ?? '')
    await seen(this, `${status} from ${host}`, isIt, 45_000)
  },
)

Given(
  'SIP Max Incoming Message Size of Unified CM is {int} bytes',
  function (this: LabWorld, sipMaxIncomingMessageBytes: number) {
    this.adapt((plan) => {
      if (plan.role !== 'cucm') return plan
      const document = plan.configuration as { readonly serviceParameters?: object }
      const serviceParameters = { ...document.serviceParameters, sipMaxIncomingMessageBytes }
      return { ...plan, configuration: { ...document, serviceParameters } }
    })
  },
)

Then(
  'the {host} has closed the connection of the {host}',
  async function (this: LabWorld, host: string, other: string) {
    const address = addressOf(await this.lab(), other)
    await waitFor(`${host} to close the connection of ${other}`, async () => {
      const { events } = await this.timeline()
      return events.some((event) => {
        const isUnreadable = event.kind === 'message' && event.summary?.startsWith('unreadable') === true
        return isUnreadable && event.host === host && event.remote?.startsWith(`${address}:`) === true
      })
    })
    this.showRecord(host, `did not read what came from ${other}`)
  },
)
