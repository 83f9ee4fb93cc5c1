import type { HostNetwork } from '#runtime/network.ts'
import type { Service } from '#runtime/service.ts'
import type { SrtpMaster } from '../../protocol/rtp/srtp-keys.ts'
import type { MediaAddress } from './media-address.ts'
import { addressOf } from './media-address.ts'
import type { MediaLegStatistics, MediaRemote } from './media-leg.ts'
import { MediaLeg } from './media-leg.ts'
import type { PortPair, PortRange } from './media-ports.ts'
import { defaultMediaPorts, MediaPorts } from './media-ports.ts'
import type { MediaRefusal } from './media-refusal.ts'
import { refuseMedia } from './media-refusal.ts'
import { mostStreamsOfVcs, OpenStreams } from './open-streams.ts'
import type { ProbeTimes } from './prober.ts'
import { defaultProbeTimes, Prober } from './prober.ts'

export interface ControlMediaOptions {
  readonly network: HostNetwork
  /** One of the host's addresses; the first otherwise. */
  readonly address?: string
  /** Default 36002-59999. */
  readonly ports?: PortRange
  /** Default `mostStreamsOfVcs`. */
  readonly mostStreams?: number
  readonly probes?: Partial<ProbeTimes>
}

/** Our end of a leg: what its description says. */
export interface ControlMediaEnd extends MediaAddress {
  /** What we encrypt with; the suite is the one we prefer, the key serves for the other as well. */
  readonly crypto?: SrtpMaster
}

export interface ControlStreamOptions {
  readonly label: string
  /** Default RTP. BFCP over UDP is in clear on both legs, has no RTCP, and goes on while media is on hold. */
  readonly carries?: 'RTP' | 'BFCP'
  /** Whether the leg towards the Expressway carries SRTP. Default true. */
  readonly isOutsideSecure?: boolean
  /** With a secure outside: in clear where the remote end is given without a key. Default false. */
  readonly mayOutsideBePlain?: boolean
  /** Packets pass as they are, RTP or SRTP with the keys of the ends; then neither leg is secure. Default false. */
  readonly isOpaque?: boolean
  /** Whether the leg towards the inside carries SRTP. Default false: the modelled release never encrypts there. */
  readonly isInsideSecure?: boolean
  /** Timestamp units a second, for the jitter. Default 8000. */
  readonly clockRate?: number
}

export interface ControlMediaStatistics {
  readonly outside: MediaLegStatistics
  readonly inside: MediaLegStatistics
}

/** One m-line of one call through a Control: SRTP with the far client on one side, RTP with the inside on the other. */
export interface ControlMediaStream {
  readonly label: string
  readonly outside: ControlMediaEnd
  readonly inside: ControlMediaEnd
  /**
   * Where the Expressway listens and what the client encrypts with. Probing starts, or starts anew: call it again when our
   * own description has gone out, since the Expressway cannot check probes before it saw our key.
   */
  setOutsideRemote(remote: MediaRemote): void
  setInsideRemote(remote: MediaRemote): void
  /** A new key of ours for the next description of that leg; in use from the next set…Remote on. */
  renewKey(leg: 'outside' | 'inside'): Buffer
  /** Which way media may go; both at the beginning. On hold the ports stay open and packets are only counted. */
  setDirection(direction: { readonly toInside: boolean; readonly toOutside: boolean }): void
  statistics(): ControlMediaStatistics
  close(): Promise<void>
}

/** The media half of a VCS Control's B2BUA: ends the encryption of the outside and opens the way through the firewall. */
export class ControlMedia implements Service {
  readonly name = 'media termination'
  readonly #network: HostNetwork
  readonly #ports: MediaPorts
  readonly #probes: ProbeTimes
  readonly #streams: OpenStreams<ControlMediaStream>

  constructor(options: ControlMediaOptions) {
    const {
      network,
      address = network.addresses[0]!,
      ports = defaultMediaPorts,
      mostStreams = mostStreamsOfVcs,
    } = options
    this.#network = network
    this.#ports = new MediaPorts(network, address, ports)
    this.#streams = new OpenStreams(mostStreams)
    this.#probes = { ...defaultProbeTimes, ...options.probes }
  }

  get portsInUse(): number {
    return this.#ports.inUse
  }

  get streams(): ReadonlySet<ControlMediaStream> {
    return this.#streams.all
  }

  open(options: ControlStreamOptions): Promise<ControlMediaStream | MediaRefusal> {
    return this.#streams.add(() => this.#open(options))
  }

