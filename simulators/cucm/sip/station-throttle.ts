import type { Clocks, Timer } from '#runtime/clock.ts'
import type { Log } from '#runtime/log.ts'
import type { Connection } from '#runtime/network.ts'

export interface StationThrottleOptions {
  readonly clocks: Clocks
  readonly log: Log
  /** SIP Station TCP Port Throttle Threshold, kilobytes per second and peer address. */
  readonly threshold: () => number
}

interface Peer {
  readonly connections: Set<Connection>
  /** Bytes in the present second. */
  used: number
  /** Seconds in a row that were used up. */
  exhausted: number
  second: Timer | undefined
}

/** Seconds in a row above the threshold after which a connection is closed, not only stalled. Ours. */
const patience = 3

/** Addresses remembered. */
const mostAddresses = 100

/**
 * SIP Station TCP Port Throttle Threshold: who sends more in a second is not read until it is over; who goes on so
 * for three seconds loses the connections that carry it.
 */
export class StationThrottle {
  readonly #options: StationThrottleOptions
  readonly #peers = new Map<string, Peer>()
  /** How often connections were stalled and closed since the start, and the last addresses that were. */
  readonly counts = { stalled: 0, closed: 0, addresses: new Array<string>() }

  constructor(options: StationThrottleOptions) {
    this.#options = options
  }

  watch(connection: Connection): void {
    const { address } = connection.remote
    const peer = this.#peers.get(address) ?? this.#meet(address)
    peer.connections.add(connection)
    if (this.#isUsedUp(peer)) connection.stream.pause()
    connection.stream.on('data', (chunk: Buffer) => this.#count(peer, address, chunk.length))
    connection.stream.once('close', () => {
      peer.connections.delete(connection)
      if (peer.connections.size > 0) return
      peer.second?.cancel()
      this.#peers.delete(address)
    })
  }

  stop(): void {
    for (const peer of this.#peers.values()) peer.second?.cancel()
    this.#peers.clear()
  }

  #meet(address: string): Peer {
    const peer: Peer = { connections: new Set(), used: 0, exhausted: 0, second: undefined }
    this.#peers.set(address, peer)
    return peer
  }

  /** By what the parameter says now. */
  #isUsedUp({ used }: Peer): boolean {
    return used >= this.#options.threshold() * 1_000
  }

  #count(peer: Peer, address: string, bytes: number): void {
    peer.second ??= this.#options.clocks.monotonic.after(1_000, () => this.#renew(peer))
    const wasUsedUp = this.#isUsedUp(peer)
    peer.used += bytes
    if (wasUsedUp || !this.#isUsedUp(peer)) return
    this.counts.stalled++
    const { addresses } = this.counts
    if (!addresses.includes(address)) addresses.push(address)
    if (addresses.length > mostAddresses) addresses.shift()
    for (const { stream } of peer.connections) stream.pause()
  }

  #renew(peer: Peer): void {
    peer.second = undefined
    peer.exhausted = this.#isUsedUp(peer) ? peer.exhausted + 1 : 0
    peer.used = 0
    if (peer.exhausted >= patience) return this.#close(peer)
    for (const { stream } of peer.connections) stream.resume()
  }

  #close(peer: Peer): void {
    const [first] = peer.connections
    this.#options.log.warn('SIP Station TCP Port Throttle Threshold exceeded', { from: first?.remote.address })
    this.counts.closed++
    peer.exhausted = 0
    for (const connection of [...peer.connections]) connection.destroy()
  }
}
