import type { HostEnvironment } from '#runtime/host.ts'
import type { Endpoint } from '#runtime/network.ts'
import { type Service, service } from '#runtime/service.ts'
import type { AlarmPanel } from '../../alarms/alarm-panel.ts'
import type { ConfiguredNeighbor, NeighborStatus } from '../../dial-plan/neighbor.ts'
import { Neighbors } from '../../dial-plan/neighbors.ts'
import type { SearchRule } from '../../dial-plan/search-rules.ts'
import type { ReportFailure } from '../../protection/failure-category.ts'
import type { SipFlow } from '../../protocol/sip/flow.ts'
import type { SipMessage, SipRequest } from '../../protocol/sip/message.ts'
import type { ServerTransaction } from '../../protocol/sip/server-transaction.ts'
import { TransactionLayer } from '../../protocol/sip/transaction-layer.ts'
import type { EdgeMediaRelay } from '../../traversal/media/edge-media-relay.ts'
import type { ZoneServer, ZoneServerStatus } from '../../traversal/zone-server.ts'
import type { CallAdmission } from '../admission.ts'
import type { EndedCall } from '../call-history.ts'
import { SearchHistory } from '../search-history.ts'
import type { UsageGaugeOptions } from '../usage-gauge.ts'
import { BusinessRequests } from './business/business-requests.ts'
import { BusinessWays } from './business/business-ways.ts'
import type { DnsZone } from '../../dial-plan/partners/dns-zone.ts'
import { PartnerDialler } from '../../dial-plan/partners/partner-dialler.ts'
import { PartnerSearch } from '../../dial-plan/partners/partner-search.ts'
import type { EdgeCall } from './call-table.ts'
import { CallTable } from './call-table.ts'
import { ClientRequests } from './client-requests.ts'
import type { KnownControls } from './client-decision.ts'
import { ClientDialler } from './client-dialler.ts'
import { ClientSessions } from './client-sessions.ts'
import { ControlRequests } from './control-requests.ts'
import { CredentialService } from './credential-service.ts'
import { DigestGate } from './digest-gate.ts'
import {
  answerHere,
  type EdgeContext,
  logSipEvent,
  type AuthenticationPolicy,
  type SipEdgeSettings,
  type SipEdgeZone,
} from './edge-context.ts'
import { edgeStatus, type SipEdgeStatus } from './edge-status.ts'
import { EdgeZones } from './edge-zones.ts'
import { clientZone, type Side, zoneNameInVia } from './forwarding.ts'
import { InternetConnections } from './internet-connections.ts'
import { InternetListeners } from './internet-listeners.ts'
import { InternetRequests } from './internet-requests.ts'
import { dropCalls, sayGoodbye } from './lost-dialog.ts'
import { RemoteAccess } from './remote-access.ts'

export interface SipEdgeOptions {
  readonly environment: HostEnvironment
  /** The LAN interfaces towards the internet and towards the Control; the host's first address otherwise. */
  readonly addresses?: SideAddresses
  /** What this VCS calls them in its messages: their static NAT addresses where they have one. */
  readonly namedAddresses?: SideAddresses
  /** All traversal server zones, and the one of remote access. */
  readonly zones: () => readonly SipEdgeZone[]
  readonly ucZone: () => SipEdgeZone | undefined
  readonly settings: () => SipEdgeSettings
  readonly relay: EdgeMediaRelay
  readonly admission: CallAdmission
  /** The Controls as learnt by the provisioning exchange; undefined before. */
  readonly control: () => KnownControls | undefined
  /** Where the Control of one of those names connects from; undefined where it has not been met. Default: the name. */
  readonly controlAddress?: (name: string) => string | undefined
  /** What a Control at an address says, and the answer. */
  readonly onProvisioning: (document: unknown, address: string) => unknown
  /** Registrations have come or gone, or one was refused for want of room. */
  readonly onRegistrationUsage?: UsageGaugeOptions['onChange']
  /** Business-to-business calls go by search rules; none by default. */
  readonly searchRules?: () => readonly SearchRule[]
  readonly dnsZones?: () => readonly DnsZone[]
  readonly neighbors?: () => readonly ConfiguredNeighbor[]
  readonly neighborPolicy?: (name: string) => AuthenticationPolicy | undefined
  /** SIP over TCP is taken from the internet on 5060. Default no. */
  readonly isTcpOn?: () => boolean
  /** Told of what the automated protection counts. */
  readonly onFailure?: ReportFailure
  /** A Control has become active in the zone of remote access, or is gone from it. */
  readonly onZoneActive?: (address: string) => void
  readonly onControlLost?: (address: string) => void
  /** What the Controls have said counts no more: their zone has changed. */
  readonly onControlsForgotten?: () => void
  readonly alarms?: AlarmPanel
}

