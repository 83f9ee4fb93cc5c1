import type { Timer } from '#runtime/clock.ts'
import type { HostEnvironment } from '#runtime/host.ts'
import type { Connection } from '#runtime/network.ts'
import type { Service } from '#runtime/service.ts'
import type { AlarmPanel } from '../alarms/alarm-panel.ts'
import { sipProductName } from '../product-name.ts'
import { checkPeerName } from '../certificates/peer-name.ts'
import { serverWarning } from '../certificates/peer-verification.ts'
import { viaTowards } from '../control/hop.ts'
import type { OwnSipNames, SipPeer } from '../control/sip-peer.ts'
import { PeerUnreachable, sipSourcePorts } from '../control/sip-peer.ts'
import type { SipSide } from '../control/sip-side.ts'
import type { SipConnection } from '../protocol/sip/connection.ts'
import { answerChallenge, parseChallenge } from '../protocol/sip/digest.ts'
import type { SipRequest, SipResponse } from '../protocol/sip/message.ts'
import { createRequest } from '../protocol/sip/message.ts'
import { ZoneClocks } from './zone-clocks.ts'
import { ZoneFailure } from './zone-failure.ts'

/** Page Zones › Edit zone of a traversal client zone; read again at each attempt. */
export interface TraversalClientZone {
  readonly name: string
  /** SIP Mode: On. */
  readonly isSipOn: boolean
  readonly transport: 'TLS' | 'TCP'
  /** TLS verify mode: On. The Expressway's certificate counts then, and holds the peer address. */
  readonly tlsVerify: boolean
  /** One of the peer addresses: the Expressway's name or address. */
  readonly peer: string
  /** Default 7001. */
  readonly port: number
  readonly username: string
  readonly password: string
}

export interface ZoneClientOptions {
  readonly environment: HostEnvironment
  readonly own: OwnSipNames
  readonly sip: SipSide
  readonly zone: () => TraversalClientZone
  /** Whether this zone carries remote access; requests that come over another one belong to no zone. Default yes. */
  readonly isForRemoteAccess?: () => boolean
  /** The zone has become active; the provisioning exchange follows. */
  readonly onActive: () => void
  /** Told of clocks that differ (25022). */
  readonly alarms?: AlarmPanel
  /** What those alarms name. Default: the zone. */
  readonly alarmCase?: () => string
}

export interface ZoneClientStatus {
  readonly name: string
  readonly type: 'Traversal client'
  readonly state: 'Connecting' | 'Active' | 'Failed'
  readonly peer: string
  readonly port: number
  readonly transport: 'TLS' | 'TCP'
  /** Where the peer's name led. */
  readonly address?: string
  readonly reason?: string
  /** What can be done about it, where it is known. */
  readonly action?: string
  /** What is amiss with the Expressway's certificate though the zone is active. */
  readonly warning?: string
  /** How far the Expressway's clock is ahead of ours, from the Date of its last answer. */
  readonly clockDifferenceSeconds?: number
}

/** The Control's end of a traversal zone towards one peer: dials that Expressway, proves itself and stays. */
export class ZoneClient implements Service {
  readonly name = 'traversal zone'
  readonly peer: SipPeer
  readonly #options: ZoneClientOptions
  readonly #stopping = new AbortController()
  #state: ZoneClientStatus['state'] = 'Connecting'
  #failure: ZoneFailure | undefined
  #warning: string | undefined
  #address: string | undefined
  readonly #clocks: ZoneClocks
  #connection: SipConnection | undefined
  #endSession: (failure: ZoneFailure) => void = () => undefined
  #wake: () => void = () => undefined
  #quickPauseMs = firstPauseMs
  #nonceCount = 0
  readonly #running: Promise<void>

  static start(options: ZoneClientOptions): ZoneClient {
    return new ZoneClient(options)
  }

