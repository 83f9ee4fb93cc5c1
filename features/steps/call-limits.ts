import { Given, Then, When } from '@cucumber/cucumber'
import type { AudioReport, Endpoint } from '#lab/endpoint.ts'
import { processorSeconds } from '#lab/load/process-usage.ts'
import { realMonotonicClock } from '#runtime/clock.ts'
import { waitFor } from '#runtime/wait.ts'
import { Mismatch } from '../support/matchers.ts'
import { headerOf } from '../support/refusals.ts'
import type { LabWorld } from '../support/world.ts'

interface Call {
  readonly id: string
  readonly sipCallId?: string
  readonly state: string
  readonly status?: number
  readonly reason?: string
  readonly warning?: string
}

const callsOf = (endpoint: Endpoint) => endpoint.call<Call[]>('calls')
const standing = async (endpoint: Endpoint) => (await callsOf(endpoint)).filter(({ state }) => state === 'connected')

/** The ends of the calls tell what they sent and received; a VCS that carries hundreds of calls has no time to. */
Given('only telephones and SIP devices record what passes', function (this: LabWorld) {
  this.adapt((plan) => ({ ...plan, specification: { ...plan.specification, traceLevel: 'off' } }))
  for (const user of ['alice', 'carol', 'dave', 'erin', 'peter']) {
    this.adaptClient(user, (specification) => ({ ...specification, traceLevel: 'messages' }))
  }
})

Given('{user} and {user} negotiate media and send none', async function (this: LabWorld, one: string, other: string) {
  for (const user of [one, other]) await (await this.user(user)).call('setMedia', { media: 'none' })
})

/** One call behind the other: an audio call needs a whole licence for as long as it is set up. */
When(
  /^(\S+) sets up (\d+) (audio|video) calls? with (\S+)$/,
  { timeout: 180_000 },
  async function (this: LabWorld, user: string, count: string, kind: string, other: string) {
    const [caller, callee] = [await this.user(user), await this.user(other)]
    await offer(kind, caller, callee)
    await setUp(this, { caller, callee, count: Number(count) })
  },
)

When(
  '{user} sets up {int} call(s) with {user}',
  { timeout: 180_000 },
  async function (this: LabWorld, user: string, count: number, other: string) {
    await setUp(this, { caller: await this.user(user), callee: await this.user(other), count })
  },
)

async function offer(kind: string, ...ends: readonly Endpoint[]): Promise<void> {
  for (const end of ends) await end.call('setMedia', { furtherStreams: kind === 'video' ? ['video'] : [] })
}

async function setUp(
  world: LabWorld,
  { caller, callee, count }: { caller: Endpoint; callee: Endpoint; count: number },
): Promise<number> {
  const begin = realMonotonicClock.now()
  const before = await processorTimes(world)
  for (let made = 0; made < count; made++) {
    const { callId } = await caller.call<{ callId: string }>('call', { to: callee.user.line })
    const what = `call ${made + 1} of ${count} of ${caller.user.id}`
    const { state, status, reason, warning } = await settled(caller, callId, what)
    if (state !== 'connected') throw new Mismatch(what, 'connected', `${status} ${reason} ${warning ?? ''}`)
  }
  const seconds = Number(realMonotonicClock.now() - begin) / 1e9
  const used = (await processorTimes(world)).map(({ name, seconds: total }, index) => {
    return `${name} ${(total - before[index]!.seconds).toFixed(1)} s`
  })
  const processor = used.length === 0 ? '' : `; processor: ${used.join(', ')}`
  world.showRecord(
    caller.user.id,
    `${count} calls with ${callee.user.id} set up in ${seconds.toFixed(1)} s${processor}`,
  )
  return seconds
}

async function settled(caller: Endpoint, callId: string, what: string): Promise<Call> {
  let last: Call | undefined
  const isSettled = async () => {
    last = (await callsOf(caller)).find(({ id }) => id === callId)
    return last?.state === 'ended' || last?.state === 'connected'
  }
  // Most often it is there at the first look.
  await caller.call('waitCall', { callId, state: 'connected', limitMs: 500 }).catch(() => {})
  await waitFor(what, isSettled, { limitMs: 10_000, everyMs: 100, lastSeen: () => last })
  return last!
}

/** Processor time of both VCSs, where they are processes of their own. */
async function processorTimes(world: LabWorld): Promise<{ readonly name: string; readonly seconds: number }[]> {
  if (world.placement !== 'process') return []
  const hosts = await Promise.all(['vcsc1', 'vcse1'].map((name) => world.host(name)))
  return hosts.map(({ name, pid }) => ({ name, seconds: processorSeconds(pid) }))
}