  stop(): Promise<void> {
    return this.#streams.stop()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  async #open(options: ControlStreamOptions): Promise<ControlMediaStream | MediaRefusal> {
    const isFloor = options.carries === 'BFCP'
    const mayBePlain = !isFloor && (options.mayOutsideBePlain ?? false)
    const outside = this.#leg(!isFloor && (options.isOutsideSecure ?? true), options, mayBePlain)
    const inside = this.#leg(!isFloor && (options.isInsideSecure ?? false), options)
    const forwarding = new Forwarding(outside, inside)
    const outsidePair = await this.#ports.openPair(forwarding.outsideRtp, forwarding.outsideRtcp)
    if (outsidePair === undefined) return refuseMedia('no free port pair')
    const insidePair = await this.#ports.openPair(forwarding.insideRtp, forwarding.insideRtcp).catch(async (error) => {
      await outsidePair.close()
      throw error
    })
    if (insidePair === undefined) {
      await outsidePair.close()
      return refuseMedia('no free port pair')
    }
    outside.open(outsidePair)
    inside.open(insidePair)
    return this.#stream(options, forwarding, outsidePair, insidePair)
  }

  #leg(isSecure: boolean, options: ControlStreamOptions, mayBePlain = false): MediaLeg {
    const { clockRate = 8_000, isOpaque = false, carries = 'RTP' } = options
    const { clocks, random } = this.#network
    return new MediaLeg({ isSecure, mayBePlain, isOpaque, carries, clockRate, random, clock: clocks.monotonic })
  }

  #stream(
    { label, isOpaque = false, carries = 'RTP' }: ControlStreamOptions,
    forwarding: Forwarding,
    outsidePair: PortPair,
    insidePair: PortPair,
  ): ControlMediaStream {
    const { outside, inside } = forwarding
    const { clocks, random } = this.#network
    const prober = new Prober({ leg: outside, clocks, random, times: this.#probes, carries })
    let isClosed = false
    const stream: ControlMediaStream = {
      label,
      get outside() {
        return ownEnd(outside, outsidePair)
      },
      get inside() {
        return ownEnd(inside, insidePair)
      },
      setOutsideRemote: (remote) => {
        outside.setRemote(remote)
        // Of an end's SRTP nobody else can make a packet: there the way is open with the first one that passes.
        if ((!isOpaque || carries === 'BFCP') && !isClosed) prober.restart()
      },
      setInsideRemote: (remote) => inside.setRemote(remote),
      renewKey: (leg) => (leg === 'outside' ? outside : inside).renewKey(),
      setDirection: (direction) => {
        if (carries === 'RTP') forwarding.setDirection(direction)
      },
      statistics: () => ({ outside: outside.statistics(), inside: inside.statistics() }),
      close: async () => {
        isClosed = true
        this.#streams.remove(stream)
        prober.stop()
        outside.close()
        inside.close()
        await Promise.all([outsidePair.close(), insidePair.close()])
      },
    }
    return stream
  }
}

/** Passes what one leg takes to the other, as far as the direction lets it. */
class Forwarding {
  readonly outside: MediaLeg
  readonly inside: MediaLeg
  #toInside = true
  #toOutside = true

  constructor(outside: MediaLeg, inside: MediaLeg) {
    this.outside = outside
    this.inside = inside
  }

  setDirection({ toInside, toOutside }: { readonly toInside: boolean; readonly toOutside: boolean }): void {
    this.#toInside = toInside
    this.#toOutside = toOutside
  }

  readonly outsideRtp: PortHandler = (datagram, from) => {
    const packet = this.outside.takeRtp(datagram, from)
    if (packet === undefined) return
    if (this.#toInside && this.inside.hasRemote) this.inside.sendRtp(packet)
    else this.outside.holdBack('rtp')
  }

  readonly insideRtp: PortHandler = (datagram, from) => {
    const packet = this.inside.takeRtp(datagram, from)
    if (packet === undefined) return
    if (this.#toOutside && this.outside.hasRemote) this.outside.sendRtp(packet)
    else this.inside.holdBack('rtp')
  }

  // Reports go on while media is on hold (RFC 3264 §5.1), so RTCP knows no direction.

  readonly outsideRtcp: PortHandler = (datagram, from) => {
    const packet = this.outside.takeRtcp(datagram, from)
    if (packet === undefined) return
    if (this.inside.hasRemote) this.inside.sendRtcp(packet)
    else this.outside.holdBack('rtcp')
  }

  readonly insideRtcp: PortHandler = (datagram, from) => {
    const packet = this.inside.takeRtcp(datagram, from)
    if (packet === undefined) return
    if (this.outside.hasRemote) this.outside.sendRtcp(packet)
    else this.inside.holdBack('rtcp')
  }
}

type PortHandler = Parameters<MediaPorts['openPair']>[0]

function ownEnd(leg: MediaLeg, ports: PortPair): ControlMediaEnd {
  const address = addressOf(ports.address, ports)
  return leg.hasKey ? { ...address, crypto: { suite: preferredSuite, key: leg.key } } : address
}

const preferredSuite = 'AES_CM_128_HMAC_SHA1_80'
