import type { Timer } from '#runtime/clock.ts'
import { realMonotonicClock } from '#runtime/clock.ts'
import { pace } from '#simulators/protocol/media/pacing.ts'
import { ToneSource, sampleRate } from '#simulators/protocol/media/tone-source.ts'
import type { AudioData, AudioSink, PeerConnection, WebrtcLibrary } from './webrtc-library.ts'

/** One peer connection of the library: a tone goes in at its source, and what comes out of its sink is passed on. */
export class WebrtcCall {
  readonly #library: WebrtcLibrary
  readonly #peer: PeerConnection
  readonly #tone: ToneSource
  readonly #track: { stop(): void }
  readonly #sending: Timer
  readonly #onHeard: (at: number, samples: Int16Array) => void
  #sink: AudioSink | undefined
  #heardSamples = 0

  /** `onHeard`: 10 ms at 8 kHz, `at` samples behind the first ones; silence is left out. */
  constructor(library: WebrtcLibrary, toneHz: number, onHeard: (at: number, samples: Int16Array) => void) {
    this.#library = library
    this.#onHeard = onHeard
    this.#tone = new ToneSource(toneHz)
    this.#peer = new library.RTCPeerConnection({ iceServers: [] })
    const source = new library.nonstandard.RTCAudioSource()
    this.#track = source.createTrack()
    this.#peer.ontrack = ({ track }) => this.#listen(track)
    this.#peer.addTransceiver(this.#track, { direction: 'sendrecv' })
    const format = { sampleRate, bitsPerSample: 16, channelCount: 1, numberOfFrames: frameSamples }
    this.#sending = pace(realMonotonicClock, { everyMs: frameMs, firstMs: 0 }, () =>
      source.onData({ ...format, samples: this.#tone.next(frameSamples) }),
    )
  }

  async offer(): Promise<string> {
    const offer = await this.#peer.createOffer()
    await this.#peer.setLocalDescription(offer)
    return offer.sdp
  }

  async takeAnswer(sdp: string): Promise<void> {
    await this.#peer.setRemoteDescription({ type: 'answer', sdp })
  }

  setTone(hz: number): void {
    this.#tone.hz = hz
  }

  close(): void {
    this.#sending.cancel()
    this.#sink?.stop()
    this.#track.stop()
    this.#peer.close()
  }

  #listen(track: unknown): void {
    this.#sink = new this.#library.nonstandard.RTCAudioSink(track)
    this.#sink.ondata = (data) => {
      const samples = atTelephoneRate(data)
      const at = this.#heardSamples
      this.#heardSamples += samples.length
      if (samples.some((sample) => sample !== 0)) this.#onHeard(at, samples)
    }
  }
}

const frameMs = 10
const frameSamples = 80

/** One channel at 8 kHz; each sample is the mean of those it stands for. */
function atTelephoneRate({ samples, sampleRate: rate, channelCount }: AudioData): Int16Array {
  const step = (rate / sampleRate) * channelCount
  return Int16Array.from({ length: Math.floor(samples.length / step) }, (_, index) => {
    const piece = samples.subarray(Math.floor(index * step), Math.floor((index + 1) * step))
    return piece.reduce((sum, sample) => sum + sample, 0) / piece.length
  })
}
