import type { Endpoint, HostNetwork, UdpPort } from '#runtime/network.ts'

/** Inclusive. */
export interface PortRange {
  readonly first: number
  readonly last: number
}

export interface MultiplexedPair {
  readonly rtp: number
  readonly rtcp: number
}

/** The media port range of a VCS: its first ports carry multiplexed traffic of the traversal zone, the others calls. */
export interface MediaPortPlan {
  readonly multiplexed: readonly MultiplexedPair[]
  readonly calls: PortRange
}

function planOf(first: number, last: number, pairs: number): MediaPortPlan {
  const multiplexed = Array.from({ length: pairs }, (_, index) => ({
    rtp: first + 2 * index,
    rtcp: first + 2 * index + 1,
  }))
  return { multiplexed, calls: { first: first + 2 * pairs, last } }
}

/** Guide: Unified Communications port reference, footnote. An upgraded system keeps the range it had. */
export const mediaPortPlans = {
  'new installation': planOf(36_000, 59_999, 1),
  'Large VM': planOf(36_000, 59_999, 6),
  upgraded: planOf(50_000, 54_999, 1),
} as const satisfies Record<string, MediaPortPlan>
export type MediaPortPlanName = keyof typeof mediaPortPlans

export const defaultMediaPorts: PortRange = mediaPortPlans['new installation'].calls

export type DatagramHandler = (datagram: Buffer, from: Endpoint) => void

/** An even port for RTP and the odd one above it for RTCP. */
export interface PortPair {
  readonly address: string
  readonly rtp: UdpPort
  readonly rtcp: UdpPort
  close(): Promise<void>
}

/**
 * Opens pairs of a range on one address, beginning at a random place. Ports are taken by trying, not by book-keeping:
 * the kernel hands out ephemeral ports of the same range to anybody.
 */
export class MediaPorts {
  readonly #network: HostNetwork
  readonly #address: string
  readonly #range: PortRange
  #inUse = 0

  constructor(network: HostNetwork, address: string, range: PortRange) {
    this.#network = network
    this.#address = address
    this.#range = range
  }

  /** Ports open now; a pair counts as two. */
  get inUse(): number {
    return this.#inUse
  }

  /** A free pair, or undefined where so many in a row were taken that the range must be taken for full. */
  async openPair(onRtp: DatagramHandler, onRtcp: DatagramHandler): Promise<PortPair | undefined> {
    const firstEven = this.#range.first + (this.#range.first % 2)
    const pairs = Math.floor((this.#range.last - firstEven + 1) / 2)
    if (pairs < 1) return undefined
    const start = this.#network.random.integer(0, pairs - 1)
    for (let attempt = 0; attempt < Math.min(pairs, mostAttempts); attempt++) {
      const pair = await this.#tryPair(firstEven + 2 * ((start + attempt) % pairs), onRtp, onRtcp)
      if (pair !== undefined) return pair
    }
    return undefined
  }

  async #tryPair(port: number, onRtp: DatagramHandler, onRtcp: DatagramHandler): Promise<PortPair | undefined> {
    const address = this.#address
    const rtp = await this.#tryPort({ address, port, protocol: 'RTP', onMessage: onRtp })
    if (rtp === undefined) return undefined
    const rtcp = await this.#tryPort({ address, port: port + 1, protocol: 'RTCP', onMessage: onRtcp })
    if (rtcp === undefined) {
      await rtp.close()
      return undefined
    }
    this.#inUse += 2
    let closing: Promise<void> | undefined
    const release = async () => {
      await Promise.all([rtp.close(), rtcp.close()])
      this.#inUse -= 2
    }
    return { address, rtp, rtcp, close: () => (closing ??= release()) }
  }

  async #tryPort(options: Parameters<HostNetwork['udp']>[0]): Promise<UdpPort | undefined> {
    try {
      return await this.#network.udp(options)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return undefined
      throw error
    }
  }
}

/** Of 11 999 pairs; a hundred neighbours taken means something else holds the range. */
const mostAttempts = 500
