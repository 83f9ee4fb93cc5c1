import { Given, Then, When } from '@cucumber/cucumber'
import type { AudioReport, Endpoint } from '#lab/endpoint.ts'
import { isHeard } from '#lab/operator/demonstration.ts'
import { toneOf } from '#lab/operator/tones.ts'
import type { RunningHost } from '#lab/roles/role.ts'
import { clientUsers } from '#lab/topology/topology.ts'
import { waitFor } from '#runtime/wait.ts'
import { Mismatch } from '../support/matchers.ts'
import { statusOf } from '../support/refusals.ts'
import type { LabWorld } from '../support/world.ts'

interface Call {
  readonly id: string
  readonly state: string
}

const callsOf = async (world: LabWorld, user: string) => (await world.user(user)).call<Call[]>('calls')
const liveCallsOf = async (world: LabWorld, user: string) =>
  (await callsOf(world, user)).filter(({ state }) => state === 'connected')

Given(
  '{user} has {int} calls with {user}',
  async function (this: LabWorld, user: string, count: number, other: string) {
    const [caller, callee] = [await this.user(user), await this.user(other)]
    const before = await countedByVcss(this)
    for (let made = 0; made < count; made++) {
      const { callId } = await caller.call<{ callId: string }>('call', { to: callee.user.line })
      await caller.call('waitCall', { callId, state: 'connected' })
    }
    await stillHave(this, user, count)
    await stillHave(this, other, count)
    await countMore(this, before, count)
  },
)

/** Sessions of remote access and media ports that the VCSs of one role count together. */
type CountedTogether = Readonly<Record<'control' | 'expressway', { readonly sessions: number; readonly ports: number }>>

async function countedByVcss(world: LabWorld): Promise<CountedTogether> {
  const counted = { control: { sessions: 0, ports: 0 }, expressway: { sessions: 0, ports: 0 } }
  for (const { role, management } of await runningVcss(world)) {
    const { admission, mediaPortsInUse } = await management.call<Counted>('state')
    counted[role].sessions += admission['remoteSessions']?.current ?? 0
    counted[role].ports += mediaPortsInUse
  }
  return counted
}

/** What is to come back to nothing has been something. */
async function countMore(world: LabWorld, before: CountedTogether, sessions: number): Promise<void> {
  const now = await countedByVcss(world)
  for (const role of ['control', 'expressway'] as const) {
    if (now[role].sessions !== before[role].sessions + sessions || now[role].ports <= before[role].ports)
      throw new Mismatch(`counted by every ${role}`, `${sessions} sessions more, and their ports`, { before, now })
  }
}

async function runningVcss(world: LabWorld): Promise<(RunningHost & { readonly role: 'control' | 'expressway' })[]> {
  const isVcs = (host: RunningHost): host is RunningHost & { readonly role: 'control' | 'expressway' } =>
    host.role === 'control' || host.role === 'expressway'
  return (await world.lab())
    .hosts()
    .filter(isVcs)
    .filter((host) => host.isRunning())
}

Then(
  '{user} still has {int} calls with {user}',
  async function (this: LabWorld, user: string, count: number, other: string) {
    await stillHave(this, user, count)
    await stillHave(this, other, count)
  },
)

async function stillHave(world: LabWorld, user: string, count: number): Promise<void> {
  const live = await liveCallsOf(world, user)
  if (live.length !== count) throw new Mismatch(`calls of ${user}`, count, live.length)
  world.showRecord(user.toLowerCase(), `${count} calls`)
}

When('{user} ends all calls', async function (this: LabWorld, user: string) {
  // Where an element is gone nobody may know the call any more.
  this.expectRefusal((message) => statusOf(message) === 481 && message.summary.includes('BYE'))
  for (const { id } of await liveCallsOf(this, user)) await (await this.user(user)).call('hangUp', { callId: id })
})

/** Nobody said that the calls are over, but there is silence. */
Then('{user} hears nothing in {int} calls', async function (this: LabWorld, user: string, count: number) {
  await stillHave(this, user, count)
  for (const { id } of await liveCallsOf(this, user)) await becomesSilent(await this.user(user), id)
  this.showRecord(user.toLowerCase(), `hears nothing in ${count} calls`)
})

