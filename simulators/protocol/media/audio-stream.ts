import type { HostNetwork } from '#runtime/network.ts'
import type { EngineInUse, EngineLine, OpenEngineLine } from './audio-engine.ts'
import { writeCrypto } from './crypto-line.ts'
import type { CryptoLine } from './crypto-line.ts'
import type { EndpointVideoOptions } from './endpoint-video.ts'
import { EndpointVideo } from './endpoint-video.ts'
import type { FurtherLine } from './further-line.ts'
import { PlainEngineLine } from './plain-engine.ts'
import type { RtpLineReport } from './rtp-line.ts'
import { RtpLine } from './rtp-line.ts'
import type { Description, Direction, Section } from './section.ts'
import { answerDirection, isSecure, readDescription, refusedLine, sends } from './section.ts'
import { KeyReader, KeySender } from './telephone-keys.ts'

export interface AudioStreamOptions {
  readonly network: HostNetwork
  /** SRTP with keys in the description; plain RTP otherwise. */
  readonly isSecure: boolean
  readonly toneHz: number
  /** `o=` user and `s=` of the product. */
  readonly origin: string
  readonly sessionName: string
  readonly ports: readonly [number, number]
  /** With a camera: bit rate of a video call, audio included. */
  readonly videoCallKbps?: number | undefined
  /** kbps of the pictures it sends; 0, the default: video is negotiated, nothing is shown. */
  readonly encoderKbps?: number | undefined
  /** With a camera: slides with their floor, and far-end camera control. */
  readonly hasContent?: boolean | undefined
  /** Encrypts with one wrong bit of the key it offered. */
  readonly hasWrongKeyBit?: boolean | undefined
  /** RTP sequence number of the first packet of each stream; by chance otherwise. */
  readonly firstSequence?: number | undefined
  /** Negotiates and listens, and sends nothing: for many calls at once. */
  readonly isSilent?: boolean | undefined
  /** Makes and hears the audio; the plain engine otherwise. */
  readonly openEngine?: OpenEngineLine | undefined
  /** Offered word for word in place of its own description. */
  readonly foreignOffer?: string | undefined
}

/** What an endpoint can say about its audio. */
export interface AudioReport extends RtpLineReport, EngineInUse {
  readonly sentHz: number
  /** Dominant tone of what was heard lately; absent where nothing was. */
  readonly heardHz?: number
  /** Loudness of it, dB below full scale. */
  readonly level?: number
  /** All tones that sounded together lately in Hz, the loudest first: those of the others in a conference. */
  readonly heardTones: readonly number[]
  /** Keys pressed at the other side (RFC 4733), in their order. */
  readonly keysHeard: string
  readonly direction: Direction
}

/** Why an offer or answer cannot be used; the caller answers 488. */
export class NoCommonMedia extends Error {
  readonly code = 'MRA_NO_COMMON_MEDIA'
}

/** Why an offer will be refused, without opening anything; undefined where it can be answered. */
export function problemOfOffer(sdp: string, isSecure: boolean): string | undefined {
  return problemOf(readDescription(sdp), isSecure)
}

/** Whether an offer asks for SRTP. */
export function offersSrtp(sdp: string): boolean {
  const audio = audioOf(readDescription(sdp))
  return audio !== undefined && isSecure(audio)
}

/**
 * The media of one call at an endpoint: a G.711 µ-law tone outwards, paced by real time, measurement of what comes in,
 * and with a camera what `EndpointVideo` adds. Offers and answers follow RFC 3264, keys RFC 4568.
 */
export class AudioStream {
  readonly #options: AudioStreamOptions
  readonly #line: RtpLine
  readonly #video: EndpointVideo | undefined
  readonly #engine: EngineLine
  readonly #keysHeard: KeyReader
  readonly #keys: KeySender
  readonly #sessionId: number
  #version = 0
  /** The m-lines of the session in their order, which stays for its life (RFC 3264 §8); text: one we refused. */
  #order: readonly ('audio' | FurtherLine | string)[]
  #pendingOffer: Description | undefined
  #wanted: Direction = 'sendrecv'
  #direction: Direction = 'inactive'
  #isPeerHolding = false
  #isClosed = false
  #timestamp: number
  #isFirstPacket = true

