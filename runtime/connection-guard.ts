import type { Socket } from 'node:net'
import type { MonotonicClock, Timer } from './clock.ts'
import type { Endpoint } from './endpoint.ts'

/** drop: nothing is ever answered; reject: a reset (a datagram cannot be rejected and is dropped). */
export type GuardVerdict = 'admit' | 'drop' | 'reject'

/** A connection or datagram from outside, at one of the host's own ports. */
export interface Arrival {
  readonly transport: 'tcp' | 'udp'
  readonly remote: Endpoint
  readonly local: Endpoint
}

/** Asked for each new connection and each datagram: it has to be quick. */
export type GuardPolicy = (arrival: Arrival) => GuardVerdict

/** Event of a socket that is taken from its user by the guard, before its 'close'. */
export const silenced = 'silenced'

export interface ConnectionGuardOptions {
  readonly monotonic: MonotonicClock
  /** Silent connections kept at one time; beyond it the oldest is closed. Default 256. */
  readonly mostHeld?: number
  /** Real time after which a silent connection is closed. Default 60 000. */
  readonly holdMs?: number
}

export interface ConnectionGuardStatus {
  /** Silent connections kept now. */
  readonly held: number
  /** Since the start: new connections and datagrams dropped, connections reset, open connections made silent. */
  readonly dropped: number
  readonly rejected: number
  readonly silenced: number
}

/**
 * What stands before every listener of a host, as a packet filter would. Without a policy everything is admitted.
 *
 * A dropped connection has been accepted by the kernel all the same, since no program can withhold that; from then on
 * it is silent: no byte is read, none is sent, no TLS handshake begins, until the holding time or number is used up.
 */
export class ConnectionGuard {
  readonly #monotonic: MonotonicClock
  readonly #mostHeld: number
  readonly #holdMs: number
  readonly #open = new Map<string, Map<Socket, Arrival>>()
  readonly #held = new Set<Held>()
  #policy: GuardPolicy | undefined
  #dropped = 0
  #rejected = 0
  #silenced = 0

  constructor({ monotonic, mostHeld = 256, holdMs = 60_000 }: ConnectionGuardOptions) {
    this.#monotonic = monotonic
    this.#mostHeld = mostHeld
    this.#holdMs = holdMs
  }

  /** Replaces the policy; undefined admits everything. */
  use(policy: GuardPolicy | undefined): void {
    this.#policy = policy
  }

  judge(arrival: Arrival): GuardVerdict {
    return this.#policy === undefined ? 'admit' : this.#policy(arrival)
  }

  status(): ConnectionGuardStatus {
    const [dropped, rejected, silenced] = [this.#dropped, this.#rejected, this.#silenced]
    return { held: this.#held.size, dropped, rejected, silenced }
  }

  /**
   * Silences the open connections of one address. Whoever serves them sees them closed; the other side sees nothing
   * any more. Returns how many there were.
   */
  silence(address: string, isMeant: (arrival: Arrival) => boolean): number {
    const meant = [...(this.#open.get(address) ?? [])].filter(([, arrival]) => isMeant(arrival))
    for (const [socket, arrival] of meant) this.#hold(socket, arrival)
    this.#silenced += meant.length
    return meant.length
  }

  /** Closes silent connections before their time, for example where a block has ended. */
  release(isMeant: (arrival: Arrival) => boolean): void {
    for (const held of this.#held) if (isMeant(held.arrival)) this.#close(held)
  }

  /** Judges an accepted socket and does what the verdict says; true where it is to be served. */
  admits(socket: Socket): boolean {
    const arrival = arrivalOf(socket)
    const verdict = this.judge(arrival)
    if (verdict === 'admit') {
      this.#follow(socket, arrival)
      return true
    }
    if (verdict === 'reject') {
      this.#rejected += 1
      socket.resetAndDestroy()
    } else {
      this.#dropped += 1
      this.#hold(socket, arrival)
    }
    return false
  }

  /** Whether a datagram is taken. */
  admitsDatagram(remote: Endpoint, local: Endpoint): boolean {
    if (this.#policy === undefined || this.#policy({ transport: 'udp', remote, local }) === 'admit') return true
    this.#dropped += 1
    return false
  }

  #follow(socket: Socket, arrival: Arrival): void {
    const { address } = arrival.remote
    const known = this.#open.get(address)
    if (known === undefined) this.#open.set(address, new Map([[socket, arrival]]))
    else known.set(socket, arrival)
    socket.once('close', () => {
      const sockets = this.#open.get(address)
      sockets?.delete(socket)
      if (sockets?.size === 0) this.#open.delete(address)
    })
  }

  #hold(socket: Socket, arrival: Arrival): void {
    const handle = takeHandle(socket)
    if (handle === undefined) return
    const held: Held = { handle, arrival, limit: this.#monotonic.after(this.#holdMs, () => this.#close(held)) }
    this.#held.add(held)
    if (this.#held.size > this.#mostHeld) this.#close(this.#held.values().next().value!)
  }

  #close(held: Held): void {
    if (!this.#held.delete(held)) return
    held.limit.cancel()
    held.handle.close()
  }
}

interface Held {
  readonly handle: TcpHandle
  readonly arrival: Arrival
  readonly limit: Timer
}

/** The part of Node's TCP handle that is used here; present in every release since io.js. */
interface TcpHandle {
  onread: unknown
  reading: boolean
  readonly writeQueueSize: number
  readStop(): number
  close(): void
}

function arrivalOf(socket: Socket): Arrival {
  return {
    transport: 'tcp',
    remote: { address: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 },
    local: { address: socket.localAddress ?? '', port: socket.localPort ?? 0 },
  }
}

/**
 * Takes the system's socket out of Node's: the stream is destroyed for whoever uses it, TLS above it included, and the
 * connection stays open without anybody reading. Undefined where it is closed, or had to be: bytes waiting to be
 * written cannot be called back in another way.
 */
function takeHandle(socket: Socket): TcpHandle | undefined {
  const owner = socket as unknown as { _handle: TcpHandle | null }
  const handle = owner._handle
  if (handle === null || handle.writeQueueSize > 0) {
    socket.resetAndDestroy()
    return undefined
  }
  handle.readStop()
  handle.reading = false
  handle.onread = () => {}
  owner._handle = null
  socket.emit(silenced)
  socket.destroy()
  return handle
}
