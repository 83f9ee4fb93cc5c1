import type { HostEnvironment } from '#runtime/host.ts'
import { linkSecret } from '../messaging/link-secret.ts'
import type { XcpLinkClientStatus } from '../messaging/xcp-link-client.ts'
import type { XcpPeer } from '../messaging/xcp-dialler.ts'
import type { ControlHttpConfiguration, EdgeDomain } from '../provisioning/control-http-options.ts'
import type { CacheAges } from '../provisioning/credential-cache.ts'
import type { TunnelClientStatus, TunnelTarget } from '../traversal/ssh-tunnel-client.ts'
import type { TunnelKey } from '../traversal/tunnel-keys.ts'
import type { DiscoveredNode } from '../unified-cm/discovered-node.ts'
import type { DiscoveryServer, DiscoveryStatus } from '../unified-cm/discovery.ts'
import type { NeighborZoneStatus } from '../unified-cm/zones.ts'
import type { ControlConfiguration } from './configuration.ts'
import type { ProvisioningAnswer, ProvisioningDocument } from './provisioned-expressway.ts'
import type { Requirement } from './readiness.ts'

/** The configuration as each component wants it, read anew whenever it asks. With mode Off there is nothing to serve. */
export class ControlView {
  readonly #environment: HostEnvironment
  readonly #configuration: () => ControlConfiguration

  constructor(environment: HostEnvironment, configuration: () => ControlConfiguration) {
    this.#environment = environment
    this.#configuration = configuration
  }

  get isOn(): boolean {
    return this.#configuration().unifiedCommunications.mode === 'mobile-and-remote-access'
  }

  cacheAges(): CacheAges {
    const { credentialsRefreshMinutes, credentialsCleanupMinutes } = this.#configuration().unifiedCommunications
    return { refreshMinutes: credentialsRefreshMinutes, cleanupMinutes: credentialsCleanupMinutes }
  }

  servers(): DiscoveryServer[] {
    if (!this.isOn) return []
    const { unifiedCmServers, imAndPresenceServers } = this.#configuration()
    return [...unifiedCmServers.map(serverOf('unified-cm')), ...imAndPresenceServers.map(serverOf('im-and-presence'))]
  }

  edgeDomains(): EdgeDomain[] {
    if (!this.isOn) return []
    return this.#configuration().domains.map(({ name, sipOnUnifiedCm: sip, imAndPresence }) => ({
      name,
      sip,
      imAndPresence,
    }))
  }

  chatDomains(): string[] {
    return this.edgeDomains().flatMap(({ name, imAndPresence }) => (imAndPresence ? [name] : []))
  }

  provisioning({ user, publicKey }: TunnelKey): ProvisioningDocument {
    const { fqdn, address } = this.#environment
    return { ssh: { user, publicKey }, domains: this.edgeDomains(), control: { fqdn, address } }
  }

  http(answer: ProvisioningAnswer | undefined): ControlHttpConfiguration {
    return {
      domains: this.edgeDomains(),
      expressways: answer === undefined ? [] : [answer.expressway],
      allowList: this.#configuration().unifiedCommunications.httpAllowList,
      refusedNetworks: this.#environment.refusedNetworks,
    }
  }

  tunnelTarget(answer: ProvisioningAnswer | undefined): TunnelTarget | undefined {
    if (!this.isOn || answer === undefined) return undefined
    return { host: this.#configuration().traversalClient.peer, hostKeySha256: answer.ssh.hostKeySha256 }
  }

  xcpEdges(answer: ProvisioningAnswer | undefined): XcpPeer[] {
    if (!this.isOn || answer === undefined) return []
    const zone = this.#configuration().traversalClient
    return [{ name: zone.peer, isTls: true, secret: linkSecret(zone) }]
  }

  xcpNodes(nodes: readonly DiscoveredNode[]): XcpPeer[] {
    const servers = this.isOn ? this.#configuration().imAndPresenceServers : []
    return nodes.flatMap((node) => {
      const server = servers.find(({ publisher }) => publisher === node.publisher)
      if (node.kind !== 'im-and-presence' || server === undefined) return []
      return [{ name: node.fqdn, address: node.address, isTls: false, secret: server.xcpSecret }]
    })
  }

  /** What the pages of the servers show: IM and Presence servers are Inactive without a traversal zone (guide: Discovering IM&P and Unified CM servers). */
  serverStatus(found: readonly DiscoveryStatus[], isZoneActive: boolean): readonly DiscoveryStatus[] {
    return found.map((server) =>
      server.kind === 'unified-cm' || isZoneActive ? server : { ...server, state: 'Inactive' as const },
    )
  }

  /** What Unified Communications services need besides the zone; nothing while they are off. */
  requirements(facts: {
    readonly nodes: readonly DiscoveredNode[]
    readonly zones: readonly NeighborZoneStatus[]
    readonly tunnel: TunnelClientStatus
    readonly xcp: XcpLinkClientStatus
  }): Requirement[] {
    if (!this.isOn) return []
    const { nodes, zones, tunnel, xcp } = facts
    const { unifiedCmServers, imAndPresenceServers } = this.#configuration()
    const isFound = ({ publisher }: { publisher: string }) => nodes.some((node) => node.publisher === publisher)
    const isUp = ({ state }: { state: string }) => state === 'Active'
    const needsChat = imAndPresenceServers.length > 0 && this.chatDomains().length > 0
    return [
      { name: 'SSH tunnel', isMet: isUp(tunnel) },
      { name: 'Unified CM discovery', isMet: unifiedCmServers.length > 0 && unifiedCmServers.every(isFound) },
      { name: 'neighbor zones to Unified CM', isMet: zones.length > 0 && zones.every(isUp) },
      ...(needsChat
        ? [
            { name: 'IM and Presence discovery', isMet: imAndPresenceServers.every(isFound) },
            { name: 'XCP link to the Expressway', isMet: xcp.edges.some(isUp) },
            { name: 'XCP link to IM and Presence', isMet: xcp.nodes.some(isUp) },
          ]
        : []),
    ]
  }

  /** Whether other servers are to be discovered than before. */
  hasOtherServers(before: ControlConfiguration): boolean {
    const facts = ({ unifiedCommunications, unifiedCmServers, imAndPresenceServers }: ControlConfiguration) =>
      JSON.stringify([unifiedCommunications.mode, unifiedCmServers, imAndPresenceServers])
    return facts(before) !== facts(this.#configuration())
  }

  /** Whether the traversal zone leads elsewhere, or with other credentials, than before. */
  isOtherZone(before: ControlConfiguration): boolean {
    const [one, other] = [before.traversalClient, this.#configuration().traversalClient]
    return (['name', 'peer', 'port', 'username', 'password'] as const).some((field) => one[field] !== other[field])
  }
}

function serverOf(kind: DiscoveryServer['kind']) {
  return (server: ControlConfiguration['unifiedCmServers'][number]): DiscoveryServer => ({
    kind,
    address: server.publisher,
    username: server.username,
    password: server.password,
    tlsVerify: server.tlsVerify,
  })
}
