import type { DnsZone } from '../dial-plan/partners/dns-zone.ts'
import { configuredDnsZones } from '../dial-plan/partners/dns-zone.ts'
import type { AuthenticationPolicy, SipEdgeZone } from '../calls/expressway/edge-context.ts'
import type { Configuration } from '../configuration/configuration.ts'
import { maintenanceMode } from '../configuration/pages/maintenance.ts'
import { expresswaySearchRules } from '../configuration/pages/dial-plan.ts'
import { expresswaySipProtocol } from '../configuration/pages/protocols.ts'
import { unifiedCommunicationsOnExpressway } from '../configuration/pages/unified-communications.ts'
import { ZoneType } from '../configuration/zone-fields.ts'
import { expresswayZones, localAuthenticationDatabase, turn } from '../configuration/pages/zones.ts'
import { configuredNeighbors } from '../dial-plan/configured-neighbors.ts'
import type { ConfiguredNeighbor } from '../dial-plan/neighbor.ts'
import { configuredRules } from '../dial-plan/configured-rules.ts'
import type { SearchRule } from '../dial-plan/search-rules.ts'

/** A traversal server zone as configured. */
export interface ConfiguredServerZone extends SipEdgeZone {
  /** Unified Communications services: Yes, over TLS. */
  readonly hasUcServices: boolean
}

/** Index of the first configured zone: DefaultZone and CollaborationEdgeZone come before it (wire facts Q12). */
const firstZoneId = 3

/** The Expressway's pages as its parts want them, read anew whenever they ask. */
export class ExpresswaySettings {
  readonly #configuration: Configuration

  constructor(configuration: Configuration) {
    this.#configuration = configuration
  }

  /** Unified Communications mode is Mobile and remote access. */
  get isOn(): boolean {
    return this.#configuration.values(unifiedCommunicationsOnExpressway).mode === 'Mobile and remote access'
  }

  get isInMaintenance(): boolean {
    return this.#configuration.values(maintenanceMode).mode === 'On'
  }

  /** TURN services: On. */
  get isTurnOn(): boolean {
    return this.#configuration.values(turn).services === 'On'
  }

  /** SIP over TCP is taken from the internet. */
  get isSipTcpOn(): boolean {
    return this.#configuration.values(expresswaySipProtocol).tcpMode === 'On'
  }

  searchRules(): SearchRule[] {
    return configuredRules(this.#configuration, expresswaySearchRules)
  }

  neighbors(): ConfiguredNeighbor[] {
    return configuredNeighbors(this.#configuration, expresswayZones, { hasGateways: false })
  }

  /** Authentication policy of the zone of that name. */
  authenticationPolicyOf(name: string): AuthenticationPolicy | undefined {
    return this.#configuration.rows(expresswayZones).find((zone) => zone.name === name)?.authenticationPolicy
  }

  dnsZones(): DnsZone[] {
    return configuredDnsZones(this.#configuration, expresswayZones)
  }

  zones(): ConfiguredServerZone[] {
    const rows = this.#configuration.rows(expresswayZones).filter(({ type }) => type === ZoneType.traversalServer)
    return rows.map((zone, index) => ({
      id: firstZoneId + index,
      name: zone.name,
      isSipOn: zone.sipMode === 'On',
      port: zone.port,
      transport: zone.transport,
      username: zone.username,
      password: this.#passwordOf(zone.username),
      tlsVerify: zone.tlsVerifyMode === 'On',
      tlsVerifySubjectName: zone.tlsVerifySubjectName,
      authenticationPolicy: zone.authenticationPolicy,
      hasUcServices: zone.ucServices === 'Yes' && zone.transport === 'TLS',
    }))
  }

  /** The zone of remote access, as configured: of several the first. */
  get ucZone(): ConfiguredServerZone | undefined {
    return this.zones().find(({ hasUcServices }) => hasUcServices)
  }

  /** From the local authentication database; undefined where nobody of that name is in it. */
  #passwordOf(username: string): string | undefined {
    return this.#configuration.rows(localAuthenticationDatabase).find(({ name }) => name === username)?.password
  }
}
