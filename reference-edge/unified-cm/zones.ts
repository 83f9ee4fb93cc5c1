import type { HostEnvironment } from '#runtime/host.ts'
import type { Connection } from '#runtime/network.ts'
import type { SipSide } from '../control/sip-side.ts'
import type { CallProcessingNode, NeighborZoneStatus } from './neighbor-zone.ts'
import { NeighborZone, zoneNameOf } from './neighbor-zone.ts'
import type { SearchRule } from './search-rules.ts'
import { aliasFor, searchRuleFor, zonesFor } from './search-rules.ts'

export type { CallProcessingNode, NeighborZoneStatus } from './neighbor-zone.ts'

/** What a request says about the way to a node beside its host. */
export interface WayToNode {
  readonly port?: number
  readonly transport?: 'tcp' | 'tls'
  /** The device has registered over TLS; counts where the request says neither port nor transport. */
  readonly isSecureDevice?: boolean
}

/** Who has dialled this VCS: a node, which has its zone or whose certificate is not good, or nobody known. */
export interface Caller {
  readonly zone?: NeighborZone
  readonly problem?: string
}

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
   * Makes zones for new nodes, over TCP and, where the node has a secure port, over TLS; keeps those that are still
   * the same, closes those of nodes that are gone or changed. Does nothing once stopped: a discovery may end later.
   */
  update(nodes: readonly CallProcessingNode[]): void {
    if (this.#isStopped) return
    const wanted = new Map(nodes.flatMap(zonesOf).map((zone) => [zoneNameOf(zone.transport, zone.node), zone]))
    for (const [name, zone] of this.#zones) if (!isSame(zone, wanted.get(name))) this.#remove(name)
    for (const [name, { transport, node }] of wanted) {
      if (this.#zones.has(name)) continue
      const zone = new NeighborZone({ transport, node, environment: this.#environment, sip: this.#sip })
      this.#zones.set(name, zone)
      zone.check()
    }
    this.#rules = [...this.#zones.values()].map(({ zoneName, transport, node }) =>
      searchRuleFor(aliasFor(node.name, transport === 'TLS'), zoneName),
    )
  }

  /**
   * The zone that the search rules give for a host: the TLS zone where the request asks for it and the node has one,
   * else the TCP zone, so that secure profiles are downgraded without mixed mode. Unified CM may know its node by a
   * bare name or an address: its other names lead there too, since files and dialogs use either.
   */
  find(host: string, way: WayToNode = {}): NeighborZone | undefined {
    const name = this.#nodeName(host)
    const secure = this.#matching(name, true)
    const asksForTls =
      way.transport !== undefined
        ? way.transport === 'tls'
        : way.port !== undefined
          ? way.port === secure?.port
          : way.isSecureDevice === true
    return asksForTls && secure !== undefined ? secure : this.#matching(name, false)
  }

  /** The node that a connection comes from. Over TLS its certificate has to be good where the zone verifies. */
  callerOf({ remote, tls }: Pick<Connection, 'remote' | 'tls'>): Caller {
    const transport = tls === undefined ? 'TCP' : 'TLS'
    const there = [...this.#zones.values()].filter(
      (zone) => zone.transport === transport && zone.address === remote.address,
    )
    if (tls === undefined) return there[0] === undefined ? {} : { zone: there[0] }
    let caller: Caller = {}
    for (const zone of there) {
      const problem = zone.problemOfCaller(tls)
      if (problem === undefined) return { zone }
      caller = { problem: `${zone.zoneName}: ${problem}` }
    }
    return caller
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

  /** The node's name in its cluster for any of its names; the host itself where it is none of a node. */
  #nodeName(host: string): string {
    const wanted = host.toLowerCase()
    const zones = [...this.#zones.values()]
    const means = (names: (zone: NeighborZone) => string | undefined) =>
      zones.find((zone) => names(zone)?.toLowerCase() === wanted)
    const zone = means(({ node }) => node.name) ?? means(({ node }) => node.fqdn) ?? means(({ address }) => address)
    return zone?.node.name ?? host
  }

  /** Two long names may fit one regular expression: among what fits, the zone of that very name comes first. */
  #matching(name: string, isSecure: boolean): NeighborZone | undefined {
    const found = zonesFor(this.#rules, aliasFor(name, isSecure)).flatMap((zone) => this.#zones.get(zone) ?? [])
    return found.find((zone) => zone.node.name === name) ?? found[0]
  }

  #remove(name: string): void {
    this.#zones.get(name)?.stop()
    this.#zones.delete(name)
  }
}

interface WantedZone {
  readonly transport: 'TCP' | 'TLS'
  readonly node: CallProcessingNode
}

/** A TCP zone always, a TLS zone besides where the node has a secure port (guide, Automatically generated zones). */
function zonesOf(node: CallProcessingNode): WantedZone[] {
  const tcp: WantedZone = { transport: 'TCP', node }
  return node.sipTlsPort === undefined ? [tcp] : [tcp, { transport: 'TLS', node }]
}

/** Whether a refresh leaves a zone as it is: a change of the other transport does not disturb it. */
function isSame(zone: NeighborZone, wanted: WantedZone | undefined): boolean {
  if (wanted === undefined) return false
  const { node } = wanted
  const isSameWay =
    zone.transport === 'TCP'
      ? zone.node.sipTcpPort === node.sipTcpPort
      : zone.node.sipTlsPort === node.sipTlsPort && zone.node.tlsVerify === node.tlsVerify
  return isSameWay && zone.node.fqdn === node.fqdn && zone.node.address === node.address
}
