import type { Endpoint, UdpPort } from '#runtime/network.ts'
import type { RekeyableReceiver } from '../../protocol/rtp/rekeyable-receiver.ts'
import { floorPacketOf } from '../../protocol/bfcp/floor-header.ts'
import { isEmptyReport, isRtcp } from '../../protocol/rtp/rtcp.ts'
import { payloadTypeOf, rtpHeaderLength } from '../../protocol/rtp/rtp-header.ts'
import { Refusal } from '../../protocol/rtp/srtp.ts'
import type { Demultiplexer, Receiver } from './demultiplexer.ts'
import type { FlowFigures } from './flow-counters.ts'
import { FlowCounters } from './flow-counters.ts'

/** Payload type of the probes a Control opens its way with; they end at the Expressway. */
const probePayloadType = 127

const rtpHeaderBytes = 12

/** How a packet of this kind is checked and which of the Control's packets are mere probes. */
interface PacketKind {
  verify(keys: RekeyableReceiver, packet: Buffer): Refusal | undefined
  verifyUnderNext(keys: RekeyableReceiver, packet: Buffer): Refusal | undefined
  /** All that can be said of a packet that nothing protects. */
  isWellFormed(packet: Buffer): boolean
  /** Of a packet that was verified with these keys. */
  isProbe(keys: RekeyableReceiver, packet: Buffer): boolean
  /** Where nothing authenticates a packet of this kind, it is taken from the client's described source only. */
  readonly learnsClient: boolean
}

export const rtpPackets: PacketKind = {
  verify: (keys, packet) => keys.verifyOnly(packet),
  verifyUnderNext: (keys, packet) => keys.verifyUnderNext(packet),
  isWellFormed: (packet) => rtpHeaderLength(packet, packet.length) !== 0,
  // A codec may have been given the same payload type: only a packet without payload is a probe.
  isProbe: (keys, packet) =>
    payloadTypeOf(packet) === probePayloadType && packet.length === rtpHeaderBytes + keys.rtpTagBytes,
  learnsClient: true,
}

export const rtcpPackets: PacketKind = {
  verify: (keys, packet) => keys.verifyControlOnly(packet),
  verifyUnderNext: (keys, packet) => keys.verifyControlUnderNext(packet),
  isWellFormed: (packet) => isRtcp(packet, packet.length),
  isProbe: (_keys, packet) => isEmptyReport(packet),
  learnsClient: true,
}

/** Floor control: in clear, one message each. */
export const floorPackets: PacketKind = {
  verify: (_keys, packet) => (floorPacketOf(packet) === 'malformed' ? Refusal.malformed : undefined),
  verifyUnderNext: () => Refusal.unkeyed,
  isWellFormed: (packet) => floorPacketOf(packet) !== 'malformed',
  isProbe: (_keys, packet) => floorPacketOf(packet) === 'probe',
  learnsClient: false,
}

/**
 * The RTP half or the RTCP half of a stream on an Expressway. Neither side gets a packet before one of its own was
 * authenticated: the client's source is learnt from it, the Control's opened the inner firewall with it. Where a stream is
 * not encrypted there is nothing to authenticate: the first well-formed packet counts.
 */
export class RelayComponent implements Receiver {
  readonly #kind: PacketKind
  readonly #clientKeys: RekeyableReceiver
  readonly #controlKeys: RekeyableReceiver
  readonly #inner: UdpPort
  readonly #demultiplexer: Demultiplexer
  readonly #fromClient = new FlowCounters()
  readonly #fromControl = new FlowCounters()
  #outer: UdpPort | undefined
  #client: Endpoint | undefined
  /** Where the client's description says it is. */
  #described: Endpoint | undefined
  readonly #isClientHost: (address: string) => boolean
  #control: Endpoint | undefined
  #isControlHeard = false
  #isPlain = false

  constructor(options: {
    kind: PacketKind
    clientKeys: RekeyableReceiver
    controlKeys: RekeyableReceiver
    inner: UdpPort
    demultiplexer: Demultiplexer
    /** Whether the client is known to be at an address: from authenticated packets of the same call. */
    isClientHost: (address: string) => boolean
  }) {
    this.#isClientHost = options.isClientHost
    this.#kind = options.kind
    this.#clientKeys = options.clientKeys
    this.#controlKeys = options.controlKeys
    this.#inner = options.inner
    this.#demultiplexer = options.demultiplexer
  }