  static async open(options: AudioStreamOptions): Promise<AudioStream> {
    const { network, toneHz, videoCallKbps, encoderKbps = 0, hasContent = false } = options
    const openEngine = options.openEngine ?? (async (asked) => new PlainEngineLine(asked))
    // The engine wants its receiver before the stream that sends exists.
    const sender: { stream?: AudioStream } = {}
    await using opened = new AsyncDisposableStack()
    const closing = <T extends { close(): Promise<void> }>(part: T): T => opened.adopt(part, () => part.close())
    const engine = closing(
      await openEngine({
        clock: network.clocks.monotonic,
        toneHz,
        onFrame: (payload, samples) => sender.stream?.sendFrame(payload, samples),
      }),
    )
    const keys = new KeyReader()
    const line = closing(
      await RtpLine.open({
        ...options,
        clockRate,
        onPacket: ({ payloadType, timestamp, sequenceNumber, marker }, payload, isNewSource) => {
          if (payloadType === muLaw) engine.take({ timestamp, sequenceNumber, marker, payload }, isNewSource)
          if (payloadType === telephoneEvent) keys.take(timestamp, payload)
        },
      }),
    )
    const camera: EndpointVideoOptions | undefined =
      videoCallKbps === undefined ? undefined : { ...options, callKbps: videoCallKbps, encoderKbps, hasContent }
    const video = camera && (await EndpointVideo.open(camera))
    sender.stream = new AudioStream(options, { line, engine, keys, video })
    opened.move()
    return sender.stream
  }

  private constructor(options: AudioStreamOptions, parts: Parts) {
    const { line, video } = parts
    const { random, clocks } = options.network
    this.#options = options
    this.#line = line
    this.#video = video
    this.#engine = parts.engine
    this.#keysHeard = parts.keys
    this.#keys = new KeySender(clocks.monotonic, telephoneEvent, (packet) => this.#line.send(packet))
    this.#order = ['audio', ...(video?.lines ?? [])]
    this.#sessionId = random.integer(1000, 99_999)
    this.#timestamp = random.integer(0, 0x7fffffff)
  }

  /** Camera, slides and floor; undefined without a camera. */
  get video(): EndpointVideo | undefined {
    return this.#video
  }

  /** True while an offer of the other side waits for `answer`. */
  get hasOffer(): boolean {
    return this.#pendingOffer !== undefined
  }

  /** Who holds: we do not want to hear, or the other side does not. */
  get hold(): 'none' | 'local' | 'remote' | 'both' {
    const isLocal = this.#wanted !== 'sendrecv'
    if (isLocal) return this.#isPeerHolding ? 'both' : 'local'
    return this.#isPeerHolding ? 'remote' : 'none'
  }

  /** What we want from now on; it is said in the next offer or answer. */
  want(direction: Direction): void {
    this.#wanted = direction
  }