/** By both ends' calls, and by the INVITEs answered 200 and not followed by a BYE in what passed at each of them. */
Then(
  '{int} call(s) stand(s) between {user} and {user}',
  { timeout: 60_000 },
  async function (this: LabWorld, count: number, one: string, other: string) {
    await stand(this, { [one]: count, [other]: count })
  },
)

Then(
  '{int} calls of {user} stand beside {int} others of {user}',
  { timeout: 60_000 },
  async function (this: LabWorld, count: number, one: string, others: number, other: string) {
    await stand(this, { [one]: count, [other]: count + others })
  },
)

async function stand(world: LabWorld, wanted: Readonly<Record<string, number>>): Promise<void> {
  for (const [user, count] of Object.entries(wanted)) {
    const endpoint = await world.user(user)
    let own = 0
    const isCount = async () => (own = (await standing(endpoint)).length) === count
    await waitFor(`${count} calls of ${user}`, isCount, { lastSeen: () => own, everyMs: 100 })
    const onTheWire = await standingOnTheWire(world, user)
    if (onTheWire !== count) throw new Mismatch(`calls on the wire at ${user}`, count, onTheWire)
    world.showRecord(user, `${count} calls stand, by its own list and by what passed there`)
  }
}

async function standingOnTheWire(world: LabWorld, user: string): Promise<number> {
  const answered = new Set<string>()
  for (const message of (await world.timeline()).messages) {
    if (message.protocol !== 'SIP' || (message.from !== user && message.to !== user)) continue
    const callId = headerOf(message, 'call-id') ?? ''
    if (message.summary.startsWith('BYE ')) answered.delete(callId)
    else if (message.summary.startsWith('200 ') && headerOf(message, 'cseq')?.endsWith('INVITE') === true) {
      answered.add(callId)
    }
  }
  return answered.size
}

/** What the ends hear, measured there; how many calls the machine has the power to carry media of is its own matter. */
When(
  /^(\S+) sets up calls with (\S+) as long as all are heard, at most (\d+)$/,
  { timeout: 120_000 },
  async function (this: LabWorld, user: string, other: string, most: string) {
    const [caller, callee] = [await this.user(user), await this.user(other)]
    let heard = 0
    for (let tried = Math.min(heardAtOnce, Number(most)); tried > heard;) {
      const seconds = await setUp(this, { caller, callee, count: tried - heard })
      if (seconds > tooLongSeconds || !(await areHeard(caller, callee, tried))) break
      heard = tried
      tried = Math.min(tried + heardAtOnce, Number(most))
    }
    if (heard === 0) throw new Mismatch(`calls of ${user} and ${other} with media both ways`, 'some', 'none')
    for (const { id } of (await standing(caller)).slice(heard)) await caller.call('hangUp', { callId: id })
    this.showRecord(caller.user.id, `${heard} calls with ${callee.user.id}, all with real media both ways`)
  },
)

const heardAtOnce = 10
/** For so many calls: the machine has no power left to set up more beside the media. */
const tooLongSeconds = 4

When(
  /^(\S+) sets up more (audio|video) calls with (\S+) until there are (\d+)$/,
  { timeout: 180_000 },
  async function (this: LabWorld, user: string, kind: string, other: string, most: string) {
    const [caller, callee] = [await this.user(user), await this.user(other)]
    await offer(kind, caller, callee)
    await setUp(this, { caller, callee, count: Number(most) - (await standing(caller)).length })
  },
)

Then(
  '{user} and {user} hear each other in at least {int} of their calls',
  async function (this: LabWorld, one: string, other: string, least: number) {
    const ends = [await this.user(one), await this.user(other)] as const
    let heard = 0
    const areEnough = async () => (heard = Math.min(...(await Promise.all(ends.map(hearing))))) >= least
    await waitFor(`media of ${least} calls`, areEnough, { limitMs: 10_000, everyMs: 500, lastSeen: () => heard })
    this.showRecord(one, `real media both ways in ${heard} of ${(await standing(ends[0])).length} calls with ${other}`)
  },
)

async function areHeard(caller: Endpoint, callee: Endpoint, count: number): Promise<boolean> {
  const isSo = async () => (await hearing(caller)) === count && (await hearing(callee)) === count
  const soon = { limitMs: 8_000, everyMs: 300 }
  return waitFor(`media of ${count} calls`, isSo, soon).then(
    () => true,
    () => false,
  )
}

/** Calls in which a tone is heard just now. */
async function hearing(endpoint: Endpoint): Promise<number> {
  const calls = await standing(endpoint)
  const reports = await Promise.all(calls.map(({ id }) => endpoint.call<AudioReport>('audio', { callId: id })))
  return reports.filter(({ heardHz, packetsReceived }) => (heardHz ?? undefined) !== undefined && packetsReceived > 0)
    .length
}