  open(outer: UdpPort): void {
    this.#outer = outer
  }

  /** Whether no other stream has this source of the Control's. */
  mayHaveControl(control: Endpoint): boolean {
    return this.#demultiplexer.isFree(control, this)
  }

  /** Where the Control said it sends from; nothing goes there before it was heard from there. */
  setControl(control: Endpoint): void {
    const previous = this.#control
    if (previous !== undefined && isSame(previous, control)) return
    if (previous !== undefined) this.#demultiplexer.unregister(previous, this)
    this.#demultiplexer.register(control, this)
    this.#control = { address: control.address, port: control.port }
    this.#isControlHeard = false
  }

  /** Where the client said it sends from; matters where its packets cannot be authenticated. */
  setClient(client: Endpoint): void {
    if (this.#kind.learnsClient) return
    this.#described = { address: client.address, port: client.port }
    if (this.#client !== undefined && !isSame(this.#client, client)) this.#client = undefined
  }

  /** Whether packets come in clear. */
  setPlain(isPlain: boolean): void {
    this.#isPlain = isPlain
  }

  /** The next authenticated packet may come from anywhere, as after a client changed its network. */
  forgetClient(): void {
    this.#client = undefined
  }

  close(): void {
    if (this.#control !== undefined) this.#demultiplexer.unregister(this.#control, this)
    this.#control = undefined
    this.#isControlHeard = false
    this.#outer = undefined
  }

  /** The source learnt from an authenticated packet. */
  get client(): Endpoint | undefined {
    return this.#client
  }

  get isControlHeard(): boolean {
    return this.#isControlHeard
  }

  figures(): { fromClient: FlowFigures; fromControl: FlowFigures } {
    return { fromClient: this.#fromClient.figures(), fromControl: this.#fromControl.figures() }
  }

  /** A datagram on the outer port. */
  readonly takeFromClient = (datagram: Buffer, from: Endpoint): void => {
    if (!this.#kind.learnsClient && !this.#isDescribed(from)) return this.#fromClient.drop('stranger')
    const known = this.#client
    const isKnown = known !== undefined && isSame(known, from)
    const refusal =
      isKnown || known === undefined ? this.#check(this.#clientKeys, datagram) : this.#checkMoved(datagram)
    if (refusal !== undefined) return this.#fromClient.drop(refusal)
    if (!isKnown) this.#client = { address: from.address, port: from.port }
    this.#fromClient.accept(datagram.length)
    if (!this.#isControlHeard) return this.#fromClient.undelivered()
    this.#inner.send(datagram, this.#control!.port, this.#control!.address)
  }

  /** A datagram on the demultiplexing port, from the source given to setControl. */
  take(datagram: Buffer): void {
    const refusal = this.#check(this.#controlKeys, datagram)
    if (refusal !== undefined) return this.#fromControl.drop(refusal)
    this.#isControlHeard = true
    this.#fromControl.accept(datagram.length)
    if (this.#kind.isProbe(this.#controlKeys, datagram)) return
    const client = this.#client ?? this.#presumedClient()
    if (client === undefined || this.#outer === undefined) return this.#fromControl.undelivered()
    this.#outer.send(datagram, client.port, client.address)
  }

  #isDescribed(from: Endpoint): boolean {
    return this.#described !== undefined && isSame(this.#described, from)
  }

  /** Of a floor the inside may speak first. Nothing goes to a host that its description merely claims to be at. */
  #presumedClient(): Endpoint | undefined {
    const described = this.#described
    return described !== undefined && this.#isClientHost(described.address) ? described : undefined
  }

  #check(keys: RekeyableReceiver, datagram: Buffer): Refusal | undefined {
    if (!this.#isPlain) return this.#kind.verify(keys, datagram)
    return this.#kind.isWellFormed(datagram) ? undefined : Refusal.malformed
  }

  /** A known client may only turn up elsewhere with the first packet under a new key. */
  #checkMoved(datagram: Buffer): Refusal | 'stranger' | undefined {
    if (this.#isPlain || !this.#clientKeys.isChanging) return 'stranger'
    return this.#kind.verifyUnderNext(this.#clientKeys, datagram) === undefined ? undefined : 'stranger'
  }
}

function isSame(one: Endpoint, other: Endpoint): boolean {
  return one.port === other.port && one.address === other.address
}
