import type { Timer } from '#runtime/clock.ts'
import type { AudioPacket, EngineInUse, EngineLine, EngineLineOptions } from './audio-engine.ts'
import { HeardAudio } from './heard-audio.ts'
import { encodeMuLaw } from './mu-law.ts'
import { pace } from './pacing.ts'
import type { ToneEstimate } from './tone-estimate.ts'
import { ToneSource } from './tone-source.ts'

/** The engine without a WebRTC library: a computed tone paced by real time, and a measurement of what comes in. */
export class PlainEngineLine implements EngineLine {
  readonly inUse: EngineInUse
  readonly #options: EngineLineOptions
  readonly #tone: ToneSource
  readonly #heard: HeardAudio
  #sending: Timer | undefined

  /** `problem`: why another engine than this was asked for and does not run. */
  constructor(options: EngineLineOptions, problem?: string) {
    this.inUse = { engine: 'plain', ...(problem === undefined ? {} : { engineProblem: problem }) }
    this.#options = options
    this.#tone = new ToneSource(options.toneHz)
    this.#heard = new HeardAudio(options.clock)
  }

  get toneHz(): number {
    return this.#tone.hz
  }

  set toneHz(hz: number) {
    this.#tone.hz = hz
  }

  start(): void {
    const { clock, onFrame } = this.#options
    const sendFrame = () => onFrame(encodeMuLaw(this.#tone.next(frameSamples)), frameSamples)
    this.#sending ??= pace(clock, { everyMs: frameMs, firstMs: 0 }, sendFrame)
  }

  take({ timestamp, payload }: AudioPacket, isNewSource: boolean): void {
    if (isNewSource) this.#heard.clear()
    this.#heard.take(timestamp, payload)
  }

  heardTone(milliseconds: number): ToneEstimate | undefined {
    return this.#heard.tone(milliseconds)
  }

  heardTones(milliseconds: number): number[] {
    return this.#heard.tones(milliseconds)
  }

  async close(): Promise<void> {
    this.#sending?.cancel()
  }
}

const frameMs = 20
const frameSamples = 160
