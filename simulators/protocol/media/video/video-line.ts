import type { Timer } from '#runtime/clock.ts'
import { writeCrypto } from '../crypto-line.ts'
import type { CryptoLine } from '../crypto-line.ts'
import type { DescribedAs, FurtherLine } from '../further-line.ts'
import { pace } from '../pacing.ts'
import type { RtpLineOptions, RtpLineReport } from '../rtp-line.ts'
import { RtpLine } from '../rtp-line.ts'
import type { Direction, Section } from '../section.ts'
import { isSecure, sends } from '../section.ts'
import type { KeyframeRequest } from './feedback.ts'
import { keyframeRequests, writeKeyframeRequest } from './feedback.ts'
import { VideoSource } from './video-source.ts'
import type { VideoPacket, WatchedReport } from './watched-video.ts'
import { WatchedVideo } from './watched-video.ts'

/** RFC 4796: what a video stream shows. */
export type VideoContent = 'main' | 'slides'

export interface VideoLineOptions extends Omit<RtpLineOptions, 'clockRate' | 'onPacket' | 'onReports'> {
  readonly content: VideoContent
  /** `a=content` and `a=label` are written: there is more than one video stream. */
  readonly isLabelled: boolean
  /** b=TIAS of our descriptions. */
  readonly bitsPerSecond: number
  readonly framesPerSecond: number
}

export interface VideoReport extends RtpLineReport, WatchedReport {
  /** False where it was refused or never offered. */
  readonly isAgreed: boolean
  readonly direction: Direction
  /** Bits a second we were told to send at most. */
  readonly mostKbps?: number
  /** What we encode now; 0 where nothing is sent. */
  readonly sentKbps: number
  readonly framesSent: number
  readonly keyframesSent: number
  /** PLI and FIR taken and answered with a keyframe, and our own. */
  readonly keyframesAsked: Readonly<Record<KeyframeRequest, number>>
  readonly keyframesWanted: Readonly<Record<KeyframeRequest, number>>
}

/** H.264 both ways on one m-line, packetization-mode 1, thirty pictures a second (RFC 6184). */
export class VideoLine implements FurtherLine {
  readonly #options: VideoLineOptions
  readonly #line: RtpLine
  readonly #source: VideoSource
  readonly #watched: WatchedVideo
  #payloadType = ownPayloadType
  #remote: Section | undefined
  #direction: Direction = 'inactive'
  #isSending = false
  #pacing: Timer | undefined
  #timestamp: number
  #sent = { frames: 0, keyframes: 0 }
  readonly #asked = { PLI: 0, FIR: 0 }
  readonly #wanted = { PLI: 0, FIR: 0 }
  #lastFir: number | undefined
  #lastWanted: bigint | undefined

  static async open(options: VideoLineOptions): Promise<VideoLine> {
    const opened: { line?: VideoLine } = {}
    const rtp = await RtpLine.open({
      ...options,
      clockRate,
      onPacket: ({ sequenceNumber, timestamp, marker }, payload, isNewSource) =>
        opened.line?.takePacket({ sequence: sequenceNumber, timestamp, marker, payload }, isNewSource),
      onReports: (packet) => opened.line?.takeReports(packet),
    })
    opened.line = new VideoLine(options, rtp)
    return opened.line
  }

  private constructor(options: VideoLineOptions, line: RtpLine) {
    const { clocks, random } = options.network
    this.#options = options
    this.#line = line
    this.#source = new VideoSource(random, options.framesPerSecond)
    this.#watched = new WatchedVideo(clocks.monotonic)
    this.#timestamp = random.integer(0, 0x7fffffff)
  }

  /** What the other side takes at most; undefined where it is not agreed or did not say. */
  get mostBitsPerSecond(): number | undefined {
    return this.#remote?.bitsPerSecond
  }

  get isAgreed(): boolean {
    return this.#remote !== undefined
  }

