import type { HostEnvironment } from '#runtime/host.ts'
import type { Connection, Endpoint, Listener } from '#runtime/network.ts'
import type { Service } from '#runtime/service.ts'
import type { AlarmPanel } from '../alarms/alarm-panel.ts'
import { sipProductName } from '../product-name.ts'
import { SipConnection } from '../protocol/sip/connection.ts'
import type { SipFlow } from '../protocol/sip/flow.ts'
import { createResponse, type SipMessage, type SipRequest } from '../protocol/sip/message.ts'
import type { ServerTransaction } from '../protocol/sip/server-transaction.ts'
import type { TraversalServerZone } from './server-zone.ts'
import { ZoneClocks } from './zone-clocks.ts'
import type { RejectedConnection } from './zone-listener.ts'
import { listenForControls } from './zone-listener.ts'
import type { ZonePeerStatus, ZoneProblem } from './zone-peers.ts'
import { reasonOf, ZoneProblems } from './zone-peers.ts'
import { ZoneDigest } from './zone-server-digest.ts'

export interface ZoneServerOptions {
  readonly environment: HostEnvironment
  /** The LAN interface the Control reaches; the host's first address otherwise. */
  readonly address?: string
  /** A further LAN interface that takes the zone's connections too. */
  readonly furtherAddress?: string
  /** By what names this VCS is asked for; its FQDN and addresses otherwise. */
  readonly isOwnHost?: (host: string) => boolean
  readonly zone: () => TraversalServerZone
  /** Every message of the zone's connections, for the transaction layer. */
  readonly onMessage: (message: SipMessage, flow: SipFlow) => void
  readonly onFlowClosed: (flow: SipFlow) => void
  /** Whether this zone carries remote access; without it there is no provisioning exchange. Default yes. */
  readonly isForRemoteAccess?: () => boolean
  /** The provisioning exchange: what a Control at `address` says, and the answer; throws where it cannot be understood. */
  readonly onProvisioning: (document: unknown, address: string) => unknown
  /** Told of clocks that differ (25022). */
  readonly alarms?: AlarmPanel
  /** A Control has proved itself. */
  readonly onActive?: (address: string) => void
  /** A Control that had proved itself is gone. */
  readonly onLost?: (address: string) => void
}

export interface ZoneServerStatus {
  readonly id: number
  readonly name: string
  readonly type: 'Traversal server'
  readonly port: number
  readonly transport: 'TLS' | 'TCP'
  /** Active with one Control at least. */
  readonly state: 'Active' | 'Failed'
  /** Why it is not active. */
  readonly reason?: string
  /** What can be done about it, where it is known. */
  readonly action?: string
  /** `address:port` of the Control's connection; of several the first. */
  readonly peer?: string
  /** How far the Control's clock is ahead of ours, from the Date of its last OPTIONS; of several the farthest off. */
  readonly clockDifferenceSeconds?: number
  /** The active Controls by address, then whoever was turned away or is missed. */
  readonly peers: readonly ZonePeerStatus[]
}

/** One connection to the zone's port: a stranger until its OPTIONS has been answered 200. */
interface ZoneSession {
  readonly connection: SipConnection
  failures: number
  /** Closes it when nothing has been heard from the Control for too long. */
  heard(): void
}

/**
 * The Expressway's end of the traversal zone: who may be a Control, and which of them are there. Each Control of a cluster
 * comes from an address of its own and has one connection.
 */
export async function startZoneServer(options: ZoneServerOptions): Promise<ZoneServer> {
  const server = new ZoneServer(options)
  await server.listen()
  return server
}

export class ZoneServer implements Service {
  readonly name = 'traversal zone'
  readonly #options: ZoneServerOptions
  readonly #sessions = new Map<string, ZoneSession>()
  readonly #digest: ZoneDigest
  readonly #clocks: ZoneClocks
  readonly #problems: ZoneProblems
  /** Those that have proved themselves, by address. */
  readonly #active = new Map<string, ZoneSession>()
  #turn = 0
  #reason: ZoneProblem = { says: 'no connection from the Control yet' }
  readonly #listeners: Listener[] = []
  #isStopped = false

  constructor(options: ZoneServerOptions) {
    this.#options = options
    const { clocks, network } = options.environment
    this.#problems = new ZoneProblems(clocks.monotonic)
    this.#clocks = new ZoneClocks(clocks.wall, options.alarms, () => options.zone().name)
    this.#digest = new ZoneDigest({ wall: clocks.wall, random: network.random, credentials: options.zone })
  }

