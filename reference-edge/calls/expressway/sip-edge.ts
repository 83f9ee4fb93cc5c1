import type { Timer } from '#runtime/clock.ts'
import type { HostEnvironment } from '#runtime/host.ts'
import type { Connection, Endpoint } from '#runtime/network.ts'
import { type Service, service } from '#runtime/service.ts'
import type { AlarmPanel } from '../../alarms/alarm-panel.ts'
import type { ReportFailure } from '../../protection/failure-category.ts'
import { SipConnection } from '../../protocol/sip/connection.ts'
import type { SipFlow } from '../../protocol/sip/flow.ts'
import type { SipMessage, SipRequest } from '../../protocol/sip/message.ts'
import type { ServerTransaction } from '../../protocol/sip/server-transaction.ts'
import { TransactionLayer } from '../../protocol/sip/transaction-layer.ts'
import type { EdgeMediaRelay } from '../../traversal/media/edge-media-relay.ts'
import type { ZoneServer, ZoneServerStatus } from '../../traversal/zone-server.ts'
import type { AdmissionStatus, CallAdmission } from '../admission.ts'
import type { CallHistory, CallRecord, EndedCall } from '../call-history.ts'
import type { Search } from '../search-history.ts'
import type { Usage, UsageGaugeOptions } from '../usage-gauge.ts'
import { SearchHistory } from '../search-history.ts'
import { logTlsError, tlsTowardsClients } from '../../protocol/tls-clients.ts'
import type { EdgeCall } from './call-table.ts'
import { CallTable } from './call-table.ts'
import { ClientRequests } from './client-requests.ts'
import type { ClientFacts } from './client-decision.ts'
import { ClientDialler } from './client-dialler.ts'
import type { ClientSession } from './client-session.ts'
import { ClientSessions } from './client-sessions.ts'
import { ControlRequests } from './control-requests.ts'
import { CredentialService } from './credential-service.ts'
import { DigestGate } from './digest-gate.ts'
import { EdgeZones } from './edge-zones.ts'
import { answerHere, type EdgeContext, logSipEvent, type SipEdgeSettings, type SipEdgeZone } from './edge-context.ts'
import { clientZone, type Side } from './forwarding.ts'
import { stripInternalHeaders } from './internal-headers.ts'

export interface SipEdgeOptions {
  readonly environment: HostEnvironment
  /** The LAN interfaces towards the internet and towards the Control; the host's first address otherwise. */
  readonly addresses?: { readonly outer: string; readonly inner: string }
  /** All traversal server zones, and the one of remote access. */
  readonly zones: () => readonly SipEdgeZone[]
  readonly ucZone: () => SipEdgeZone | undefined
  readonly settings: () => SipEdgeSettings
  readonly relay: EdgeMediaRelay
  readonly admission: CallAdmission
  /** The Control as learnt by the provisioning exchange; undefined before. */
  readonly control: () => ClientFacts['control']
  readonly onProvisioning: (document: unknown) => unknown
  /** Registrations have come or gone, or one was refused for want of room. */
  readonly onRegistrationUsage?: UsageGaugeOptions['onChange']
  /** Told of what the automated protection counts. */
  readonly onFailure?: ReportFailure
  /** The zone of remote access has become active. */
  readonly onZoneActive?: () => void
  readonly alarms?: AlarmPanel
}

/** SIP between the internet (5061) and the traversal zone (7001). */
export interface SipEdge extends Service {
  /** The zone of remote access; undefined where none is configured. */
  readonly zoneServer: ZoneServer | undefined
  zoneStatus(): readonly ZoneServerStatus[]
  /** The zones have been changed. */
  updateZones(): Promise<void>
  status(): SipEdgeStatus
  /** Drops every call. */
  endCalls(reason: string): void
}

export interface SipEdgeStatus {
  readonly listeners: readonly Endpoint[]
  readonly connections: number
  readonly registrations: ReadonlyArray<{ aor: string; user: string; contact: string; peer: string; expires: string }>
  readonly calls: readonly CallStatus[]
  /** Newest first; at most 500. */
  readonly callHistory: readonly EndedCall[]
  /** Since the start. */
  readonly callCounts: ReturnType<CallHistory['counts']>
  readonly admission: AdmissionStatus
  readonly registrationUsage: Usage
  /** Newest first; at most 255. */
  readonly searchHistory: readonly Search[]
  readonly transactions: TransactionLayer['counters']
  /** How often the Control was asked about credentials, and how many answers are remembered. */
  readonly credentials: { readonly asked: number; readonly cached: number }
}

/** A call with its component (wire facts §10.8): on the Expressway one. */
export interface CallStatus extends CallRecord {
  readonly media: unknown
}

