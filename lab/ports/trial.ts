import { randomBytes } from 'node:crypto'
import { waitFor } from '#runtime/wait.ts'
import type { Endpoint, SignInResult } from '../endpoint.ts'
import type { Lab } from '../lab.ts'
import { toneOf } from '../operator/tones.ts'
import { openVisitor } from '../operator/visitor.ts'
import type { Hearings } from './live-call.ts'
import { LiveCall } from './live-call.ts'

/** The sign-ins of both kinds of clients outside. */
export interface OutsideSignIns {
  readonly alice: SignInResult
  readonly boardroom: SignInResult
}

/** What came of a call. */
export interface TriedCall extends Hearings {
  /** Why it did not come to be. */
  readonly failure?: string
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
    this.#insideCall ??= this.signIns().then(() => this.#try(this.#alice, this.#carol))
    return this.#insideCall
  }

  /** The same call, to be kept up by the caller. */
  async dialInside(): Promise<LiveCall> {
    await this.signIns()
    return LiveCall.dial(this.#alice, this.#carol, (endpoint) => this.#toneOf(endpoint))
  }

  /** Alice calls the board room; both are outside. */
  outsideCall(): Promise<TriedCall> {
    this.#outsideCall ??= (this.#insideCall ?? this.signIns()).then(() => this.#try(this.#alice, this.#boardroom))
    return this.#outsideCall
  }

  /**
   * Carol calls the board room, which has just lost its connection and listens itself; what else the board room is needed
   * for comes before. Rejects where it does not connect.
   */
  async callToLostClient(): Promise<void> {
    await (this.#outsideCall ?? this.#insideCall)
    const { boardroom } = await this.signIns()
    if (boardroom.error !== undefined) throw new Error('the board room is not signed in')
    await this.#boardroom.call('loseConnection')
    await waitFor('the VCS Expressway to miss the board room', () => this.#isMissed(), { limitMs: signallingMs })
    const call = await LiveCall.dial(this.#carol, this.#boardroom, (endpoint) => this.#toneOf(endpoint))
    await call.end()
  }

  async #isMissed(): Promise<boolean> {
    const { management } = this.lab.host(this.#hostsOf('expressway')[0]!)
    const { registrations } = await management.call<{ registrations: readonly { user: string }[] }>('state')
    return registrations.every(({ user }) => user !== this.#boardroom.user.id)
  }

  /** Name on the status page that the Expressway's administrator gets from the internet. */
  async adminPage(): Promise<string> {
    const [name] = this.#hostsOf('expressway')
    await using visitor = await openVisitor(this.lab, 'internet')
    const to = { address: this.lab.plan(name!).specification.addresses[0]!, port: 443 }
    const password = this.lab.secrets.administrators[name!]!
    const { status, page } = await visitor.status(to, { username: 'admin', password })
    return `${status} ${String(page['fqdn'])}`
  }

  /** What the VCS Control reports about itself. */
  controlState<T>(): Promise<T> {
    return this.lab.host(this.#hostsOf('control')[0]!).management.call<T>('state')
  }

  #hostsOf(role: string): string[] {
    const { hosts } = this.lab.topology
    return Object.keys(hosts).filter((name) => hosts[name]!.role === role)
  }

  async #try(caller: Endpoint, callee: Endpoint): Promise<TriedCall> {
    try {
      const call = await LiveCall.dial(caller, callee, (endpoint) => this.#toneOf(endpoint))
      try {
        return await call.hearings()
      } finally {
        await call.end()
      }
    } catch (error) {
      const failure = (error as Error).message
      return { failure, calleeHears: { works: false, says: failure }, callerHears: { works: false, says: failure } }
    }
  }

  #toneOf({ user }: Endpoint): number {
    const users = this.lab.endpoints().map((endpoint) => endpoint.user.id)
    return toneOf(user.id, users, this.lab.seed)
  }
}

const chatMs = 2_000
const signallingMs = 4_000