  /** The connections of the active Controls, by address. */
  get flows(): SipConnection[] {
    const sessions = [...this.#active].toSorted(([one], [other]) => one.localeCompare(other))
    return sessions.map(([, { connection }]) => connection)
  }

  /** The connection of the Control at that address while it is active. */
  flowOf(address: string): SipConnection | undefined {
    return this.#active.get(address)?.connection
  }

  /** The active Controls in turn, for what any of them can do: the others stand behind the one whose turn it is. */
  flowsInTurn(): SipConnection[] {
    const { flows } = this
    const first = this.#turn++ % Math.max(flows.length, 1)
    return [...flows.slice(first), ...flows.slice(0, first)]
  }

  isZoneFlow(flow: SipFlow): boolean {
    return this.#sessions.has(flow.id)
  }

  isActiveFlow(flow: SipFlow): boolean {
    return this.flowOf(flow.remote.address)?.id === flow.id
  }

  status(): ZoneServerStatus {
    const { id, name, port, transport } = this.#options.zone()
    const common = { id, name, type: 'Traversal server', port, transport } as const
    const missing = this.#problems.list()
    const [first] = this.flows
    if (first === undefined) return { ...common, state: 'Failed', ...reasonOf(this.#reason), peers: missing }
    const { address, port: peerPort } = first.remote
    const peers = [...this.flows.map(({ remote }) => this.#peerStatus(remote)), ...missing]
    return { ...common, state: 'Active', peer: `${address}:${peerPort}`, ...this.#clocks.worst(), peers }
  }

  /** Opens the zone's port; where that cannot be, the status says why. */
  async listen(): Promise<void> {
    const { isSipOn, port } = this.#options.zone()
    if (!isSipOn) return this.#fail('SIP Mode of the zone is Off', 'Set SIP Mode to On')
    try {
      const { environment, address = environment.address, furtherAddress = address, zone } = this.#options
      for (const each of new Set([address, furtherAddress])) {
        const listener = await listenForControls({
          environment,
          zone,
          address: each,
          onConnection: (connection) => this.#open(connection),
          onRejected: (rejected) => this.#rejected(rejected),
        })
        this.#listeners.push(listener)
      }
    } catch (error) {
      if ((error as { code?: string }).code !== 'EADDRINUSE') throw error
      this.#fail(`port ${port} is used by another service`, 'Give the zone another port at both ends')
    }
  }

  /** Answers what is for the zone itself; false where the request is to be routed. */
  take(transaction: ServerTransaction): boolean {
    const session = this.#sessions.get(transaction.flow.id)
    if (session === undefined) return false
    const { request } = transaction
    if (request.method === 'OPTIONS' && this.#isForUs(request)) {
      this.#answerOptions(session, transaction)
      return true
    }
    if (!this.#isActive(session)) {
      transaction.respond(this.#response(request, 403, 'Forbidden'))
      return true
    }
    session.heard()
    if (request.method !== 'SERVICE' || request.first('event') !== 'ssh-tunnel') return false
    this.#exchange(transaction)
    return true
  }

  /** The zone's settings have changed: whoever is connected has to prove itself by the new ones. */
  restart(): void {
    this.#active.clear()
    this.#clocks.forget()
    this.#problems.forget()
    this.#fail('configuration changed')
    for (const { connection } of [...this.#sessions.values()]) connection.close('configuration changed')
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#active.clear()
    for (const { connection } of this.#sessions.values()) {
      connection.destroy('stopped')
      this.#options.onFlowClosed(connection)
    }
    this.#sessions.clear()
    await Promise.all(this.#listeners.map((listener) => listener.stop()))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  #open(raw: Connection): void {
    const { environment, onMessage } = this.#options
    const connection = new SipConnection(raw, {
      network: environment.network,
      onMessage,
      onClose: (closed, why) => this.#lost(closed, why),
    })
    const { monotonic } = environment.clocks
    const silence = (limit: number) => monotonic.after(limit, () => connection.close('no keepalive from the Control'))
    let timer = silence(authenticationMs)
    const heard = () => {
      timer.cancel()
      if (connection.isOpen) timer = silence(silenceMs)
    }
    raw.stream.once('close', () => timer.cancel())
    this.#sessions.set(connection.id, { connection, failures: 0, heard })
  }

  /** A zone OPTIONS names this VCS itself, without a user (wire facts §6.7). */
  #isForUs(request: SipRequest): boolean {
    const uri = request.sipUri
    const { environment, isOwnHost } = this.#options
    const { fqdn, network } = environment
    if (uri === undefined || uri.user !== undefined) return false
    if (isOwnHost !== undefined) return isOwnHost(uri.host)
    return uri.host.toLowerCase() === fqdn.toLowerCase() || network.addresses.includes(uri.host)
  }

  #answerOptions(session: ZoneSession, transaction: ServerTransaction): void {
    const { request } = transaction
    const verdict = this.#digest.judge(request, session.connection.remote.address)
    if (verdict === 'good') {
      session.failures = 0
      this.#activate(session)
      session.heard()
      this.#clocks.note(request, session.connection.remote.address)
      transaction.respond(this.#response(request, 200, 'OK', [['Supported', 'com.tandberg.vcs.resourceusage']]))
      return
    }
    if (verdict === 'wrong') this.#authenticationFailed(session)
    if (session.failures >= mostFailures) {
      transaction.respond(this.#response(request, 403, 'Forbidden'))
      return session.connection.close('authentication failed')
    }
    const challenge = this.#digest.challenge(session.connection.remote.address, verdict === 'stale')
    transaction.respond(this.#response(request, 401, 'Unauthorized', [['WWW-Authenticate', challenge]]))
  }

  #authenticationFailed(session: ZoneSession): void {
    session.failures++
    const { remote } = session.connection
    const reason = 'Incorrect authentication credential for user'
    if (this.#isActive(session)) this.#deactivate(session)
    if (!this.#active.has(remote.address)) this.#reject(remote.address, { says: reason })
    if (this.#active.size === 0) this.#fail(reason)
    this.#log.warn('Authentication Failed', {
      Service: 'SIP',
      'Src-ip': remote.address,
      'Src-port': remote.port,
      Detail: reason,
      Protocol: this.#options.zone().transport,
      Method: 'OPTIONS',
      Level: 1,
    })
  }

  /** An address has one Control: the newest connection that proved itself. */
  #activate(session: ZoneSession): void {
    if (this.#isActive(session)) return
    const { address } = session.connection.remote
    const previous = this.#active.get(address)
    this.#active.set(address, session)
    this.#problems.clear(address)
    this.#log.info('Zone Active', { Zone: this.#options.zone().name, 'Src-ip': address })
    previous?.connection.close('replaced by a newer connection')
    this.#options.onActive?.(address)
  }

  #isActive(session: ZoneSession): boolean {
    return this.#active.get(session.connection.remote.address) === session
  }

  #deactivate({ connection }: ZoneSession): void {
    const { address } = connection.remote
    this.#active.delete(address)
    this.#clocks.forget(address)
    this.#options.onLost?.(address)
  }

  #peerStatus({ address, port }: Endpoint): ZonePeerStatus {
    return { address, port, state: 'Active', ...this.#clocks.status(address) }
  }

  #exchange(transaction: ServerTransaction): void {
    const { request } = transaction
    if (this.#options.isForRemoteAccess?.() === false) {
      const { fqdn } = this.#options.environment
      const why = 'Unified Communications services are not on for this zone of the VCS Expressway'
      const headers = [['Warning', `399 ${fqdn} "${why}"`]] as const
      transaction.respond(this.#response(request, 403, 'Forbidden', headers))
      return
    }
    let answer: unknown
    try {
      answer = this.#options.onProvisioning(JSON.parse(request.body.toString()), transaction.flow.remote.address)
    } catch (error) {
      this.#log.warn('Provisioning', { Detail: (error as Error).message, Level: 1 })
      transaction.respond(this.#response(request, 400, 'Bad Request'))
      return
    }
    const headers = [['Content-Type', 'application/json']] as const
    transaction.respond(this.#response(request, 200, 'OK', headers, JSON.stringify(answer)))
  }

  #lost(connection: SipConnection, why: string): void {
    const session = this.#sessions.get(connection.id)
    this.#sessions.delete(connection.id)
    // Sockets report their end late; a host that has stopped writes no log any more.
    if (this.#isStopped) return
    if (session !== undefined && this.#isActive(session)) this.#peerLost(session, why)
    this.#options.onFlowClosed(connection)
  }

  #peerLost(session: ZoneSession, why: string): void {
    const says = `connection lost: ${why}`
    const { address } = session.connection.remote
    this.#problems.lost(address, { says })
    this.#deactivate(session)
    if (this.#active.size === 0) this.#fail(says)
    const event = this.#active.size === 0 ? 'Zone Failed' : 'Zone Peer Failed'
    this.#log.warn(event, { Zone: this.#options.zone().name, 'Src-ip': address, Reason: says })
  }

  /** Shown beside the active peers, unless that address has one. */
  #reject(address: string, { says, action }: ZoneProblem): void {
    if (this.#active.has(address)) return
    this.#problems.rejected(address, { says, ...(action === undefined ? {} : { action }) })
  }

  #rejected({ remote, problem, commonName, isVcs }: RejectedConnection): void {
    if (isVcs) this.#reject(remote.address, problem)
    if (this.#active.size === 0) this.#fail(problem.says, problem.action)
    this.#log.warn('Inbound TLS Negotiation Error', {
      Service: 'SIP',
      'Src-ip': remote.address,
      'Src-port': remote.port,
      'Dst-port': this.#options.zone().port,
      Detail: problem.says,
      Protocol: 'TLS',
      ...(commonName === undefined ? {} : { 'Common-name': commonName }),
      Level: 1,
    })
  }

  #fail(says: string, action?: string): void {
    this.#reason = { says, ...(action === undefined ? {} : { action }) }
  }

  #response(
    request: SipRequest,
    status: number,
    reason: string,
    headers: ReadonlyArray<readonly [string, string]> = [],
    body?: string,
  ) {
    const { network, clocks } = this.#options.environment
    return createResponse(request, status, reason, {
      toTag: network.random.hex(16),
      headers: [['Server', sipProductName], ['Date', clocks.wall.now().toUTCString()], ...headers],
      ...(body === undefined ? {} : { body }),
    })
  }

  get #log() {
    return this.#options.environment.log.child('tvcs')
  }
}

/** SIP Authentication Retry Limit (wire facts §10.3). */
const mostFailures = 3

/** Real time: how long a stranger may stay, and how long the Control may be silent (its OPTIONS come each 30 s). */
const authenticationMs = 30_000
const silenceMs = 150_000