  matches({ kind, values }: Section): boolean {
    return kind === 'video' && (values('content')[0] === 'slides') === (this.#options.content === 'slides')
  }

  offer(as: DescribedAs): string[] {
    return this.#describe(as, ownPayloadType, this.#line.offeredKeys)
  }

  answer(offered: Section, as: DescribedAs): string[] | undefined {
    const payloadType = h264In(offered)
    const keys = this.#line.answeringKeys(offered.crypto)
    const isKeyed = !this.#options.isSecure || keys.length > 0
    if (offered.port === 0 || isSecure(offered) !== this.#options.isSecure || !isKeyed) return undefined
    return payloadType === undefined ? undefined : this.#describe(as, payloadType, keys)
  }

  settle(remote: Section, { isAnswerer, direction }: { isAnswerer: boolean; direction: Direction }): void {
    const payloadType = h264In(remote)
    if (remote.port === 0 || payloadType === undefined) return this.refuse()
    if (isAnswerer) this.#line.answered(remote)
    else if (!this.#line.takeAnswer(remote)) return this.refuse()
    this.#payloadType = payloadType
    this.#remote = remote
    this.#direction = direction
    this.#run()
  }

  refuse(): void {
    this.#remote = undefined
    this.#direction = 'inactive'
    this.#run()
  }

  renewKeys(): void {
    this.#line.renewKeys()
  }

  /** Sends pictures at that rate from now on, in so far as the direction agreed upon lets it; 0 ends it. */
  send(bitsPerSecond: number): void {
    this.#isSending = bitsPerSecond > 0
    if (this.#isSending) this.#source.setRate(bitsPerSecond)
    this.#run()
  }

  /** Asks the other side for a keyframe. */
  requestKeyframe(kind: KeyframeRequest): void {
    const source = this.#line.remoteSsrc
    if (source === undefined) return
    this.#wanted[kind]++
    this.#line.sendReport(writeKeyframeRequest(kind, this.#line.ssrc, source, this.#wanted.FIR))
  }

  report(): VideoReport {
    const most = this.mostBitsPerSecond
    return {
      ...this.#line.report(),
      ...this.#watched.report(),
      isAgreed: this.isAgreed,
      direction: this.#direction,
      ...(most === undefined ? {} : { mostKbps: most / 1000 }),
      sentKbps: this.#pacing === undefined ? 0 : Math.round(this.#source.bitsPerSecond / 1000),
      framesSent: this.#sent.frames,
      keyframesSent: this.#sent.keyframes,
      keyframesAsked: { ...this.#asked },
      keyframesWanted: { ...this.#wanted },
    }
  }

  async close(): Promise<void> {
    this.#remote = undefined
    this.#run()
    await this.#line.close()
  }

  takePacket(packet: VideoPacket, isNewSource: boolean): void {
    if (isNewSource) this.#watched.clear()
    this.#watched.take(packet)
    if (!this.#watched.needsKeyframe) return
    const now = this.#options.network.clocks.monotonic.now()
    if (this.#lastWanted !== undefined && now - this.#lastWanted < betweenRequestsNs) return
    // The first packets may be the beginning of a keyframe.
    if (this.#lastWanted !== undefined) this.requestKeyframe('PLI')
    this.#lastWanted = now
  }

  takeReports(packet: Buffer): void {
    for (const { kind, count } of keyframeRequests(packet, this.#line.ssrc)) {
      // RFC 5104 §4.3.1.2: the same number again is the same request.
      if (kind === 'FIR' && count === this.#lastFir) continue
      if (kind === 'FIR') this.#lastFir = count
      this.#asked[kind]++
      this.#source.requestKeyframe()
    }
  }

  #run(): void {
    const shouldSend = this.#isSending && this.#remote !== undefined && sends(this.#direction)
    if (!shouldSend) {
      this.#pacing?.cancel()
      this.#pacing = undefined
      return
    }
    if (this.#pacing !== undefined) return
    this.#source.requestKeyframe()
    const everyMs = 1_000 / this.#source.framesPerSecond
    this.#pacing = pace(this.#options.network.clocks.monotonic, { everyMs, firstMs: 0 }, () => this.#sendPicture())
  }

  #sendPicture(): void {
    const payloads = this.#source.next()
    this.#timestamp = (this.#timestamp + clockRate / this.#source.framesPerSecond) >>> 0
    const [payloadType, timestamp] = [this.#payloadType, this.#timestamp]
    payloads.forEach((payload, index) => {
      this.#line.send({ payloadType, timestamp, marker: index === payloads.length - 1, payload })
    })
    this.#sent.frames++
    if ((payloads[0]![0]! & 0x1f) === stapA) this.#sent.keyframes++
  }

  #describe({ address, direction }: DescribedAs, payloadType: number, keys: readonly CryptoLine[]): string[] {
    const { content, isLabelled, bitsPerSecond } = this.#options
    const { port } = this.#line.local
    return [
      `m=video ${port} ${this.#options.isSecure ? 'RTP/SAVP' : 'RTP/AVP'} ${payloadType}`,
      `c=IN IP4 ${address}`,
      `b=TIAS:${bitsPerSecond}`,
      `a=rtpmap:${payloadType} H264/90000`,
      `a=fmtp:${payloadType} profile-level-id=42E01F;packetization-mode=1;max-fs=3600`,
      'a=rtcp-fb:* nack pli',
      'a=rtcp-fb:* ccm fir',
      ...(isLabelled ? [`a=content:${content}`, `a=label:${labels[content]}`] : []),
      `a=rtcp:${port + 1} IN IP4 ${address}`,
      ...keys.map(writeCrypto),
      `a=${direction}`,
    ]
  }
}

/** RFC 4574 labels; the floor names the one of the slides. */
export const labels: Readonly<Record<VideoContent, number>> = { main: 11, slides: 12 }

const ownPayloadType = 97
const clockRate = 90_000
const stapA = 24
const betweenRequestsNs = 250_000_000n

/** Payload type of H.264 with packetization-mode 1. */
function h264In(section: Section): number | undefined {
  const mapped = section.values('rtpmap').flatMap((value) => /^(\d+) H264\/90000$/i.exec(value)?.[1] ?? [])
  const fits = (type: string) =>
    section.values('fmtp').some((value) => value.startsWith(`${type} `) && /packetization-mode=1\b/.test(value))
  const found = section.formats.find((type) => mapped.includes(type) && fits(type))
  return found === undefined ? undefined : Number(found)
}
