import type { Timer } from '#runtime/clock.ts'
import type { HostEnvironment } from '#runtime/host.ts'
import type { Connection } from '#runtime/network.ts'
import type { SipConnection } from '../protocol/sip/connection.ts'
import type { SipSide } from '../control/sip-side.ts'
import type { SipPeer } from '../control/sip-peer.ts'
import { PeerUnreachable, sipSourcePorts } from '../control/sip-peer.ts'
import type { SearchRule } from './search-rules.ts'
import { searchRuleFor, zonesFor } from './search-rules.ts'

/** A Unified CM node with the CallManager service, as discovery tells it. */
export interface CallProcessingNode {
  /** As Unified CM itself has it: what the zone is called and the search rule matches. */
  readonly name: string
  /** The name with its domain, and where it leads, as far as discovery has resolved it. */
  readonly fqdn?: string
  readonly address?: string
  /** Of its SIP line service over TCP; default 5060. */
  readonly sipTcpPort?: number
}

export interface NeighborZoneStatus {
  readonly name: string
  readonly type: 'Neighbor'
  readonly node: string
  readonly address: string | undefined
  readonly state: 'Active' | 'Failed' | 'Checking'
  readonly reason?: string
}

const sipPort = 5060

/** The automatically generated zones of the discovered nodes, with their search rules. */
export class NeighborZones {
  readonly #environment: HostEnvironment
  readonly #sip: SipSide
  #zones = new Map<string, NeighborZone>()
  #rules: readonly SearchRule[] = []
  #isStopped = false

  constructor(environment: HostEnvironment, sip: SipSide) {
    this.#environment = environment
    this.#sip = sip
  }