  private constructor(options: ZoneClientOptions) {
    this.#options = options
    this.#clocks = new ZoneClocks(
      options.environment.clocks.wall,
      options.alarms,
      options.alarmCase ?? (() => options.zone().name),
    )
    this.peer = {
      side: 'outside',
      get transport() {
        return options.zone().transport
      },
      get zoneName() {
        return options.zone().name
      },
      get peerAddress() {
        return options.zone().peer
      },
      connect: () => this.#activeConnection(),
    }
    this.#running = this.#run()
  }

  status(): ZoneClientStatus {
    const { name, peer, port, transport } = this.#options.zone()
    return {
      name,
      type: 'Traversal client',
      state: this.#state,
      peer,
      port,
      transport,
      ...(this.#address === undefined ? {} : { address: this.#address }),
      ...(this.#state === 'Failed' ? reasonOf(this.#failure) : {}),
      ...(this.#state === 'Active' && this.#warning !== undefined ? { warning: this.#warning } : {}),
      ...this.#clocks.status(),
    }
  }

  /** Tries at once where the zone has failed and waits for its next try. */
  retry(): void {
    this.#quickPauseMs = firstPauseMs
    this.#wake()
  }

  /** Closes the connection and begins anew, as after a change of the zone's configuration. */
  restart(): void {
    this.#quickPauseMs = firstPauseMs
    this.#endSession(ZoneFailure.changed())
    this.#wake()
  }

  /**
   * The provisioning exchange: our side of it as JSON, the Expressway's in return. Rejects where the zone fails, with
   * `ExchangeRefused` where the Expressway does not want it.
   */
  async exchange(document: unknown): Promise<unknown> {
    const connection = await this.#activeConnection()
    const { peer } = this.#options.zone()
    const request = this.#request('SERVICE', `sip:provisioning@${peer}`, [
      ['Event', 'ssh-tunnel'],
      ['Content-Type', 'application/json'],
    ])
    request.body = Buffer.from(JSON.stringify(document))
    const response = await this.#send(request, connection)
    if (response.status !== 200) throw new ExchangeRefused(response)
    return JSON.parse(response.body.toString())
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#endSession(ZoneFailure.changed())
    this.#wake()
    await this.#running
    this.#clocks.forget()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  get #carriesRemoteAccess(): boolean {
    return this.#options.isForRemoteAccess?.() ?? true
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const failure = await this.#session()
      this.#connection?.close(failure.reason)
      this.#connection = undefined
      if (this.#stopping.signal.aborted) return
      this.#fail(failure)
      if (failure.kind !== 'changed') await this.#pause(failure)
    }
  }

  /** Dials, proves itself and keeps the zone up; the value is why that ended. */
  async #session(): Promise<ZoneFailure> {
    const { promise: ended, resolve: end } = Promise.withResolvers<ZoneFailure>()
    this.#endSession = end
    try {
      if (!this.#options.zone().isSipOn) return ZoneFailure.sipOff()
      // One that has failed is failed, with its reason, until it is active again.
      if (this.#failure === undefined || this.#failure.kind === 'changed') this.#state = 'Connecting'
      const connection = await this.#dial()
      this.#warning = this.#isVerifying ? serverWarning(connection.tls?.peerCertificate)?.says : undefined
      this.#connection = this.#options.sip.adopt(connection, this.peer, {
        isDialled: true,
        onClose: (why) => end(ZoneFailure.lost(why)),
      })
      await Promise.race([this.#authenticate(this.#connection), ended.then((failure) => Promise.reject(failure))])
      this.#activate()
      const keepalive = this.#keepAlive(this.#connection)
      return await ended.finally(() => keepalive.cancel())
    } catch (error) {
      return error instanceof ZoneFailure ? error : ZoneFailure.of(error, this.#options.zone().peer)
    }
  }

  async #dial(): Promise<Connection> {
    const { environment, zone } = this.#options
    const { network, identity } = environment
    const { peer, port, transport } = zone()
    const [address] = await network.resolver.addresses(peer)
    if (address === undefined) throw ZoneFailure.unresolved(peer)
    this.#address = address
    const { signal } = this.#stopping
    const dialled = { to: { address, port }, protocol: 'SIP', sourcePorts: sipSourcePorts, signal }
    if (transport === 'TCP') return network.dialTcp(dialled)
    const verification = this.#isVerifying ? { checkName: checkPeerName } : { acceptAny: true }
    return network.dialTls({
      ...dialled,
      tls: { serverName: peer, ...verification, ...(identity === undefined ? {} : { identity }) },
    })
  }

  get #isVerifying(): boolean {
    const { transport, tlsVerify } = this.#options.zone()
    return transport === 'TLS' && tlsVerify
  }

  /** OPTIONS, its challenge, OPTIONS with credentials (wire facts §6.7). */
  async #authenticate(connection: SipConnection): Promise<void> {
    const first = await this.#send(this.#zoneOptions(), connection)
    if (first.status === 200) return
    const challenge = parseChallenge(first.first('www-authenticate') ?? '')
    // Only ever for a traversal zone's realm: a password is not for whoever asks.
    if (first.status !== 401 || challenge === undefined || !challenge.realm.startsWith('traversal')) {
      throw ZoneFailure.answered(first.status, first.reason)
    }
    const { username, password } = this.#options.zone()
    const request = this.#zoneOptions()
    const cnonce = this.#options.environment.random.hex(16)
    const credentials = answerChallenge(
      challenge,
      { method: 'OPTIONS', uri: request.requestUri },
      { username, secret: { password } },
      { nonceCount: (this.#nonceCount = 1), cnonce },
    )
    const second = await this.#send(request.set('Authorization', credentials), connection)
    if (second.status === 401 || second.status === 403) throw ZoneFailure.authentication()
    if (second.status !== 200) throw ZoneFailure.answered(second.status, second.reason)
  }

  #keepAlive(connection: SipConnection): Timer {
    const { wall } = this.#options.environment.clocks
    return wall.every(keepaliveMs, 'traversal zone keepalive', async () => {
      try {
        await this.#authenticate(connection)
      } catch (error) {
        this.#endSession(error instanceof ZoneFailure ? error : ZoneFailure.of(error, this.#options.zone().peer))
      }
    })
  }

  #activate(): void {
    this.#state = 'Active'
    this.#failure = undefined
    this.#quickPauseMs = firstPauseMs
    this.#log.info('Zone Active', { Zone: this.#options.zone().name })
    if (this.#warning !== undefined) this.#log.warn('Certificate Management', { Detail: this.#warning })
    this.#options.onActive()
  }

  #fail(failure: ZoneFailure): void {
    const { name, peer, port, transport } = this.#options.zone()
    const isNew = this.#failure?.reason !== failure.reason
    this.#state = 'Failed'
    this.#clocks.forget()
    this.#failure = failure
    if (!isNew) return
    const isTls = failure.kind === 'tls'
    this.#log.warn(isTls ? 'Outbound TLS Negotiation Error' : 'External Server Communication Failure', {
      Service: 'SIP',
      Zone: name,
      'Src-ip': this.#options.own.address,
      'Dst-ip': this.#address,
      'Dst-port': port,
      Detail: failure.reason,
      Protocol: transport,
      ...(isTls ? { 'Common-name': peer } : {}),
    })
  }

  /** What waiting may mend is tried again soon; what an administrator must mend after the zone's retry interval. */
  #pause(failure: ZoneFailure): Promise<void> {
    const { monotonic, wall } = this.#options.environment.clocks
    return new Promise((resolve) => {
      const isQuick = failure.kind === 'network'
      const timer = isQuick
        ? monotonic.after(this.#quickPauseMs, resolve)
        : wall.after(retryIntervalMs, 'traversal zone retry', resolve)
      if (isQuick) this.#quickPauseMs = Math.min(longestPauseMs, this.#quickPauseMs * 2)
      this.#wake = () => {
        timer.cancel()
        resolve()
      }
      if (this.#stopping.signal.aborted) this.#wake()
    })
  }

  async #activeConnection(): Promise<SipConnection> {
    if (this.#state === 'Active' && this.#connection?.isOpen === true) return this.#connection
    throw new PeerUnreachable(`traversal zone ${this.#options.zone().name} is ${this.#state}`)
  }

  #zoneOptions(): SipRequest {
    const { peer, port, transport } = this.#options.zone()
    return this.#request('OPTIONS', `sip:${peer}:${port};transport=${transport.toLowerCase()}`, [
      ['Supported', 'com.tandberg.vcs.resourceusage'],
    ]).set('Max-Forwards', '0')
  }

  #request(method: string, requestUri: string, headers: [string, string][]): SipRequest {
    const { own, environment, zone } = this.#options
    const { random, clocks } = environment
    return createRequest({
      method,
      requestUri,
      headers: [
        ['Via', viaTowards(this.peer, own, random, random.uuid())],
        ['Call-ID', `${random.hex(16)}@${own.address}`],
        ['CSeq', `${random.integer(1, 65_535)} ${method}`],
        ['From', `<sip:${own.address}>;tag=${random.hex(16)}`],
        ['To', `<sip:${zone().peer}:${zone().port}>`],
        ['Max-Forwards', '15'],
        ['User-Agent', sipProductName],
        ['Date', clocks.wall.now().toUTCString()],
        ...headers,
      ],
    })
  }

  #send(request: SipRequest, connection: SipConnection): Promise<SipResponse> {
    return new Promise((resolve, reject) => {
      const sent = this.#options.sip.layer.request(request, connection, {
        onResponse: (response) => {
          if (response.status < 200) return
          this.#clocks.note(response)
          resolve(response)
        },
        onTimeout: () => reject(ZoneFailure.silent()),
        onTransportError: () => reject(ZoneFailure.lost('connection closed')),
      })
      if (sent === undefined) reject(ZoneFailure.lost('too many transactions'))
    })
  }

  get #log() {
    return this.#options.environment.log.child('tvcs')
  }
}

/** The Expressway's end of the zone takes no part in Unified Communications services. */
export class ExchangeRefused extends Error {
  readonly code = 'MRA_EXCHANGE_REFUSED'

  constructor(response: SipResponse) {
    const why = /"([^"]*)"/.exec(response.first('warning') ?? '')?.[1]
    super(why ?? `the VCS Expressway answered ${response.status} ${response.reason}`)
  }
}

function reasonOf(failure: ZoneFailure | undefined): { reason?: string; action?: string } {
  if (failure === undefined) return {}
  const { reason, action } = failure
  return { reason, ...(action === undefined ? {} : { action }) }
}

/** Host time; the product's interval is not known (wire facts §6.7). */
const keepaliveMs = 30_000
/** RetryInterval of a traversal client zone, host time. */
const retryIntervalMs = 120_000
/** Real time: an Expressway that is just starting or restarting is found soon. */
const firstPauseMs = 100
const longestPauseMs = 5_000
