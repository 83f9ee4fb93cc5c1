import type { HostEnvironment } from '#runtime/host.ts'
import type { DiscoveredNode } from '../unified-cm/discovered-node.ts'
import type { ExpresswayPeer } from './edge-configuration.ts'
import type { SharedSignIns } from './shared-sign-ins.ts'

/** The part of the Control's configuration that this path obeys; asked anew for each request. */
export interface ControlHttpConfiguration {
  readonly domains: readonly EdgeDomain[]
  /** Expressways whose provisioning exchange succeeded. */
  readonly expressways: readonly ExpresswayPeer[]
  /** HTTP server allow list as entered: host names and addresses. */
  readonly allowList: readonly string[]
  /** Networks that are never servers inside, besides the Control's own addresses: the hosts' private loopback. */
  readonly refusedNetworks: readonly string[]
  /** Whether certificates of servers inside are verified when proxying (from X14.2 on; default no). */
  readonly originTlsVerify?: boolean
}

export interface EdgeDomain {
  readonly name: string
  /** SIP registrations and provisioning on Unified CM. */
  readonly sip: boolean
  readonly imAndPresence: boolean
}

export interface ControlHttpOptions {
  readonly environment: HostEnvironment
  readonly configuration: () => ControlHttpConfiguration
  readonly signIns: SharedSignIns
  /** Discovered nodes of Unified CM and IM and Presence, as they are now. */
  readonly nodes: () => readonly DiscoveredNode[]
  /** Node with the user's data, known since the sign-in (`UdsAuthentication.home`). */
  readonly homeOf: (user: string) => DiscoveredNode | undefined
}
