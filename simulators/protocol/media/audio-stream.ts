import { RtpHeader, RtpPacket } from 'werift'
import type { Timer } from '#runtime/clock.ts'
import type { Endpoint, HostNetwork } from '#runtime/network.ts'
import type { AudioDescription, Direction } from './audio-description.ts'
import type { CryptoLine } from './crypto-line.ts'
import { readAudioDescription, writeAudioDescription } from './audio-description.ts'
import { HeardAudio } from './heard-audio.ts'
import type { MediaPorts } from './media-ports.ts'
import { openMediaPorts } from './media-ports.ts'
import { encodeMuLaw } from './mu-law.ts'
import { Reception } from './reception.ts'
import type { PeerReport } from './rtcp-reports.ts'
import { readReports, writeReports } from './rtcp-reports.ts'
import type { CryptoSuite, SrtpDirection } from './srtp-direction.ts'
import { cryptoSuites, srtpDirection } from './srtp-direction.ts'
import { ToneSource } from './tone-source.ts'

export interface AudioStreamOptions {
  readonly network: HostNetwork
  /** SRTP with keys in the description; plain RTP otherwise. */
  readonly isSecure: boolean
  readonly toneHz: number
  /** `o=` user and `s=` of the product. */
  readonly origin: string
  readonly sessionName: string
  readonly ports: readonly [number, number]
  /** With a camera: bit rate of a video call, audio included. Video is negotiated, nothing is shown. */
  readonly videoCallKbps?: number | undefined
  /** Encrypts with one wrong bit of the key it offered. */
  readonly hasWrongKeyBit?: boolean
  /** Negotiates and listens, and sends nothing: for many calls at once. */
  readonly isSilent?: boolean
}

/** What an endpoint can say about its audio. */
export interface AudioReport {
  readonly sentHz: number
  /** Dominant tone of what was heard lately; absent where nothing was. */
  readonly heardHz?: number
  /** Loudness of it, dB below full scale. */
  readonly level?: number
  readonly packetsSent: number
  readonly packetsReceived: number
  readonly lost: number
  /** Packets whose authentication tag was wrong. */
  readonly authFailures: number
  /** Packets from elsewhere than the negotiated address. */
  readonly strangers: number
  readonly rtcpSent: number
  readonly rtcpReceived: number
  /** What the other side reported about our packets. */
  readonly peerReport?: PeerReport
  /** `none` for plain RTP; absent before the negotiation ended. */
  readonly suite?: CryptoSuite | 'none'
  readonly direction: Direction
  readonly local: Endpoint
  readonly remote?: Endpoint
}

/** Why an offer or answer cannot be used; the caller answers 488. */
export class NoCommonMedia extends Error {
  readonly code = 'MRA_NO_COMMON_MEDIA'
}

/** Why an offer will be refused, without opening anything; undefined where it can be answered. */
export function problemOfOffer(sdp: string, isSecure: boolean): string | undefined {
  const description = readAudioDescription(sdp)
  if (description === undefined || description.port === 0) return 'no audio stream'
  if (!description.payloadTypes.includes(0)) return 'no G.711 µ-law'
  if (description.isSecure !== isSecure) return 'RTP and SRTP do not meet'
  return isSecure && description.crypto.length === 0 ? 'no usable crypto attribute' : undefined
}

/**
 * One audio stream of an endpoint: a G.711 µ-law tone outwards, paced by real time, and measurement of what comes in.
 * Offers and answers follow RFC 3264, keys RFC 4568; packets are taken only from the negotiated address.
 */
export class AudioStream {
  readonly #options: AudioStreamOptions
  readonly #ports: MediaPorts
  readonly #video: MediaPorts | undefined
  readonly #tone: ToneSource
  readonly #heard: HeardAudio
  readonly #own: readonly CryptoLine[]
  readonly #ownVideo: readonly CryptoLine[]
  readonly #identity: { ssrc: number; sessionId: number }
  #version = 0
  #remote: AudioDescription | undefined
  #pendingOffer: AudioDescription | undefined
  #wanted: Direction = 'sendrecv'
  #direction: Direction = 'inactive'
  #suite: CryptoSuite | 'none' | undefined
  #outgoing: { line: CryptoLine; srtp: SrtpDirection } | undefined
  #incoming: { line: CryptoLine; srtp: SrtpDirection } | undefined
  #reception: Reception | undefined
  #timers: Timer[] = []
  #isPeerHolding = false
  #isClosed = false
  #sequence: number
  #timestamp: number
  #sent = { packets: 0, octets: 0 }
  #counts = { received: 0, lostBefore: 0, authFailures: 0, strangers: 0, rtcpSent: 0, rtcpReceived: 0 }
  #peerReport: PeerReport | undefined

