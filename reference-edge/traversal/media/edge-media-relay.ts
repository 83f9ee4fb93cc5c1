import type { Endpoint, HostNetwork, UdpPort } from '#runtime/network.ts'
import type { Service } from '#runtime/service.ts'
import { RekeyableReceiver } from '../../protocol/rtp/rekeyable-receiver.ts'
import type { SrtpMaster } from '../../protocol/rtp/srtp-keys.ts'
import { Demultiplexer } from './demultiplexer.ts'
import type { FlowFigures } from './flow-counters.ts'
import type { PortRange } from './media-ports.ts'
import { defaultMediaPorts, MediaPorts } from './media-ports.ts'
import type { MediaAddress } from './media-address.ts'
import { addressOf } from './media-address.ts'
import type { MediaRefusal } from './media-refusal.ts'
import { refuseMedia } from './media-refusal.ts'
import { OpenStreams } from './open-streams.ts'
import { RelayComponent, rtcpPackets, rtpPackets } from './relay-component.ts'

export interface EdgeMediaRelayOptions {
  readonly network: HostNetwork
  /** The LAN interface the Control reaches; the host's first address otherwise. */
  readonly innerAddress?: string
  /** The LAN interface towards the internet; the inner one otherwise. */
  readonly outerAddress?: string
  /** Default 36000 and 36001. */
  readonly demultiplexing?: { readonly rtp: number; readonly rtcp: number }
  /** Default 36002-59999. */
  readonly ports?: PortRange
  /** Default 2000. */
  readonly mostStreams?: number
}

export interface RelayComponentFigures {
  readonly fromClient: FlowFigures
  readonly fromControl: FlowFigures
  /** The client's source, once authenticated. */
  readonly client?: Endpoint
  readonly isControlHeard: boolean
}

export interface EdgeMediaStatistics {
  readonly rtp: RelayComponentFigures
  readonly rtcp: RelayComponentFigures
}

/** One m-line of one call through an Expressway. SRTP passes as it is; the keys only serve to tell who sent it. */
export interface EdgeMediaStream {
  readonly label: string
  /** For the description the client gets. */
  readonly outer: MediaAddress
  /** For the description the Control gets. */
  readonly inner: MediaAddress
  /** Where the Control's description says it is. False where another stream has that address and port. */
  setControl(control: MediaAddress): boolean
  /** What the client encrypts with; a new key is taken beside the old one until it is first heard. */
  setClientCrypto(crypto: SrtpMaster): void
  /** Learns the client's sources anew, for a description that moves it without a new key. */
  forgetClient(): void
  /** What the Control encrypts with. */
  setControlCrypto(crypto: SrtpMaster): void
  statistics(): EdgeMediaStatistics
  close(): Promise<void>
}

/**
 * The media half of a VCS Expressway: one pair of ports for all traffic with the Control, where streams are told apart by
 * the Control's source ports, and a pair for each stream on the internet side. Strangers never get an answer.
 */
export class EdgeMediaRelay implements Service {
  readonly name = 'media relay'
  readonly #ports: MediaPorts
  readonly #inner: { readonly rtp: UdpPort; readonly rtcp: UdpPort }
  readonly #demultiplexers: { readonly rtp: Demultiplexer; readonly rtcp: Demultiplexer }
  readonly #streams: OpenStreams<EdgeMediaStream>

  private constructor(
    ports: MediaPorts,
    mostStreams: number,
    inner: { rtp: UdpPort; rtcp: UdpPort },
    demultiplexers: { rtp: Demultiplexer; rtcp: Demultiplexer },
  ) {
    this.#ports = ports
    this.#streams = new OpenStreams(mostStreams)
    this.#inner = inner
    this.#demultiplexers = demultiplexers
  }

