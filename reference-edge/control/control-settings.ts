import type { MediaEncryptionMode } from '../calls/control/media-encryption.ts'
import type { Configuration } from '../configuration/configuration.ts'
import { searchRules } from '../configuration/pages/dial-plan.ts'
import { maintenanceMode } from '../configuration/pages/maintenance.ts'
import {
  domains,
  httpAllowList,
  imAndPresenceServers,
  unifiedCmServers,
  unifiedCommunications,
} from '../configuration/pages/unified-communications.ts'
import { defaultSubzone, sipProtocol } from '../configuration/pages/registrations.ts'
import { controlZones, localAuthenticationDatabase } from '../configuration/pages/zones.ts'
import { peersOf, ZoneType } from '../configuration/zone-fields.ts'
import type { ZoneOfCall } from '../dial-plan/call-path.ts'
import type { DnsZone } from '../dial-plan/partners/dns-zone.ts'
import { configuredDnsZones } from '../dial-plan/partners/dns-zone.ts'
import { configuredNeighbors } from '../dial-plan/configured-neighbors.ts'
import { configuredRules } from '../dial-plan/configured-rules.ts'
import type { ConfiguredNeighbor } from '../dial-plan/neighbor.ts'
import type { SearchRule } from '../dial-plan/search-rules.ts'
import { linkSecret } from '../messaging/link-secret.ts'
import type { XcpPeer } from '../messaging/xcp-dialler.ts'
import type { EdgeDomain } from '../provisioning/control-http-options.ts'
import type { CacheAges } from '../provisioning/credential-cache.ts'
import type { DeviceSettings } from '../registrar/start-device-services.ts'
import type { RegistrationPeriod } from '../registrar/requested-bindings.ts'
import type { ConfiguredClientZone } from '../traversal/client-zones.ts'
import type { DiscoveryServer } from '../unified-cm/discovery.ts'
import type { DiscoveredNode } from '../unified-cm/discovered-node.ts'
import { AuthenticationPolicy } from './authentication-policy.ts'

/** The Control's pages as its parts want them, read anew whenever they ask. With mode Off there is nothing to serve. */
export class ControlSettings implements DeviceSettings {
  readonly #configuration: Configuration

  constructor(configuration: Configuration) {
    this.#configuration = configuration
  }

  /** Unified Communications mode is Mobile and remote access. */
  get isOn(): boolean {
    return this.#configuration.values(unifiedCommunications).mode === 'Mobile and remote access'
  }

  get isInMaintenance(): boolean {
    return this.#configuration.values(maintenanceMode).mode === 'On'
  }

  cacheAges(): CacheAges {
    const values = this.#configuration.values(unifiedCommunications)
    return {
      refreshMinutes: values.credentialsRefreshInterval,
      cleanupMinutes: values.credentialsCleanupInterval,
    }
  }

  allowList(): string[] {
    return this.#configuration.rows(httpAllowList).map(({ server }) => server)
  }

  zones(): ConfiguredClientZone[] {
    const rows = this.#configuration.rows(controlZones).filter(({ type }) => type === ZoneType.traversalClient)
    return rows.map((zone) => ({
      name: zone.name,
      isSipOn: zone.sipMode === 'On',
      transport: zone.transport,
      tlsVerify: zone.tlsVerifyMode === 'On',
      peers: peersOf(zone),
      port: zone.port,
      username: zone.username,
      password: zone.password,
      hasUcServices: isForUc(zone),
    }))
  }

