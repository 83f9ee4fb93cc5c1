import { waitFor } from '#runtime/wait.ts'
import type { AudioReport, Endpoint } from '../endpoint.ts'
import { isHeard } from '../operator/demonstration.ts'

/** Whether somebody hears the other side of a call. */
export interface Hearing {
  readonly works: boolean
  readonly says: string
}

/** What both sides of a call hear now. */
export interface Hearings {
  readonly calleeHears: Hearing
  readonly callerHears: Hearing
}

interface CallEnd {
  readonly endpoint: Endpoint
  /** The newest call where undefined. */
  readonly callId: string | undefined
  readonly toneHz: number
}

interface CallReport {
  readonly id: string
  readonly state: string
  readonly status?: number
  readonly reason?: string
}

/** A connected call in which each side speaks with a tone of its own. */
export class LiveCall {
  readonly #caller: CallEnd
  readonly #callee: CallEnd

  private constructor(caller: CallEnd, callee: CallEnd) {
    this.#caller = caller
    this.#callee = callee
  }

  /** Resolves when the call is connected; rejects, with the call ended, where it is not. */
  static async dial(caller: Endpoint, callee: Endpoint, toneOf: (endpoint: Endpoint) => number): Promise<LiveCall> {
    await callee.call('setTone', { hz: toneOf(callee) })
    const toneHz = toneOf(caller)
    const { callId } = await caller.call<{ callId: string }>('call', { to: callee.user.line, toneHz })
    const call = new LiveCall(
      { endpoint: caller, callId, toneHz },
      { endpoint: callee, callId: undefined, toneHz: toneOf(callee) },
    )
    try {
      await call.#connected()
    } catch (error) {
      await call.end()
      throw error
    }
    return call
  }

  async #connected(): Promise<void> {
    const { endpoint, callId } = this.#caller
    const find = async () => {
      const calls = await endpoint.call<CallReport[]>('calls')
      return calls.find(({ id, state }) => id === callId && (state === 'connected' || state === 'ended'))
    }
    const settled = await waitFor(`the call of ${endpoint.user.id}`, find, { limitMs: signallingMs, everyMs: 20 })
    if (settled.state !== 'connected') throw new Error(`the call ended with ${settled.status} ${settled.reason}`)
  }

  async hearings(): Promise<Hearings> {
    const [calleeHears, callerHears] = await Promise.all([
      hearing(this.#callee, this.#caller),
      hearing(this.#caller, this.#callee),
    ])
    return { calleeHears, callerHears }
  }

  async end(): Promise<void> {
    const { endpoint, callId } = this.#caller
    await endpoint.call('hangUp', { callId }).catch(() => {})
    await this.#callee.endpoint.call('waitCall', { state: 'ended', limitMs: signallingMs }).catch(() => {})
  }
}

const signallingMs = 4_000
const hearingMs = 6_000
/** Packets are 20 ms. A second of speech of which nothing arrives will not arrive. */
const silentPackets = 50
/** The tone is estimated on 250 ms; these packets are more than that, so that nothing older is in it. */
const toneMs = 250
const freshPackets = 15

/** Listens until the tone is there, or until a second of speech went by without a packet. */
async function hearing(listener: CallEnd, speaker: CallEnd): Promise<Hearing> {
  const { user } = listener.endpoint
  let [heardBefore, spokenBefore] = await Promise.all([audioOf(listener), audioOf(speaker)])
  let last: unknown
  const listen = async (): Promise<Hearing | undefined> => {
    const [heard, spoken] = await Promise.all([audioOf(listener), audioOf(speaker)])
    const received = heard.packetsReceived - heardBefore.packetsReceived
    const sent = spoken.packetsSent - spokenBefore.packetsSent
    last = { heardHz: heard.heardHz, received, sent, authFailures: heard.authFailures }
    if (received >= freshPackets && isHeard(heard, speaker.toneHz))
      return { works: true, says: `${speaker.toneHz} Hz at ${user.id}` }
    if (sent < silentPackets) return undefined
    if (received === 0) return { works: false, says: `nothing of ${sent} packets at ${user.id}` }
    // What was under way when the listening began.
    if (received < freshPackets) [heardBefore, spokenBefore] = [heard, spoken]
    return undefined
  }
  try {
    const limits = { limitMs: hearingMs, everyMs: 50, lastSeen: () => last }
    return await waitFor(`${speaker.toneHz} Hz at ${user.id}`, listen, limits)
  } catch (error) {
    return { works: false, says: (error as Error).message }
  }
}

function audioOf({ endpoint, callId }: CallEnd): Promise<AudioReport> {
  return endpoint.call('audio', { heardForMs: toneMs, ...(callId === undefined ? {} : { callId }) })
}