  /** Opens the demultiplexing pair; rejects with EADDRINUSE where one of it is taken. */
  static async start(options: EdgeMediaRelayOptions): Promise<EdgeMediaRelay> {
    const { network, demultiplexing = { rtp: 36_000, rtcp: 36_001 }, mostStreams = 2_000 } = options
    const address = options.innerAddress ?? network.addresses[0]!
    const demultiplexers = { rtp: new Demultiplexer(), rtcp: new Demultiplexer() }
    const open = (kind: 'rtp' | 'rtcp', protocol: string) =>
      network.udp({ address, port: demultiplexing[kind], protocol, onMessage: demultiplexers[kind].receive })
    const rtp = await open('rtp', 'RTP')
    try {
      const rtcp = await open('rtcp', 'RTCP')
      const ports = new MediaPorts(network, options.outerAddress ?? address, options.ports ?? defaultMediaPorts)
      return new EdgeMediaRelay(ports, mostStreams, { rtp, rtcp }, demultiplexers)
    } catch (error) {
      await rtp.close()
      throw error
    }
  }

  /** Ports open for streams on the internet side. */
  get portsInUse(): number {
    return this.#ports.inUse
  }

  get streams(): ReadonlySet<EdgeMediaStream> {
    return this.#streams.all
  }

  /** Datagrams on the demultiplexing pair from sources no stream was told of. */
  get strangers(): number {
    return this.#demultiplexers.rtp.strangers + this.#demultiplexers.rtcp.strangers
  }

  open(options: { label: string }): Promise<EdgeMediaStream | MediaRefusal> {
    return this.#streams.add(() => this.#open(options.label))
  }

  async stop(): Promise<void> {
    await this.#streams.stop()
    await Promise.all([this.#inner.rtp.close(), this.#inner.rtcp.close()])
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  async #open(label: string): Promise<EdgeMediaStream | MediaRefusal> {
    const clientKeys = new RekeyableReceiver()
    const controlKeys = new RekeyableReceiver()
    const component = (kind: 'rtp' | 'rtcp') =>
      new RelayComponent({
        kind: kind === 'rtp' ? rtpPackets : rtcpPackets,
        clientKeys,
        controlKeys,
        inner: this.#inner[kind],
        demultiplexer: this.#demultiplexers[kind],
      })
    const rtp = component('rtp')
    const rtcp = component('rtcp')
    const pair = await this.#ports.openPair(rtp.takeFromClient, rtcp.takeFromClient)
    if (pair === undefined) return refuseMedia('no free port pair')
    rtp.open(pair.rtp)
    rtcp.open(pair.rtcp)
    const stream: EdgeMediaStream = {
      label,
      outer: addressOf(pair.address, pair),
      inner: addressOf(this.#inner.rtp.local.address, this.#inner),
      setControl: (control) => setControl(control, rtp, rtcp),
      setClientCrypto: (crypto) => clientKeys.use(crypto),
      forgetClient: () => {
        rtp.forgetClient()
        rtcp.forgetClient()
      },
      setControlCrypto: (crypto) => controlKeys.use(crypto),
      statistics: () => ({ rtp: figuresOf(rtp), rtcp: figuresOf(rtcp) }),
      close: async () => {
        this.#streams.remove(stream)
        rtp.close()
        rtcp.close()
        await pair.close()
      },
    }
    return stream
  }
}

function setControl(control: MediaAddress, rtp: RelayComponent, rtcp: RelayComponent): boolean {
  const rtpSource = { address: control.address, port: control.rtpPort }
  const rtcpSource = { address: control.address, port: control.rtcpPort }
  if (!rtp.mayHaveControl(rtpSource) || !rtcp.mayHaveControl(rtcpSource)) return false
  rtp.setControl(rtpSource)
  rtcp.setControl(rtcpSource)
  return true
}

function figuresOf(component: RelayComponent): RelayComponentFigures {
  const { client, isControlHeard } = component
  return { ...component.figures(), isControlHeard, ...(client === undefined ? {} : { client }) }
}