  /**
   * Makes zones for new nodes, keeps those that are still there, closes those of nodes that are gone. Does nothing once
   * stopped: a discovery may end later.
   */
  update(nodes: readonly CallProcessingNode[]): void {
    if (this.#isStopped) return
    const wanted = new Map(nodes.map((node) => [`CEtcp-${node.name}`, node]))
    for (const [name, zone] of this.#zones) if (!isSameNode(zone.node, wanted.get(name))) this.#remove(name)
    for (const [name, node] of wanted) {
      if (this.#zones.has(name)) continue
      const zone = new NeighborZone(name, node, this.#environment, this.#sip)
      this.#zones.set(name, zone)
      zone.check()
    }
    this.#rules = [...this.#zones.values()].map((zone) => searchRuleFor(zone.node.name, zone.zoneName))
  }

  /**
   * The zone that the search rules give for a host. Unified CM may know its node by a bare name or an address: its other
   * names lead there too, since files and dialogs use either.
   */
  find(host: string): NeighborZone | undefined {
    const [name] = zonesFor(this.#rules, host)
    if (name !== undefined) return this.#zones.get(name)
    const wanted = host.toLowerCase()
    return [...this.#zones.values()].find(({ node }) => node.fqdn?.toLowerCase() === wanted) ?? this.byAddress(host)
  }

  /** The zone of the node that a connection comes from. */
  byAddress(address: string): NeighborZone | undefined {
    return [...this.#zones.values()].find((zone) => zone.address === address)
  }

  status(): { readonly zones: NeighborZoneStatus[]; readonly searchRules: readonly SearchRule[] } {
    return { zones: [...this.#zones.values()].map((zone) => zone.status()), searchRules: this.#rules }
  }

  /** Dials every node without a connection now. */
  retry(): void {
    for (const zone of this.#zones.values()) zone.check()
  }

  stop(): void {
    this.#isStopped = true
    for (const name of [...this.#zones.keys()]) this.#remove(name)
    this.#rules = []
  }

  #remove(name: string): void {
    this.#zones.get(name)?.stop()
    this.#zones.delete(name)
  }
}

/** One node: a TCP connection kept open, dialled when it is needed and not there. */
export class NeighborZone implements SipPeer {
  readonly side = 'inside'
  readonly transport = 'TCP'
  readonly zoneName: string
  readonly node: CallProcessingNode
  readonly #environment: HostEnvironment
  readonly #sip: SipSide
  readonly #stopping = new AbortController()
  #address: string | undefined
  #connection: SipConnection | undefined
  #dialling: Promise<SipConnection> | undefined
  #reason: string | undefined
  #nextCheck: Timer | undefined

  constructor(zoneName: string, node: CallProcessingNode, environment: HostEnvironment, sip: SipSide) {
    this.zoneName = zoneName
    this.node = node
    this.#environment = environment
    this.#sip = sip
    this.#address = node.address
  }

  get address(): string | undefined {
    return this.#address
  }

  connect(): Promise<SipConnection> {
    if (this.#connection?.isOpen === true) return Promise.resolve(this.#connection)
    this.#dialling ??= this.#dial().finally(() => (this.#dialling = undefined))
    return this.#dialling
  }

  /** Dials where there is no connection, now and with growing pauses while the node cannot be reached. */
  check(pauseMs = firstPauseMs): void {
    this.#nextCheck?.cancel()
    this.#nextCheck = undefined
    this.connect().catch(() => this.#checkLater(pauseMs))
  }

  status(): NeighborZoneStatus {
    const state = this.#connection !== undefined ? 'Active' : this.#reason === undefined ? 'Checking' : 'Failed'
    return {
      name: this.zoneName,
      type: 'Neighbor',
      node: this.node.name,
      address: this.#address,
      state,
      ...(state === 'Failed' && this.#reason !== undefined ? { reason: this.#reason } : {}),
    }
  }

  stop(): void {
    this.#stopping.abort()
    this.#nextCheck?.cancel()
    this.#connection?.close('zone removed')
  }

  async #dial(): Promise<SipConnection> {
    let connection: Connection
    try {
      connection = await this.#open()
    } catch (error) {
      this.#reason = (error as Error).message
      this.#log.warn('External Server Communication Failure', { Zone: this.zoneName, Reason: this.#reason })
      throw new PeerUnreachable(`${this.zoneName}: ${this.#reason}`, { cause: error })
    }
    if (this.#stopping.signal.aborted) {
      connection.destroy()
      throw new PeerUnreachable(`${this.zoneName} was removed`)
    }
    this.#reason = undefined
    const adopted = this.#sip.adopt(connection, this, { isDialled: true, onClose: (why) => this.#lost(adopted, why) })
    this.#connection = adopted
    return adopted
  }

  async #open(): Promise<Connection> {
    const { network } = this.#environment
    const [address] = await network.resolver.addresses(this.node.address ?? this.node.name)
    if (address === undefined) throw new Error(`${this.node.name} has no address`)
    this.#address = address
    return network.dialTcp({
      to: { address, port: this.node.sipTcpPort ?? sipPort },
      protocol: 'SIP',
      sourcePorts: sipSourcePorts,
      signal: this.#stopping.signal,
    })
  }

  #lost(connection: SipConnection, why: string): void {
    if (this.#connection !== connection) return
    this.#connection = undefined
    this.#reason = `connection lost: ${why}`
    this.#log.info('TCP Connection Closed', { Zone: this.zoneName, Reason: why })
    this.#checkLater(firstPauseMs)
  }

  #checkLater(pauseMs: number): void {
    if (this.#stopping.signal.aborted) return
    const { monotonic } = this.#environment.clocks
    this.#nextCheck?.cancel()
    this.#nextCheck = monotonic.after(pauseMs, () => this.check(Math.min(longestPauseMs, pauseMs * 2)))
  }

  get #log() {
    return this.#environment.log.child('network.tcp')
  }
}

/** Real time. */
const firstPauseMs = 250
const longestPauseMs = 30_000

function isSameNode(one: CallProcessingNode, other: CallProcessingNode | undefined): boolean {
  return (
    other !== undefined &&
    one.name === other.name &&
    one.fqdn === other.fqdn &&
    one.address === other.address &&
    one.sipTcpPort === other.sipTcpPort
  )
}
