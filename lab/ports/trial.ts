import { randomBytes } from 'node:crypto'
import { waitFor } from '#runtime/wait.ts'
import type { AudioReport, Endpoint, SignInResult } from '../endpoint.ts'
import type { Lab } from '../lab.ts'
import { isHeard } from '../operator/demonstration.ts'
import { toneOf } from '../operator/tones.ts'
import { openVisitor } from '../operator/visitor.ts'

/** The sign-ins of both kinds of clients outside. */
export interface OutsideSignIns {
  readonly alice: SignInResult
  readonly boardroom: SignInResult
}

/** One call with a tone of its own in each direction. */
export interface TriedCall {
  /** Why it did not come to be. */
  readonly failure?: string
  /** Whether the callee measured the caller's tone, and the reverse. */
  readonly calleeHears: Hearing
  readonly callerHears: Hearing
}

export interface Hearing {
  readonly works: boolean
  readonly says: string
}

/**
 * The users of a lab try what they can: the clients outside are brought anew, then they search, chat, listen to voicemail
 * and call. Each thing is done once in a trial, when it is first asked for. Bob and Carol have signed in inside.
 */
export class Trial {
  readonly lab: Lab
  readonly #alice: Endpoint
  readonly #bob: Endpoint
  readonly #carol: Endpoint
  readonly #boardroom: Endpoint
  #signIns: Promise<OutsideSignIns> | undefined
  #insideCall: Promise<TriedCall> | undefined
  #outsideCall: Promise<TriedCall> | undefined

  constructor(lab: Lab) {
    this.lab = lab
    this.#alice = lab.endpoint('alice')
    this.#bob = lab.endpoint('bob')
    this.#carol = lab.endpoint('carol')
    this.#boardroom = lab.endpoint('boardroom')
  }

