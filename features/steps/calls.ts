import { Given, Then, When } from '@cucumber/cucumber'
import type { AudioReport, Endpoint } from '#lab/endpoint.ts'
import { isHeard } from '#lab/operator/demonstration.ts'
import { toneOf } from '#lab/operator/tones.ts'
import { clientUsers } from '#lab/topology/topology.ts'
import { waitFor } from '#runtime/wait.ts'
import { allSeen, briefly, Mismatch, seen } from '../support/matchers.ts'
import { headerOf, statusOf } from '../support/refusals.ts'
import type { Status } from '../support/vocabulary.ts'
import type { LabWorld } from '../support/world.ts'

interface CallReport {
  readonly state: string
  readonly status?: number
  readonly reason?: string
  readonly endedBy?: string
}

interface CurrentCall {
  readonly caller: Endpoint
  readonly callId: string
}

/** Every user sends a tone of their own, so that it shows who is heard. */
async function setTone(world: LabWorld, endpoint: Endpoint): Promise<number> {
  const { topology } = await world.lab()
  const users = clientUsers(topology).map(({ id }) => id)
  const hz = toneOf(endpoint.user.id, users, world.parameters.seed)
  await endpoint.call('setTone', { hz })
  return hz
}

async function dial(world: LabWorld, user: string, number: string): Promise<CurrentCall> {
  const caller = await world.user(user)
  const toneHz = await setTone(world, caller)
  const { callId } = await caller.call<{ callId: string }>('call', { to: number, toneHz })
  const call = { caller, callId }
  world.memory.set('call', call)
  return call
}

async function call(world: LabWorld, user: string, other: string): Promise<CurrentCall> {
  const callee = await world.user(other)
  await setTone(world, callee)
  world.memory.set('callee', callee)
  return dial(world, user, callee.user.line)
}

/** Waits for the call at the caller; one that is refused does not wait for the limit. */
async function mustConnect(world: LabWorld): Promise<void> {
  const { caller, callId } = world.recall<CurrentCall>('call')
  const settled = await waitFor(
    `the call of ${caller.user.id} to connect`,
    async () => {
      const calls = await caller.call<(CallReport & { id: string })[]>('calls')
      return calls.find(({ id, state }) => id === callId && (state === 'connected' || state === 'ended'))
    },
    { limitMs: 8_000, everyMs: 20 },
  )
  if (settled.state !== 'connected')
    throw new Mismatch(`the call of ${caller.user.id}`, 'connected', `${settled.status} ${settled.reason}`)
  const callee = world.recall<Endpoint>('callee')
  await callee.call('waitCall', { state: 'connected' })
  world.showRecord(callee.user.id, `in a call with ${caller.user.id}`)
}

Given('{user} answers no calls', async function (this: LabWorld, user: string) {
  await (await this.user(user)).call('setAnswer', { mode: 'ring' })
})

Given('{user} is busy', async function (this: LabWorld, user: string) {
  await (await this.user(user)).call('setAnswer', { mode: 'busy' })
})

When('{user} calls {user}', async function (this: LabWorld, user: string, other: string) {
  await call(this, user, other)
})

When('{user} calls the number {string}', async function (this: LabWorld, user: string, number: string) {
  await dial(this, user, number)
})

Given('{user} is in a call with {user}', async function (this: LabWorld, user: string, other: string) {
  await call(this, user, other)
  await mustConnect(this)
})

When('{user} answers', async function (this: LabWorld, user: string) {
  const endpoint = await this.user(user)
  await endpoint.call('waitCall', { state: 'ringing' })
  await endpoint.call('answer')
})

When('{user} hangs up', async function (this: LabWorld, user: string) {
  await (await this.user(user)).call('hangUp')
})

/** The caller gives up while it rings; the 487 that follows is asked for here. */
When('{user} gives up', async function (this: LabWorld, user: string) {
  this.expectRefusal((message) => message.to === user && statusOf(message) === 487)
  await (await this.user(user)).call('hangUp')
})

When('{user} puts the call on hold', async function (this: LabWorld, user: string) {
  await setHold(await this.user(user), 'hold')
})

When('{user} resumes the call', async function (this: LabWorld, user: string) {
  await setHold(await this.user(user), 'resume')
})

async function setHold(endpoint: Endpoint, method: 'hold' | 'resume'): Promise<void> {
  const { status, reason } = await endpoint.call<{ status: number; reason: string }>(method)
  if (status !== 200) throw new Mismatch(`${method} by ${endpoint.user.id}`, '200 OK', `${status} ${reason}`)
}

Then('the call connects', async function (this: LabWorld) {
  await mustConnect(this)
})

