import { Given, Then, When } from '@cucumber/cucumber'
import type { TimelineMessage } from '#lab/evidence/timeline.ts'
import { waitFor } from '#runtime/wait.ts'
import { Mismatch, seen } from '../support/matchers.ts'
import { headerOf, statusOf } from '../support/refusals.ts'
import type { LabWorld } from '../support/world.ts'

interface EngineStatus {
  readonly asked: string
  readonly running: string
  readonly problem?: string
  readonly pid?: number
}

const engines: Readonly<Record<string, string>> = { WebRTC: 'wrtc', plain: 'plain' }

Given('{user} has the WebRTC audio engine', function (this: LabWorld, user: string) {
  this.setClient(user, { audioEngine: 'wrtc' })
})

Given('the WebRTC library of {user} is missing', function (this: LabWorld, user: string) {
  setSabotage(this, user, { webrtcModule: missingLibrary })
})

Given('{user} offers its calls with DTLS only', function (this: LabWorld, user: string) {
  setSabotage(this, user, { offer: 'dtls' })
})

When('the WebRTC library of {user} crashes', async function (this: LabWorld, user: string) {
  const { pid } = await engineOf(this, user)
  if (pid === undefined) throw new Mismatch(`process of the WebRTC library of ${user}`, 'one', 'none')
  process.kill(pid, 'SIGSEGV')
})

Then('{user} has the {word} audio engine in the call', async function (this: LabWorld, user: string, name: string) {
  const endpoint = await this.user(user)
  const wanted = engines[name]
  let last: { engine?: string; engineProblem?: string } | undefined
  await waitFor(
    `the ${name} audio engine at ${user}`,
    async () => (last = await endpoint.call<NonNullable<typeof last>>('audio')).engine === wanted,
    { lastSeen: () => last },
  )
  this.showRecord(user, `audio engine: ${last!.engine}${last!.engineProblem ? ` (${last!.engineProblem})` : ''}`)
})

Then(
  '{user} reports that its WebRTC audio engine does not run: {string}',
  async function (this: LabWorld, user: string, why: string) {
    let last: EngineStatus | undefined
    const says = ({ running, problem }: EngineStatus) => running === 'plain' && problem?.includes(why) === true
    await waitFor(`the audio engine of ${user}`, async () => says((last = await engineOf(this, user))), {
      lastSeen: () => last,
    })
    const { engineProblem } = await (await this.user(user)).call<{ engineProblem?: string }>('audio')
    if (engineProblem !== last!.problem) throw new Mismatch(`audio report of ${user}`, last!.problem, engineProblem)
    this.showRecord(user, `audio engine: plain, ${engineProblem}`)
  },
)

Then('the offer of {user} has a fingerprint and no keys', async function (this: LabWorld, user: string) {
  await seen(this, `INVITE of ${user} with DTLS only`, ({ from, summary, bytes }) => {
    const text = bytes.toString('latin1')
    const isDtls = /^m=audio \d+ UDP\/TLS\/RTP\/SAVPF /m.test(text) && /^a=fingerprint:sha-256 /m.test(text)
    return from === user && summary.startsWith('INVITE ') && isDtls && !text.includes('a=crypto:')
  })
})

Then(
  'the {host} refuses the call of {user}: {string}',
  async function (this: LabWorld, host: string, user: string, why: string) {
    const is488 = (message: TimelineMessage) =>
      statusOf(message) === 488 && /INVITE$/.test(headerOf(message, 'cseq') ?? '')
    const refusal = await seen(this, `488 of ${host}`, (message) => message.from === host && is488(message))
    const warning = headerOf(refusal, 'warning') ?? 'none'
    if (!warning.includes(why)) throw new Mismatch(`the Warning of ${host}`, why, warning)
    const received = await seen(this, `488 at ${user}`, (message) => message.to === user && is488(message))
    if (headerOf(received, 'warning') !== warning)
      throw new Mismatch(`the Warning at ${user}`, warning, headerOf(received, 'warning') ?? 'none')
  },
)

const missingLibrary = '@roamhq/wrtc-that-nobody-has'

function setSabotage(world: LabWorld, user: string, sabotage: Record<string, unknown>): void {
  const options = (world.clientOptions[user] ??= {})
  options['sabotage'] = { ...(options['sabotage'] as object), ...sabotage }
}

async function engineOf(world: LabWorld, user: string): Promise<EngineStatus> {
  return (await (await world.user(user)).call<{ audioEngine: EngineStatus }>('state')).audioEngine
}
