import type {
  AudioPacket,
  EngineInUse,
  EngineLine,
  EngineLineOptions,
} from '#simulators/protocol/media/audio-engine.ts'
import { HeardAudio } from '#simulators/protocol/media/heard-audio.ts'
import { PlainEngineLine } from '#simulators/protocol/media/plain-engine.ts'
import type { ToneEstimate } from '#simulators/protocol/media/tone-estimate.ts'
import { DtlsBridge } from './dtls-bridge.ts'
import type { WebrtcProcess } from './webrtc-process.ts'

/** A call's sound made and heard by the WebRTC library. Where the library is lost on the way, the plain engine goes on. */
export class WebrtcLine implements EngineLine {
  readonly #options: EngineLineOptions
  readonly #process: WebrtcProcess
  readonly #call: number
  readonly #bridge: DtlsBridge
  readonly #heard: HeardAudio
  #toneHz: number
  #isStarted = false
  #isClosed = false
  #last: number | undefined
  #instead: PlainEngineLine | undefined

  constructor(process: WebrtcProcess, options: EngineLineOptions) {
    this.#options = options
    this.#process = process
    this.#toneHz = options.toneHz
    this.#heard = new HeardAudio(options.clock)
    this.#bridge = new DtlsBridge((packet) => this.#passOn(packet))
    this.#call = process.open(options.toneHz, {
      onOffered: (sdp) => this.#connect(sdp),
      onHeard: (at, samples) => this.#heard.takeSamples(at, samples),
      onBroken: (why) => this.#goOnPlain(why),
    })
  }

  get inUse(): EngineInUse {
    return this.#instead?.inUse ?? { engine: 'wrtc' }
  }

  get toneHz(): number {
    return this.#toneHz
  }

  set toneHz(hz: number) {
    this.#toneHz = hz
    if (this.#instead !== undefined) this.#instead.toneHz = hz
    else this.#process.send({ type: 'tone', line: this.#call, toneHz: hz })
  }

  start(): void {
    this.#isStarted = true
    this.#instead?.start()
  }

  take(packet: AudioPacket, isNewSource: boolean): void {
    if (this.#instead !== undefined) return this.#instead.take(packet, isNewSource)
    if (isNewSource) this.#heard.clear()
    if (!this.#isClosed) this.#bridge.send(packet)
  }

  heardTone(milliseconds: number): ToneEstimate | undefined {
    return this.#instead === undefined ? this.#heard.tone(milliseconds) : this.#instead.heardTone(milliseconds)
  }

  heardTones(milliseconds: number): number[] {
    return this.#instead === undefined ? this.#heard.tones(milliseconds) : this.#instead.heardTones(milliseconds)
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#process.send({ type: 'close', line: this.#call })
    await Promise.all([this.#bridge.close(), this.#instead?.close()])
  }

  #connect(offer: string): void {
    this.#bridge.answer(offer).then(
      (sdp) => this.#process.send({ type: 'answer', line: this.#call, sdp }),
      (error: Error) => this.#goOnPlain(error.message),
    )
  }

  #passOn({ timestamp, payload }: AudioPacket): void {
    if (!this.#isStarted || this.#isClosed || this.#instead !== undefined) return
    const elapsed = this.#last === undefined ? payload.length : (timestamp - this.#last) | 0
    this.#last = timestamp
    // Late ones would go out of their order.
    if (elapsed > 0) this.#options.onFrame(payload, elapsed)
  }

  #goOnPlain(why: string): void {
    if (this.#isClosed || this.#instead !== undefined) return
    this.#process.send({ type: 'close', line: this.#call })
    void this.#bridge.close()
    this.#instead = new PlainEngineLine({ ...this.#options, toneHz: this.#toneHz }, why)
    if (this.#isStarted) this.#instead.start()
  }
}