  signIns(): Promise<OutsideSignIns> {
    this.#signIns ??= Promise.all([this.#alice.signIn(), this.#boardroom.signIn()]).then(([alice, boardroom]) => ({
      alice,
      boardroom,
    }))
    return this.#signIns
  }

  /** People found under a name in the directory, as Alice sees them. */
  async directory(name: string): Promise<unknown[]> {
    await this.signIns()
    return this.#alice.call<unknown[]>('directorySearch', { name })
  }

  async voicemail(): Promise<{ status: number; messages?: unknown[] }> {
    await this.signIns()
    return this.#alice.call('voicemail')
  }

  /** A message each way between Alice outside and Bob inside; rejects where one does not arrive. */
  async chat(): Promise<void> {
    await this.signIns()
    for (const [from, to] of [
      [this.#alice, this.#bob],
      [this.#bob, this.#alice],
    ] as const) {
      const text = `port trial ${randomBytes(6).toString('hex')}`
      await from.call('sendMessage', { to: `${to.user.id}@${to.specification.dns.domain}`, text })
      const isHere = async () =>
        (await to.call<{ direction: string; text: string }[]>('messages')).some(
          (message) => message.direction === 'received' && message.text === text,
        )
      await waitFor(`${to.user.id} to receive "${text}"`, isHere, { limitMs: chatMs })
    }
  }

  /** Alice outside calls the desk phone inside. */
  insideCall(): Promise<TriedCall> {
    this.#insideCall ??= this.signIns().then(() => this.#call(this.#alice, this.#carol))
    return this.#insideCall
  }

  /** Alice calls the board room; both are outside. */
  outsideCall(): Promise<TriedCall> {
    this.#outsideCall ??= (this.#insideCall ?? this.signIns()).then(() => this.#call(this.#alice, this.#boardroom))
    return this.#outsideCall
  }

  /** Carol calls the board room, whose connection has just been lost; the final response she gets. */
  async callToLostClient(): Promise<number | undefined> {
    await this.signIns()
    await this.#boardroom.close()
    const { callId } = await this.#carol.call<{ callId: string }>('call', { to: this.#boardroom.user.line })
    const limitMs = connectMs
    return (await this.#carol.call<{ status?: number }>('waitCall', { callId, state: 'ended', limitMs })).status
  }

  /** Name on the status page that the Expressway's administrator gets from the internet. */
  async adminPage(): Promise<string> {
    const [name] = this.#hostsOf('expressway')
    await using visitor = await openVisitor(this.lab, 'internet')
    const to = { address: this.lab.plan(name!).specification.addresses[0]!, port: 443 }
    const password = this.lab.secrets.administrators[name!]!
    const { status, page } = await visitor.status(to, { username: 'admin', password })
    return `${status} ${String(page['name'])}`
  }

  /** What the VCS Control reports about itself. */
  controlState<T>(): Promise<T> {
    return this.lab.host(this.#hostsOf('control')[0]!).management.call<T>('state')
  }

  #hostsOf(role: string): string[] {
    const { hosts } = this.lab.topology
    return Object.keys(hosts).filter((name) => hosts[name]!.role === role)
  }

  async #call(caller: Endpoint, callee: Endpoint): Promise<TriedCall> {
    const users = this.lab.endpoints().map(({ user }) => user.id)
    const tone = ({ user }: Endpoint) => toneOf(user.id, users, this.lab.seed)
    try {
      await callee.call('setTone', { hz: tone(callee) })
      const { callId } = await caller.call<{ callId: string }>('call', { to: callee.user.line, toneHz: tone(caller) })
      try {
        await caller.call('waitCall', { callId, state: 'connected', limitMs: connectMs })
        const [calleeHears, callerHears] = await Promise.all([
          hearing(callee, undefined, caller, callId, tone(caller)),
          hearing(caller, callId, callee, undefined, tone(callee)),
        ])
        return { calleeHears, callerHears }
      } finally {
        await caller.call('hangUp', { callId }).catch(() => {})
        await callee.call('waitCall', { state: 'ended', limitMs: connectMs }).catch(() => {})
      }
    } catch (error) {
      const failure = (error as Error).message
      return { failure, calleeHears: { works: false, says: failure }, callerHears: { works: false, says: failure } }
    }
  }
}

const chatMs = 2_000
const connectMs = 4_000
/** What is heard of a second of speech is heard; where nothing of it came, nothing comes. */
const packetsOfSpeech = 50
const toneMs = 250
const hearingMs = 6_000

/** Listens until the tone is there, or until the other side has spoken for a second and not one packet arrived. */
async function hearing(
  listener: Endpoint,
  listenerCall: string | undefined,
  speaker: Endpoint,
  speakerCall: string | undefined,
  sentHz: number,
): Promise<Hearing> {
  const report = (endpoint: Endpoint, callId: string | undefined) =>
    endpoint.call<AudioReport>('audio', { heardForMs: toneMs, ...(callId === undefined ? {} : { callId }) })
  const before = (await report(speaker, speakerCall)).packetsSent
  let last: unknown
  const listen = async (): Promise<Hearing | undefined> => {
    const [heard, spoken] = await Promise.all([report(listener, listenerCall), report(speaker, speakerCall)])
    last = {
      heardHz: heard.heardHz,
      received: heard.packetsReceived,
      authFailures: heard.authFailures,
      sent: spoken.packetsSent - before,
    }
    if (isHeard(heard, sentHz)) return { works: true, says: `${sentHz} Hz at ${listener.user.id}` }
    const isSilent = heard.packetsReceived === 0 && spoken.packetsSent - before >= packetsOfSpeech
    return isSilent ? { works: false, says: `no packet at ${listener.user.id}` } : undefined
  }
  try {
    return await waitFor(`${sentHz} Hz at ${listener.user.id}`, listen, {
      limitMs: hearingMs,
      everyMs: 50,
      lastSeen: () => last,
    })
  } catch (error) {
    return { works: false, says: (error as Error).message }
  }
}
