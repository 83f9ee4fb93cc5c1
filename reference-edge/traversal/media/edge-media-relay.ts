import type { MonotonicClock } from '#runtime/clock.ts'
import type { Endpoint, HostNetwork, UdpPort } from '#runtime/network.ts'
import type { Service } from '#runtime/service.ts'
import { whenFree } from '#runtime/when-free.ts'
import { RekeyableReceiver } from '../../protocol/rtp/rekeyable-receiver.ts'
import type { SrtpMaster } from '../../protocol/rtp/srtp-keys.ts'
import { Demultiplexer } from './demultiplexer.ts'
import type { FlowFigures } from './flow-counters.ts'
import type { MultiplexedPair, PortRange } from './media-ports.ts'
import { defaultMediaPorts, mediaPortPlans, MediaPorts } from './media-ports.ts'
import type { MediaAddress } from './media-address.ts'
import { addressOf } from './media-address.ts'
import type { MediaRefusal } from './media-refusal.ts'
import { refuseMedia } from './media-refusal.ts'
import { mostStreamsOfVcs, OpenStreams } from './open-streams.ts'
import { floorPackets, RelayComponent, rtcpPackets, rtpPackets } from './relay-component.ts'

export interface EdgeMediaRelayOptions {
  readonly network: HostNetwork
  /** The LAN interface the Control reaches; the host's first address otherwise. */
  readonly innerAddress?: string
  /** The LAN interface towards the internet; the inner one otherwise. */
  readonly outerAddress?: string
  /** What descriptions call these addresses: their static NAT addresses where they have one. */
  readonly namedAddresses?: { readonly inner: string; readonly outer: string }
  /** Default 36000 and 36001; where there are several, streams are spread over them. */
  readonly demultiplexing?: readonly MultiplexedPair[]
  /** Default 36002-59999. */
  readonly ports?: PortRange
  /** Default `mostStreamsOfVcs`. */
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

export interface EdgeStreamOptions {
  readonly label: string
  /** The LAN interface that the Control of this stream reaches; the inner one by default. */
  readonly innerAddress?: string
  /** Default RTP, which comes with RTCP. BFCP over UDP has one port; the one above it stays silent. */
  readonly carries?: 'RTP' | 'BFCP'
  /** Of BFCP: whether authenticated packets of the same call came from an address. Default: of none. */
  readonly isClientHost?: (address: string) => boolean
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
  /** Of BFCP: where the client's description says it is; packets from elsewhere are a stranger's. */
  setClient(client: MediaAddress): void
  /** What the client encrypts with; a new key is taken beside the old one until it is first heard. */
  setClientCrypto(crypto: SrtpMaster): void
  /** Neither side encrypts; a key given to either ends that. */
  setPlain(): void
  /** Learns the client's sources anew, for a description that moves it without a new key. */
  forgetClient(): void
  /** What the Control encrypts with. */
  setControlCrypto(crypto: SrtpMaster): void
  statistics(): EdgeMediaStatistics
  close(): Promise<void>
}

/** A pair of ports for traffic with the Control. */
interface InnerPair {
  readonly rtp: UdpPort
  readonly rtcp: UdpPort
  readonly demultiplexers: { readonly rtp: Demultiplexer; readonly rtcp: Demultiplexer }
}

interface RelayParts {
  readonly mostStreams: number
  readonly inner: readonly InnerPair[]
  readonly named: EdgeMediaRelayOptions['namedAddresses']
}

/**
 * The media half of a VCS Expressway: few pairs of ports for all traffic with the Control, where streams are told apart by
 * the Control's source ports, and a pair for each stream on the internet side. Strangers never get an answer.
 */
export class EdgeMediaRelay implements Service {
  readonly name = 'media relay'
  readonly #clock: MonotonicClock
  readonly #ports: MediaPorts
  readonly #inner: readonly InnerPair[]
  readonly #named: EdgeMediaRelayOptions['namedAddresses']
  #opened = 0
  readonly #streams: OpenStreams<EdgeMediaStream>

  private constructor(clock: MonotonicClock, ports: MediaPorts, { mostStreams, inner, named }: RelayParts) {
    this.#clock = clock
    this.#ports = ports
    this.#streams = new OpenStreams(mostStreams)
    this.#inner = inner
    this.#named = named
  }

