import type { HostEnvironment } from '#runtime/host.ts'
import type { Connection } from '#runtime/network.ts'
import { checkPeerName } from '../certificates/peer-name.ts'
import type { XcpFrame } from './xcp-frame.ts'
import { XcpLink } from './xcp-link.ts'

/** A router the Control dials: an Expressway peer (TLS) or an IM and Presence node (clear text, as in X8.1). */
export interface XcpPeer {
  /** The other router's name: resolved unless an address is given, and checked against its certificate. */
  readonly name: string
  readonly address?: string
  /** Default 7400. */
  readonly port?: number
  readonly isTls: boolean
  readonly secret: string
}

export type XcpLinkState = 'Inactive' | 'Active' | 'Failed'

export interface XcpPeerStatus {
  readonly name: string
  readonly address?: string
  readonly state: XcpLinkState
  /** Why it is not Active. */
  readonly reason?: string
  /** Host time of the last change of state. */
  readonly since: string
}

export interface XcpDiallerEvents {
  onUp(): void
  onFrame(frame: XcpFrame): void
  onDrain(): void
  onDown(reason: string): void
}

/** Keeps one link up: dials, and dials again after 1 s, 2 s … 30 s. */
export class XcpDialler {
  readonly peer: XcpPeer
  readonly #environment: HostEnvironment
  readonly #events: XcpDiallerEvents
  readonly #stopping = new AbortController()
  #link: XcpLink | undefined
  #retryTimer: { cancel(): void } | undefined
  #waitMs = firstWaitMs
  #state: XcpLinkState = 'Inactive'
  #reason: string | undefined
  #address: string | undefined
  #since: Date

  constructor(environment: HostEnvironment, peer: XcpPeer, events: XcpDiallerEvents) {
    this.#environment = environment
    this.peer = peer
    this.#events = events
    this.#since = environment.clocks.wall.now()
    void this.#dial()
  }

  get link(): XcpLink | undefined {
    return this.#link?.isReady === true ? this.#link : undefined
  }

  status(): XcpPeerStatus {
    return {
      name: this.peer.name,
      state: this.#state,
      since: this.#since.toISOString(),
      ...(this.#address === undefined ? {} : { address: this.#address }),
      ...(this.#reason === undefined ? {} : { reason: this.#reason }),
    }
  }

  /** Dials at once instead of waiting for the next try. */
  retry(): void {
    if (this.#retryTimer === undefined) return
    this.#retryTimer.cancel()
    this.#waitMs = firstWaitMs
    void this.#dial()
  }

  stop(): void {
    this.#stopping.abort()
    this.#retryTimer?.cancel()
    this.#link?.close('stopped', 'system-shutdown')
  }

  async #dial(): Promise<void> {
    this.#retryTimer = undefined
    try {
      const connection = await this.#connect()
      if (this.#stopping.signal.aborted) return connection.destroy()
      this.#link = this.#open(connection)
    } catch (error) {
      this.#fail(reasonOf(error as Error))
    }
  }

  async #connect(): Promise<Connection> {
    const { network, identity } = this.#environment
    const { name, port = 7400, isTls } = this.peer
    const address = this.peer.address ?? (await network.resolver.addresses(name))[0]!
    this.#address = address
    const options = { to: { address, port }, protocol: 'XCP', signal: this.#stopping.signal }
    this.#log.debug(`Connecting to host '${address}', port ${port}`)
    if (!isTls) return network.dialTcp(options)
    return network.dialTls({
      ...options,
      tls: { serverName: name, checkName: checkPeerName, ...(identity === undefined ? {} : { identity }) },
    })
  }

  #open(connection: Connection): XcpLink {
    const { clocks, random, fqdn, trace } = this.#environment
    const log = this.#log
    let wasUp = false
    return new XcpLink({
      connection,
      role: 'dialler',
      localName: fqdn,
      remoteName: this.peer.name,
      secret: this.peer.secret,
      isTraced: trace.hasMessages,
      log,
      clocks,
      random,
      onReady: () => {
        wasUp = true
        log.info('Connected', { Detail: `Connected to host '${connection.remote.address}'`, Peer: this.peer.name })
        this.#waitMs = firstWaitMs
        this.#become('Active', undefined)
        this.#events.onUp()
      },
      onFrame: (frame) => this.#events.onFrame(frame),
      onDrain: () => this.#events.onDrain(),
      onClosed: (reason) => {
        this.#link = undefined
        this.#fail(reason)
        if (wasUp) this.#events.onDown(reason)
      },
    })
  }

  #fail(reason: string): void {
    if (this.#stopping.signal.aborted) return this.#become('Inactive', 'stopped')
    // The product's own words (wire facts §8.3).
    const host = this.#address ?? this.peer.name
    const detail = `Unable to connect to host '${host}', port ${this.peer.port ?? 7400}:${reason}`
    this.#log.error('XCP link down', { detail })
    this.#become('Failed', reason)
    this.#retryTimer = this.#environment.clocks.monotonic.after(this.#waitMs, () => void this.#dial())
    this.#waitMs = Math.min(this.#waitMs * 2, lastWaitMs)
  }

  get #log() {
    return this.#environment.log.child('developer.xcp')
  }

  #become(state: XcpLinkState, reason: string | undefined): void {
    this.#reason = reason
    if (this.#state === state) return
    this.#state = state
    this.#since = this.#environment.clocks.wall.now()
  }
}

function reasonOf(error: Error & { code?: string }): string {
  if (error.code === 'ECONNREFUSED') return '(111) Connection refused'
  if (error.code === 'ETIMEDOUT') return '(110) Connection timed out'
  return error.message
}

const firstWaitMs = 1_000
const lastWaitMs = 30_000
