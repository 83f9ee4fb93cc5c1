import type { HostEnvironment } from '#runtime/host.ts'
import type { AlarmPanel } from '../alarms/alarm-panel.ts'
import { linkSecret } from '../messaging/link-secret.ts'
import type { XcpLinkServer } from '../messaging/xcp-link-server.ts'
import { startXcpLinkServer } from '../messaging/xcp-link-server.ts'
import type { XmppEdge } from '../messaging/xmpp-edge.ts'
import { startXmppEdge } from '../messaging/xmpp-edge.ts'
import type { ReportFailure } from '../protection/failure-category.ts'
import type { HttpsEdge } from '../provisioning/https-edge.ts'
import { startHttpsEdge } from '../provisioning/https-edge.ts'
import type { SshTunnelServer } from '../traversal/ssh-tunnel-server.ts'
import { startSshTunnelServer } from '../traversal/ssh-tunnel-server.ts'
import type { ExpresswaySettings } from './expressway-settings.ts'
import type { ProvisionedControls } from './provisioned-controls.ts'

export interface EdgeServicesOptions {
  readonly environment: HostEnvironment
  readonly settings: ExpresswaySettings
  readonly controls: ProvisionedControls
  /** Addresses of the LAN interfaces towards the Control and towards the internet. */
  readonly inner: string
  readonly outer: string
  readonly alarms: AlarmPanel
  readonly onFailure: ReportFailure
}

/** What an Expressway has with Unified Communications mode on only. */
export interface EdgeServices extends AsyncDisposable {
  readonly tunnels: SshTunnelServer
  readonly xcp: XcpLinkServer
  readonly https: HttpsEdge
  readonly xmpp: XmppEdge
}

/** Tunnels and links for the Controls, HTTPS and XMPP for clients. */
export async function startEdgeServices(options: EdgeServicesOptions): Promise<EdgeServices> {
  const { environment, settings, controls, inner, outer, alarms, onFailure } = options
  await using starting = new AsyncDisposableStack()
  const tunnels = starting.use(
    await startSshTunnelServer({
      network: environment.network,
      log: environment.log.child('ssh'),
      // As the guide has it: a firewall rule is what keeps strangers from the external one.
      addresses: [inner, outer],
      authorized: () => controls.tunnelKeys,
      fqdn: environment.fqdn,
      alarms,
      onFailure,
    }),
  )
  const xcp = starting.use(
    await startXcpLinkServer({
      environment,
      address: inner,
      peerName: () => settings.ucZone?.tlsVerifySubjectName ?? '',
      secret: () => {
        const { username = '', password } = settings.ucZone ?? {}
        return password === undefined ? undefined : linkSecret({ username, password })
      },
    }),
  )
  // Freshly started, it cannot tell a domain that is not served from one it has not been told of.
  const domains = () => (controls.hasDocument ? controls.domains() : undefined)
  const https = starting.use(await startHttpsEdge({ environment, tunnel: tunnels, domains, address: outer, onFailure }))
  const chatDomains = () => controls.domains('imAndPresence')
  const xmpp = starting.use(
    await startXmppEdge({ environment, link: xcp, domains: chatDomains, address: outer, onFailure }),
  )
  const stack = starting.move()
  return { tunnels, xcp, https, xmpp, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}