  /** Opens the demultiplexing pairs; rejects with EADDRINUSE where one of them is taken. */
  static async start(options: EdgeMediaRelayOptions): Promise<EdgeMediaRelay> {
    const { network, mostStreams = mostStreamsOfVcs } = options
    const { demultiplexing = mediaPortPlans['new installation'].multiplexed } = options
    const address = options.innerAddress ?? network.addresses[0]!
    await using opened = new AsyncDisposableStack()
    const inner: InnerPair[] = []
    // A Control may come to either interface.
    const interfaces = new Set([address, options.outerAddress ?? address])
    for (const [at, pair] of [...interfaces].flatMap((each) => demultiplexing.map((pair) => [each, pair] as const))) {
      const demultiplexers = { rtp: new Demultiplexer(), rtcp: new Demultiplexer() }
      const open = async (kind: 'rtp' | 'rtcp', protocol: string) => {
        const onMessage = demultiplexers[kind].receive
        const bind = () => network.udp({ address: at, port: pair[kind], protocol, onMessage })
        const port = await whenFree(network.clocks.monotonic, bind)
        opened.defer(() => port.close())
        return port
      }
      inner.push({ rtp: await open('rtp', 'RTP'), rtcp: await open('rtcp', 'RTCP'), demultiplexers })
    }
    const ports = new MediaPorts(network, options.outerAddress ?? address, options.ports ?? defaultMediaPorts)
    opened.move()
    return new EdgeMediaRelay(network.clocks.monotonic, ports, { mostStreams, inner, named: options.namedAddresses })
  }

  /** Ports open for streams on the internet side. */
  get portsInUse(): number {
    return this.#ports.inUse
  }

  get streams(): ReadonlySet<EdgeMediaStream> {
    return this.#streams.all
  }

  /** Datagrams on the demultiplexing pairs from sources no stream was told of. */
  get strangers(): number {
    const of = ({ demultiplexers: { rtp, rtcp } }: InnerPair) => rtp.strangers + rtcp.strangers
    return this.#inner.reduce((sum, pair) => sum + of(pair), 0)
  }

  open(options: EdgeStreamOptions): Promise<EdgeMediaStream | MediaRefusal> {
    return this.#streams.add(() => this.#open(options))
  }

  async stop(): Promise<void> {
    await this.#streams.stop()
    await Promise.all(this.#inner.flatMap(({ rtp, rtcp }) => [rtp.close(), rtcp.close()]))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  #nameOf(innerAddress: string): string {
    if (this.#named === undefined) return innerAddress
    return innerAddress === this.#inner[0]!.rtp.local.address ? this.#named.inner : this.#named.outer
  }

  async #open({
    label,
    innerAddress = this.#inner[0]!.rtp.local.address,
    carries = 'RTP',
    isClientHost = () => false,
  }: EdgeStreamOptions): Promise<EdgeMediaStream | MediaRefusal> {
    const clientKeys = new RekeyableReceiver(this.#clock)
    const controlKeys = new RekeyableReceiver(this.#clock)
    const own = this.#inner.filter(({ rtp }) => rtp.local.address === innerAddress)
    const usable = own.length === 0 ? this.#inner : own
    const inner = usable[this.#opened++ % usable.length]!
    const component = (kind: 'rtp' | 'rtcp') =>
      new RelayComponent({
        kind: carries === 'BFCP' ? floorPackets : kind === 'rtp' ? rtpPackets : rtcpPackets,
        isClientHost,
        clientKeys,
        controlKeys,
        inner: inner[kind],
        demultiplexer: inner.demultiplexers[kind],
      })
    const rtp = component('rtp')
    const rtcp = component('rtcp')
    const pair = await this.#ports.openPair(rtp.takeFromClient, rtcp.takeFromClient)
    if (pair === undefined) return refuseMedia('no free port pair')
    rtp.open(pair.rtp)
    rtcp.open(pair.rtcp)
    const setPlain = (isPlain: boolean) => {
      rtp.setPlain(isPlain)
      rtcp.setPlain(isPlain)
    }
    const stream: EdgeMediaStream = {
      label,
      outer: addressOf(this.#named?.outer ?? pair.address, pair),
      inner: addressOf(this.#nameOf(inner.rtp.local.address), inner),
      setControl: (control) => setControl(control, rtp, rtcp),
      setClient: (client) => rtp.setClient({ address: client.address, port: client.rtpPort }),
      setClientCrypto: (crypto) => {
        setPlain(false)
        clientKeys.use(crypto)
      },
      setPlain: () => setPlain(true),
      forgetClient: () => {
        rtp.forgetClient()
        rtcp.forgetClient()
      },
      setControlCrypto: (crypto) => {
        setPlain(false)
        controlKeys.use(crypto)
      },
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
