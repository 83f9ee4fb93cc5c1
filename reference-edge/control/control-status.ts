import type { CallAdmission } from '../calls/admission.ts'
import type { B2bua, B2buaStatus } from '../calls/control/b2bua.ts'
import type { ProxiedCallsStatus } from '../calls/proxied/proxied-calls.ts'
import type { SearchHistory } from '../calls/search-history.ts'
import type { ControlHttp } from '../provisioning/control-http.ts'
import type { ControlMedia } from '../traversal/media/control-media.ts'
import type { RunningDiscovery } from '../unified-cm/discovery.ts'
import type { NeighborZones } from '../unified-cm/zones.ts'
import type { ControlDialPlan } from './control-dial-plan.ts'
import type { ControlSettings } from './control-settings.ts'
import type { Expressways } from './expressways.ts'
import { readinessOf } from './readiness.ts'
import type { Registrations } from './registrations.ts'
import { requirementsOf } from './requirements.ts'
import type { startSipListeners } from './sip-listeners.ts'
import type { SipSide } from './sip-side.ts'

export interface ControlParts {
  readonly settings: ControlSettings
  readonly discovery: RunningDiscovery
  /** Automatically generated neighbor zones. */
  readonly zones: NeighborZones
  readonly plan: ControlDialPlan
  readonly expressways: Expressways
  readonly registrations: Registrations
  readonly http: ControlHttp
  readonly b2bua: B2bua
  readonly searches: SearchHistory
  readonly admission: CallAdmission
  readonly media: ControlMedia
  readonly sip: SipSide
  readonly sipListeners: Awaited<ReturnType<typeof startSipListeners>>
  readonly credentialsCached: number
}

/** The status document of a VCS Control. */
export function controlStatus(parts: ControlParts) {
  const { settings, discovery, plan, expressways, registrations, b2bua, media, sip } = parts
  const { zones: traversal, ...towardsExpressways } = expressways.status()
  const { tunnels, xcp } = towardsExpressways
  const neighbors = parts.zones.status()
  const { isUp, refusal } = expressways
  return {
    ...readinessOf([
      { name: 'traversal zone', isMet: isUp },
      ...(refusal === undefined ? [] : [{ name: refusal, isMet: false }]),
      ...requirementsOf(settings, { nodes: discovery.nodes(), zones: neighbors.zones, tunnels, xcp }),
    ]),
    mode: settings.isOn ? 'Mobile and remote access' : 'Off',
    zones: [...traversal, ...plan.neighbors.status(), ...neighbors.zones],
    dnsZones: settings.dnsZones(),
    searchRules: neighbors.searchRules,
    domains: settings.edgeDomains(),
    httpAllowList: settings.allowList(),
    credentialsCached: parts.credentialsCached,
    ...towardsExpressways,
    // Guide, Discovering IM&P servers: Inactive until there is a traversal zone.
    discovery: discovery
      .status()
      .map((server) =>
        server.kind === 'unified-cm' || (isUp && refusal === undefined)
          ? server
          : { ...server, state: 'Inactive' as const },
      ),
    ...parts.http.status(),
    ...registrations.status(),
    calls: allCalls(b2bua.status(), plan.calls.status()),
    searchHistory: parts.searches.list(),
    admission: parts.admission.status(),
    mediaPortsInUse: media.portsInUse,
    sip: sip.status(),
    listeners: parts.sipListeners.listeners.map(({ protocol, local, open }) => ({ protocol, ...local, open })),
  }
}

/** Calls through the B2BUA and those whose media go past this VCS. */
function allCalls(carried: B2buaStatus, proxied: ProxiedCallsStatus): B2buaStatus {
  const history = [...carried.history, ...proxied.history].toSorted((one, other) =>
    one.endedAt < other.endedAt ? 1 : -1,
  )
  return {
    ...carried,
    active: [...carried.active, ...proxied.active],
    history,
    counts: {
      ended: carried.counts.ended + proxied.counts.ended,
      connected: carried.counts.connected + proxied.counts.connected,
    },
  }
}
