import { Given, Then, When } from '@cucumber/cucumber'
import type { Timeline, TimelineMessage } from '#lab/evidence/timeline.ts'
import { waitFor } from '#runtime/wait.ts'
import { Mismatch } from '../support/matchers.ts'
import { headerOf, statusOf } from '../support/refusals.ts'
import type { LabWorld } from '../support/world.ts'

Given('a cluster of each: Controls, Expressways, Unified CM and IM&P', function (this: LabWorld) {
  this.topology = 'clustered'
})

Given('two clusters of each: Controls, Expressways, Unified CM and IM&P', function (this: LabWorld) {
  this.topology = 'multi'
})

/** What clients run into before they have found another way. */
const outage: readonly number[] = [408, 480, 481, 500, 502, 503, 504]

When('the {host} fails', async function (this: LabWorld, host: string) {
  // What it saw is read before it is gone.
  await this.timeline()
  this.expectRefusal((message) => outage.includes(statusOf(message) ?? 0))
  await (await this.host(host)).stop()
})

/** The hosts that a user's registration came by, as it was last answered 200. */
interface Way {
  readonly expressway: string
  readonly control: string
  readonly answer: TimelineMessage
}

function wayOf({ messages }: Timeline, user: string, line: string): Way | undefined {
  const isRegister = ({ protocol }: TimelineMessage) => protocol === 'SIP'
  const ofUser = messages.filter(
    (message) => isRegister(message) && headerOf(message, 'cseq')?.endsWith('REGISTER') === true,
  )
  const answer = ofUser.findLast(({ to, summary }) => to === user && summary.startsWith('200 '))
  const inside = ofUser.findLast(
    (message) =>
      message.from.startsWith('vcsc') &&
      message.to.startsWith('cucm') &&
      headerOf(message, 'from')?.includes(`sip:${line}@`) === true,
  )
  return answer === undefined || inside === undefined
    ? undefined
    : { expressway: answer.from, control: inside.from, answer }
}

async function registeredBy(world: LabWorld, user: string): Promise<Way> {
  const { line } = (await world.user(user)).user
  const way = wayOf(await world.timeline(), user, line)
  if (way === undefined) throw new Mismatch(`registration of ${user}`, 'by a way', 'none')
  return way
}

Given('{user} is signed in by way of the {host}', async function (this: LabWorld, user: string, host: string) {
  const endpoint = await this.user(user)
  const ways: string[] = []
  for (let turn = 0; turn < mostTurns; turn++) {
    if (turn > 0) await endpoint.call('signOut')
    const { error, state } = await endpoint.signIn()
    if (error !== undefined) throw new Mismatch(`${user} signs in`, 'signed in', `${state}: ${error.says}`)
    const { expressway, control } = await registeredBy(this, user)
    if ([expressway, control].includes(host)) return
    ways.push(`${expressway}, ${control}`)
  }
  throw new Mismatch(`the ways of ${user}`, `one by ${host}`, ways)
})

/** Each sign-in draws anew from equal ways. */
const mostTurns = 16

Then('{user} is registered by way of the {host}', async function (this: LabWorld, user: string, host: string) {
  const { expressway, control, answer } = await registeredBy(this, user)
  if (![expressway, control].includes(host)) throw new Mismatch(`the way of ${user}`, host, [expressway, control])
  this.showMessage(answer)
  this.showRecord(user, `registered by way of ${expressway} and ${control}`)
})

Then('{user} is registered by way of the {host} now', async function (this: LabWorld, user: string, host: string) {
  const { line } = (await this.user(user)).user
  let last: Way | undefined
  await waitFor(
    `${user} to be registered by way of ${host}`,
    async () => {
      last = wayOf(await this.timeline(), user, line)
      return [last?.expressway, last?.control].includes(host)
    },
    { limitMs: 10_000, everyMs: 100, lastSeen: () => [last?.expressway, last?.control] },
  )
  this.showMessage(last!.answer)
})

Then('both VCS Controls have asked Unified CM about {user}', async function (this: LabWorld, user: string) {
  const { messages } = await this.timeline()
  for (const control of ['vcsc1', 'vcsc2']) {
    const asked = messages.find(
      ({ from, to, protocol, summary }) =>
        from === control && to.startsWith('cucm') && protocol === 'HTTP' && summary.includes(user),
    )
    if (asked === undefined) throw new Mismatch(`requests of ${control} to Unified CM about ${user}`, 'some', 'none')
    this.showMessage(asked)
  }
})
