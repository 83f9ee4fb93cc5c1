import type { HostEnvironment } from '#runtime/host.ts'
import type { Log } from '#runtime/log.ts'
import type { CallAdmission } from '../calls/admission.ts'
import type { B2bua } from '../calls/control/b2bua.ts'
import { ProxiedCalls } from '../calls/proxied/proxied-calls.ts'
import { SearchHistory } from '../calls/search-history.ts'
import type { DnsZone } from '../dial-plan/partners/dns-zone.ts'
import type { ConfiguredNeighbor } from '../dial-plan/neighbor.ts'
import { Neighbors } from '../dial-plan/neighbors.ts'
import type { SearchRule } from '../dial-plan/search-rules.ts'
import { localZone } from '../dial-plan/search-rules.ts'
import { newTag } from '../protocol/sip/branch.ts'
import type { NonceBook } from '../protocol/sip/nonce.ts'
import type { SipResponse } from '../protocol/sip/message.ts'
import type { ServerTransaction } from '../protocol/sip/server-transaction.ts'
import type { DeviceAuthentication } from '../registrar/device-authentication.ts'
import type { LocalRegistrar } from '../registrar/local-registrar.ts'
import { AuthenticationPolicy, policyRefusal } from './authentication-policy.ts'
import { DnsZones } from './dns-zones.ts'
import type { PlanSource } from './plan-router.ts'
import { PlanRouter } from './plan-router.ts'
import type { PlanZone } from './plan-zones.ts'
import { PlanZones } from './plan-zones.ts'
import { RelayedDialogs } from './relayed-dialogs.ts'
import type { DialPlan } from './request-router.ts'
import type { OwnSipNames, SipPeer } from './sip-peer.ts'
import type { SipSide } from './sip-side.ts'

export interface ControlDialPlanOptions {
  readonly environment: HostEnvironment
  readonly own: OwnSipNames
  readonly log: Log
  readonly sip: SipSide
  readonly settings: {
    dnsZones(): readonly DnsZone[]
    neighbors(): readonly ConfiguredNeighbor[]
    searchRules(): readonly SearchRule[]
    zoneOfCall(name: string): PlanZone | undefined
  }
  readonly traversal: { find(name: string): SipPeer | undefined }
  readonly devices: {
    readonly registrar: Pick<LocalRegistrar, 'find' | 'sender'>
    readonly authentication: Pick<DeviceAuthentication, 'judge'>
  }
  readonly b2bua: B2bua
  readonly admission: CallAdmission
  readonly nonces: NonceBook
}

/** The dial plan of a VCS Control: neighbor zones, search rules, and the calls that they make. */
export class ControlDialPlan implements DialPlan {
  readonly neighbors: Neighbors
  readonly dnsZones: DnsZones
  readonly calls: ProxiedCalls
  readonly dialogs: RelayedDialogs
  readonly searches: SearchHistory
  readonly #options: ControlDialPlanOptions
  readonly #router: PlanRouter

  constructor(options: ControlDialPlanOptions) {
    const { environment, own, log, sip, settings, traversal, devices, b2bua, admission } = options
    const { clocks, random } = environment
    const context = { layer: sip.layer, own, random }
    this.#options = options
    this.searches = new SearchHistory({ wall: clocks.wall, log })
    this.neighbors = new Neighbors({ environment, own, sip, zones: () => settings.neighbors() })
    this.dnsZones = new DnsZones({ environment, log, sip, zones: () => settings.dnsZones() })
    this.dialogs = new RelayedDialogs({ context, wall: clocks.wall })
    this.calls = new ProxiedCalls({ ...context, clocks, log, admission })
    const zones = new PlanZones({
      zoneOfCall: (name) => settings.zoneOfCall(name),
      running: [this.neighbors, traversal, this.dnsZones],
      local: devices.registrar,
    })
    const rules = () => settings.searchRules()
    this.#router = new PlanRouter(
      { context, log, rules, zones, b2bua, proxied: this.calls, dialogs: this.dialogs },
      this.searches,
    )
  }

  sourceOf(transaction: ServerTransaction, from: SipPeer | undefined): PlanSource | SipResponse | undefined {
    if (from === undefined) return this.#device(transaction)
    const peer = this.#zonePeer(transaction, from)
    const zone = peer === undefined ? undefined : this.#options.settings.zoneOfCall(peer.zoneName)
    if (peer === undefined || zone === undefined) return undefined
    const { own, nonces, environment } = this.#options
    const { request, flow } = transaction
    const toTag = newTag(environment.random)
    const refusal = policyRefusal(zone.authenticationPolicy, { request, flow, realm: own.fqdn, nonces, toTag })
    const isAuthenticated = zone.authenticationPolicy === AuthenticationPolicy.treatAsAuthenticated
    return refusal ?? { peer, zone: peer.zoneName, isAuthenticated }
  }

  /** Closes what it has opened. */
  async stop(): Promise<void> {
    this.neighbors.stop()
    await this.dnsZones.stop()
  }

  route(transaction: ServerTransaction, source: PlanSource): Promise<void> {
    return this.#router.route(transaction, source)
  }

  #device({ request, flow }: ServerTransaction): PlanSource | SipResponse | undefined {
    const { devices, environment } = this.#options
    const device = devices.registrar.sender(request, flow)
    if (device === undefined) return undefined
    const verdict = devices.authentication.judge(request, flow)
    if (!verdict.passes) return verdict.challenge(newTag(environment.random))
    return { peer: device.peer, zone: localZone, isAuthenticated: verdict.isAuthenticated }
  }

  /**
   * A connection that Unified CM has dialled is the line side's until it brings something else: a call over a SIP trunk
   * is for no registration. Then it counts as the neighbor zone's to the same address.
   */
  #zonePeer({ request, flow }: ServerTransaction, from: SipPeer): SipPeer | undefined {
    if (this.#options.settings.zoneOfCall(from.zoneName) !== undefined) return from
    return this.neighbors.at(flow.remote.address, request.topVia?.port)
  }
}
