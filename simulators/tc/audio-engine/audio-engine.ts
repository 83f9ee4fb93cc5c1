import type { MonotonicClock } from '#runtime/clock.ts'
import type { EngineLine, EngineLineOptions } from '#simulators/protocol/media/audio-engine.ts'
import { PlainEngineLine } from '#simulators/protocol/media/plain-engine.ts'
import { WebrtcLine } from './webrtc-line.ts'
import { WebrtcProcess, WebrtcUnavailable } from './webrtc-process.ts'

export interface AudioEngineOptions {
  readonly clock: MonotonicClock
  /** `wrtc` starts with the endpoint, `auto` with its first call; where it cannot, both are the plain engine. */
  readonly asked: 'wrtc' | 'plain' | 'auto'
  /** The WebRTC library. */
  readonly module: string
}

export interface AudioEngineStatus {
  readonly asked: AudioEngineOptions['asked']
  /** `not started`: with the first call. */
  readonly running: 'wrtc' | 'plain' | 'starting' | 'not started'
  /** Why the WebRTC engine was asked for and does not run. */
  readonly problem?: string
  /** Process of the WebRTC library. */
  readonly pid?: number
}

/** The audio engine of one endpoint: the WebRTC library in its process, or the plain engine in its place. */
export class AudioEngine {
  readonly #options: AudioEngineOptions
  #starting: Promise<WebrtcProcess> | undefined
  #process: WebrtcProcess | undefined
  #problem: string | undefined

  constructor(options: AudioEngineOptions) {
    this.#options = options
    if (options.asked === 'wrtc') this.#start()
  }

  get status(): AudioEngineStatus {
    const { asked } = this.#options
    if (asked === 'plain') return { asked, running: 'plain' }
    const problem = this.#process?.problem ?? this.#problem
    if (problem !== undefined) return { asked, running: 'plain', problem }
    if (this.#process === undefined)
      return { asked, running: this.#starting === undefined ? 'not started' : 'starting' }
    const { pid } = this.#process
    return { asked, running: 'wrtc', ...(pid === undefined ? {} : { pid }) }
  }

  /** Opens the sound of a call; never rejects for want of the WebRTC library. */
  async openLine(options: EngineLineOptions): Promise<EngineLine> {
    if (this.#options.asked === 'plain') return new PlainEngineLine(options)
    const process = await this.#running().catch(() => undefined)
    const { problem } = this.status
    return process === undefined || problem !== undefined
      ? new PlainEngineLine(options, problem)
      : new WebrtcLine(process, options)
  }

  /** An offer as the WebRTC library makes it: DTLS-SRTP and a fingerprint. Rejects with `WebrtcUnavailable`. */
  async dtlsOffer(): Promise<string> {
    const process = await this.#running()
    const offered = Promise.withResolvers<string>()
    const line = process.open(0, {
      onOffered: offered.resolve,
      onHeard: () => {},
      onBroken: (why) => offered.reject(new WebrtcUnavailable(why)),
    })
    return offered.promise.finally(() => process.send({ type: 'close', line }))
  }

  async stop(): Promise<void> {
    const process = await this.#starting?.catch(() => undefined)
    await process?.stop()
  }

  #running(): Promise<WebrtcProcess> {
    return this.#starting ?? this.#start()
  }

  #start(): Promise<WebrtcProcess> {
    const starting = WebrtcProcess.start(this.#options.module, this.#options.clock)
    this.#starting = starting
    starting.then(
      (process) => (this.#process = process),
      (error: Error) => (this.#problem = error.message),
    )
    return starting
  }
}
