import { RtpHeader, RtpPacket } from 'werift'
import type { Timer } from '#runtime/clock.ts'
import type { Endpoint, HostNetwork } from '#runtime/network.ts'
import type { CryptoLine } from './crypto-line.ts'
import { isSameKey, preferredCrypto } from './crypto-line.ts'
import type { MediaPorts } from './media-ports.ts'
import { openMediaPorts } from './media-ports.ts'
import { pace } from './pacing.ts'
import { Reception } from './reception.ts'
import type { PeerReport } from './rtcp-reports.ts'
import { readReports, writeReports } from './rtcp-reports.ts'
import type { Section } from './section.ts'
import type { CryptoSuite, SrtpDirection } from './srtp-direction.ts'
import { cryptoSuites, srtpDirection } from './srtp-direction.ts'

export interface RtpLineOptions {
  readonly network: HostNetwork
  /** SRTP with keys in the description; plain RTP otherwise. */
  readonly isSecure: boolean
  readonly ports: readonly [number, number]
  /** Timestamp units a second. */
  readonly clockRate: number
  /** Encrypts with one wrong bit of the key it offered. */
  readonly hasWrongKeyBit?: boolean | undefined
  /** Sequence number of the first packet; by chance below 2^15 otherwise (RFC 3711 §3.3.1). */
  readonly firstSequence?: number | undefined
  /** No reports of its own accord. */
  readonly isSilent?: boolean | undefined
  /** A packet of the other side with a payload, opened. `isNewSource`: the first one of another SSRC. */
  readonly onPacket: (header: RtpHeader, payload: Buffer, isNewSource: boolean) => void
  /** A compound RTCP packet of the other side, opened. */
  readonly onReports?: (packet: Buffer) => void
}

export interface OutgoingPacket {
  readonly payloadType: number
  readonly timestamp: number
  readonly marker: boolean
  readonly payload: Buffer
}

/** What one m-line of an endpoint can say about its packets. */
export interface RtpLineReport {
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
  readonly local: Endpoint
  readonly remote?: Endpoint
}

interface KeyedDirection {
  readonly line: CryptoLine
  readonly srtp: SrtpDirection
}

/**
 * The packets of one m-line of an endpoint: its ports, SRTP with keys of its own (RFC 4568), sequence numbers, reports.
 * Packets are taken only from the negotiated address.
 */
export class RtpLine {
  readonly #options: RtpLineOptions
  readonly #ports: MediaPorts
  readonly ssrc: number
  #own: readonly CryptoLine[]
  #remote: Pick<Section, 'address' | 'port' | 'rtcp'> | undefined
  #suite: CryptoSuite | 'none' | undefined
  #outgoing: KeyedDirection | undefined
  #incoming: KeyedDirection | undefined
  /** What the other side encrypted with before; packets under it may come late. */
  #before: (KeyedDirection & { readonly untilNs: bigint }) | undefined
  #reception: Reception | undefined
  #timers: Timer[] = []
  #isClosed = false
  #sequence: number
  #timestamp = 0
  #hasSent = false
  #sent = { packets: 0, octets: 0 }
  #counts = { received: 0, lostBefore: 0, authFailures: 0, strangers: 0, rtcpSent: 0, rtcpReceived: 0 }
  #peerReport: PeerReport | undefined

  static async open(options: RtpLineOptions): Promise<RtpLine> {
    // The ports want their receiver before the line that receives exists.
    const receiver: { line?: RtpLine } = {}
    const ports = await openMediaPorts({
      network: options.network,
      range: options.ports,
      onRtp: (packet, from) => receiver.line?.takeRtp(packet, from),
      onRtcp: (packet, from) => receiver.line?.takeRtcp(packet, from),
    })
    receiver.line = new RtpLine(options, ports)
    return receiver.line
  }

  private constructor(options: RtpLineOptions, ports: MediaPorts) {
    const { random } = options.network
    this.#options = options
    this.#ports = ports
    this.#own = this.#newKeys()
    this.ssrc = random.integer(1, 0xffffffff)
    this.#sequence = ((options.firstSequence ?? random.integer(0, 0x7fff)) - 1) & 0xffff
  }

  get local(): Endpoint {
    return this.#ports.rtp.local
  }

  /** Whether both sides have agreed on where packets go. */
  get isAgreed(): boolean {
    return this.#remote !== undefined
  }

