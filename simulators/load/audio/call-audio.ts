import type { Endpoint, HostNetwork, UdpPort } from '#runtime/network.ts'
import type { Histogram } from '../histogram.ts'
import type { AudioEnd } from './description.ts'
import type { Paced, Pacer } from './pacer.ts'
import { masterBytes, SrtpContext, tagBytes } from './srtp.ts'

/** What one end of a call counted. */
export interface AudioFigures {
  readonly sent: number
  readonly received: number
  /** Missing between the first and the last that came. */
  readonly lost: number
  /** Neither authentic nor RTP of ours. */
  readonly foreign: number
}

export interface CallAudioOptions {
  readonly network: HostNetwork
  readonly address: string
  readonly port: number
  readonly isSecure: boolean
  readonly pacer: Pacer
  /** How long packets were under way, milliseconds, over all calls. */
  readonly transit: Histogram
}

/** One end of a call's audio: 50 packets of G.711 a second each way, SRTP or RTP, with the time of sending inside. */
export class CallAudio implements Paced {
  readonly own: AudioEnd
  readonly #options: CallAudioOptions
  readonly #udp: UdpPort
  readonly #packet: Buffer
  readonly #sender: SrtpContext | undefined
  #receiver: SrtpContext | undefined
  #peerMaster: Buffer | undefined
  #remote: Endpoint | undefined
  #leave: (() => void) | undefined
  #sequence: number
  #timestamp = 0
  #sent = 0
  #received = 0
  #foreign = 0
  #first = -1
  #highest = -1
  #lastMs = 0

  static async open(options: CallAudioOptions): Promise<CallAudio> {
    const { network, address, port } = options
    const holder: { audio?: CallAudio } = {}
    const onMessage = (datagram: Buffer) => holder.audio?.take(datagram)
    const udp = await network.udp({ address, port, protocol: 'RTP', onMessage })
    holder.audio = new CallAudio(options, udp)
    return holder.audio
  }

  private constructor(options: CallAudioOptions, udp: UdpPort) {
    const { network, address, port, isSecure } = options
    this.#options = options
    this.#udp = udp
    const master = isSecure ? network.random.bytes(masterBytes) : undefined
    this.own = { address, port, master }
    this.#sender = master === undefined ? undefined : new SrtpContext(master)
    this.#packet = Buffer.alloc(rtpBytes + (isSecure ? tagBytes : 0))
    this.#packet.writeUInt32BE(network.random.integer(1, 2 ** 32 - 1), 8)
    this.#sequence = network.random.integer(0, 0x3fff)
  }

  /** Sends there, and hears from there; again where a later description moved it. */
  connect({ address, port, master }: AudioEnd): void {
    this.#remote = { address, port }
    if (this.#sender !== undefined && master !== undefined && this.#peerMaster?.equals(master) !== true) {
      this.#peerMaster = master
      this.#receiver = new SrtpContext(master)
    }
    this.#leave ??= this.#options.pacer.join(this)
  }

  sendNow(atMs: number): void {
    const packet = this.#packet
    packet[0] = 0x80
    packet[1] = 0
    this.#sequence = (this.#sequence + 1) & 0xffff
    this.#timestamp = (this.#timestamp + samples) >>> 0
    packet.writeUInt16BE(this.#sequence, 2)
    packet.writeUInt32BE(this.#timestamp, 4)
    packet.fill(silence, 12, rtpBytes)
    packet.writeDoubleBE(atMs, 12)
    this.#sender?.protect(packet, rtpBytes)
    this.#sent++
    // The socket may keep the buffer until the kernel took it.
    this.#udp.send(Buffer.from(packet), this.#remote!.port, this.#remote!.address)
  }

  take(datagram: Buffer): void {
    const isOurs =
      this.#sender === undefined
        ? datagram.length === rtpBytes && (datagram[1]! & 0x7f) === 0
        : this.#receiver?.unprotect(datagram) === rtpBytes
    if (!isOurs) {
      this.#foreign++
      return
    }
    const nowMs = this.#nowMs()
    this.#options.transit.add(nowMs - datagram.readDoubleBE(12))
    this.#received++
    this.#lastMs = nowMs
    this.#count(datagram.readUInt16BE(2))
  }

  /** Nothing has come for so long, or never. */
  isSilentFor(milliseconds: number): boolean {
    return this.#nowMs() - this.#lastMs > milliseconds
  }

  figures(): AudioFigures {
    const expected = this.#first < 0 ? 0 : this.#highest - this.#first + 1
    return {
      sent: this.#sent,
      received: this.#received,
      lost: Math.max(0, expected - this.#received),
      foreign: this.#foreign,
    }
  }

  /** Sends no more, and goes on hearing. */
  quiet(): void {
    this.#leave?.()
    this.#leave = () => {}
  }

  async close(): Promise<void> {
    this.quiet()
    await this.#udp.close()
  }

  /** Sequence numbers without their roll-over. */
  #count(sequence: number): void {
    if (this.#first < 0) {
      this.#first = sequence
      this.#highest = sequence
      return
    }
    const ahead = (sequence - this.#highest) & 0xffff
    if (ahead < 0x8000) this.#highest += ahead
  }

  #nowMs(): number {
    return Number(this.#options.network.clocks.monotonic.now()) / 1e6
  }
}

/** 20 ms of G.711. */
const samples = 160
const rtpBytes = 12 + samples
/** Zero in µ-law. */
const silence = 0xff