  /** Other keys of ours for every stream, from the next offer or answer on. */
  renewKeys(): void {
    this.#line.renewKeys()
    for (const line of this.#video?.lines ?? []) line.renewKeys()
  }

  /** A new offer with the wanted direction (RFC 3264 §5). */
  offer(): string {
    if (this.#options.foreignOffer !== undefined) return this.#options.foreignOffer
    const as = { address: this.#line.local.address, direction: this.#wanted }
    const media = this.#order.flatMap((line) => {
      if (line === 'audio') return this.#describeAudio(this.#wanted, this.#line.offeredKeys)
      return typeof line === 'string' ? [refusedLine(line)] : line.offer(as)
    })
    return this.#describe(media)
  }

  /** Takes the other side's offer; throws `NoCommonMedia`. */
  takeOffer(sdp: string): void {
    this.#pendingOffer = this.#read(sdp)
  }

  /** Answers the offer taken before; from now on media flows. */
  answer(): string {
    const offered = this.#pendingOffer
    if (offered === undefined) throw new Error('there is no offer to answer')
    this.#pendingOffer = undefined
    const address = this.#line.local.address
    const order: ('audio' | FurtherLine | string)[] = []
    const settled: (() => void)[] = []
    const media = offered.sections.flatMap((section) => {
      const direction = answerDirection(section.direction, this.#wanted)
      if (section === audioOf(offered)) {
        order.push('audio')
        return this.#describeAudio(direction, this.#line.answeringKeys(section.crypto))
      }
      const line = this.#video?.lines.find((candidate) => !order.includes(candidate) && candidate.matches(section))
      order.push(line ?? section.line)
      const text = line?.answer(section, { address, direction })
      settled.push(() => (text === undefined ? line?.refuse() : line?.settle(section, { isAnswerer: true, direction })))
      return text ?? [refusedLine(section.line)]
    })
    const audio = audioOf(offered)!
    this.#isPeerHolding = audio.direction !== 'sendrecv'
    this.#direction = answerDirection(audio.direction, this.#wanted)
    this.#line.answered(audio)
    for (const settle of settled) settle()
    // A line the offer knows nothing of may stand behind its own in an offer of ours.
    this.#order = [...order, ...(this.#video?.lines ?? []).filter((line) => !order.includes(line))]
    this.#begin(offered)
    return this.#describe(media)
  }

  /** Takes the answer to our offer; throws `NoCommonMedia`. */
  takeAnswer(sdp: string): void {
    const answered = this.#read(sdp)
    const audio = audioOf(answered)!
    if (!this.#line.takeAnswer(audio)) throw new NoCommonMedia('the answer takes none of the keys offered')
    if (this.#wanted === 'sendrecv') this.#isPeerHolding = audio.direction !== 'sendrecv'
    this.#direction = answerDirection(audio.direction, this.#wanted)
    for (const [index, line] of this.#order.entries()) {
      if (typeof line === 'string') continue
      const section = answered.sections[index]
      if (section === undefined) line.refuse()
      else line.settle(section, { isAnswerer: false, direction: answerDirection(section.direction, this.#wanted) })
    }
    this.#begin(answered)
  }

  /** Presses keys, `0`-`9`, `*`, `#`, `A`-`D`, one after the other; throws for others. */
  sendDigits(keys: string): void {
    this.#keys.press(keys, () => this.#timestamp)
  }

  setTone(hz: number): void {
    this.#engine.toneHz = hz
  }

  /** A frame of the engine; time goes on where nobody wants to hear it. */
  sendFrame(payload: Buffer, samples: number): void {
    this.#timestamp = (this.#timestamp + samples) >>> 0
    if (this.#isClosed || !sends(this.#direction)) return
    this.#line.send({ payloadType: muLaw, timestamp: this.#timestamp, marker: this.#isFirstPacket, payload })
    this.#isFirstPacket = false
  }

  report(heardForMs: number): AudioReport {
    const milliseconds = Math.min(Math.max(heardForMs, 100), 2_000)
    const tone = this.#engine.heardTone(milliseconds)
    return {
      sentHz: this.#engine.toneHz,
      ...this.#engine.inUse,
      ...(tone === undefined
        ? {}
        : { heardHz: Math.round(tone.hz * 100) / 100, level: Math.round(tone.level * 10) / 10 }),
      ...this.#line.report(),
      heardTones: this.#engine.heardTones(milliseconds),
      keysHeard: this.#keysHeard.heard,
      direction: this.#direction,
    }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#keys.close()
    await Promise.all([this.#engine.close(), this.#line.close(), this.#video?.close()])
  }

  #read(sdp: string): Description {
    const description = readDescription(sdp)
    const problem = problemOf(description, this.#options.isSecure)
    if (problem !== undefined) throw new NoCommonMedia(problem)
    return description
  }

  #describeAudio(direction: Direction, crypto: readonly CryptoLine[]): string[] {
    const { address, port } = this.#line.local
    return [
      `m=audio ${port} ${crypto.length === 0 ? 'RTP/AVP' : 'RTP/SAVP'} 0 101`,
      `c=IN IP4 ${address}`,
      'a=rtpmap:0 PCMU/8000',
      'a=rtpmap:101 telephone-event/8000',
      'a=fmtp:101 0-15',
      'a=ptime:20',
      `a=rtcp:${port + 1} IN IP4 ${address}`,
      ...crypto.map(writeCrypto),
      `a=${direction}`,
    ]
  }

  #describe(media: readonly string[]): string {
    const { origin, sessionName, videoCallKbps = defaultCallKbps } = this.#options
    const { address } = this.#line.local
    const head = [
      'v=0',
      `o=${origin} ${this.#sessionId} ${this.#version++} IN IP4 ${address}`,
      `s=${sessionName}`,
      `c=IN IP4 ${address}`,
      `b=AS:${videoCallKbps}`,
      't=0 0',
    ]
    return [...head, ...media, ''].join('\r\n')
  }

  #begin({ sessionKbps }: Description): void {
    this.#video?.settled(sessionKbps)
    if (!this.#isClosed && this.#options.isSilent !== true) this.#engine.start()
  }
}

interface Parts {
  readonly line: RtpLine
  readonly engine: EngineLine
  readonly keys: KeyReader
  readonly video: EndpointVideo | undefined
}

const muLaw = 0
const telephoneEvent = 101
const clockRate = 8_000
/** What an endpoint without a camera says all the same. */
const defaultCallKbps = 4_000

function problemOf(description: Description, wantsSecure: boolean): string | undefined {
  const audio = audioOf(description)
  if (audio === undefined || audio.port === 0) return 'no audio stream'
  if (!audio.formats.includes(String(muLaw))) return 'no G.711 µ-law'
  if (isSecure(audio) !== wantsSecure) return 'RTP and SRTP do not meet'
  return wantsSecure && audio.crypto.length === 0 ? 'no usable crypto attribute' : undefined
}

function audioOf({ sections }: Description): Section | undefined {
  return sections.find(({ kind }) => kind === 'audio')
}
