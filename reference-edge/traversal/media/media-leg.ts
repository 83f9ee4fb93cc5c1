import type { MonotonicClock } from '#runtime/clock.ts'
import type { Endpoint, UdpPort } from '#runtime/network.ts'
import type { Random } from '#runtime/random.ts'
import { floorPacketOf } from '../../protocol/bfcp/floor-header.ts'
import { Reception } from '../../protocol/rtp/reception.ts'
import type { ReceptionFigures } from '../../protocol/rtp/reception.ts'
import { RekeyableReceiver } from '../../protocol/rtp/rekeyable-receiver.ts'
import type { ReceptionReport } from '../../protocol/rtp/rtcp.ts'
import { isRtcp, parseRtcp } from '../../protocol/rtp/rtcp.ts'
import { rtpHeaderLength } from '../../protocol/rtp/rtp-header.ts'
import type { SrtpMaster } from '../../protocol/rtp/srtp-keys.ts'
import { Refusal, SrtpSender } from '../../protocol/rtp/srtp.ts'
import type { FlowFigures } from './flow-counters.ts'
import { FlowCounters } from './flow-counters.ts'
import type { MediaAddress } from './media-address.ts'
import { isHostAddress } from './media-address.ts'

/** Where the other end of a leg is and, on a secure leg, what it encrypts with. */
export interface MediaRemote extends MediaAddress {
  readonly crypto?: SrtpMaster
}

export interface MediaLegStatistics {
  /** RTP taken, with gaps and jitter. */
  readonly reception: ReceptionFigures
  readonly rtp: FlowFigures
  readonly rtcp: FlowFigures
  /** RTP packets sent out on this leg. */
  readonly sent: number
  /** Packets not sent: no remote yet, or refused by the SRTP sender. */
  readonly unsent: number
  /** What the other end last reported about what we send. */
  readonly reported?: ReceptionReport
}

/** One way in and out: RTP or RTCP of a leg. */
interface Component {
  port: UdpPort | undefined
  remote: Endpoint | undefined
  /** The source port heard on a plain leg; may differ from the one signalled. */
  heardPort: number | undefined
  readonly counters: FlowCounters
}

/**
 * One side of a stream on a VCS Control, secure or plain. A datagram is taken only from the address signalled; on a secure
 * leg from the very port signalled, and if its tag is right. What is taken is plain RTP or RTCP.
 */
export class MediaLeg {
  readonly #mayBePlain: boolean
  readonly #isOpaque: boolean
  readonly #carries: 'RTP' | 'BFCP'
  #isSecure: boolean
  readonly #random: Random
  readonly #clock: MonotonicClock
  readonly #reception: Reception
  readonly #receiver: RekeyableReceiver
  readonly #rtp = newComponent()
  readonly #rtcp = newComponent()
  #key: Buffer
  #sender: SrtpSender | undefined
  #senderKey: Buffer | undefined
  #sent = 0
  #unsent = 0
  #isHeard = false
  #reported: ReceptionReport | undefined

  /**
   * `mayBePlain`: secure where its other end has a key. `isOpaque`: nothing is secure here, and reports cannot be read.
   * `carries` BFCP: messages instead of RTP, in clear, from the very address and port signalled.
   */
  constructor(options: {
    isSecure: boolean
    carries?: 'RTP' | 'BFCP'
    mayBePlain?: boolean
    isOpaque?: boolean
    clockRate: number
    random: Random
    clock: MonotonicClock
  }) {
    this.#isSecure = options.isSecure
    this.#mayBePlain = options.mayBePlain ?? false
    this.#isOpaque = options.isOpaque ?? false
    this.#carries = options.carries ?? 'RTP'
    this.#random = options.random
    this.#clock = options.clock
    this.#receiver = new RekeyableReceiver(options.clock)
    this.#reception = new Reception(options.clockRate)
    this.#key = options.random.bytes(masterKeyBytes)
  }

  open(ports: { rtp: UdpPort; rtcp: UdpPort }): void {
    this.#rtp.port = ports.rtp
    this.#rtcp.port = ports.rtcp
  }

  get isSecure(): boolean {
    return this.#isSecure
  }

  /** Whether a description of this leg may carry our key. */
  get hasKey(): boolean {
    return this.#isSecure || this.#mayBePlain
  }

  /** Our master key and salt for a=crypto; serves whichever suite is agreed upon. */
  get key(): Buffer {
    return this.#key
  }

  /** A new key of ours. Sending changes to it with the next setRemote, when the other end has been told. */
  renewKey(): Buffer {
    this.#key = this.#random.bytes(masterKeyBytes)
    return this.#key
  }