Then('it rings at {user}', async function (this: LabWorld, user: string) {
  await (await this.user(user)).call('waitCall', { state: 'ringing' })
  await seen(this, `180 from ${user}`, ({ from, summary }) => from === user && summary.startsWith('180 '))
})

Then('the call ends at {user}', async function (this: LabWorld, user: string) {
  const { endedBy = '' } = await (await this.user(user)).call<CallReport>('waitCall', { state: 'ended' })
  this.showRecord(user, `call ended: ${endedBy}`)
})

Then('the call fails with {status}', async function (this: LabWorld, { status, reason }: Status) {
  const { caller, callId } = this.recall<CurrentCall>('call')
  const user = caller.user.id
  const report = await caller.call<CallReport>('waitCall', { callId, state: 'ended', limitMs: 8_000 })
  if (report.status !== status)
    throw new Mismatch(`the call of ${user}`, `${status} ${reason}`, `${report.status} ${report.reason}`)
  const isRefusal = isAnswerToInvite(user, status)
  this.expectRefusal(isRefusal)
  const message = await seen(this, `${status} at ${user}`, isRefusal)
  if (!message.summary.includes(reason)) throw new Mismatch(`the reason at ${user}`, reason, message.summary)
})

function isAnswerToInvite(user: string, status: number) {
  return (message: Parameters<typeof statusOf>[0] & Parameters<typeof headerOf>[0] & { to: string }) =>
    message.to === user && statusOf(message) === status && headerOf(message, 'cseq')?.endsWith('INVITE') === true
}

Then('the {host} has sent {status} for the call', async function (this: LabWorld, host: string, { status }: Status) {
  await seen(
    this,
    `${status} from ${host}`,
    (message) =>
      message.from === host && statusOf(message) === status && /INVITE$/.test(headerOf(message, 'cseq') ?? ''),
  )
})

Then('{user} and {user} hear each other', async function (this: LabWorld, user: string, other: string) {
  await hears(this, user, other)
  await hears(this, other, user)
})

Then('{user} hears {user}', async function (this: LabWorld, user: string, other: string) {
  await hears(this, user, other)
})

/** Measured at the listener: the tone of the other one, by frequency. */
async function hears(world: LabWorld, user: string, other: string): Promise<void> {
  const listener = await world.user(user)
  const sentHz = await setTone(world, await world.user(other))
  let last: AudioReport | undefined
  const report = await waitFor(
    `${user} to hear the ${sentHz} Hz of ${other}`,
    async () => {
      last = await listener.call<AudioReport>('audio', { heardForMs: heardMs })
      return isHeard(last, sentHz) ? last : undefined
    },
    { limitMs: 4_000, everyMs: 20, lastSeen: () => last },
  )
  world.showRecord(user, `heard ${report.heardHz!.toFixed(1)} Hz of ${other}, ${report.packetsReceived} packets`)
}

const heardMs = 160

/** Judged over the time in which the listener itself sent ten packets: silence is not having listened too early. */
Then('{user} hears nothing', async function (this: LabWorld, user: string) {
  const listener = await this.user(user)
  const listen = () => listener.call<AudioReport>('audio', { heardForMs: heardMs })
  const { packetsSent } = await listen()
  let last: AudioReport | undefined
  const isSilent = ({ heardHz, packetsSent: sent }: AudioReport) =>
    (heardHz ?? undefined) === undefined && sent >= packetsSent + 10
  await waitFor(`${user} to hear nothing`, async () => isSilent((last = await listen())), { lastSeen: () => last })
  this.showRecord(user, `hears nothing; ${last!.packetsReceived} packets taken, ${last!.authFailures} refused`)
})

Then('the audio of {user} is {audioProtection}', async function (this: LabWorld, user: string, wanted: string) {
  const { suite = 'none' } = await (await this.user(user)).call<AudioReport>('audio')
  if ((suite === 'none') !== (wanted === 'plain RTP')) throw new Mismatch(`the audio of ${user}`, wanted, suite)
  this.showRecord(user, `audio protection: ${suite}`)
})

Then('the {host} has passed the call', async function (this: LabWorld, host: string) {
  await seen(this, `INVITE at ${host}`, ({ to, summary }) => to === host && summary.startsWith('INVITE '))
  await seen(this, `INVITE from ${host}`, ({ from, summary }) => from === host && summary.startsWith('INVITE '))
})

Then('no INVITE reaches {user}', async function (this: LabWorld, user: string) {
  const found = await allSeen(this, ({ to, summary }) => to === user && summary.startsWith('INVITE '))
  if (found.length > 0) throw new Mismatch(`INVITE at ${user}`, 'none', found.map(briefly))
  this.showRecord(user, 'received no INVITE')
})
