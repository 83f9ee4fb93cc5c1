import type { HostEnvironment } from '#runtime/host.ts'
import type { HostNetwork } from '#runtime/network.ts'
import { oneOfNames } from '#simulators/protocol/endpoint/certificate-rule.ts'
import type { ServerAddress } from '#simulators/protocol/endpoint/edge-configuration.ts'
import { dialSip } from '#simulators/protocol/endpoint/sip-dial.ts'
import type { ServerTransaction } from '#simulators/protocol/sip/server-transaction.ts'
import { CallAudio } from './audio/call-audio.ts'
import type { AudioFigures } from './audio/call-audio.ts'
import { Pacer } from './audio/pacer.ts'
import { readEdge } from './clients/edge-account.ts'
import { Line } from './clients/line.ts'
import type { CallEvents, LoadCall } from './clients/load-call.ts'
import { placeCall, takeCall } from './clients/load-call.ts'
import { networkFrom } from './clients/source-network.ts'
import type { LoadConfiguration, LoadUser } from './configuration.ts'
import { Histogram } from './histogram.ts'
import type { Measures } from './measures.ts'
import { CountedFailure, Stage } from './measures.ts'

/** Sums over all calls, ended ones included. */
export interface CrowdAudio extends AudioFigures {
  /** Calls that were up and of which nothing was heard for a second. */
  readonly silent: number
  /** Packets under way longer than a usual jitter buffer holds. */
  readonly late: number
}

/** The registered lines of one load host, and their calls. */
export class Crowd {
  readonly measures: Measures
  readonly transit = new Histogram(1, 500)
  readonly pacer: Pacer
  readonly #environment: HostEnvironment
  readonly #configuration: LoadConfiguration
  readonly #lines = new Map<number, Line>()
  readonly #calls = new Map<LoadCall, number>()
  readonly #ports = new Map<string, number>()
  #ended: AudioFigures = none
  #lostRegistrations = 0
  #droppedCalls = 0

  constructor(environment: HostEnvironment, configuration: LoadConfiguration, measures: Measures) {
    this.#environment = environment
    this.#configuration = configuration
    this.measures = measures
    this.pacer = new Pacer(environment.clocks.monotonic)
  }

