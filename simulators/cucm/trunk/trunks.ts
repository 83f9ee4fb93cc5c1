import type { Connection, HostNetwork } from '#runtime/network.ts'
import type { Log } from '#runtime/log.ts'
import type { SipAgent } from '#simulators/protocol/sip/agent.ts'
import type { SipLink } from '#simulators/protocol/sip/link.ts'
import type { Cluster } from '../cluster.ts'
import type { UnifiedCmConfiguration } from '../configuration.ts'
import type { Route } from './route-patterns.ts'
import { routeOf } from './route-patterns.ts'
import { TrunkListeners } from './trunk-listeners.ts'

export type SipTrunk = UnifiedCmConfiguration['sipTrunks'][number]
type SecurityProfile = UnifiedCmConfiguration['sipTrunkSecurityProfiles'][number]

export interface TrunksOptions {
  readonly network: HostNetwork
  readonly cluster: Cluster
  readonly log: Log
  readonly agent: () => SipAgent
  readonly onConnection: (connection: Connection) => void
}

/**
 * The SIP trunks of this node. A security profile is in force as it was when the service started, when the profile was
 * added, or at its last "Apply Config": what is only saved waits. The Incoming Port of the profiles in use is listened
 * on over TCP; where it is the SIP Phone Port, what comes from a trunk's Destination Address is trunk traffic.
 */
export class Trunks implements AsyncDisposable {
  readonly #options: TrunksOptions
  readonly #listeners: TrunkListeners
  readonly #inForce = new Map<string, SecurityProfile>()
  /** Connections that this node has opened, and the trunk they are of. */
  readonly #dialled = new WeakMap<SipLink, string>()

  constructor(options: TrunksOptions) {
    this.#options = options
    this.#listeners = new TrunkListeners(options.network, options.onConnection)
    this.#note()
  }

  /** Ports listened on for trunks only. */
  get ports(): number[] {
    return this.#listeners.ports
  }

  /** Before the ports of the line side are opened: closes what is no longer a trunk's alone. */
  async release(): Promise<void> {
    this.#note()
    await this.#listeners.keepOnly(this.#wanted())
  }

  /** Behind them: opens what is missing. */
  async open(): Promise<void> {
    await this.#listeners.open(this.#wanted())
  }

  /** Apply Config of a SIP Trunk Security Profile. */
  async apply(profile: string): Promise<void> {
    this.#inForce.delete(profile)
    await this.release()
    await this.open()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#listeners[Symbol.asyncDispose]()
  }

  /** Whether a connection came in on a port of trunks, its own or one shared with the line side, or was opened for one. */
  concerns(link: SipLink): boolean {
    return this.#dialled.has(link) || this.#on(portOf(link)).length > 0
  }

  /** Whether devices register on this connection's port too. */
  isShared(link: SipLink): boolean {
    return portOf(link) === this.#linePort
  }

  /** The trunk that a connection is of: what comes from its Destination Address on its Incoming Port. */
  async of(link: SipLink): Promise<SipTrunk | undefined> {
    const name = this.#dialled.get(link)
    if (name !== undefined) return this.#named(name)
    for (const trunk of this.#on(portOf(link))) {
      const addresses = await this.#addressesOf(trunk)
      if (addresses.includes(link.remote.address)) return trunk
    }
    return undefined
  }

  /** The port of ours that a connection's Contact names; undefined where it is the line side's. */
  contactPort(link: SipLink): number | undefined {
    const name = this.#dialled.get(link)
    const trunk = name === undefined ? undefined : this.#named(name)
    if (trunk !== undefined) return this.#inForce.get(trunk.sipTrunkSecurityProfile)?.incomingPort
    return this.#on(portOf(link)).length > 0 ? portOf(link) : undefined
  }

  /** Where a number or URI goes that is no line here. */
  route(number: string, domain: string | undefined): (Omit<Route, 'trunk'> & { readonly trunk: SipTrunk }) | undefined {
    const route = routeOf(this.#options.cluster.configuration, number, domain)
    const trunk = route === undefined ? undefined : this.#named(route.trunk)
    return route === undefined || trunk === undefined ? undefined : { ...route, trunk }
  }

  /** An open connection to a trunk's destination, or a new one; rejects where it cannot be reached. */
  async linkTo(trunk: SipTrunk): Promise<SipLink> {
    const { destinationAddress, destinationPort, name } = trunk
    const [address] = await this.#addressesOf(trunk)
    if (address === undefined) throw new Error(`${destinationAddress} has no address`)
    const hop = { transport: 'TCP', address, port: destinationPort, serverName: destinationAddress } as const
    const link = await this.#options.agent().linkTo(hop)
    this.#dialled.set(link, name)
    return link
  }

  get #linePort(): number {
    return this.#options.cluster.thisServer.sipPhonePort
  }

  #named(name: string): SipTrunk | undefined {
    return this.#options.cluster.configuration.sipTrunks.find((trunk) => trunk.name === name)
  }

  /** Trunks whose Incoming Port in force is this one. */
  #on(port: number): SipTrunk[] {
    const { sipTrunks } = this.#options.cluster.configuration
    return sipTrunks.filter((trunk) => {
      const profile = this.#inForce.get(trunk.sipTrunkSecurityProfile)
      return profile?.incomingPort === port && profile.incomingTransportType === 'TCP+UDP'
    })
  }

  #wanted(): Set<number> {
    const { sipTrunks } = this.#options.cluster.configuration
    const ports = sipTrunks.map((trunk) => this.#inForce.get(trunk.sipTrunkSecurityProfile)?.incomingPort ?? 0)
    return new Set(ports.filter((port) => port !== this.#linePort && this.#on(port).length > 0))
  }

  /** Profiles that are new come into force, deleted ones go. */
  #note(): void {
    const { sipTrunkSecurityProfiles } = this.#options.cluster.configuration
    for (const profile of sipTrunkSecurityProfiles) {
      if (!this.#inForce.has(profile.name)) this.#inForce.set(profile.name, profile)
    }
    for (const name of [...this.#inForce.keys()]) {
      if (!sipTrunkSecurityProfiles.some((profile) => profile.name === name)) this.#inForce.delete(name)
    }
  }

  async #addressesOf({ name, destinationAddress }: SipTrunk): Promise<readonly string[]> {
    if (/^[\d.]+$/.test(destinationAddress)) return [destinationAddress]
    const { network, log } = this.#options
    try {
      return await network.resolver.addresses(destinationAddress)
    } catch (error) {
      log.warn('Destination Address of a SIP trunk not found', { trunk: name, why: String(error) })
      return []
    }
  }
}

const portOf = (link: SipLink): number => link.connection.local.port