  /**
   * An address that is no host's (0.0.0.0, a name) leaves the leg without a remote end. Throws where a secure leg is given
   * no key: nothing may be sent in clear on it.
   */
  setRemote(remote: MediaRemote): void {
    if (this.#mayBePlain) this.#isSecure = remote.crypto !== undefined
    if (this.#isSecure) {
      if (remote.crypto === undefined) throw new TypeError('a secure leg needs the key of its other end')
      this.#receiver.use(remote.crypto)
      this.#useSender(remote.crypto)
    }
    this.#isHeard = false
    moveTo(this.#rtp, { address: remote.address, port: remote.rtpPort })
    if (this.#carries === 'RTP') moveTo(this.#rtcp, { address: remote.address, port: remote.rtcpPort })
  }

  get hasRemote(): boolean {
    return this.#rtp.remote !== undefined
  }

  /** Whether something good has come in since setRemote. */
  get isHeard(): boolean {
    return this.#isHeard
  }

  /** The RTP packet of a datagram, decrypted in place; undefined where it was dropped and counted. */
  takeRtp(datagram: Buffer, from: Endpoint): Buffer | undefined {
    const component = this.#rtp
    if (!this.#isExpected(component, from)) return void component.counters.drop('stranger')
    const packet = this.#isSecure ? this.#receiver.unprotect(datagram) : plainPacket(this.#carries, datagram)
    if (typeof packet === 'string') return void component.counters.drop(packet)
    this.#accept(component, from, packet.length)
    if (this.#carries === 'RTP') this.#reception.take(packet, Number(this.#clock.now()))
    return packet
  }

  /** The RTCP packet of a datagram, decrypted in place; undefined where it was dropped and counted. */
  takeRtcp(datagram: Buffer, from: Endpoint): Buffer | undefined {
    const component = this.#rtcp
    if (!this.#isExpected(component, from)) return void component.counters.drop('stranger')
    const packet = this.#isSecure ? this.#receiver.unprotectControl(datagram) : plainRtcp(datagram)
    if (typeof packet === 'string') return void component.counters.drop(packet)
    const parts = this.#isOpaque ? [] : parseRtcp(packet)
    if (parts === undefined) return void component.counters.drop(Refusal.malformed)
    this.#accept(component, from, packet.length)
    for (const part of parts) this.#reported = part.reports[0] ?? this.#reported
    return packet
  }

  /** A good packet that the other leg is not to send. */
  holdBack(kind: 'rtp' | 'rtcp'): void {
    ;(kind === 'rtp' ? this.#rtp : this.#rtcp).counters.undelivered()
  }

  sendRtp(packet: Buffer): void {
    if (this.#transmitRtp(packet)) this.#sent++
    else this.#unsent++
  }

  /** Packets of our own, not counted as media. */
  sendProbe({ rtp, rtcp }: { readonly rtp: Buffer; readonly rtcp: Buffer | undefined }): void {
    this.#transmitRtp(rtp)
    if (rtcp !== undefined) this.sendRtcp(rtcp)
  }

  sendRtcp(packet: Buffer): void {
    const { port, remote } = this.#rtcp
    if (remote === undefined || port === undefined) return
    const wire = this.#isSecure ? this.#sender?.protectControl(packet) : packet
    if (typeof wire === 'string' || wire === undefined) return
    port.send(wire, remote.port, remote.address)
  }

  statistics(): MediaLegStatistics {
    return {
      reception: this.#reception.figures(),
      rtp: this.#rtp.counters.figures(),
      rtcp: this.#rtcp.counters.figures(),
      sent: this.#sent,
      unsent: this.#unsent,
      ...(this.#reported === undefined ? {} : { reported: this.#reported }),
    }
  }

  close(): void {
    this.#rtp.port = undefined
    this.#rtcp.port = undefined
  }

  #transmitRtp(packet: Buffer): boolean {
    const { port, remote } = this.#rtp
    if (remote === undefined || port === undefined) return false
    const wire = this.#isSecure ? this.#sender?.protect(packet) : packet
    if (typeof wire === 'string' || wire === undefined) return false
    port.send(wire, remote.port, remote.address)
    return true
  }

  #useSender({ suite, unencryptedSrtcp = false }: SrtpMaster): void {
    if (this.#sender !== undefined && this.#senderKey === this.#key) {
      this.#sender.change({ suite, unencryptedSrtcp })
    } else {
      this.#sender = new SrtpSender({ suite, key: this.#key, unencryptedSrtcp })
      this.#senderKey = this.#key
    }
  }

  #isExpected(component: Component, from: Endpoint): boolean {
    const { remote, heardPort } = component
    if (remote === undefined || from.address !== remote.address) return false
    if (from.port === remote.port) return true
    return !this.#isSecure && this.#carries === 'RTP' && (heardPort === undefined || heardPort === from.port)
  }

  #accept(component: Component, from: Endpoint, octets: number): void {
    component.heardPort = from.port
    component.counters.accept(octets)
    this.#isHeard = true
  }
}

const masterKeyBytes = 30

function newComponent(): Component {
  return { port: undefined, remote: undefined, heardPort: undefined, counters: new FlowCounters() }
}

function moveTo(component: Component, remote: Endpoint): void {
  if (!isHostAddress(remote.address) || remote.port < 1 || remote.port > 0xffff) {
    component.remote = undefined
    return
  }
  if (component.remote?.address === remote.address && component.remote.port === remote.port) return
  component.remote = remote
  component.heardPort = undefined
}

function plainPacket(carries: 'RTP' | 'BFCP', datagram: Buffer): Buffer | Refusal {
  if (carries === 'BFCP') return floorPacketOf(datagram) === 'message' ? datagram : Refusal.malformed
  return rtpHeaderLength(datagram, datagram.length) === 0 ? Refusal.malformed : datagram
}

function plainRtcp(datagram: Buffer): Buffer | Refusal {
  return isRtcp(datagram, datagram.length) ? datagram : Refusal.malformed
}
