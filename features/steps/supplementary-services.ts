import { Given, Then, When } from '@cucumber/cucumber'
import type { AudioReport, Endpoint } from '#lab/endpoint.ts'
import { toneOf } from '#lab/operator/tones.ts'
import { clientUsers } from '#lab/topology/topology.ts'
import { waitFor } from '#runtime/wait.ts'
import { Mismatch, seen } from '../support/matchers.ts'
import type { LabWorld } from '../support/world.ts'

interface ReferralOutcome {
  readonly status: number
  readonly reason: string
  readonly outcome?: number
}

interface CallReport {
  readonly id: string
  readonly state: string
  readonly endedBy?: string
}

const callsOf = (endpoint: Endpoint) => endpoint.call<CallReport[]>('calls')

async function firstLive(endpoint: Endpoint): Promise<string> {
  const call = (await callsOf(endpoint)).find(({ state }) => state !== 'ended')
  if (call === undefined) throw new Mismatch(`calls of ${endpoint.user.id}`, 'one at least', 'none')
  return call.id
}

async function refer(world: LabWorld, user: string, method: string, parameters: object): Promise<void> {
  const outcome = await (await world.user(user)).call<ReferralOutcome>(method, { ...parameters })
  world.memory.set('referral', { user, ...outcome })
}

function mustEndWith(world: LabWorld, wanted: number): void {
  const { user, status, reason, outcome } = world.recall<ReferralOutcome & { user: string }>('referral')
  if (status !== 202) throw new Mismatch(`answer to the REFER of ${user}`, '202', `${status} ${reason}`)
  if (outcome !== wanted) throw new Mismatch(`what ${user} was told`, wanted, outcome)
  world.showRecord(user, `was told ${outcome}`)
}

Given(
  '{user}, {user} and {user} are signed in',
  async function (this: LabWorld, first: string, second: string, third: string) {
    for (const name of [first, second, third]) {
      const { state } = await (await this.user(name)).signIn()
      if (state !== 'signed-in') throw new Mismatch(name, 'signed-in', state)
    }
  },
)

Then('the call is held at {user}', async function (this: LabWorld, user: string) {
  await (await this.user(user)).call('waitCall', { state: 'held' })
  this.showRecord(user, 'is on hold')
})

When('{user} transfers {user} to {user}', async function (this: LabWorld, user: string, _: string, target: string) {
  await refer(this, user, 'transfer', { to: (await this.user(target)).user.line })
})

When('{user} consults {user}', async function (this: LabWorld, user: string, other: string) {
  const [caller, callee] = [await this.user(user), await this.user(other)]
  const { callId } = await caller.call<{ callId: string }>('call', { to: callee.user.line })
  await caller.call('waitCall', { callId, state: 'connected' })
  await callee.call('waitCall', { state: 'connected' })
  this.memory.set('consultation', callId)
})

When('{user} joins the two', async function (this: LabWorld, user: string) {
  await refer(this, user, 'transfer', { attended: true, consultation: this.recall('consultation') })
})

When('{user} makes it a conference', async function (this: LabWorld, user: string) {
  await refer(this, user, 'conference', { consultation: this.recall('consultation') })
})

/** The key is pressed a moment too late. */
async function hangUpBefore(world: LabWorld, other: string, user: string): Promise<void> {
  const callId = world.recall<string>('consultation')
  await (await world.user(other)).call('hangUp')
  await (await world.user(user)).call('waitCall', { callId, state: 'ended' })
}

When('{user} hangs up as {user} joins them', async function (this: LabWorld, other: string, user: string) {
  await hangUpBefore(this, other, user)
  await refer(this, user, 'transfer', { attended: true, consultation: this.recall('consultation') })
})

When('{user} hangs up as {user} makes it a conference', async function (this: LabWorld, other: string, user: string) {
  await hangUpBefore(this, other, user)
  await refer(this, user, 'conference', { consultation: this.recall('consultation') })
})