export interface SideAddresses {
  readonly outer: string
  readonly inner: string
}

/** SIP between the internet and the traversal zones. */
export interface SipEdge extends Service {
  /** The zone of remote access; undefined where none is configured. */
  readonly zoneServer: ZoneServer | undefined
  zoneStatus(): readonly ZoneServerStatus[]
  neighborStatus(): readonly NeighborStatus[]
  /** The zones have been changed. */
  updateZones(): Promise<void>
  /** What is taken from the internet has been changed. */
  updateListeners(): Promise<void>
  status(): SipEdgeStatus
  /** Drops every call; its parties are told. */
  endCalls(reason: string): void
}

export async function startSipEdge(options: SipEdgeOptions): Promise<SipEdge> {
  const edge = new Edge(options)
  await using started = new AsyncDisposableStack()
  const zones = started.use(
    new EdgeZones({
      environment: options.environment,
      address: edge.sockets.inner,
      furtherAddress: edge.sockets.outer,
      isOwnHost: edge.context.isOwnHost,
      zones: options.zones,
      ucZone: options.ucZone,
      onMessage: (message, flow) => edge.receiveFromZone(message, flow),
      onFlowClosed: (flow) => edge.zoneFlowClosed(flow),
      onProvisioning: options.onProvisioning,
      onActive: (address) => options.onZoneActive?.(address),
      onLost: (address) => options.onControlLost?.(address),
      onForgotten: () => options.onControlsForgotten?.(),
      ...(options.alarms === undefined ? {} : { alarms: options.alarms }),
    }),
  )
  edge.zones = zones
  await zones.update()
  const listeners = started.use(edge.listeners)
  await listeners.update()
  edge.neighbors.update()
  const running = started.move()
  const stopping = service('SIP edge', async () => {
    await edge.stop()
    await running.disposeAsync()
  })
  return {
    ...stopping,
    [Symbol.asyncDispose]: stopping.stop,
    get zoneServer() {
      return zones.uc
    },
    zoneStatus: () => zones.status(),
    neighborStatus: () => edge.neighbors.status(),
    updateZones: () => {
      edge.neighbors.update()
      return zones.update()
    },
    updateListeners: () => listeners.update(),
    status: () => edge.status(),
    endCalls: (reason) => dropCalls(edge.context, reason),
  }
}

class Edge {
  readonly context: EdgeContext
  readonly layer: TransactionLayer
  readonly listeners: InternetListeners
  readonly neighbors: Neighbors
  /** What it listens at and dials from. */
  readonly sockets: SideAddresses
  readonly #options: SipEdgeOptions
  readonly #credentials: CredentialService
  readonly #connections: InternetConnections
  readonly #clients: ClientDialler
  readonly #partners: PartnerDialler
  readonly #fromInternet: InternetRequests
  readonly #fromControl: ControlRequests
  #zones: EdgeZones | undefined
  #isStopped = false

