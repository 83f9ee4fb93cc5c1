import { timingSafeEqual } from 'node:crypto'
import ssh2 from 'ssh2'
import type { AuthContext, Connection as SshConnection, ServerChannel } from 'ssh2'
import type { Log } from '#runtime/log.ts'
import type { Connection, Endpoint, HostNetwork } from '#runtime/network.ts'
import type { Service } from '#runtime/service.ts'
import { service } from '#runtime/service.ts'
import type { AlarmPanel } from '../alarms/alarm-panel.ts'
import { isUsableTunnelHost, portForwardingFailure } from '../expressway/limitations.ts'
import type { FailureCategory, ReportFailure } from '../protection/failure-category.ts'
import { ChannelStream } from './channel-stream.ts'
import type { TunnelKey } from './tunnel-keys.ts'
import { tunnelsInTurn } from './tunnel-choice.ts'
import { keySha256, makeTunnelKeyPair, readKey } from './tunnel-keys.ts'

export interface SshTunnelServerOptions {
  readonly network: HostNetwork
  readonly log: Log
  /** Users and keys from the provisioning exchange, as they are now. A tunnel whose key is gone is closed. */
  readonly authorized: () => readonly TunnelKey[]
  /** Default 2222. */
  readonly port?: number
  /** Default: the first address of the host. */
  readonly addresses?: readonly string[]
  /** Connections at one address at one time, not yet authenticated ones included; a sixth from one source. Default 24. */
  readonly largestTunnels?: number
  /** Channels at one time in one tunnel. Default 256. */
  readonly largestChannels?: number
  /** How this Expressway is called: with some names no tunnel can be set up (15004). */
  readonly fqdn?: string
  readonly alarms?: AlarmPanel
  /** Told of what the automated protection counts. */
  readonly onFailure?: ReportFailure
}

export interface TunnelStatus {
  readonly user: string
  readonly peer: string
  readonly state: 'Active' | 'Authenticated' | 'Connecting'
  readonly channels: number
}

export interface SshTunnelServer extends Service {
  /** At the first of the addresses. */
  readonly local: Endpoint
  readonly locals: readonly Endpoint[]
  /** For the provisioning exchange: SHA-256 of the host key, base64 without padding. */
  readonly hostKeySha256: string
  /**
   * A channel to a Control, announced with the client it is for: Controls take turns, and where one does not answer the
   * next is asked. Rejects with `TunnelDown`.
   */
  open(client: Endpoint): Promise<Connection>
  status(): TunnelStatus[]
}

/** No Control has a working tunnel to this Expressway. */
export class TunnelDown extends Error {
  readonly code = 'MRA_TUNNEL_DOWN'
}

/**
 * The Expressway's SSH server. A Control logs in with its key and asks for the one virtual forward; nothing listens
 * for it: channels are opened by `open`. Sessions, commands, subsystems and forwards to elsewhere are refused.
 */
export async function startSshTunnelServer(options: SshTunnelServerOptions): Promise<SshTunnelServer> {
  const { network, log, largestTunnels = 24 } = options
  const isUsable = isUsableTunnelHost(options.fqdn ?? '')
  options.alarms?.set(15004, !isUsable)
  if (!isUsable) log.error('Application Failed', { Detail: portForwardingFailure })
  const hostKey = makeTunnelKeyPair('host')
  const hostKeySha256 = keySha256(readKey(hostKey.publicKey).getPublicSSH())
  let tunnels: ControlTunnel[] = []
  let turn = 0
  const serve = (connection: Connection) => {
    if (!isUsable) return connection.destroy()
    const tunnel = new ControlTunnel(connection, hostKey.privateKey, options)
    tunnels.push(tunnel)
    connection.stream.once('close', () => (tunnels = tunnels.filter((other) => other !== tunnel)))
  }
  await using starting = new AsyncDisposableStack()
  const locals: Endpoint[] = []
  for (const address of new Set(options.addresses ?? [undefined])) {
    const listener = await network.listenTcp({
      port: options.port ?? 2222,
      ...(address === undefined ? {} : { address }),
      protocol: 'SSH',
      limits: { total: largestTunnels, perSource: Math.ceil(largestTunnels / 6) },
      onConnection: serve,
    })
    starting.defer(() => listener.stop())
    locals.push(listener.local)
  }
  const listeners = starting.move()
  const closeRevoked = () => {
    for (const tunnel of tunnels) tunnel.closeIfRevoked()
  }
  const stopping = service('SSH tunnels', async () => {
    for (const tunnel of tunnels) tunnel.close()
    await listeners.disposeAsync()
  })
  return {
    ...stopping,
    local: locals[0]!,
    locals,
    hostKeySha256,
    status: () => {
      closeRevoked()
      return tunnels.map((tunnel) => tunnel.status())
    },
    async open(client) {
      closeRevoked()
      for (const tunnel of tunnelsInTurn(tunnels, turn++)) {
        try {
          return await tunnel.open(client)
        } catch (error) {
          log.warn('Tunnel channel failed', { peer: tunnel.peer, reason: (error as Error).message })
        }
      }
      throw new TunnelDown('no SSH tunnel from a Control is up')
    },
  }
}