Then('the transfer succeeds', async function (this: LabWorld) {
  mustEndWith(this, 200)
  const { user } = this.recall<{ user: string }>('referral')
  await seen(this, `NOTIFY at ${user}`, ({ to, summary }) => to === user && summary.startsWith('NOTIFY '))
})

Then(/^the (?:transfer|conference) fails with "(\d{3}) [^"]+"$/, async function (this: LabWorld, status: string) {
  mustEndWith(this, Number(status))
})

Then('both calls end at {user}', async function (this: LabWorld, user: string) {
  const endpoint = await this.user(user)
  const ended = await waitFor(`calls of ${user} to end`, async () => {
    const calls = await callsOf(endpoint)
    return calls.length >= 2 && calls.every(({ state }) => state === 'ended') && calls
  })
  this.showRecord(user, `calls ended: ${ended.map(({ endedBy }) => endedBy).join(', ')}`)
})

Then(
  '{user}, {user} and {user} all hear each other',
  async function (this: LabWorld, first: string, second: string, third: string) {
    const members = [first, second, third]
    for (const user of members)
      await hearsAll(
        this,
        user,
        members.filter((other) => other !== user),
      )
  },
)

/** Every tone of the others sounds at the listener at the same time, and none besides. */
async function hearsAll(world: LabWorld, user: string, others: readonly string[]): Promise<void> {
  const { topology } = await world.lab()
  const users = clientUsers(topology).map(({ id }) => id)
  const wanted: number[] = []
  for (const other of others) {
    const hz = toneOf(other, users, world.parameters.seed)
    await (await world.user(other)).call('setTone', { hz })
    wanted.push(hz)
  }
  const listener = await world.user(user)
  let last: readonly number[] = []
  await waitFor(
    `${user} to hear ${wanted.join(' and ')} Hz`,
    async () => {
      last = (await listener.call<AudioReport & { heardTones: number[] }>('audio', { heardForMs: 200 })).heardTones
      const isHeard = (hz: number) => last.some((heard) => Math.abs(heard - hz) < toneTolerance)
      return last.length === wanted.length && wanted.every(isHeard)
    },
    { limitMs: 4_000, everyMs: 20, lastSeen: () => last },
  )
  world.showRecord(user, `heard ${last.map((hz) => hz.toFixed(0)).join(' and ')} Hz of ${others.join(' and ')}`)
}

/** Hz; tones are at least 37 apart. */
const toneTolerance = 8

Then(
  'the {host} mixes the conference of {user}, {user} and {user}',
  async function (this: LabWorld, host: string, first: string, second: string, third: string) {
    const { conferences } = await (
      await this.host(host)
    ).management.call<{ conferences: { members: string[] }[] }>('history')
    const wanted = await Promise.all([first, second, third].map(async (user) => (await this.user(user)).user.line))
    const members = conferences.at(-1)?.members ?? []
    if (members.toSorted().join() !== wanted.toSorted().join()) throw new Mismatch('members', wanted, members)
    this.showRecord(host, `conference of ${members.join(', ')}`)
  },
)

When('{user} leaves the conference', async function (this: LabWorld, user: string) {
  const endpoint = await this.user(user)
  await endpoint.call('hangUp', { callId: await firstLive(endpoint) })
})

When('{user} presses {string}', async function (this: LabWorld, user: string, digits: string) {
  await (await this.user(user)).call('sendDigits', { digits })
})

Then('{user} has heard the keys {string}', async function (this: LabWorld, user: string, digits: string) {
  const endpoint = await this.user(user)
  let last: string | undefined
  await waitFor(
    `${user} to hear the keys ${digits}`,
    async () => (last = (await endpoint.call<AudioReport & { keysHeard: string }>('audio')).keysHeard) === digits,
    { limitMs: 3_000, everyMs: 30, lastSeen: () => last },
  )
  this.showRecord(user, `heard the keys ${digits}`)
})