  get registered(): number {
    let sum = 0
    for (const line of this.#lines.values()) if (line.isRegistered) sum++
    return sum
  }

  get callsUp(): number {
    return this.#calls.size
  }

  /** Against the will of this side: registrations, calls. */
  get lost(): { readonly registrations: number; readonly calls: number } {
    return { registrations: this.#lostRegistrations, calls: this.#droppedCalls }
  }

  /** Connects, signs in where it is outside, and registers; rejects with what was refused. */
  async register(index: number): Promise<void> {
    const { edge } = this.#configuration
    const user = this.user(index)
    const network = this.networkOf(index)
    const found = edge === undefined ? undefined : await readEdge({ ...this.account(index), edge })
    const connection = await this.measures.timed(Stage.tlsConnect, () => this.#dial(network, found?.sipEdgeServers))
    const line: Line = new Line({
      network,
      measures: this.measures,
      connection,
      user,
      node: this.#configuration.node,
      route: found?.sipRoute,
      onInvite: (transaction) => void this.#answer(index, line, transaction),
      onLost: (why) => {
        this.#lostRegistrations++
        this.measures.failed('registration lost', why)
      },
    })
    try {
      await line.register()
      this.#lines.set(index, line)
    } catch (error) {
      await line.close()
      throw error
    }
  }

  /** A line that is registered calls a number; resolves when audio runs. */
  async call(index: number, to: string): Promise<void> {
    const line = this.#lines.get(index)
    if (line === undefined) {
      this.measures.failed(Stage.callSetUp, 'the line is not registered')
      throw new CountedFailure('the line is not registered')
    }
    const audio = await this.#openAudio(index)
    const call = await this.measures.timed(Stage.callSetUp, () => placeCall(line, to, audio, this.#events))
    this.#calls.set(call, index)
  }

  /** All calls stop sending; what is under way still arrives. */
  quiet(): void {
    for (const call of this.#calls.keys()) call.audio.quiet()
  }

  /** Ends the call of a line from this side. */
  async hangUp(index: number): Promise<void> {
    for (const [call, owner] of [...this.#calls]) {
      if (owner !== index) continue
      this.#forget(call)
      call.session.end()
      await call.audio.close()
    }
  }

  async unregister(index: number): Promise<void> {
    const line = this.#lines.get(index)
    this.#lines.delete(index)
    await line?.close()
  }

  audio(): CrowdAudio {
    const running = [...this.#calls.keys()].map(({ audio }) => audio)
    const figures = running.reduce((sum, audio) => added(sum, audio.figures()), this.#ended)
    const silent = running.filter((audio) => audio.isSilentFor(silenceMs)).length
    return { ...figures, silent, late: this.transit.above(lateMs) }
  }

  async stop(): Promise<void> {
    this.pacer.stop()
    for (const { audio } of this.#calls.keys()) await audio.close()
    this.#calls.clear()
    for (const line of this.#lines.values()) line.agent.stop()
    this.#lines.clear()
  }

  user(index: number): LoadUser {
    const user = this.#configuration.users[index]
    if (user === undefined) throw new RangeError(`there is no user ${index}`)
    return user
  }

  /** What a client of that user needs to sign in; only where there is an edge. */
  account(index: number) {
    const { domain, edge } = this.#configuration
    if (edge === undefined) throw new Error('clients inside do not sign in')
    return { network: this.networkOf(index), measures: this.measures, domain, edge, user: this.user(index) }
  }

  networkOf(index: number): HostNetwork {
    return networkFrom(this.#environment.network, this.#addressOf(index))
  }

  readonly #events: CallEvents = {
    onEnded: (call) => {
      const isOurs = this.#forget(call)
      void call.audio.close()
      if (isOurs && this.#configuration.edge !== undefined) {
        this.#droppedCalls++
        this.measures.failed('call lost', 'ended from inside')
      }
    },
  }

  async #answer(index: number, line: Line, transaction: ServerTransaction): Promise<void> {
    const call = await takeCall(line, transaction, () => this.#openAudio(index), this.#events)
    if (call !== undefined && !call.session.isEnded) this.#calls.set(call, index)
  }

  async #dial(network: HostNetwork, servers: readonly ServerAddress[] | undefined) {
    const { domain, node } = this.#configuration
    if (servers === undefined) return dialSip(network, [{ host: node, port: 5060 }])
    return dialSip(network, servers, ({ host }) => oneOfNames([host, domain]))
  }

  /** RTP has even ports below those that the kernel gives out. */
  async #openAudio(index: number): Promise<CallAudio> {
    const address = this.#addressOf(index)
    const { network } = this.#environment
    const isSecure = this.#configuration.edge !== undefined
    for (let attempt = 0; ; attempt++) {
      const turn = this.#ports.get(address) ?? 0
      this.#ports.set(address, turn + 1)
      const port = firstPort + 2 * (turn % portCount)
      try {
        return await CallAudio.open({ network, address, port, isSecure, pacer: this.pacer, transit: this.transit })
      } catch (error) {
        if ((error as { code?: string }).code !== 'EADDRINUSE' || attempt === portCount) throw error
      }
    }
  }

  #addressOf(index: number): string {
    const { addresses } = this.#environment.network
    return addresses[index % addresses.length]!
  }

  #forget(call: LoadCall): boolean {
    if (!this.#calls.delete(call)) return false
    this.#ended = added(this.#ended, call.audio.figures())
    return true
  }
}

function added(one: AudioFigures, other: AudioFigures): AudioFigures {
  return {
    sent: one.sent + other.sent,
    received: one.received + other.received,
    lost: one.lost + other.lost,
    foreign: one.foreign + other.foreign,
  }
}

const none: AudioFigures = { sent: 0, received: 0, lost: 0, foreign: 0 }
const firstPort = 16_384
const portCount = 4_000
/** A jitter buffer of three packets. */
const lateMs = 60
const silenceMs = 1_000
