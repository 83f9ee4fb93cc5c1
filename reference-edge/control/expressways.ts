import type { Duplex } from 'node:stream'
import type { StreamEnds } from '#runtime/network.ts'
import type { Service } from '#runtime/service.ts'
import { service } from '#runtime/service.ts'
import type { XcpLinkClient } from '../messaging/xcp-link-client.ts'
import { startXcpLinkClient } from '../messaging/xcp-link-client.ts'
import type { ConnectivityStage } from '../network-utilities/connectivity-stage.ts'
import { testControlConnectivity } from '../network-utilities/control-connectivity.ts'
import type { ExpresswayPeer } from '../provisioning/edge-configuration.ts'
import type { ApplicationFacts } from '../system/applications.ts'
import { TraversalClientZones } from '../traversal/client-zones.ts'
import type { SshTunnelClients } from '../traversal/ssh-tunnel-clients.ts'
import { startSshTunnelClients } from '../traversal/ssh-tunnel-clients.ts'
import { makeTunnelKeyPair } from '../traversal/tunnel-keys.ts'
import type { DiscoveredNode } from '../unified-cm/discovered-node.ts'
import type { ControlSettings } from './control-settings.ts'
import { ProvisionedExpressways } from './provisioned-expressways.ts'
import type { OwnSipNames } from './sip-peer.ts'
import type { SipSide } from './sip-side.ts'

export interface ExpresswaysOptions extends Pick<ApplicationFacts, 'environment' | 'alarms' | 'cluster' | 'onServing'> {
  readonly settings: ControlSettings
  readonly own: OwnSipNames
  readonly sip: SipSide
  /** Discovered nodes of Unified CM and IM and Presence. */
  readonly nodes: () => readonly DiscoveredNode[]
  /** Takes each channel of a tunnel. */
  readonly onChannel: (stream: Duplex, ends: StreamEnds) => void
}

/**
 * All that a VCS Control opens towards the peers of its traversal zones. Each peer of the zone of remote access has a
 * connection of the zone, a provisioning exchange over it, then an SSH tunnel and an XCP link of its own.
 */
export class Expressways implements Service {
  readonly name = 'Expressways'
  readonly zones: TraversalClientZones
  readonly #options: ExpresswaysOptions
  readonly #provisioned: ProvisionedExpressways
  readonly #tunnels: SshTunnelClients
  readonly #xcp: XcpLinkClient
  readonly #stopping: Service

