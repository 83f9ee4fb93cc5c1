import type { Duplex } from 'node:stream'
import ssh2 from 'ssh2'
import type { ClientChannel, TcpConnectionDetails } from 'ssh2'
import type { Log } from '#runtime/log.ts'
import type { Connection, HostNetwork, StreamEnds } from '#runtime/network.ts'
import type { Service } from '#runtime/service.ts'
import { service } from '#runtime/service.ts'
import type { AlarmPanel } from '../alarms/alarm-panel.ts'
import { isUsableTunnelHost, portForwardingFailure } from '../expressway/limitations.ts'
import { ChannelStream } from './channel-stream.ts'
import type { TunnelKeyPair } from './tunnel-keys.ts'
import { keySha256 } from './tunnel-keys.ts'

/** The Expressway as the zone and its provisioning exchange describe it. */
export interface TunnelTarget {
  /** Peer address of the zone: a name or an address. */
  readonly host: string
  /** How the Expressway calls itself in the exchange. */
  readonly fqdn?: string
  /** Default 2222. */
  readonly port?: number
  readonly hostKeySha256: string
}

export interface SshTunnelClientOptions {
  readonly network: HostNetwork
  readonly log: Log
  readonly key: TunnelKeyPair
  /** Undefined until the provisioning exchange told it. Asked at each attempt; call `retry` when it changed. */
  readonly target: () => TunnelTarget | undefined
  /** Takes each channel; `ends.remote` is the client the Expressway opened it for. */
  readonly onChannel: (stream: Duplex, ends: StreamEnds) => void
  /** Channels at one time. Default 256. */
  readonly largestChannels?: number
  /** Told of an Expressway whose name no tunnel can be set up with (15004), and of a tunnel that fails (35013). */
  readonly alarms?: AlarmPanel
}

export interface TunnelClientStatus {
  readonly state: 'Active' | 'Failed' | 'Waiting for traversal server info'
  readonly peer: string
  readonly channels: number
  readonly reason?: string
}

export interface SshTunnelClient extends Service {
  status(): TunnelClientStatus
  /** Tries now; a tunnel to another target, or to a host key that is no longer the target's, is replaced. */
  retry(): void
}

/** The Control's side of a tunnel: dials the Expressway, checks its host key, asks for the forward, and stays. */
export function startSshTunnelClient(options: SshTunnelClientOptions): SshTunnelClient {
  const keeper = new TunnelKeeper(options)
  const running = keeper.run()
  const stopping = service('SSH tunnel', async () => {
    keeper.stop()
    await running
  })
  return { ...stopping, status: () => keeper.status(), retry: () => keeper.retry() }
}

const forwardAddress = 'localhost'
const forwardPort = 8443
const shortestPauseMs = 200
const longestPauseMs = 5_000
const readyMs = 10_000

class TunnelKeeper {
  readonly #options: SshTunnelClientOptions
  readonly #stopping = new AbortController()
  #wake: () => void = () => {}
  #current: { target: TunnelTarget; connection: Connection } | undefined
  #state: TunnelClientStatus['state'] = 'Waiting for traversal server info'
  #reason: string | undefined
  #channels = 0
  #pauseMs = shortestPauseMs

  constructor(options: SshTunnelClientOptions) {
    this.#options = options
  }