const forwardAddress = 'localhost'
const forwardPort = 8443
const authenticationMs = 10_000
const channelOpenMs = 5_000
const largestAttempts = 6

/** One connection to port 2222, from its first byte to its end. */
class ControlTunnel {
  readonly peer: string
  readonly #options: SshTunnelServerOptions
  readonly #connection: Connection
  #ssh: SshConnection | undefined
  #key: TunnelKey | undefined
  #isForwarding = false
  #isSilent = false
  #channels = 0
  #attempts = 0

  constructor(connection: Connection, hostKey: string, options: SshTunnelServerOptions) {
    this.#options = options
    this.#connection = connection
    this.peer = `${connection.remote.address}:${connection.remote.port}`
    const deadline = options.network.clocks.monotonic.after(authenticationMs, () => connection.destroy())
    connection.stream.once('close', () => deadline.cancel())
    const server = new ssh2.Server(
      { hostKeys: [hostKey], ident: 'mra', keepaliveInterval: 5_000, keepaliveCountMax: 3 },
      (ssh) => this.#serve(ssh, () => deadline.cancel()),
    )
    server.on('error', () => connection.destroy())
    server.injectSocket(connection.stream as never)
    // ssh2 tells nobody of what goes wrong before the identification string.
    let hasSpoken = false
    connection.stream.once('data', () => (hasSpoken = true))
    connection.stream.once('close', () => {
      if (hasSpoken && this.#ssh === undefined) this.#report('sshpfwd-intrusion')
    })
  }

  get isForwarding(): boolean {
    return this.#isForwarding
  }

  get isSilent(): boolean {
    return this.#isSilent
  }

  /** Controls are told apart by where they come from. */
  get control(): string {
    return this.#connection.remote.address
  }

  status(): TunnelStatus {
    const state = this.#isForwarding ? 'Active' : this.#key !== undefined ? 'Authenticated' : 'Connecting'
    return { user: this.#key?.user ?? '', peer: this.peer, state, channels: this.#channels }
  }

  closeIfRevoked(): void {
    const key = this.#key
    if (key === undefined || this.#options.authorized().some((known) => isSameKey(known, key))) return
    this.#options.log.warn('Tunnel closed', { peer: this.peer, reason: 'its key is no longer provisioned' })
    this.#isForwarding = false
    this.close()
  }

  close(): void {
    this.#ssh?.end()
    this.#connection.destroy()
  }

  open(client: Endpoint): Promise<Connection> {
    const { network, largestChannels = 256 } = this.#options
    const ssh = this.#ssh
    if (ssh === undefined || this.#channels >= largestChannels) {
      return Promise.reject(new Error(`${this.#channels} channels are open in the tunnel`))
    }
    this.#channels += 1
    return new Promise((resolve, reject) => {
      let isLate = false
      const limit = network.clocks.monotonic.after(channelOpenMs, () => {
        isLate = true
        this.#isSilent = true
        reject(new Error(`no answer to a channel open within ${channelOpenMs} ms`))
      })
      ssh.forwardOut(forwardAddress, forwardPort, client.address, client.port, (error, channel?: ServerChannel) => {
        limit.cancel()
        this.#isSilent = false
        if (channel === undefined) {
          this.#channels -= 1
          return reject(error ?? new Error('the channel was refused'))
        }
        channel.once('close', () => (this.#channels -= 1))
        if (isLate) return void channel.close()
        resolve(this.#connectionOf(channel, client))
      })
    })
  }

  #serve(ssh: SshConnection, authenticated: () => void): void {
    const { log } = this.#options
    this.#ssh = ssh
    ssh.on('error', (error: Error & { level?: string }) => {
      log.info('Tunnel error', { peer: this.peer, reason: error.message })
      if (isProtocolError(error)) this.#report('sshpfwd-intrusion')
      this.#connection.destroy()
    })
    ssh.on('authentication', (attempt) => this.#authenticate(attempt))
    ssh.on('ready', () => {
      authenticated()
      log.info('Tunnel authenticated', { peer: this.peer, user: this.#key?.user })
    })
    ssh.on('request', (accept, reject, name, info) => this.#globalRequest({ accept, reject, name, info }))
    ssh.on('close', () => {
      this.#isForwarding = false
      log.info('Tunnel ended', { peer: this.peer })
    })
  }

  #authenticate(attempt: AuthContext): void {
    this.#attempts += 1
    if (this.#attempts > largestAttempts) return this.close()
    // Clients begin with `none` to hear what may follow (RFC 4252 §5.2).
    if (attempt.method === 'none') return attempt.reject(['publickey'])
    if (attempt.method !== 'publickey') return this.#refuse(attempt)
    const { username, key, signature, blob, hashAlgo } = attempt
    const known = this.#options
      .authorized()
      .find(({ user, publicKey }) => user === username && isKey(publicKey, key.algo, key.data))
    if (known === undefined) return this.#refuse(attempt)
    // Without a signature the client only asks whether the key would do (RFC 4252 §7).
    if (signature !== undefined) {
      const parsed = readKey(known.publicKey)
      if (blob === undefined || parsed.verify(blob, signature, hashAlgo) !== true) return this.#refuse(attempt)
      this.#key = known
    }
    attempt.accept()
  }

  #refuse(attempt: AuthContext): void {
    this.#report('sshpfwd-auth')
    attempt.reject(['publickey'])
  }

  #report(category: FailureCategory): void {
    this.#options.onFailure?.({ category, source: this.#connection.remote.address })
  }

  #globalRequest({ accept, reject, name, info }: GlobalRequest): void {
    const isOurs = info?.bindAddr === forwardAddress && info.bindPort === forwardPort
    if (isOurs && name === 'tcpip-forward') {
      this.#isForwarding = true
      this.#options.log.info('Tunnel active', { peer: this.peer, user: this.#key?.user })
      return accept?.()
    }
    if (isOurs && name === 'cancel-tcpip-forward' && this.#isForwarding) {
      this.#isForwarding = false
      return accept?.()
    }
    this.#options.log.warn('Tunnel request refused', { peer: this.peer, request: name })
    this.#report('sshpfwd-intrusion')
    reject?.()
  }

  #connectionOf(channel: ServerChannel, client: Endpoint): Connection {
    const { trace } = this.#options.network
    const { id, local, remote } = this.#connection
    const stream = new ChannelStream(channel)
    return {
      stream,
      id: `${id}/${client.address}:${client.port}`,
      local,
      remote,
      traceMessage(direction, protocol, summary, bytes) {
        trace.record({
          kind: 'message',
          direction,
          transport: 'tcp',
          connection: id,
          local: `${local.address}:${local.port}`,
          remote: `${remote.address}:${remote.port}`,
          protocol,
          summary,
          bytes,
        })
      },
      destroy: () => void stream.destroy(),
    }
  }
}

interface GlobalRequest {
  /** Absent where the client wants no reply. */
  readonly accept: ((port?: number) => void) | undefined
  readonly reject: (() => void) | undefined
  readonly name: string
  readonly info: { readonly bindAddr?: string; readonly bindPort?: number } | undefined
}

/** ssh2 says by the level where an error comes from; a lost connection is none of the peer's doing. */
function isProtocolError({ level }: { level?: string }): boolean {
  return level === undefined || level === 'protocol' || level === 'handshake'
}

function isKey(publicKey: string, algorithm: string, blob: Buffer): boolean {
  const parsed = ssh2.utils.parseKey(publicKey)
  if (parsed instanceof Error || Array.isArray(parsed)) return false
  const known = parsed.getPublicSSH()
  // An RSA key signs under several algorithm names (RFC 8332).
  const isAlgorithm = parsed.type === algorithm || (parsed.type === 'ssh-rsa' && algorithm.startsWith('rsa-sha2-'))
  return isAlgorithm && known.length === blob.length && timingSafeEqual(known, blob)
}

function isSameKey(left: TunnelKey, right: TunnelKey): boolean {
  return left.user === right.user && left.publicKey === right.publicKey
}