export async function startSipEdge(options: SipEdgeOptions): Promise<SipEdge> {
  const edge = new Edge(options)
  await using started = new AsyncDisposableStack()
  const zones = started.use(
    new EdgeZones({
      environment: options.environment,
      address: edge.context.sides.control.address,
      zones: options.zones,
      ucZone: options.ucZone,
      onMessage: (message, flow) => edge.receiveFromZone(message, flow),
      onFlowClosed: (flow) => edge.zoneFlowClosed(flow),
      onProvisioning: options.onProvisioning,
      onActive: () => options.onZoneActive?.(),
      ...(options.alarms === undefined ? {} : { alarms: options.alarms }),
    }),
  )
  edge.zones = zones
  await zones.update()
  const listener = await edge.listen()
  const running = started.move()
  const stopping = service('SIP edge', async () => {
    await Promise.all([edge.stop(), listener.stop()])
    await running.disposeAsync()
  })
  return {
    ...stopping,
    [Symbol.asyncDispose]: stopping.stop,
    get zoneServer() {
      return zones.uc
    },
    zoneStatus: () => zones.status(),
    updateZones: () => zones.update(),
    status: () => edge.status(),
    endCalls: (reason) => edge.context.calls.endAll(reason),
  }
}

class Edge {
  readonly context: EdgeContext
  readonly layer: TransactionLayer
  readonly #options: SipEdgeOptions
  readonly #credentials: CredentialService
  readonly #dialler: ClientDialler
  readonly #fromClients: ClientRequests
  readonly #fromControl: ControlRequests
  #zones: EdgeZones | undefined
  #isStopped = false