  async run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const target = this.#options.target()
      const isUsable = target === undefined || [target.host, target.fqdn ?? ''].every(isUsableTunnelHost)
      this.#options.alarms?.set(15004, !isUsable)
      if (target === undefined) this.#enter('Waiting for traversal server info', undefined)
      else if (!isUsable) this.#failApplication(target)
      else await this.#session(target).catch((error: Error) => this.#enter('Failed', error.message))
      if (!this.#stopping.signal.aborted) await this.#pause()
    }
  }

  status(): TunnelClientStatus {
    const peer = this.#options.target()?.host ?? ''
    return {
      state: this.#state,
      peer,
      channels: this.#channels,
      ...(this.#reason === undefined ? {} : { reason: this.#reason }),
    }
  }

  retry(): void {
    this.#pauseMs = shortestPauseMs
    const target = this.#options.target()
    if (this.#current !== undefined && !isSameTarget(this.#current.target, target)) this.#current.connection.destroy()
    this.#wake()
  }

  stop(): void {
    this.#stopping.abort()
    this.#current?.connection.destroy()
    this.#wake()
  }

  /** Dials and stays until the tunnel ends, for whatever reason. Always rejects or returns after its end. */
  async #session(target: TunnelTarget): Promise<void> {
    const { network, log } = this.#options
    const { signal } = this.#stopping
    const [address] = await network.resolver.addresses(target.host)
    const to = { address: address!, port: target.port ?? 2222 }
    const connection = await network.dialTcp({ to, protocol: 'SSH', signal })
    this.#current = { target, connection }
    try {
      // Whoever changed the target while it was dialled found nothing to end.
      if (signal.aborted || !isSameTarget(target, this.#options.target())) return
      await this.#forward(target, connection)
    } finally {
      this.#current = undefined
      connection.destroy()
      log.info('Tunnel ended', { peer: target.host, reason: this.#reason })
    }
  }

  #forward(target: TunnelTarget, connection: Connection): Promise<void> {
    const { key } = this.#options
    const ssh = new ssh2.Client()
    return new Promise((resolve, reject) => {
      ssh.on('error', reject)
      ssh.on('close', () => reject(new Error('the Expressway closed the tunnel')))
      ssh.on('tcp connection', (details, accept, refuse) => this.#accept(details, accept, refuse, connection))
      ssh.on('ready', () =>
        ssh.forwardIn(forwardAddress, forwardPort, (error) => {
          if (error) return reject(error)
          this.#pauseMs = shortestPauseMs
          this.#enter('Active', undefined)
          this.#options.log.info('Tunnel active', { peer: target.host })
        }),
      )
      connection.stream.once('close', () => (this.#stopping.signal.aborted ? resolve() : undefined))
      ssh.connect({
        sock: connection.stream as never,
        username: key.user,
        privateKey: key.privateKey,
        authHandler: ['publickey'],
        hostVerifier: (blob: Buffer) => this.#isHostKey(blob, target),
        readyTimeout: readyMs,
        keepaliveInterval: 5_000,
        keepaliveCountMax: 3,
        ident: 'mra',
      })
    })
  }

  #isHostKey(blob: Buffer, target: TunnelTarget): boolean {
    const isExpected = keySha256(blob) === target.hostKeySha256.replace(/=+$/, '')
    if (!isExpected) this.#options.log.warn('Host key of the tunnel is not the provisioned one', { peer: target.host })
    return isExpected
  }

  #accept(
    { srcIP, srcPort, destPort }: TcpConnectionDetails,
    accept: () => ClientChannel,
    refuse: () => void,
    connection: Connection,
  ): void {
    const { largestChannels = 256, onChannel } = this.#options
    if (destPort !== forwardPort || this.#channels >= largestChannels) return refuse()
    const channel = accept()
    this.#channels += 1
    channel.once('close', () => (this.#channels -= 1))
    onChannel(new ChannelStream(channel), {
      local: connection.local,
      remote: { address: srcIP, port: srcPort },
      traceMessage: (...message) => connection.traceMessage(...message),
    })
  }

  /** A limitation of the release: the tunnel is not even dialled, while the zone stays active. */
  #failApplication(target: TunnelTarget): void {
    if (this.#reason !== portForwardingFailure) {
      this.#options.log.error('Application Failed', { Detail: portForwardingFailure, peer: target.fqdn ?? target.host })
    }
    this.#enter('Failed', portForwardingFailure)
  }

  #enter(state: TunnelClientStatus['state'], reason: string | undefined): void {
    const isFailure = state === 'Failed' && reason !== portForwardingFailure && !this.#stopping.signal.aborted
    this.#options.alarms?.set(35013, isFailure)
    this.#state = state
    this.#reason = reason
  }

  async #pause(): Promise<void> {
    const milliseconds = this.#pauseMs
    this.#pauseMs = Math.min(longestPauseMs, this.#pauseMs * 2)
    await new Promise<void>((resolve) => {
      const timer = this.#options.network.clocks.monotonic.after(milliseconds, resolve)
      this.#wake = () => {
        timer.cancel()
        resolve()
      }
    })
  }
}

function isSameTarget(left: TunnelTarget, right: TunnelTarget | undefined): boolean {
  return (
    left.host === right?.host &&
    left.fqdn === right.fqdn &&
    left.port === right.port &&
    left.hostKeySha256 === right.hostKeySha256
  )
}
