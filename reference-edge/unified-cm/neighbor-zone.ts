import type { Timer } from '#runtime/clock.ts'
import type { HostEnvironment } from '#runtime/host.ts'
import type { Connection, TlsFacts } from '#runtime/network.ts'
import type { SipConnection } from '../protocol/sip/connection.ts'
import type { SipPeer } from '../control/sip-peer.ts'
import { PeerUnreachable, sipSourcePorts } from '../control/sip-peer.ts'
import type { SipSide } from '../control/sip-side.ts'
import { checkNodeName } from './node-certificate.ts'
import type { ZoneReason } from './zone-reason.ts'
import { problemOfCaller, reasonOf, refusedBehindHandshake } from './zone-reason.ts'

/** A Unified CM node with the CallManager service, as discovery tells it. */
export interface CallProcessingNode {
  /** As Unified CM itself has it: what the zone is called, connects to, and the search rule matches. */
  readonly name: string
  /** The name with its domain, and where it leads, as far as discovery has resolved it. */
  readonly fqdn?: string
  readonly address?: string
  /** SIP phone port; default 5060. */
  readonly sipTcpPort?: number
  /** SIP phone secure port; none without mixed mode. */
  readonly sipTlsPort?: number
  /** TLS verify mode of the discovery; default On. */
  readonly tlsVerify?: boolean
}

export interface NeighborZoneStatus {
  readonly name: string
  readonly type: 'Neighbor'
  readonly transport: 'TCP' | 'TLS'
  readonly port: number
  /** Of TLS zones. */
  readonly tlsVerifyMode?: 'On' | 'Off'
  readonly node: string
  readonly address: string | undefined
  readonly state: 'Active' | 'Failed' | 'Checking'
  /** In words, where the zone has failed. */
  readonly reason?: string
  /** What can be done about it, where that is known. */
  readonly action?: string
  /** No administrator changes or deletes an automatically generated zone. */
  readonly configurable: false
}

export interface NeighborZoneOptions {
  readonly transport: 'TCP' | 'TLS'
  readonly node: CallProcessingNode
  readonly environment: HostEnvironment
  readonly sip: SipSide
}

export function zoneNameOf(transport: 'TCP' | 'TLS', { name }: CallProcessingNode): string {
  return `${transport === 'TCP' ? 'CEtcp' : 'CEtls'}-${name}`
}

/** One node over one transport: a connection kept open, dialled when it is needed and not there. */
export class NeighborZone implements SipPeer {
  readonly side = 'inside'
  readonly transport: 'TCP' | 'TLS'
  readonly zoneName: string
  readonly node: CallProcessingNode
  readonly #environment: HostEnvironment
  readonly #sip: SipSide
  readonly #stopping = new AbortController()
  #address: string | undefined
  #connection: SipConnection | undefined
  #dialling: Promise<SipConnection> | undefined
  #reason: ZoneReason | undefined
  #pauseMs = firstPauseMs
  #nextCheck: Timer | undefined
  #settling: Timer | undefined

  constructor({ transport, node, environment, sip }: NeighborZoneOptions) {
    this.transport = transport
    this.zoneName = zoneNameOf(transport, node)
    this.node = node
    this.#environment = environment
    this.#sip = sip
    this.#address = node.address
  }

  get address(): string | undefined {
    return this.#address
  }

  get port(): number {
    return this.transport === 'TCP'
      ? (this.node.sipTcpPort ?? usualPorts.TCP)
      : (this.node.sipTlsPort ?? usualPorts.TLS)
  }

  get tlsVerify(): boolean {
    return this.transport === 'TLS' && this.node.tlsVerify !== false
  }

