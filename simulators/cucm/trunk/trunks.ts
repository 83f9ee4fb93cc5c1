import type { Connection, HostNetwork, TlsIdentity } from '#runtime/network.ts'
import type { Log } from '#runtime/log.ts'
import type { SipAgent } from '#simulators/protocol/sip/agent.ts'
import type { SipLink } from '#simulators/protocol/sip/link.ts'
import type { Cluster } from '../cluster.ts'
import type { UnifiedCmConfiguration } from '../configuration.ts'
import type { Route } from './route-patterns.ts'
import { routeOf } from './route-patterns.ts'
import type { TrunkPort } from './trunk-listeners.ts'
import { TrunkListeners } from './trunk-listeners.ts'

export type SipTrunk = UnifiedCmConfiguration['sipTrunks'][number]
type SecurityProfile = UnifiedCmConfiguration['sipTrunkSecurityProfiles'][number]

export interface TrunksOptions {
  readonly network: HostNetwork
  readonly cluster: Cluster
  readonly log: Log
  readonly agent: () => SipAgent
  /** The CallManager certificate. */
  readonly identity: () => TlsIdentity | undefined
  readonly onConnection: (connection: Connection) => void
}

/**
 * The SIP trunks of this node. A security profile is in force as it was when the service started, when the profile was
 * added, or at its last "Apply Config": what is only saved waits. The Incoming Port of the profiles in use is listened
 * on; where it is the SIP Phone Port, or with TLS the SIP Phone Secure Port, what comes from a trunk's Destination Address
 * is trunk traffic.
 */
export class Trunks implements AsyncDisposable {
  readonly #options: TrunksOptions
  readonly #listeners: TrunkListeners
  readonly #inForce = new Map<string, SecurityProfile>()
  /** Connections that this node has opened, and the trunk they are of. */
  readonly #dialled = new WeakMap<SipLink, string>()
  /** The latest TLS connection to each trunk's destination. */
  readonly #secure = new Map<string, SipLink>()

  constructor(options: TrunksOptions) {
    this.#options = options
    this.#listeners = new TrunkListeners({ ...options, trust: () => options.cluster.trusted('CallManager-trust') })
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
    return this.#isLine(portOf(link))
  }

  /**
   * The trunk that a connection is of: what comes from its Destination Address on its Incoming Port, and over TLS shows
   * the X.509 Subject Name of its profile.
   */
  async of(link: SipLink): Promise<SipTrunk | undefined> {
    const name = this.#dialled.get(link)
    if (name !== undefined) return this.#named(name)
    for (const trunk of this.#on(portOf(link))) {
      const addresses = await this.#addressesOf(trunk)
      if (addresses.includes(link.remote.address) && this.#isNamed(trunk, link)) return trunk
    }
    return undefined
  }

  /** The port of ours that a connection's Contact names; undefined where it is the line side's. */
  contactPort(link: SipLink): number | undefined {
    const name = this.#dialled.get(link)
    const trunk = name === undefined ? undefined : this.#named(name)
    if (trunk !== undefined) return this.#profileOf(trunk)?.incomingPort
    return this.#on(portOf(link)).length > 0 ? link.connection.local.port : undefined
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
    const profile = this.#profileOf(trunk)
    const [address] = await this.#addressesOf(trunk)
    if (address === undefined) throw new Error(`${destinationAddress} has no address`)
    const to = { address, port: destinationPort }
    const link =
      profile?.outgoingTransportType === 'TLS'
        ? await this.#secureLink(name, to, profile.x509SubjectName || destinationAddress)
        : await this.#options.agent().linkTo({ transport: 'TCP', ...to, serverName: destinationAddress })
    this.#dialled.set(link, name)
    return link
  }

  /** Whether devices register on a port. */
  #isLine({ port, transport }: TrunkPort): boolean {
    const { cluster } = this.#options
    const { sipPhonePort, sipPhoneSecurePort } = cluster.thisServer
    return transport === 'TCP' ? port === sipPhonePort : cluster.isMixedMode && port === sipPhoneSecurePort
  }

  #profileOf({ sipTrunkSecurityProfile }: SipTrunk): SecurityProfile | undefined {
    return this.#inForce.get(sipTrunkSecurityProfile)
  }

  /** Over TLS the certificate has to be of who the trunk goes to, where the profile says who that is. */
  #isNamed(trunk: SipTrunk, { connection }: SipLink): boolean {
    const wanted = this.#profileOf(trunk)?.x509SubjectName ?? ''
    const certificate = connection.tls?.peerCertificate
    if (connection.tls === undefined || wanted === '') return true
    return certificate?.checkHost(wanted, { subject: 'always' }) !== undefined
  }

  /** The destination's certificate has to lead to CallManager-trust. */
  async #secureLink(trunk: string, to: { address: string; port: number }, serverName: string): Promise<SipLink> {
    const known = this.#secure.get(trunk)
    const { address, port } = to
    if (known?.isOpen === true && known.remote.address === address && known.remote.port === port) return known
    const { network, cluster, agent, identity } = this.#options
    const own = identity()
    const tls = { serverName, trust: cluster.trusted('CallManager-trust'), ...(own && { identity: own }) }
    const link = agent().take(await network.dialTls({ to, protocol: 'SIP', tls }))
    this.#secure.set(trunk, link)
    return link
  }

  #named(name: string): SipTrunk | undefined {
    return this.#options.cluster.configuration.sipTrunks.find((trunk) => trunk.name === name)
  }

  /** Trunks whose Incoming Port in force is this one. */
  #on({ port, transport }: TrunkPort): SipTrunk[] {
    const { sipTrunks } = this.#options.cluster.configuration
    return sipTrunks.filter((trunk) => {
      const profile = this.#profileOf(trunk)
      return profile?.incomingPort === port && incomingTransport(profile) === transport
    })
  }

  /** Ports of trunks on which no device registers. */
  #wanted(): TrunkPort[] {
    const { sipTrunks } = this.#options.cluster.configuration
    const ports = sipTrunks.flatMap((trunk): TrunkPort[] => {
      const profile = this.#profileOf(trunk)
      return profile === undefined ? [] : [{ port: profile.incomingPort, transport: incomingTransport(profile) }]
    })
    return ports.filter((each) => !this.#isLine(each))
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

const portOf = (link: SipLink): TrunkPort => ({ port: link.connection.local.port, transport: link.transport })

function incomingTransport({ incomingTransportType }: SecurityProfile): TrunkPort['transport'] {
  return incomingTransportType === 'TLS' ? 'TLS' : 'TCP'
}