  static async open(options: AudioStreamOptions): Promise<AudioStream> {
    // The ports want their receiver before the stream that receives exists.
    const receiver: { stream?: AudioStream } = {}
    const ports = await openMediaPorts({
      network: options.network,
      range: options.ports,
      onRtp: (packet, from) => receiver.stream?.takeRtp(packet, from),
      onRtcp: (packet, from) => receiver.stream?.takeRtcp(packet, from),
    })
    const { network, ports: range, videoCallKbps } = options
    const ignore = () => {}
    const video =
      videoCallKbps === undefined ? undefined : await openMediaPorts({ network, range, onRtp: ignore, onRtcp: ignore })
    receiver.stream = new AudioStream(options, ports, video)
    return receiver.stream
  }

  private constructor(options: AudioStreamOptions, ports: MediaPorts, video: MediaPorts | undefined) {
    const { network, isSecure, toneHz } = options
    this.#options = options
    this.#ports = ports
    this.#video = video
    this.#tone = new ToneSource(toneHz)
    this.#heard = new HeardAudio(network.clocks.monotonic)
    const newKeys = () =>
      cryptoSuites.map((suite, index) => ({ tag: index + 1, suite, keyAndSalt: network.random.bytes(30) }))
    this.#own = isSecure ? newKeys() : []
    this.#ownVideo = isSecure && video !== undefined ? newKeys() : []
    this.#identity = { ssrc: network.random.integer(1, 0xffffffff), sessionId: network.random.integer(1000, 99_999) }
    this.#sequence = network.random.integer(0, 0x7fff)
    this.#timestamp = network.random.integer(0, 0x7fffffff)
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

  /** A new offer with the wanted direction (RFC 3264 §5). */
  offer(): string {
    return this.#describe(this.#wanted, this.#own, { videoCrypto: this.#ownVideo })
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
    const chosen = preferred(offered.crypto)
    const own = this.#own.find((line) => line.suite === chosen?.suite)
    const crypto = answeringKeys(this.#own, offered.crypto)
    this.#isPeerHolding = offered.direction !== 'sendrecv'
    this.#direction = answerDirection(offered.direction, this.#wanted)
    const { mediaLines: answering, videoCrypto } = offered
    const text = this.#describe(this.#direction, crypto, {
      answering,
      videoCrypto: videoCrypto && answeringKeys(this.#ownVideo, videoCrypto),
    })
    this.#start(offered, own, chosen)
    return text
  }

  /** Takes the answer to our offer; throws `NoCommonMedia`. */
  takeAnswer(sdp: string): void {
    const answered = this.#read(sdp)
    const theirs = answered.crypto[0]
    const own = this.#own.find((line) => line.tag === theirs?.tag && line.suite === theirs.suite)
    if (this.#options.isSecure && own === undefined)
      throw new NoCommonMedia('the answer takes none of the keys offered')
    if (this.#wanted === 'sendrecv') this.#isPeerHolding = answered.direction !== 'sendrecv'
    this.#direction = answerDirection(answered.direction, this.#wanted)
    this.#start(answered, own, theirs)
  }

  setTone(hz: number): void {
    this.#tone.hz = hz
  }

  report(heardForMs: number): AudioReport {
    const tone = this.#heard.tone(Math.min(Math.max(heardForMs, 100), 2_000))
    const { received, lostBefore, ...counts } = this.#counts
    return {
      sentHz: this.#tone.hz,
      ...(tone === undefined
        ? {}
        : { heardHz: Math.round(tone.hz * 100) / 100, level: Math.round(tone.level * 10) / 10 }),
      packetsSent: this.#sent.packets,
      packetsReceived: received,
      lost: lostBefore + (this.#reception?.lost ?? 0),
      ...counts,
      ...(this.#peerReport === undefined ? {} : { peerReport: this.#peerReport }),
      ...(this.#suite === undefined ? {} : { suite: this.#suite }),
      direction: this.#direction,
      local: this.#ports.rtp.local,
      ...(this.#remote === undefined ? {} : { remote: { address: this.#remote.address, port: this.#remote.port } }),
    }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    for (const timer of this.#timers) timer.cancel()
    await Promise.all([this.#ports.close(), this.#video?.close()])
  }

  takeRtp(packet: Buffer, from: Endpoint): void {
    // Media may overtake the answer; it cannot be judged yet.
    if (this.#remote === undefined) return
    if (!isSame(from, this.#remote)) return void this.#counts.strangers++
    const opened = this.#open(() => this.#incoming?.srtp.openRtp(packet) ?? RtpPacket.deSerialize(packet))
    if (opened === undefined) return
    const { header, payload } = opened
    this.#counts.received++
    if (this.#reception?.ssrc !== header.ssrc) {
      this.#counts.lostBefore += this.#reception?.lost ?? 0
      this.#reception = new Reception(header.ssrc, header.sequenceNumber, this.#clock)
      this.#heard.clear()
    }
    this.#reception.take(header.sequenceNumber, header.timestamp)
    if (header.payloadType === 0) this.#heard.take(header.timestamp, payload)
  }

  takeRtcp(packet: Buffer, from: Endpoint): void {
    if (this.#remote === undefined) return
    if (!isSame(from, this.#remote.rtcp)) return void this.#counts.strangers++
    const report = this.#open(() => {
      const plain = this.#incoming?.srtp.openRtcp(packet) ?? packet
      this.#counts.rtcpReceived++
      return readReports(plain, this.#identity.ssrc, this.#reception)
    })
    this.#peerReport = report ?? this.#peerReport
  }

  get #clock() {
    return this.#options.network.clocks.monotonic
  }

  /** Whatever cannot be opened or read is counted, never thrown: it came from the network. */
  #open<T>(open: () => T): T | undefined {
    try {
      return open()
    } catch {
      this.#counts.authFailures++
      return undefined
    }
  }

  #read(sdp: string): AudioDescription {
    const problem = problemOfOffer(sdp, this.#options.isSecure)
    const description = readAudioDescription(sdp)
    if (problem !== undefined || description === undefined) throw new NoCommonMedia(problem ?? 'no audio stream')
    return description
  }

  #describe(
    direction: Direction,
    crypto: readonly CryptoLine[],
    more: { readonly answering?: readonly string[]; readonly videoCrypto: readonly CryptoLine[] | undefined },
  ): string {
    const { answering, videoCrypto } = more
    const { videoCallKbps: callKbps } = this.#options
    const hasVideo = callKbps !== undefined && videoCrypto !== undefined
    return writeAudioDescription({
      origin: this.#options.origin,
      sessionName: this.#options.sessionName,
      sessionId: this.#identity.sessionId,
      version: this.#version++,
      address: this.#ports.rtp.local.address,
      port: this.#ports.rtp.local.port,
      direction,
      crypto,
      ...(hasVideo ? { video: { port: this.#video!.rtp.local.port, callKbps, crypto: videoCrypto } } : {}),
      ...(answering === undefined ? {} : { answering }),
    })
  }

  #start(remote: AudioDescription, own: CryptoLine | undefined, theirs: CryptoLine | undefined): void {
    this.#remote = remote
    this.#suite = own?.suite ?? 'none'
    // The same key goes on with its rollover counter (RFC 3711 §3.3.1); only a new one starts anew.
    if (own !== undefined && this.#outgoing?.line !== own) {
      this.#outgoing = { line: own, srtp: srtpDirection(own.suite, this.#encryptingKey(own)) }
    }
    if (theirs !== undefined && !isSameKey(this.#incoming?.line, theirs)) {
      this.#incoming = { line: theirs, srtp: srtpDirection(theirs.suite, theirs.keyAndSalt) }
    }
    if (this.#timers.length > 0 || this.#isClosed || this.#options.isSilent === true) return
    this.#pace(frameMs, 0, () => this.#sendFrame())
    this.#pace(reportMs, firstReportMs, () => this.#sendReport())
    // A relay in between forwards nothing until it has heard this side; what it swallowed comes again soon.
    this.#timers.push(this.#clock.after(secondReportMs, () => this.#sendReport()))
  }

  #encryptingKey({ keyAndSalt }: CryptoLine): Buffer {
    const key = Buffer.from(keyAndSalt)
    if (this.#options.hasWrongKeyBit === true) key[0]! ^= 1
    return key
  }

  /** Runs at start, start + interval, start + 2·interval … of real time; what a busy machine missed is caught up. */
  #pace(intervalMs: number, firstMs: number, action: () => void): void {
    const slot = this.#timers.length
    const start = this.#clock.now() + BigInt(firstMs) * 1_000_000n
    let count = 0
    const run = () => {
      if (this.#isClosed) return
      const due = Number((this.#clock.now() - start) / 1_000_000n) / intervalMs
      for (let burst = 0; count <= due && burst < mostAtOnce; burst++, count++) action()
      if (count <= due) count = Math.floor(due) + 1
      const nextMs = count * intervalMs - Number((this.#clock.now() - start) / 1_000n) / 1_000
      this.#timers[slot] = this.#clock.after(Math.max(1, nextMs), run)
    }
    this.#timers[slot] = this.#clock.after(firstMs, run)
  }

  #sendFrame(): void {
    this.#sequence = (this.#sequence + 1) & 0xffff
    this.#timestamp = (this.#timestamp + frameSamples) >>> 0
    const isMuted = this.#direction === 'recvonly' || this.#direction === 'inactive'
    if (isMuted || this.#remote === undefined) return
    const payload = encodeMuLaw(this.#tone.next(frameSamples))
    const header = new RtpHeader({
      version: 2,
      payloadType: 0,
      sequenceNumber: this.#sequence,
      timestamp: this.#timestamp,
      ssrc: this.#identity.ssrc,
      marker: this.#sent.packets === 0,
    })
    const packet = this.#outgoing?.srtp.protectRtp(header, payload) ?? new RtpPacket(header, payload).serialize()
    this.#ports.rtp.send(packet, this.#remote.port, this.#remote.address)
    this.#sent.packets++
    this.#sent.octets += payload.length
  }

  #sendReport(): void {
    if (this.#remote === undefined || this.#isClosed) return
    const { address } = this.#ports.rtp.local
    const sent = { ssrc: this.#identity.ssrc, rtpTimestamp: this.#timestamp, ...this.#sent }
    const now = this.#options.network.clocks.wall.now()
    const packet = writeReports(sent, this.#reception, `${this.#options.network.host}@${address}`, now)
    const protectedPacket = this.#outgoing?.srtp.protectRtcp(packet) ?? packet
    this.#ports.rtcp.send(protectedPacket, this.#remote.rtcp.port, this.#remote.rtcp.address)
    this.#counts.rtcpSent++
  }
}

const frameMs = 20
const frameSamples = 160
const reportMs = 2_000
const firstReportMs = 100
const secondReportMs = 700
/** Frames sent in one go after the machine stood still; the rest of the gap is skipped. */
const mostAtOnce = 10

/** RFC 3264 §6.1: what we may do, given what the other side does and what we want. */
function answerDirection(theirs: Direction, wanted: Direction): Direction {
  const mayReceive =
    (theirs === 'sendrecv' || theirs === 'sendonly') && (wanted === 'sendrecv' || wanted === 'recvonly')
  const maySend = (theirs === 'sendrecv' || theirs === 'recvonly') && (wanted === 'sendrecv' || wanted === 'sendonly')
  if (mayReceive) return maySend ? 'sendrecv' : 'recvonly'
  return maySend ? 'sendonly' : 'inactive'
}

/** Our key for the best of the keys offered; the answer carries the offer's tag (RFC 4568 §5.1.2). */
function answeringKeys(ours: readonly CryptoLine[], offered: readonly CryptoLine[]): CryptoLine[] {
  const chosen = preferred(offered)
  const own = ours.find((line) => line.suite === chosen?.suite)
  return own === undefined || chosen === undefined ? [] : [{ ...own, tag: chosen.tag }]
}

/** The first suite of ours that the other side offers. */
function preferred(offered: readonly CryptoLine[]): CryptoLine | undefined {
  return cryptoSuites.flatMap((suite) => offered.filter((line) => line.suite === suite))[0]
}

function isSame(one: Endpoint, other: Endpoint): boolean {
  return one.address === other.address && one.port === other.port
}

function isSameKey(known: CryptoLine | undefined, line: CryptoLine): boolean {
  return known !== undefined && known.suite === line.suite && known.keyAndSalt.equals(line.keyAndSalt)
}