  connect(): Promise<SipConnection> {
    if (this.#connection?.isOpen === true) return Promise.resolve(this.#connection)
    this.#dialling ??= this.#dial().finally(() => (this.#dialling = undefined))
    return this.#dialling
  }

  /** Dials where there is no connection, now and with growing pauses while the node cannot be reached. */
  check(): void {
    this.#nextCheck?.cancel()
    this.#nextCheck = undefined
    this.connect().catch(() => this.#checkLater())
  }

  /** Why a TLS connection that the node has dialled is not taken for one of this zone; undefined where it is. */
  problemOfCaller(tls: TlsFacts): string | undefined {
    return this.tlsVerify ? problemOfCaller(tls, this.node.name) : undefined
  }

  status(): NeighborZoneStatus {
    const isUp = this.#connection !== undefined && this.#settling === undefined
    const state = isUp ? 'Active' : this.#reason === undefined ? 'Checking' : 'Failed'
    return {
      name: this.zoneName,
      type: 'Neighbor',
      transport: this.transport,
      port: this.port,
      ...(this.transport === 'TLS' ? { tlsVerifyMode: this.tlsVerify ? 'On' : 'Off' } : {}),
      node: this.node.name,
      address: this.#address,
      state,
      ...(state === 'Failed' ? this.#failure() : {}),
      configurable: false,
    }
  }

  stop(): void {
    this.#stopping.abort()
    this.#nextCheck?.cancel()
    this.#settling?.cancel()
    this.#connection?.close('zone removed')
  }

  async #dial(): Promise<SipConnection> {
    let connection: Connection
    try {
      connection = await this.#open()
    } catch (error) {
      const reason = reasonOf(error, this.node.name)
      this.#failed(reason)
      throw new PeerUnreachable(`${this.zoneName}: ${reason.says}`, { cause: error })
    }
    if (this.#stopping.signal.aborted) {
      connection.destroy()
      throw new PeerUnreachable(`${this.zoneName} was removed`)
    }
    const adopted = this.#sip.adopt(connection, this, { isDialled: true, onClose: (why) => this.#lost(adopted, why) })
    this.#connection = adopted
    if (this.transport === 'TCP') this.#settled()
    else this.#settling = this.#environment.clocks.monotonic.after(settlingMs, () => this.#settled())
    return adopted
  }

  async #open(): Promise<Connection> {
    const { network, identity } = this.#environment
    const { name } = this.node
    const [address] = await network.resolver.addresses(name)
    if (address === undefined) throw new Error(`${name} has no address`)
    this.#address = address
    const options = {
      to: { address, port: this.port },
      protocol: 'SIP',
      sourcePorts: sipSourcePorts,
      signal: this.#stopping.signal,
    }
    if (this.transport === 'TCP') return network.dialTcp(options)
    const checked = this.tlsVerify ? { checkName: checkNodeName } : { acceptAny: true }
    const tls = { serverName: name, ...checked, ...(identity === undefined ? {} : { identity }) }
    return network.dialTls({ ...options, tls })
  }

  #settled(): void {
    this.#settling = undefined
    this.#reason = undefined
    this.#pauseMs = firstPauseMs
  }

  #lost(connection: SipConnection, why: string): void {
    if (this.#connection !== connection) return
    this.#connection = undefined
    const wasRefused = this.#settling !== undefined
    this.#settling?.cancel()
    this.#settling = undefined
    if (this.#stopping.signal.aborted) return
    if (wasRefused) this.#failed(refusedBehindHandshake(why))
    else {
      this.#reason = { says: `connection lost: ${why}` }
      this.#log.info('TCP Connection Closed', { Zone: this.zoneName, Reason: why })
    }
    this.#checkLater()
  }

  #failure(): Pick<NeighborZoneStatus, 'reason' | 'action'> {
    const { says, action } = this.#reason ?? {}
    return { ...(says === undefined ? {} : { reason: says }), ...(action === undefined ? {} : { action }) }
  }

  #failed(reason: ZoneReason): void {
    this.#reason = reason
    if (this.#stopping.signal.aborted) return
    const where = { Zone: this.zoneName, 'Dst-ip': this.#address, 'Dst-port': this.port }
    this.#log.warn('External Server Communication Failure', { ...where, Reason: reason.says })
    if (reason.isTls !== true) return
    this.#environment.log.child('network.sip').warn('Outbound TLS Negotiation Error', {
      ...where,
      Service: 'SIP',
      Detail: reason.says,
      Protocol: 'TLS',
      'Common-name': this.node.name,
    })
  }

  #checkLater(): void {
    if (this.#stopping.signal.aborted) return
    this.#nextCheck?.cancel()
    this.#nextCheck = this.#environment.clocks.monotonic.after(this.#pauseMs, () => this.check())
    this.#pauseMs = Math.min(longestPauseMs, this.#pauseMs * 2)
  }

  get #log() {
    return this.#environment.log.child('network.tcp')
  }
}

const usualPorts = { TCP: 5060, TLS: 5061 } as const

/** Real time. */
const firstPauseMs = 250
const longestPauseMs = 30_000
/** With TLS 1.3 a node refuses our certificate behind the handshake: only a connection that stays is one. */
const settlingMs = 300