  constructor(options: SipEdgeOptions) {
    this.#options = options
    const { environment } = options
    this.sockets = options.addresses ?? { outer: environment.address, inner: environment.address }
    this.layer = new TransactionLayer({
      clock: environment.clocks.monotonic,
      user: {
        onRequest: (transaction) => this.#takeRequest(transaction),
        onAck: (ack, flow) => this.#takeAck(ack, flow),
        onStrayResponse: () => undefined,
      },
    })
    const sides = sidesOf(options, this.sockets)
    this.#credentials = new CredentialService({
      environment,
      layer: () => this.layer,
      side: sides.control,
    })
    this.#connections = new InternetConnections(() => this.context)
    const dialling = { environment, from: this.sockets.outer }
    this.#clients = new ClientDialler({
      ...dialling,
      open: (connection) => this.#connections.open(connection, { isDialled: true }),
      onFailure: (to, error) => this.#dialFailed(to, error),
    })
    this.#partners = new PartnerDialler({
      ...dialling,
      open: (connection) => this.#connections.open(connection, { isDialled: true }).flow,
    })
    this.neighbors = new Neighbors({
      ...dialling,
      own: { fqdn: environment.fqdn, address: sides.client.address },
      zones: () => options.neighbors?.() ?? [],
      sip: {
        layer: this.layer,
        adopt: (connection, { zoneName: neighbor }, adopting) =>
          this.#connections.open(connection, { ...adopting, neighbor }).flow,
      },
    })
    this.context = this.#contextWith(sides)
    this.listeners = new InternetListeners({
      environment,
      log: this.context.log,
      address: this.sockets.outer,
      isTcpOn: () => options.isTcpOn?.() ?? false,
      onConnection: (connection) => {
        const neighbor = this.neighbors.callerOf(connection).zone?.zoneName
        this.#connections.open(connection, neighbor === undefined ? {} : { neighbor })
      },
    })
    const business = this.#businessWith(sides)
    this.#fromInternet = new InternetRequests(this.context, { clients: new ClientRequests(this.context), business })
    this.#fromControl = new ControlRequests(this.context, business)
  }

  set zones(zones: EdgeZones) {
    this.#zones = zones
  }

  async stop(): Promise<void> {
    this.context.calls.endAll('stopped')
    this.neighbors.stop()
    this.layer.stop()
    this.#isStopped = true
    this.#connections.stop()
    await Promise.all([this.#clients.stop(), this.#partners.stop()])
  }

  receiveFromZone(message: SipMessage, flow: SipFlow): void {
    if (!this.#isStopped) this.layer.receive(message, flow)
  }

  zoneFlowClosed(flow: SipFlow): void {
    if (this.#isStopped) return
    this.layer.flowClosed(flow)
    this.#endLost()
  }

  status(): SipEdgeStatus {
    const zones = (this.#zones?.status() ?? []).map(({ port }) => ({ address: this.sockets.inner, port }))
    return {
      listeners: [...this.listeners.locals, ...zones],
      ...edgeStatus(this.context, this.#credentials.asked),
    }
  }

  /** Ends the calls whose Control is gone. Nobody there will: their parties outside are told. */
  #endLost(): void {
    const { calls } = this.context
    for (const call of calls.calls) if (call.way.control() === undefined) sayGoodbye(this.context, call, 'client')
    calls.endAll('traversal zone lost', ({ way }) => way.control() === undefined)
  }

  #businessWith({ client, control }: EdgeContext['sides']): BusinessRequests {
    const { searchRules = () => [], dnsZones = () => [], neighborPolicy = () => undefined, environment } = this.#options
    return new BusinessRequests(this.context, {
      rules: searchRules,
      dnsZones,
      neighbors: this.neighbors,
      neighborPolicy,
      zoneNamed: (name) => this.#zones?.named(name),
      ways: new BusinessWays({ outer: client.address, inner: control.address }),
      partners: new PartnerSearch({ environment, log: this.context.log, dialler: this.#partners }),
    })
  }

  #contextWith(sides: EdgeContext['sides']): EdgeContext {
    const { environment, relay, admission, zones, ucZone: zone, settings, control } = this.#options
    const { clocks, network, fqdn } = environment
    const { wall } = clocks
    const log = environment.log.child('tvcs')
    const named = Object.values(sides).map(({ address }) => address)
    const names = new Set([fqdn.toLowerCase(), ...network.addresses, ...named])
    const isOwnHost = (host: string) => names.has(host.toLowerCase())
    return {
      environment,
      log,
      layer: this.layer,
      remoteAccess: this.#remoteAccessWith(sides, isOwnHost),
      sessions: new ClientSessions(wall, () => settings().registrationLimit, this.#options.onRegistrationUsage),
      dialler: this.#clients,
      calls: new CallTable({
        wall,
        onEnded: (call, ended) => this.#callEnded(call, ended),
      }),
      searches: new SearchHistory({ wall, log }),
      gate: new DigestGate({
        wall,
        random: network.random,
        realm: fqdn,
        ask: (flow, request, credentials) => this.#credentials.ask(flow, request, credentials),
      }),
      relay,
      admission,
      forwarded: new WeakMap(),
      sides,
      isOwnHost,
      onFailure: (failure) => this.#options.onFailure?.(failure),
      zones,
      zone,
      settings,
      control,
    }
  }

  #remoteAccessWith(sides: EdgeContext['sides'], isOwnHost: (host: string) => boolean): RemoteAccess {
    const { ucZone, control, controlAddress = (name) => name } = this.#options
    return new RemoteAccess({
      sides,
      server: () => this.#zones?.uc,
      zoneName: () => ucZone()?.name ?? '',
      known: control,
      addressOf: controlAddress,
      isOwnHost,
    })
  }

  #callEnded(call: EdgeCall, { state, reason, responseCode }: EndedCall): void {
    const event = state === 'Disconnected' ? 'Call Disconnected' : 'Call Rejected'
    const details = { 'Src-alias': call.fromUri, 'Dst-alias': call.toUri, 'Call-serial-number': call.id }
    logSipEvent(this.context, event, { flow: call.flow }, { ...details, Reason: reason, 'Response-code': responseCode })
  }

  #dialFailed(to: Endpoint, error: Error): void {
    const facts = { 'Dst-ip': to.address, 'Dst-port': to.port, Detail: error.message }
    this.context.log.warn('Outbound TLS Negotiation Error', { Service: 'SIP', ...facts, Protocol: 'TLS', Level: 1 })
  }

  #takeRequest(transaction: ServerTransaction): void {
    const zone = this.#zones?.of(transaction.flow)
    if (zone?.take(transaction) === true) return
    const taking = zone === undefined ? this.#fromInternet.take(transaction) : this.#fromControl.take(transaction, zone)
    // A fault of ours ends one request, never the host.
    taking.catch((error: Error) => {
      process.emitWarning(error)
      answerHere(this.context, transaction, { status: 500, reason: 'Server Internal Error' })
    })
  }

  #takeAck(ack: SipRequest, flow: SipFlow): void {
    const zone = this.#zones?.of(flow)
    if (zone === undefined) this.#fromInternet.takeAck(ack, flow)
    else if (zone.isActiveFlow(flow)) this.#fromControl.takeAck(ack, flow)
  }
}

function sidesOf({ namedAddresses, ucZone }: SipEdgeOptions, sockets: SideAddresses): { client: Side; control: Side } {
  const { outer, inner } = namedAddresses ?? sockets
  return {
    client: { zone: clientZone, address: outer, port: 5061, transport: 'TLS' },
    control: {
      get zone() {
        return zoneNameInVia(ucZone()?.name ?? '')
      },
      address: inner,
      get port() {
        return ucZone()?.port ?? 7001
      },
      transport: 'TLS',
    },
  }
}
