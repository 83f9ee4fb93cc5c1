import { Given, Then, When } from '@cucumber/cucumber'
import type { Endpoint } from '#lab/endpoint.ts'
import { withRows } from '#lab/vcs/vcs-document.ts'
import { waitFor } from '#runtime/wait.ts'
import { Mismatch } from '../support/matchers.ts'
import { statusOf } from '../support/refusals.ts'
import { Page, planPages } from '../support/vcs-pages.ts'
import type { LabWorld } from '../support/world.ts'

interface Registration {
  readonly aor: string
}

interface Outcome {
  readonly status: number
  readonly reason: string
}

Then(
  /^the Control has (Dave|Erin) (not )?registered$/,
  async function (this: LabWorld, name: string, not: string | null) {
    const { user } = await this.user(name)
    const control = await this.host('vcsc1')
    const { localRegistrations } = await control.management.call<{ localRegistrations: Registration[] }>('state')
    const isThere = localRegistrations.some(({ aor }) => aor === `sip:${user.line}`)
    const isExpected = not === null
    if (isThere !== isExpected) throw new Mismatch(`${name} is registered at the Control`, isExpected, isThere)
    this.showRecord('vcsc1', `${user.line} is ${not ?? ''}registered`)
  },
)

Given('{user} watches the presence of {user}', async function (this: LabWorld, watcher: string, watched: string) {
  const to = (await this.user(watched)).user.line
  const outcome = await (await this.user(watcher)).call<Outcome>('subscribe', { to })
  if (outcome.status !== 200) throw new Mismatch(`the SUBSCRIBE of ${watcher}`, 200, outcome)
})

When('{user} wants to watch {string}', async function (this: LabWorld, user: string, to: string) {
  const outcome = await (await this.user(user)).call<Outcome>('subscribe', { to })
  this.memory.set('subscription', outcome)
})

Then('the subscription of {user} is refused', async function (this: LabWorld, user: string) {
  const { status, reason } = this.recall<Outcome>('subscription')
  if (status < 400) throw new Mismatch(`the SUBSCRIBE of ${user}`, 'a refusal', status)
  this.expectRefusal((message) => message.to === user && statusOf(message) === status)
  this.showRecord(user, `SUBSCRIBE refused: ${status} ${reason}`)
})

When(
  '{user} publishes that he/she is {string} with the note {string}',
  async function (this: LabWorld, user: string, basic: string, note: string) {
    const outcome = await (await this.user(user)).call<Outcome>('publish', { basic, note })
    if (outcome.status !== 200) throw new Mismatch(`the PUBLISH of ${user}`, 200, outcome)
  },
)

Then(
  '{user} is notified that {user} is {string} with the note {string}',
  async function (this: LabWorld, watcher: string, watched: string, basic: string, note: string) {
    const of = (await this.user(watched)).user.line
    const told = await (await this.user(watcher)).call<{ presence: unknown }>('waitNotification', { of, basic })
    const expected = { basic, note }
    if (JSON.stringify(told.presence) !== JSON.stringify(expected)) {
      throw new Mismatch(`the presence of ${watched}`, expected, told.presence)
    }
    this.showRecord(watcher, `NOTIFY: ${watched} is ${basic}, ${note}`)
  },
)

Given('the {host} has no neighbor zone {string}', function (this: LabWorld, host: string, name: string) {
  planPages(this, host, (document) =>
    withRows(
      withRows(document, Page.zones, (rows) => rows.filter((row) => row['Name'] !== name)),
      'Configuration > Dial plan > Search rules',
      (rows) => rows.filter((row) => row['Target'] !== name),
    ),
  )
})

Then('the call connects at both ends with {user}', async function (this: LabWorld, callee: string) {
  const { caller, callId } = this.recall<{ caller: Endpoint; callId: string }>('call')
  const isConnected = async (endpoint: Endpoint, id?: string) => {
    const calls = await endpoint.call<{ id: string; state: string; status?: number }[]>('calls')
    const call = id === undefined ? calls.at(-1) : calls.find((each) => each.id === id)
    if (call?.state === 'ended') throw new Mismatch(`the call at ${endpoint.user.id}`, 'connected', call)
    return call?.state === 'connected'
  }
  const other = await this.user(callee)
  await waitFor('the call at both ends', async () => (await isConnected(caller, callId)) && isConnected(other))
  this.showRecord(callee, `in a call with ${caller.user.id}`)
})