  constructor(options: SipEdgeOptions) {
    this.#options = options
    const { environment } = options
    this.layer = new TransactionLayer({
      clock: environment.clocks.monotonic,
      user: {
        onRequest: (transaction) => this.#takeRequest(transaction),
        onAck: (ack, flow) => this.#takeAck(ack, flow),
        onStrayResponse: () => undefined,
      },
    })
    const sides = sidesOf(options)
    this.#credentials = new CredentialService({
      environment,
      layer: () => this.layer,
      controlFlow: () => this.#zones?.uc?.flow,
      side: sides.control,
    })
    this.#dialler = new ClientDialler({
      environment,
      from: sides.client.address,
      open: (connection) => this.#openClient(connection, { isDialled: true }),
      onFailure: (to, error) => this.#dialFailed(to, error),
    })
    this.context = this.#contextWith(sides)
    this.#fromClients = new ClientRequests(this.context)
    this.#fromControl = new ControlRequests(this.context)
  }

  set zones(zones: EdgeZones) {
    this.#zones = zones
  }

  listen() {
    const { environment } = this.#options
    return environment.network.listenTls({
      address: this.context.sides.client.address,
      port: this.context.sides.client.port,
      protocol: 'SIP',
      tls: tlsTowardsClients(environment.identity!, this.context.log, 'SIP'),
      onConnection: (connection) => void this.#openClient(connection),
      onTlsError: (error, remote) => logTlsError(this.context.log, 'SIP', 5061, error, remote),
    })
  }

  async stop(): Promise<void> {
    this.context.calls.endAll('stopped')
    this.layer.stop()
    this.#isStopped = true
    await this.#dialler.stop()
  }

  receiveFromZone(message: SipMessage, flow: SipFlow): void {
    if (!this.#isStopped) this.layer.receive(message, flow)
  }

  zoneFlowClosed(flow: SipFlow): void {
    this.layer.flowClosed(flow)
    if (this.#zones?.uc?.flow === undefined) this.context.calls.endAll('traversal zone lost')
  }

  status(): SipEdgeStatus {
    const { sessions, calls, admission, searches, gate, sides } = this.context
    return {
      listeners: [
        { address: sides.client.address, port: sides.client.port },
        ...(this.#zones?.status() ?? []).map(({ port }) => ({ address: sides.control.address, port })),
      ],
      connections: sessions.connections,
      registrations: sessions.registrations.map(({ aor, user, contact, session, expiresAt }) => ({
        aor,
        user,
        contact,
        peer: `${session.flow.remote.address}:${session.flow.remote.port}`,
        expires: new Date(expiresAt).toISOString(),
      })),
      calls: calls.calls.map((call) => this.#callStatus(call)),
      callHistory: calls.history.list(),
      callCounts: calls.history.counts(),
      admission: admission.status(),
      registrationUsage: sessions.usage(),
      searchHistory: searches.list(),
      transactions: this.layer.counters,
      credentials: { asked: this.#credentials.asked, cached: gate.cached },
    }
  }

  #callStatus(call: EdgeCall): CallStatus {
    return {
      ...this.context.calls.record(call),
      media: call.media.streams.map((stream) => ({ label: stream.label, ...stream.statistics() })),
    }
  }

  #contextWith(sides: EdgeContext['sides']): EdgeContext {
    const { environment, relay, admission, ucZone: zone, settings, control } = this.#options
    const { clocks, network, fqdn } = environment
    const { wall } = clocks
    const log = environment.log.child('tvcs')
    const names = new Set([fqdn.toLowerCase(), ...network.addresses])
    return {
      environment,
      log,
      layer: this.layer,
      zoneServer: () => this.#zones?.uc,
      sessions: new ClientSessions(wall, () => settings().registrationLimit, this.#options.onRegistrationUsage),
      dialler: this.#dialler,
      calls: new CallTable({
        wall,
        zoneName: () => zone()?.name ?? '',
        onEnded: (call, ended) => this.#callEnded(call, ended),
      }),
      searches: new SearchHistory({ wall, log }),
      gate: new DigestGate({
        wall,
        random: network.random,
        realm: fqdn,
        ask: (request, credentials) => this.#credentials.ask(request, credentials),
      }),
      relay,
      admission,
      forwarded: new WeakMap(),
      sides,
      isOwnHost: (host) => names.has(host.toLowerCase()),
      onFailure: (failure) => this.#options.onFailure?.(failure),
      zone,
      settings,
      control,
    }
  }

  #callEnded(call: EdgeCall, { state, reason, responseCode }: EndedCall): void {
    const event = state === 'Disconnected' ? 'Call Disconnected' : 'Call Rejected'
    const details = { 'Src-alias': call.fromUri, 'Dst-alias': call.toUri, 'Call-serial-number': call.id }
    logSipEvent(this.context, event, { flow: call.flow }, { ...details, Reason: reason, 'Response-code': responseCode })
  }

  #openClient(connection: Connection, { isDialled = false } = {}): ClientSession {
    const { environment } = this.#options
    const flow = new SipConnection(connection, {
      network: environment.network,
      isDialled,
      onMessage: (message) => this.#receive(message, flow),
      onRefused: (refusal) => logSipEvent(this.context, 'Decode Error', { flow }, { Detail: refusal.fault }),
      onClose: () => {
        unproven.cancel()
        this.#closeClient(flow)
      },
    })
    const session = this.context.sessions.open(flow)
    const unproven = this.#closeUnproven(session)
    return session
  }

  /**
   * A place among the connections is for clients: who has not proved to be one by now gives it back, unless a call came to
   * them over a connection of ours.
   */
  #closeUnproven(session: ClientSession): Timer {
    const { monotonic } = this.#options.environment.clocks
    const { flow } = session
    let timer: Timer
    const wait = () => {
      timer = monotonic.after(provingMs, () => {
        if (session.user !== undefined) return
        if (this.context.calls.calls.some((call) => call.flow === flow)) wait()
        else flow.close('not authenticated')
      })
    }
    wait()
    return { cancel: () => timer.cancel() }
  }

  #dialFailed(to: Endpoint, error: Error): void {
    const facts = { 'Dst-ip': to.address, 'Dst-port': to.port, Detail: error.message }
    this.context.log.warn('Outbound TLS Negotiation Error', { Service: 'SIP', ...facts, Protocol: 'TLS', Level: 1 })
  }

  #receive(message: SipMessage, flow: SipFlow): void {
    if (this.#isStopped) return
    if (message.kind === 'response') stripInternalHeaders(message)
    this.layer.receive(message, flow)
  }

  #closeClient(flow: SipFlow): void {
    const { sessions, calls } = this.context
    if (this.#isStopped) return
    this.layer.flowClosed(flow)
    calls.endAll('client connection lost', flow.id)
    for (const { aor, user } of sessions.close(flow.id)) {
      logSipEvent(this.context, 'Registration Removed', { flow }, { AOR: `sip:${aor}`, User: user, Reason: 'closed' })
    }
  }

  #takeRequest(transaction: ServerTransaction): void {
    const zone = this.#zones?.of(transaction.flow)
    if (zone?.take(transaction) === true) return
    if (zone !== undefined && zone !== this.#zones?.uc) {
      return answerHere(this.context, transaction, { status: 403, reason: 'Forbidden' })
    }
    const taking = zone === undefined ? this.#fromClients.take(transaction) : this.#fromControl.take(transaction)
    // A fault of ours ends one request, never the host.
    taking.catch((error: Error) => {
      process.emitWarning(error)
      answerHere(this.context, transaction, { status: 500, reason: 'Server Internal Error' })
    })
  }

  #takeAck(ack: SipRequest, flow: SipFlow): void {
    if (this.#zones?.uc?.isActiveFlow(flow) === true) this.#fromControl.takeAck(ack)
    else if (this.#zones?.of(flow) === undefined) this.#fromClients.takeAck(ack, flow)
  }
}

/** Real time from the connection of a client to its first good digest. */
const provingMs = 60_000

function sidesOf({ environment, addresses, ucZone }: SipEdgeOptions): { client: Side; control: Side } {
  const { outer, inner } = addresses ?? { outer: environment.address, inner: environment.address }
  return {
    client: { zone: clientZone, address: outer, port: 5061 },
    control: {
      get zone() {
        return zoneNameInVia(ucZone()?.name ?? '')
      },
      address: inner,
      get port() {
        return ucZone()?.port ?? 7001
      },
    },
  }
}

function zoneNameInVia(name: string): string {
  return name.replaceAll(' ', '')
}
