import { realMonotonicClock } from '#runtime/clock.ts'
import { waitFor } from '#runtime/wait.ts'
import type { EndpointProcesses } from '../roles/endpoints.ts'
import type { CapturedAudio } from './capture.ts'
import { captureAudio } from './capture.ts'
import { judgeLoad } from './judge-load.ts'
import type { LoadOrder, LoadReport, SeenInside } from './load-report.ts'
import type { LoadMeasures, LoadProgress } from './load-host.ts'
import type { LoadLab } from './load-lab.ts'
import { startLoadLab } from './load-lab.ts'
import { MachineWatch } from './machine-watch.ts'

/** A moment of a run, for the person who waits. */
export interface LoadMoment {
  readonly phase: string
  readonly seconds: number
  readonly registered: number
  readonly callsUp: number
  readonly chatsUp: number
  readonly failures: number
  /** Done in the last second. */
  readonly perSecond: number
  /** Share of all processors, 0 to 1. */
  readonly busy: number
}

export interface RunLoadOptions {
  readonly order: LoadOrder
  readonly pkiFolder: string
  readonly endpoints: EndpointProcesses
  readonly onMoment: (moment: LoadMoment) => void
  readonly signal: AbortSignal
}

/** One run from its own lab's start to its end. */
export async function runLoad(options: RunLoadOptions): Promise<LoadReport> {
  const { order, pkiFolder, endpoints } = options
  const { registrations, calls, signIns, chats, throttleKilobytes, registrationLimit } = order
  const isFull = registrations === (registrationLimit ?? registrationCapacity)
  await using load = await startLoadLab({
    pkiFolder,
    endpoints,
    callers: Math.max(registrations + (isFull ? 1 : 0), calls, signIns, 2 * chats),
    answerers: calls,
    throttleKilobytes,
    registrationLimit,
  })
  // Awaited here: the lab ends with this block.
  return await new LoadRun(options, load, isFull).run()
}

/** Proxied registrations of one VCS. */
export const registrationCapacity = 2_500

/** Largest order that is taken: what the modelled deployment carries, and an hour. */
export const loadLimits = { registrations: 2_500, calls: 150, signIns: 2_500, chats: 500, holdSeconds: 3_600 } as const

class LoadRun {
  readonly #options: RunLoadOptions
  readonly #load: LoadLab
  readonly #isFull: boolean
  readonly #watch: MachineWatch
  readonly #beganMs = nowMs()
  #phase = 'lab is up'
  #doneBefore = 0
  #lookedMs = nowMs()

  constructor(options: RunLoadOptions, load: LoadLab, isFull: boolean) {
    this.#options = options
    this.#load = load
    this.#isFull = isFull
    this.#watch = new MachineWatch(load.processes, nowMs)
  }

