import { Given, Then, When } from '@cucumber/cucumber'
import type { SignInResult } from '#lab/endpoint.ts'
import { waitFor } from '#runtime/wait.ts'
import { Mismatch } from '../support/matchers.ts'
import { statusOf } from '../support/refusals.ts'
import type { LabWorld } from '../support/world.ts'

/** Alice is at home in the first one, Dave and Erin in the second one; ILS is set up on both. */
Given('the deployment has two Unified CM clusters', function (this: LabWorld) {
  this.topology = 'two-clusters'
})

Given('the Unified CM cluster has a publisher and a subscriber', function (this: LabWorld) {
  this.topology = 'two-nodes'
})

Given('ILS is not set up on the {host}', function (this: LabWorld, host: string) {
  this.adapt((plan) =>
    plan.specification.name === host
      ? { ...plan, configuration: { ...(plan.configuration as object), ils: false } }
      : plan,
  )
})

When('ILS is set up on the {host}', async function (this: LabWorld, host: string) {
  const field = { page: 'Advanced Features > ILS Configuration', field: 'Intercluster Lookup Service', value: true }
  await (await this.host(host)).management.call('set', field)
})

When('the {host} is switched off', async function (this: LabWorld, host: string) {
  // What it saw is read before it is gone.
  await this.timeline()
  // A client may try this node before another one.
  this.expectRefusal((message) => message.protocol === 'HTTP' && statusOf(message) === 502)
  await (await this.host(host)).stop()
})

interface Registered {
  readonly device: string
  readonly source: string
}

async function registeredAt(world: LabWorld, host: string): Promise<readonly Registered[]> {
  const { management } = await world.host(host)
  return (await management.call<{ registrations: readonly Registered[] }>('state')).registrations
}

Then('the {host} has {user} registered', async function (this: LabWorld, host: string, user: string) {
  const { device } = (await this.user(user)).user
  let last: readonly Registered[] = []
  const entry = await waitFor(
    `${device} at ${host}`,
    async () => (last = await registeredAt(this, host)).find((each) => each.device === device),
    { lastSeen: () => last },
  )
  this.showRecord(host, `${device} registered from ${entry.source}`)
})

Then('the {host} has nobody registered', async function (this: LabWorld, host: string) {
  const found = await registeredAt(this, host)
  if (found.length > 0) throw new Mismatch(`devices registered at ${host}`, 'none', found)
  this.showRecord(host, 'no device is registered')
})

/** One attempt: which node the Control asked for the user's home cluster, and what the client got. */
interface Attempt {
  readonly user: string
  readonly asked: string
  readonly status: number | 'signed in'
}

/** The first stages of a sign-in: at each the Control asks some node anew, until it has accepted the password. */
async function attempt(world: LabWorld, user: string): Promise<Attempt> {
  const isQuery = ({ from, summary }: { from: string; summary: string }) =>
    from.startsWith('vcsc') && summary === `GET /cucm-uds/clusterUser?username=${user}`
  const before = (await world.timeline()).messages.filter(isQuery).length
  const stages = ['service-discovery', 'edge-config']
  const { error } = await (await world.user(user)).call<SignInResult>('signIn', { stages })
  const query = (await world.timeline()).messages.filter(isQuery)[before]
  if (query === undefined) throw new Mismatch(`sign-in of ${user}`, 'a query for the home cluster', 'none')
  world.showMessage(query)
  return { user, asked: query.to, status: error?.status ?? 'signed in' }
}

When('{user} tries to sign in until it works', async function (this: LabWorld, user: string) {
  this.expectRefusal((message) => message.to === user && statusOf(message) === 401)
  const attempts = this.memory.has('attempts') ? this.recall<Attempt[]>('attempts') : []
  this.memory.set('attempts', attempts)
  for (let turn = 0; turn < mostAttempts; turn += 1) {
    const last = await attempt(this, user)
    attempts.push(last)
    if (last.status === 'signed in') return
  }
  throw new Mismatch(`sign-in of ${user}`, `works within ${mostAttempts} attempts`, attempts)
})

/** Two for each of four Controls that may begin with nodes of the other cluster. */
const mostAttempts = 10

Then(
  'the client received {int} exactly when the VCS Control asked the {host}',
  function (this: LabWorld, status: number, host: string) {
    const attempts = this.recall<readonly Attempt[]>('attempts')
    const failed = attempts.filter((each) => each.status === status)
    const asked = attempts.filter((each) => each.asked === host)
    const isMixed = failed.length > 0 && failed.length < attempts.length
    if (!isMixed || failed.length !== asked.length || failed.some((each) => !asked.includes(each)))
      throw new Mismatch(`attempts that ended with ${status}`, `those that asked ${host}`, attempts)
    for (const each of attempts) this.showRecord(each.asked, `asked for ${each.user}: ${each.status}`)
  },
)

Then('every attempt worked, and the VCS Control has asked both clusters', function (this: LabWorld) {
  const attempts = this.recall<readonly Attempt[]>('attempts')
  const asked = new Set(attempts.map((each) => each.asked))
  if (asked.size < 2 || attempts.some(({ status }) => status !== 'signed in'))
    throw new Mismatch('attempts', 'all signed in, by two nodes', attempts)
  for (const each of attempts) this.showRecord(each.asked, `asked for ${each.user}: ${each.status}`)
})
