import type { Random } from '#runtime/random.ts'
import { seededRandom } from '#runtime/random.ts'
import { waitFor } from '#runtime/wait.ts'
import type { AudioReport, Endpoint } from '../endpoint.ts'
import type { Lab } from '../lab.ts'

export interface DemonstrationStage {
  readonly title: string
  readonly passed: boolean
  readonly milliseconds: number
  readonly detail: string
}

/** First sign-in, first calls: every stage really happens on the wire and is judged at the far end. */
export async function* demonstrate(lab: Lab): AsyncGenerator<DemonstrationStage> {
  const { alice, bob, carol, boardroom } = everybody(lab)

  const others = timed(() => Promise.all([bob.signIn(), carol.signIn(), boardroom.signIn()]))
  const mine = timed(() => alice.signIn())
  const signIn = await mine
  yield* signInStages('Alice', signIn)
  const signedIn = await others
  for (const [index, who] of [
    'Bob (Jabber, inside)',
    'Carol (desk phone, inside)',
    'Board room (TC, internet)',
  ].entries()) {
    const result = signedIn.value?.[index]
    yield {
      title: `${who} signs in`,
      passed: result?.error === undefined && result !== undefined,
      milliseconds: signedIn.milliseconds,
      detail: signedIn.failure ?? (result?.error === undefined ? (result?.state ?? '') : result.error.says),
    }
  }

  yield* useServices(lab)
}

/** What everybody signs in for: a chat, the voicemail, calls inside and to the TC endpoint. */
export async function* useServices(lab: Lab): AsyncGenerator<DemonstrationStage> {
  const { alice, bob, carol, boardroom } = everybody(lab)
  const random = seededRandom(`${lab.seed}/tones`)
  const tones = drawTones(random)
  yield await stage('Alice and Bob chat', () => chat(alice, bob, random))
  yield await stage('Alice reads her voicemail list', () => readVoicemail(alice))
  yield* callStages('Alice calls the desk phone 1003', alice, carol, tones.first)
  yield* callStages('Alice calls the TC endpoint 1004', alice, boardroom, tones.second)
  yield await stage('  audio engine of the TC endpoint', () => audioEngineOf(boardroom))
}

function everybody(lab: Lab): Record<'alice' | 'bob' | 'carol' | 'boardroom', Endpoint> {
  const [alice, bob, carol, boardroom] = ['alice', 'bob', 'carol', 'boardroom'].map((id) => lab.endpoint(id))
  return { alice: alice!, bob: bob!, carol: carol!, boardroom: boardroom! }
}

/** What a deployment is for, once more: Alice signs in outside and calls the desk phone. */
export async function* firstCall(lab: Lab): AsyncGenerator<DemonstrationStage> {
  const { first } = drawTones(seededRandom(`${lab.seed}/tones`))
  const [alice, carol] = [lab.endpoint('alice'), lab.endpoint('carol')]
  const signIn = await timed(() => alice.signIn())
  yield* signInStages('Alice', signIn)
  if (signIn.value?.error === undefined && signIn.failure === undefined)
    yield* callStages('Alice calls the desk phone 1003', alice, carol, first)
  await alice.close()
}

interface TonePair {
  readonly caller: number
  readonly callee: number
}

/** Four different frequencies between 400 and 1000 Hz, at least 37 Hz apart. */
function drawTones(random: Random): { first: TonePair; second: TonePair } {
  const steps: number[] = []
  while (steps.length < 4) {
    const step = random.integer(0, 15)
    if (!steps.includes(step)) steps.push(step)
  }
  const hz = steps.map((step) => 401 + 37 * step)
  return { first: { caller: hz[0]!, callee: hz[1]! }, second: { caller: hz[2]!, callee: hz[3]! } }
}

interface Timed<T> {
  readonly value?: T
  readonly failure?: string
  readonly milliseconds: number
}

async function timed<T>(act: () => Promise<T>): Promise<Timed<T>> {
  const start = performance.now()
  try {
    return { value: await act(), milliseconds: performance.now() - start }
  } catch (error) {
    return { failure: (error as Error).message, milliseconds: performance.now() - start }
  }
}

async function stage(title: string, act: () => Promise<string>): Promise<DemonstrationStage> {
  const { value, failure, milliseconds } = await timed(act)
  return { title, passed: failure === undefined, milliseconds, detail: failure ?? value ?? '' }
}