  async run(): Promise<LoadReport> {
    const { order } = this.#options
    const { outside, inside, lab } = this.#load
    this.#watch.restart()
    const rampBegan = nowMs()
    await this.#signIns()
    await this.#register()
    const beyondLimit = this.#isFull ? await this.#tryBeyondLimit() : undefined
    await this.#chats()
    const capture = await this.#calls()
    const rampSeconds = (nowMs() - rampBegan) / 1000
    const ramp = this.#watch.restart()
    await this.#hold()
    const saturatedShare = this.#watch.saturatedShare
    const hold = this.#watch.restart()
    const seen = await this.#seenInside(lab)
    const during = await Promise.all([outside.measures(), inside.measures()])
    const { lost } = await outside.progress()
    const [outsideMeasures, insideMeasures] = await this.#settleAudio()
    const captured = await capture?.().catch((error: Error) => ({ error: error.message }))
    const takingDown = await this.#end().then(
      () => undefined,
      (error: Error) => error.message,
    )
    const report = {
      order,
      rampSeconds,
      outside: withSilent(outsideMeasures, during[0]),
      inside: withSilent(insideMeasures, during[1]),
      lost,
      seen,
      beyondLimit,
      captured,
      takingDown,
      usage: { ramp, hold },
      saturatedShare,
    }
    return { ...report, ...judgeLoad(report) }
  }

  async #signIns(): Promise<void> {
    const { signIns, rate } = this.#options.order
    if (signIns === 0) return
    await this.#load.outside.begin('signIn', { count: signIns, perSecond: rate })
    await this.#untilDone('signing in', signIns / rate)
  }

  async #register(): Promise<void> {
    const { registrations, calls, rampPerSecond } = this.#options.order
    if (calls > 0) {
      await this.#load.inside.begin('register', { count: calls, perSecond: 100 })
      await waitFor('the phones inside to register', async () => (await this.#load.inside.progress()).underWay === 0, {
        limitMs: 60_000,
        everyMs: 100,
      })
    }
    const count = Math.max(registrations, calls)
    if (count === 0) return
    await this.#load.outside.begin('register', { count, perSecond: rampPerSecond })
    await this.#untilDone('registering', count / rampPerSecond)
  }

  async #tryBeyondLimit(): Promise<'refused' | 'registered'> {
    const { outside } = this.#load
    const { registrations } = this.#options.order
    const before = await outside.progress()
    await outside.begin('register', { count: 1, perSecond: 1, from: registrations })
    await this.#untilDone('one more', 1)
    const after = await outside.progress()
    return after.registered > before.registered ? 'registered' : 'refused'
  }

  async #chats(): Promise<void> {
    const { chats, rampPerSecond } = this.#options.order
    if (chats === 0) return
    await this.#load.outside.begin('chat', { count: chats, perSecond: rampPerSecond / 2 })
    await this.#untilDone('chats', (2 * chats) / rampPerSecond)
  }

  /** Gives back what judges the capture. */
  async #calls(): Promise<(() => Promise<CapturedAudio>) | undefined> {
    const { calls, rampPerSecond, holdSeconds, capture } = this.#options.order
    if (calls === 0) return undefined
    const { outside, inside, population, path } = this.#load
    const captured = capture ? await this.#capture(path('audio.pcap'), holdSeconds) : undefined
    const targets = population.answerers.slice(0, calls).map(({ line }) => line)
    const perSecond = Math.min(rampPerSecond, callsPerSecond)
    await outside.begin('call', { targets, perSecond })
    await this.#untilDone('calling', calls / perSecond)
    // The last ACK is on its way when the caller is done.
    await inside.progress()
    return captured
  }

  async #capture(path: string, holdSeconds: number): Promise<() => Promise<CapturedAudio>> {
    const { outside, inside } = this.#load
    const { calls } = this.#options.order
    const most = calls * 100 * Math.min(holdSeconds + 30, mostCapturedSeconds)
    try {
      const running = await captureAudio(path, [...outside.addresses, ...inside.addresses], most)
      return () => running.judge()
    } catch (error) {
      return () => Promise.reject(error as Error)
    }
  }

  async #hold(): Promise<void> {
    const endMs = nowMs() + this.#options.order.holdSeconds * 1000
    this.#phase = 'holding'
    while (nowMs() < endMs && !this.#options.signal.aborted) {
      await pause(Math.min(1_000, Math.max(1, endMs - nowMs())))
      await this.#tell()
    }
  }

  /** Both ends fall silent, and what is under way arrives. */
  async #settleAudio(): Promise<[LoadMeasures, LoadMeasures]> {
    const { outside, inside } = this.#load
    await Promise.all([outside.begin('quiet'), inside.begin('quiet')])
    await pause(500)
    return Promise.all([outside.measures(), inside.measures()])
  }

  async #end(): Promise<void> {
    const { registrations, calls } = this.#options.order
    const { outside } = this.#load
    if (calls > 0) await outside.begin('hangUp', { count: calls, perSecond: 100 })
    if (calls > 0) await this.#untilDone('hanging up', calls / 100)
    const count = Math.max(registrations, calls)
    if (count > 0) await outside.begin('unregister', { count, perSecond: 400 })
    if (count > 0) await this.#untilDone('unregistering', count / 400)
  }

  async #seenInside(lab: LoadLab['lab']): Promise<SeenInside> {
    const node = lab.hosts().find(({ role }) => role === 'cucm')!
    const state = await node.management.call<{
      registrations: readonly { device: string }[]
      calls: readonly unknown[]
      throttled: SeenInside['throttled']
    }>('state')
    const ours = state.registrations.filter(({ device }) => device.startsWith('CSFLOAD'))
    return { registrations: ours.length, calls: state.calls.length, throttled: state.throttled }
  }

  /** Until what was begun has ended, with time enough for the slowest of SIP's timers. */
  async #untilDone(phase: string, seconds: number): Promise<void> {
    this.#phase = phase
    const endMs = nowMs() + (seconds * 3 + 90) * 1000
    for (;;) {
      const progress = await this.#tell()
      if (progress.underWay === 0 || this.#options.signal.aborted) return
      if (nowMs() > endMs) throw new Error(`${phase} was not over within ${Math.round(seconds * 3 + 90)} s`)
      await pause(Math.min(1_000, Math.max(100, seconds * 100)))
    }
  }

  async #tell(): Promise<LoadProgress> {
    const progress = await this.#load.outside.progress()
    const seconds = Math.max(0.001, (nowMs() - this.#lookedMs) / 1000)
    const perSecond = (progress.done - this.#doneBefore) / seconds
    this.#doneBefore = progress.done
    this.#lookedMs = nowMs()
    const { registered, callsUp, chatsUp, failures } = progress
    const busy = this.#watch.look()
    const elapsed = (nowMs() - this.#beganMs) / 1000
    const moment = { phase: this.#phase, seconds: elapsed, registered, callsUp, chatsUp, failures, perSecond, busy }
    this.#options.onMoment(moment)
    return progress
  }
}

/** Streams that stopped sending are silent to everybody; who was before counts. */
function withSilent(after: LoadMeasures, during: LoadMeasures): LoadMeasures {
  return { ...after, audio: { ...after.audio, silent: during.audio.silent } }
}

function nowMs(): number {
  return Number(realMonotonicClock.now()) / 1e6
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => void realMonotonicClock.after(milliseconds, resolve))
}

/** Calls that begin in a second: what a busy hour's peak would be, not what the signalling can. */
const callsPerSecond = 10
/** Of audio on disk: 2 minutes of 150 calls are 130 MB. */
const mostCapturedSeconds = 120