  /** `a=crypto` lines of an offer; none for plain RTP. */
  get offeredKeys(): readonly CryptoLine[] {
    return this.#own
  }

  /** Other keys of ours from the next description on; in use once the other side has it. */
  renewKeys(): void {
    this.#own = this.#newKeys()
  }

  /** Our key for the best of the keys offered; the answer carries the offer's tag (RFC 4568 §5.1.2). */
  answeringKeys(offered: readonly CryptoLine[]): CryptoLine[] {
    const chosen = preferredCrypto(offered)
    const own = this.#own.find((line) => line.suite === chosen?.suite)
    return own === undefined || chosen === undefined ? [] : [{ ...own, tag: chosen.tag }]
  }

  /** We answered this offer. */
  answered(offer: Section): void {
    const chosen = preferredCrypto(offer.crypto)
    this.#agree(
      offer,
      this.#own.find((line) => line.suite === chosen?.suite),
      chosen,
    )
  }

  /** The other side answered our offer. False where it took none of our keys; nothing changes then. */
  takeAnswer(answer: Section): boolean {
    const theirs = answer.crypto[0]
    const own = this.#own.find((line) => line.tag === theirs?.tag && line.suite === theirs.suite)
    if (this.#options.isSecure && own === undefined) return false
    this.#agree(answer, own, theirs)
    return true
  }

  send({ payloadType, timestamp, marker, payload }: OutgoingPacket): void {
    if (this.#remote === undefined || this.#isClosed) return
    this.#sequence = (this.#sequence + 1) & 0xffff
    this.#timestamp = timestamp
    const sequenceNumber = this.#sequence
    const header = new RtpHeader({ version: 2, payloadType, sequenceNumber, timestamp, ssrc: this.ssrc, marker })
    const packet = this.#outgoing?.srtp.protectRtp(header, payload) ?? new RtpPacket(header, payload).serialize()
    this.#ports.rtp.send(packet, this.#remote.port, this.#remote.address)
    this.#hasSent = true
    if (payload.length === 0) return
    this.#sent.packets++
    this.#sent.octets += payload.length
  }

  /** Our report, with parts of our own behind it (RFC 4585 §3.1: feedback goes in a compound packet). */
  sendReport(...more: readonly Buffer[]): void {
    if (this.#remote === undefined || this.#isClosed) return
    const sent = { ssrc: this.ssrc, rtpTimestamp: this.#timestamp, ...this.#sent }
    const { host, clocks } = this.#options.network
    const reports = writeReports(sent, this.#reception, `${host}@${this.local.address}`, clocks.wall.now())
    const packet = Buffer.concat([reports, ...more])
    const protectedPacket = this.#outgoing?.srtp.protectRtcp(packet) ?? packet
    this.#ports.rtcp.send(protectedPacket, this.#remote.rtcp.port, this.#remote.rtcp.address)
    this.#counts.rtcpSent++
  }

  /** SSRC of what comes in. */
  get remoteSsrc(): number | undefined {
    return this.#reception?.ssrc
  }

  report(): RtpLineReport {
    const { received, lostBefore, ...counts } = this.#counts
    const remote = this.#remote
    return {
      packetsSent: this.#sent.packets,
      packetsReceived: received,
      lost: lostBefore + (this.#reception?.lost ?? 0),
      ...counts,
      ...(this.#peerReport === undefined ? {} : { peerReport: this.#peerReport }),
      ...(this.#suite === undefined ? {} : { suite: this.#suite }),
      local: this.local,
      ...(remote === undefined ? {} : { remote: { address: remote.address, port: remote.port } }),
    }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    for (const timer of this.#timers) timer.cancel()
    await this.#ports.close()
  }

  takeRtp(packet: Buffer, from: Endpoint): void {
    // Media may overtake the answer; it cannot be judged yet.
    if (this.#remote === undefined) return
    if (!isSame(from, this.#remote)) return void this.#counts.strangers++
    const opened = this.#open(() => this.#openRtp(packet))
    if (opened === undefined) return
    const { header, payload } = opened
    this.#counts.received++
    const isNewSource = this.#reception?.ssrc !== header.ssrc
    if (isNewSource) {
      this.#counts.lostBefore += this.#reception?.lost ?? 0
      const { clockRate } = this.#options
      this.#reception = new Reception(header.ssrc, header.sequenceNumber, this.#clock, clockRate)
    }
    this.#reception!.take(header.sequenceNumber, header.timestamp)
    if (payload.length > 0) this.#options.onPacket(header, payload, isNewSource)
  }

  takeRtcp(packet: Buffer, from: Endpoint): void {
    if (this.#remote === undefined) return
    if (!isSame(from, this.#remote.rtcp)) return void this.#counts.strangers++
    this.#open(() => {
      const plain = this.#openWith(packet, (srtp, copy) => srtp.openRtcp(copy)) ?? packet
      this.#counts.rtcpReceived++
      this.#peerReport = readReports(plain, this.ssrc, this.#reception) ?? this.#peerReport
      this.#options.onReports?.(plain)
    })
  }

  /** An end that only listens keeps its way through relays open all the same (RFC 6263 §4.6: an unknown payload type). */
  #keepOpen(): void {
    if (this.#hasSent) this.#hasSent = false
    else this.send({ payloadType: keepalivePayloadType, timestamp: this.#timestamp, marker: false, payload: nothing })
  }

  get #clock() {
    return this.#options.network.clocks.monotonic
  }

  #newKeys(): CryptoLine[] {
    const { isSecure, network } = this.#options
    if (!isSecure) return []
    return cryptoSuites.map((suite, index) => ({ tag: index + 1, suite, keyAndSalt: network.random.bytes(30) }))
  }

  #openRtp(packet: Buffer): { header: RtpHeader; payload: Buffer } {
    return this.#openWith(packet, (srtp, copy) => srtp.openRtp(copy)) ?? RtpPacket.deSerialize(packet)
  }

  /** With the key in use, or for a short while with the one before; undefined where nothing is encrypted. */
  #openWith<T>(packet: Buffer, open: (srtp: SrtpDirection, packet: Buffer) => T): T | undefined {
    if (this.#incoming === undefined) return undefined
    const before = this.#before
    if (before === undefined || this.#clock.now() > before.untilNs) return open(this.#incoming.srtp, packet)
    try {
      return open(this.#incoming.srtp, Buffer.from(packet))
    } catch {
      return open(before.srtp, packet)
    }
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

  #agree(remote: Section, own: CryptoLine | undefined, theirs: CryptoLine | undefined): void {
    this.#remote = remote
    this.#suite = own?.suite ?? 'none'
    // The same key goes on with its rollover counter (RFC 3711 §3.3.1); only a new one starts anew.
    if (own !== undefined && this.#outgoing?.line !== own) {
      this.#outgoing = { line: own, srtp: srtpDirection(own.suite, this.#encryptingKey(own)) }
    }
    if (theirs !== undefined && !isSameKey(this.#incoming?.line, theirs)) {
      if (this.#incoming !== undefined) this.#before = { ...this.#incoming, untilNs: this.#clock.now() + graceNs }
      this.#incoming = { line: theirs, srtp: srtpDirection(theirs.suite, theirs.keyAndSalt) }
    }
    if (this.#timers.length > 0 || this.#isClosed || this.#options.isSilent === true) return
    // A relay in between forwards nothing until it has heard this side; what it swallowed comes again soon.
    this.#timers = [
      ...openingMs.map((ms) => this.#clock.after(ms, () => this.#keepOpen())),
      pace(this.#clock, { everyMs: keepaliveMs, firstMs: keepaliveMs }, () => this.#keepOpen()),
      pace(this.#clock, { everyMs: reportMs, firstMs: firstReportMs }, () => this.sendReport()),
      this.#clock.after(secondReportMs, () => this.sendReport()),
    ]
  }

  #encryptingKey({ keyAndSalt }: CryptoLine): Buffer {
    const key = Buffer.from(keyAndSalt)
    if (this.#options.hasWrongKeyBit === true) key[0]! ^= 1
    return key
  }
}

/** A relay may take a while until it hears both sides. */
const openingMs = [20, 150, 400]
const keepaliveMs = 10_000
const keepalivePayloadType = 20
const nothing = Buffer.alloc(0)
const reportMs = 2_000
const firstReportMs = 100
const secondReportMs = 700
/** Packets under the other side's previous key are taken for so long. */
const graceNs = 500_000_000n

function isSame(one: Endpoint, other: Endpoint): boolean {
  return one.address === other.address && one.port === other.port
}