  /** Neighbor zones that are on: over SIP, or as a simulated H.323 gateway. */
  neighbors(): ConfiguredNeighbor[] {
    return configuredNeighbors(this.#configuration, controlZones, { hasGateways: true })
  }

  dnsZones(): DnsZone[] {
    return configuredDnsZones(this.#configuration, controlZones)
  }

  /** What a zone of an administrator is for calls through it. */
  zoneOfCall(name: string): (ZoneOfCall & { readonly authenticationPolicy: AuthenticationPolicy }) | undefined {
    const zone = this.#configuration.rows(controlZones).find((row) => row.name === name)
    if (zone === undefined) return undefined
    const isNeighbor = zone.type === ZoneType.neighbor
    return {
      isTraversal: zone.type === ZoneType.traversalClient,
      isH323: isNeighbor && zone.sipMode === 'Off',
      isLync: isNeighbor && zone.zoneProfile === 'Microsoft Lync B2BUA',
      mediaEncryption: zone.mediaEncryption,
      authenticationPolicy: zone.authenticationPolicy,
    }
  }

  searchRules(): SearchRule[] {
    return configuredRules(this.#configuration, searchRules)
  }

  /** The zone of remote access, as configured: of several the first. */
  get ucZone() {
    return this.#configuration.rows(controlZones).find(isForUc)
  }

  authenticationPolicy(): AuthenticationPolicy {
    return this.ucZone?.authenticationPolicy ?? AuthenticationPolicy.doNotCheck
  }

  mediaEncryption(): MediaEncryptionMode {
    return this.ucZone?.mediaEncryption ?? 'Force encrypted'
  }

  servers(): DiscoveryServer[] {
    if (!this.isOn) return []
    const serversOf = (kind: DiscoveryServer['kind'], page: typeof unifiedCmServers | typeof imAndPresenceServers) =>
      this.#configuration.rows(page as typeof unifiedCmServers).map(({ tlsVerifyMode, ...server }) => ({
        kind,
        ...server,
        tlsVerify: tlsVerifyMode === 'On',
      }))
    return [...serversOf('unified-cm', unifiedCmServers), ...serversOf('im-and-presence', imAndPresenceServers)]
  }

  edgeDomains(): EdgeDomain[] {
    if (!this.isOn) return []
    return this.#configuration.rows(domains).map(({ name, sipOnUnifiedCm, imAndPresence }) => ({
      name,
      sip: sipOnUnifiedCm === 'On',
      imAndPresence: imAndPresence === 'On',
    }))
  }

  deviceService(domain: string): 'On' | 'Off' | undefined {
    const asked = domain.toLowerCase()
    return this.#configuration.rows(domains).find(({ name }) => name.toLowerCase() === asked)?.sipOnVcs
  }

  registrationPeriod(): RegistrationPeriod {
    const { refreshMinimum: minimum, refreshMaximum: maximum } = this.#configuration.values(sipProtocol)
    return { minimum, maximum }
  }

  devicePolicy(): AuthenticationPolicy {
    return this.#configuration.values(defaultSubzone).authenticationPolicy
  }

  devicePassword(user: string): string | undefined {
    return this.#configuration.rows(localAuthenticationDatabase).find(({ name }) => name === user)?.password
  }

  chatDomains(): string[] {
    return this.edgeDomains().flatMap(({ name, imAndPresence }) => (imAndPresence ? [name] : []))
  }

  /** Peer addresses of the zone of remote access, each once. */
  get ucPeers(): string[] {
    const zone = this.ucZone
    return zone === undefined ? [] : [...new Set(peersOf(zone))]
  }

  /** The XCP links to the Expressways of the zone of remote access. */
  xcpEdges(): XcpPeer[] {
    const zone = this.ucZone
    if (!this.isOn || zone === undefined) return []
    return this.ucPeers.map((name) => ({ name, isTls: true, secret: linkSecret(zone) }))
  }

  /** The XCP links to IM and Presence nodes; both ends know the AXL credentials, which are not sent (wire facts Q10). */
  xcpNodes(nodes: readonly DiscoveredNode[]): XcpPeer[] {
    const servers = this.servers().filter(({ kind }) => kind === 'im-and-presence')
    return nodes.flatMap((node) => {
      const server = servers.find(({ address }) => address === node.publisher)
      if (node.kind !== 'im-and-presence' || server === undefined) return []
      return [{ name: node.fqdn, address: node.address, isTls: false, secret: linkSecret(server) }]
    })
  }
}

/** Unified Communications services go over TLS only. */
function isForUc(zone: { readonly type: ZoneType; readonly ucServices: string; readonly transport: string }): boolean {
  return zone.type === ZoneType.traversalClient && zone.ucServices === 'Yes' && zone.transport === 'TLS'
}