async function becomesSilent(endpoint: Endpoint, callId: string): Promise<void> {
  let before = -1
  const isSilent = async () => {
    const { packetsReceived } = await endpoint.call<AudioReport>('audio', { callId })
    const isSame = packetsReceived === before
    before = packetsReceived
    return isSame
  }
  await waitFor(`${endpoint.user.id} to hear nothing in ${callId}`, isSilent, { limitMs: 5_000, everyMs: 200 })
}

Then('{user} and {user} hear each other in all calls', async function (this: LabWorld, user: string, other: string) {
  for (const [listener, speaker] of [
    [user, other],
    [other, user],
  ] as const)
    await hearsInAllCalls(this, listener, speaker)
})

async function hearsInAllCalls(world: LabWorld, user: string, speaker: string): Promise<void> {
  const [listener, speaking] = [await world.user(user), await world.user(speaker)]
  const users = clientUsers((await world.lab()).topology).map(({ id }) => id)
  const hz = toneOf(speaking.user.id, users, world.parameters.seed)
  await speaking.call('setTone', { hz })
  const live = await liveCallsOf(world, user)
  for (const { id } of live) {
    const hears = async () => isHeard(await listener.call<AudioReport>('audio', { callId: id, heardForMs: 160 }), hz)
    await waitFor(`${user} to hear ${hz} Hz in ${id}`, hears, { limitMs: 4_000, everyMs: 20 })
  }
  world.showRecord(user, `hears the ${hz} Hz of ${speaker} in ${live.length} calls`)
}

Then('the other elements run on', async function (this: LabWorld) {
  const running = (await this.lab()).hosts().filter((host) => host.isRunning())
  const expected = (await this.lab()).hosts().length - 1
  if (running.length !== expected)
    throw new Mismatch(
      'elements that run',
      expected,
      running.map(({ name }) => name),
    )
})

Then('{user} is told by a BYE that {int} calls are over', async function (this: LabWorld, user: string, count: number) {
  await callsEnd(this, user)
  const { messages } = await this.timeline()
  const id = user.toLowerCase()
  const byes = messages.filter(
    ({ from, to, summary }) => from.startsWith('vcse') && to === id && summary.startsWith('BYE '),
  )
  if (byes.length !== count) throw new Mismatch(`BYEs at ${user}`, count, byes.length)
  this.showMessage(byes[0]!)
})

Then('the calls of {user} end', async function (this: LabWorld, user: string) {
  await callsEnd(this, user)
})

Then('the calls of {user} and {user} end', async function (this: LabWorld, one: string, other: string) {
  await callsEnd(this, one)
  await callsEnd(this, other)
})

async function callsEnd(world: LabWorld, user: string): Promise<void> {
  await waitFor(`the calls of ${user} to end`, async () => (await liveCallsOf(world, user)).length === 0, {
    limitMs: 8_000,
    lastSeen: () => callsOf(world, user),
  })
  const calls = await callsOf(world, user)
  world.showRecord(user.toLowerCase(), `${calls.length} calls have ended`)
}

Then('{user} and {user} come back', async function (this: LabWorld, one: string, other: string) {
  for (const user of [one, other]) {
    const endpoint = await this.user(user)
    const isRegistered = async () => {
      const { phone } = await endpoint.call<{ phone: { registration: string } }>('state')
      // A desk phone starts anew; a Jabber's next keepalive tells a Unified CM that has forgotten it.
      if (phone.registration !== 'registered' && endpoint.user.client === 'phone') await endpoint.signIn()
      if (phone.registration !== 'registered') return false
      return (await endpoint.call<{ status: number }>('reRegister')).status === 200
    }
    await waitFor(`${user} to be registered`, isRegistered, { limitMs: 15_000, everyMs: 200 })
  }
})

interface Counted {
  readonly admission: Readonly<Record<string, { readonly current: number }>>
  readonly mediaPortsInUse: number
}

Then('no call, licence or media port is counted where the VCSs still run', async function (this: LabWorld) {
  for (const { name, management } of await runningVcss(this)) {
    let last: unknown
    await waitFor(
      `${name} to count nothing`,
      async () => {
        const { admission, mediaPortsInUse } = await management.call<Counted>('state')
        last = { admission, mediaPortsInUse }
        return mediaPortsInUse === 0 && isNothing(admission)
      },
      { limitMs: 5_000, lastSeen: () => last },
    )
    this.showRecord(name, JSON.stringify(last))
  }
})

function isNothing(admission: Counted['admission']): boolean {
  return Object.values(admission).every(({ current }) => current === 0)
}