  /** Nothing is dialled before `start`. */
  constructor(options: ExpresswaysOptions) {
    this.#options = options
    const { environment, settings, own, sip, alarms, cluster, onServing, onChannel } = options
    const { network, clocks, fqdn, address } = environment
    const key = makeTunnelKeyPair('vcsc')
    this.zones = new TraversalClientZones({
      environment,
      own,
      sip,
      alarms,
      zones: () => settings.zones(),
      onActive: (peer) => {
        if (settings.isOn) onServing()
        void this.#provisioned.refresh(peer)
      },
    })
    this.#provisioned = new ProvisionedExpressways({
      peers: () => settings.ucPeers,
      exchange: async (peer, document) => {
        const zone = this.zones.uc?.at(peer)
        if (zone === undefined) throw new Error('there is no traversal zone')
        return zone.exchange(document)
      },
      document: () => ({
        ssh: { user: key.user, publicKey: key.publicKey },
        domains: settings.edgeDomains(),
        control: { fqdn, address },
        peers: cluster
          .others()
          .flatMap((peer) => (peer.fqdn === undefined ? [] : { fqdn: peer.fqdn, address: peer.address })),
      }),
      clock: clocks.monotonic,
      log: environment.log.child('tvcs'),
      onProvisioned: () => this.#changed(),
    })
    this.#tunnels = startSshTunnelClients({
      network,
      log: environment.log.child('portforwarding'),
      key,
      alarms,
      peers: () => settings.ucPeers,
      target: (peer) => {
        const answer = settings.isOn ? this.#provisioned.answerOf(peer) : undefined
        if (answer === undefined) return undefined
        return { host: peer, fqdn: answer.expressway.fqdn, hostKeySha256: answer.ssh.hostKeySha256 }
      },
      onChannel,
    })
    this.#xcp = startXcpLinkClient({
      environment,
      edges: () => settings.xcpEdges().filter(({ name }) => this.#provisioned.answerOf(name) !== undefined),
      nodes: () => settings.xcpNodes(options.nodes()),
      domains: () => settings.chatDomains(),
    })
    const forgetCluster = cluster.onActive(() => this.#provisioned.refreshIfChanged())
    this.#stopping = service('Expressways', async () => {
      forgetCluster()
      await this.#xcp.stop()
      await this.#tunnels.stop()
      this.#provisioned.stop()
      await this.zones.stop()
    })
  }

  start(): void {
    this.zones.update()
  }

  /** The peers that have described themselves, in configured order. */
  get provisioned(): ExpresswayPeer[] {
    return this.#provisioned.answers.map(({ expressway }) => expressway)
  }

  /** The zone of remote access is active. */
  get isUp(): boolean {
    return this.zones.uc?.status().state === 'Active'
  }

  /** Why no peer takes part in Unified Communications services, where one of them wants no exchange. */
  get refusal(): string | undefined {
    return this.#provisioned.answers.length > 0 ? undefined : this.#provisioned.refusals[0]?.reason
  }

  /** The configuration of zones has changed. */
  zonesChanged(): void {
    this.zones.update()
    this.#provisioned.update()
    this.#changed()
  }

  /** What this VCS says of itself to Expressways may have changed: its domains, its cluster. */
  documentChanged(): void {
    this.#provisioned.refreshIfChanged()
  }

  /** The domains that they serve have changed. */
  domainsChanged(): void {
    this.#changed()
  }

  /** Servers of IM and Presence have changed. */
  nodesChanged(): void {
    this.#xcp.refresh()
  }

  retry(): void {
    this.zones.retry()
    this.#tunnels.refresh()
    this.#xcp.retry()
  }

  status() {
    const { answers, refusals } = this.#provisioned
    return {
      zones: this.zones.status(),
      /** The first of them. */
      expressway: answers[0]?.expressway ?? null,
      expressways: answers.map(({ expressway }) => expressway),
      expresswayRefusals: refusals,
      tunnels: this.#tunnels.status().map((tunnel) => {
        const refusal = refusals.find(({ peer }) => peer === tunnel.peer)
        return refusal === undefined ? tunnel : { ...tunnel, reason: refusal.reason }
      }),
      xcp: this.#xcp.status(),
    }
  }

  /** Maintenance > Tools > Network utilities > Connectivity test: one peer after the other. */
  async testConnectivity(): Promise<ConnectivityStage[]> {
    const { environment, settings } = this.#options
    const port = settings.ucZone?.port ?? 7001
    const [first = '', ...others] = settings.ucPeers
    const noZone = { state: 'Failed', reason: 'no zone is configured' } as const
    const tests = [first, ...others].map((peer) =>
      testControlConnectivity({
        environment,
        zone: () => ({ peer, port }),
        zoneState: () => this.zones.uc?.at(peer)?.status() ?? noZone,
        tunnelState: () => this.#tunnels.status().find((tunnel) => tunnel.peer === peer) ?? noZone,
        linkState: () =>
          settings.chatDomains().length === 0 ? undefined : this.#xcp.status().edges.find(({ name }) => name === peer),
      }),
    )
    return (await Promise.all(tests)).flat()
  }

  stop(): Promise<void> {
    return this.#stopping.stop()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  #changed(): void {
    this.#options.alarms.set(35014, this.#provisioned.refusals.length > 0)
    this.#tunnels.refresh()
    this.#xcp.refresh()
  }
}