function* signInStages(
  who: string,
  signIn: Timed<Awaited<ReturnType<Endpoint['signIn']>>>,
): Generator<DemonstrationStage> {
  for (const { name, outcome, milliseconds, detail } of signIn.value?.stages ?? []) {
    if (outcome === 'skipped') continue
    yield { title: `${who}: ${name}`, passed: outcome !== 'failed', milliseconds, detail: detail ?? outcome }
  }
  const error = signIn.failure ?? signIn.value?.error?.says
  yield {
    title: `${who} (Jabber, internet) signs in`,
    passed: error === undefined,
    milliseconds: signIn.milliseconds,
    detail: error ?? signIn.value?.state ?? '',
  }
}

interface ChatMessage {
  readonly direction: 'sent' | 'received'
  readonly text: string
}

async function chat(alice: Endpoint, bob: Endpoint, random: Random): Promise<string> {
  const said: string[] = []
  for (const [from, to] of [
    [alice, bob],
    [bob, alice],
  ] as const) {
    const text = `hello from ${from.user.id} ${random.hex(6)}`
    await from.call('sendMessage', { to: jid(to), text })
    await waitFor(
      `${to.user.id} to receive "${text}"`,
      async () =>
        (await to.call<ChatMessage[]>('messages')).some(
          (message) => message.direction === 'received' && message.text === text,
        ),
      { everyMs: 5 },
    )
    said.push(`${from.user.id} → ${to.user.id}`)
  }
  return `received: ${said.join(', ')}`
}

function jid({ user, specification }: Endpoint): string {
  return `${user.id}@${specification.dns.domain}`
}

async function readVoicemail(alice: Endpoint): Promise<string> {
  const { status, messages } = await alice.call<{ status: number; messages?: { subject: string }[] }>('voicemail')
  if (status !== 200) throw new Error(`voicemail answered ${status}`)
  if (messages === undefined || messages.length === 0) throw new Error('the voicemail list is empty')
  return `${messages.length} messages, first: ${messages[0]!.subject}`
}

/** One call: each direction carries its own tone, judged by what the other end heard. */
async function* callStages(
  title: string,
  caller: Endpoint,
  callee: Endpoint,
  tones: TonePair,
): AsyncGenerator<DemonstrationStage> {
  await callee.call('setTone', { hz: tones.callee })
  const set = await timed(async () => {
    const { callId } = await caller.call<{ callId: string }>('call', { to: callee.user.line, toneHz: tones.caller })
    await caller.call('waitCall', { callId, state: 'connected', limitMs: 8_000 })
    return callId
  })
  yield { title, passed: set.failure === undefined, milliseconds: set.milliseconds, detail: set.failure ?? 'connected' }
  if (set.value === undefined) return
  const callId = set.value
  yield await stage(`  ${caller.user.id} → ${callee.user.id}`, () => heard(callee, undefined, tones.caller))
  yield await stage(`  ${callee.user.id} → ${caller.user.id}`, () => heard(caller, callId, tones.callee))
  yield await stage(`  ${caller.user.id} hangs up`, async () => {
    await caller.call('hangUp', { callId })
    await callee.call('waitCall', { state: 'ended', limitMs: 5_000 })
    return 'ended at both ends'
  })
}

/** What made and heard the audio of its last call, and why where that is not what was asked for. */
async function audioEngineOf(endpoint: Endpoint): Promise<string> {
  const { engine, engineProblem } = await endpoint.call<AudioReport>('audio')
  if (engineProblem !== undefined) return `plain, ${engineProblem}`
  return engine === 'wrtc' ? 'WebRTC' : 'plain'
}

/** Waits until the tone is measured at the far end; at the limit it says what was heard instead. */
async function heard(listener: Endpoint, callId: string | undefined, sentHz: number): Promise<string> {
  let last: AudioReport | undefined
  const report = await waitFor(
    `${sentHz} Hz at ${listener.user.id}`,
    async () => {
      last = await listener.call<AudioReport>('audio', callId === undefined ? {} : { callId })
      return isHeard(last, sentHz) ? last : undefined
    },
    {
      limitMs: 2_500,
      everyMs: 50,
      lastSeen: () => ({ heardHz: last?.heardHz ?? null, authFailures: last?.authFailures }),
    },
  )
  const protection = report.suite === undefined || report.suite === 'none' ? 'RTP' : 'SRTP'
  return `sent ${sentHz.toFixed(1)} Hz, heard ${report.heardHz!.toFixed(1)} Hz (${protection}, ${report.lost} lost)`
}

/** Within 2 Hz: tones of one run are at least 37 Hz apart. */
export function isHeard({ heardHz }: AudioReport, sentHz: number): boolean {
  return heardHz !== undefined && heardHz !== null && Math.abs(heardHz - sentHz) <= 2
}
