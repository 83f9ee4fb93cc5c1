import type { Host, HostEnvironment } from '#runtime/host.ts'
import type { Management } from '#runtime/management.ts'
import { service } from '#runtime/service.ts'
import { startAdministration } from '../administration/administration.ts'
import { startSipEdge } from '../calls/expressway/sip-edge.ts'
import { linkSecret } from '../messaging/link-secret.ts'
import { startXcpLinkServer } from '../messaging/xcp-link-server.ts'
import { startXmppEdge } from '../messaging/xmpp-edge.ts'
import { startHttpsEdge } from '../provisioning/https-edge.ts'
import { EdgeMediaRelay } from '../traversal/media/edge-media-relay.ts'
import { startSshTunnelServer } from '../traversal/ssh-tunnel-server.ts'
import { type ExpresswayConfiguration, parseExpresswayConfiguration } from './configuration.ts'
import { ProvisionedControl } from './provisioned-control.ts'
import { listenOnReservedPort } from './reserved-port.ts'

/** A VCS Expressway, from the bottom up: what faces the Control first, then what faces the internet. */
export async function startExpressway(
  environment: HostEnvironment,
  document: unknown,
  signal: AbortSignal,
): Promise<Host> {
  let configuration = parseExpresswayConfiguration(document)
  const { network, log, fqdn, domain } = environment
  const inner = configuration.lan?.internal ?? environment.address
  const outer = configuration.lan?.external ?? environment.address
  const zone = () => configuration.traversalServer
  const isOn = () => configuration.unifiedCommunications.mode === 'mobile-and-remote-access'
  await using running = new AsyncDisposableStack()

  const control = new ProvisionedControl(() => ({
    ssh: { hostKeySha256: tunnels.hostKeySha256 },
    expressway: { fqdn, domain, zoneId: zone().id },
  }))
  const authorized = () => (isOn() ? control.tunnelKeys : [])
  // Freshly started, it cannot tell a domain that is not served from one it has not been told of.
  const domains = () => (isOn() ? (control.document === undefined ? undefined : control.domains()) : [])
  const chatDomains = () => (isOn() ? control.domains('imAndPresence') : [])

  const tunnels = running.use(
    await startSshTunnelServer({ network, log: log.child('ssh'), address: inner, authorized }),
  )
  const xcp = running.use(
    await startXcpLinkServer({
      environment,
      address: inner,
      peerName: () => zone().tlsVerifySubjectName,
      secret: () => linkSecret(zone()),
    }),
  )
  const relay = running.use(await EdgeMediaRelay.start({ network, innerAddress: inner, outerAddress: outer }))
  const sip = running.use(
    await startSipEdge({
      environment,
      addresses: { outer, inner },
      zone,
      settings: () => ({
        challenge: configuration.sip.challenge,
        registrationLimit: configuration.capacity.registrations,
        callLimit: configuration.capacity.calls,
      }),
      relay,
      control: () => (isOn() ? { names: control.names, zoneId: zone().id } : undefined),
      onProvisioning: (exchanged) => control.take(exchanged),
    }),
  )
  const https = running.use(await startHttpsEdge({ environment, tunnel: tunnels, domains, address: outer }))
  const xmpp = running.use(await startXmppEdge({ environment, link: xcp, domains: chatDomains, address: outer }))
  const reserved = new Set([outer, inner])
  for (const address of reserved) running.use(await listenOnReservedPort(environment, address))
  const status = () => ({
    ready: sip.zoneServer.status().state === 'Active' && tunnels.status().some(({ state }) => state === 'Active'),
    name: configuration.system.name,
    mode: configuration.unifiedCommunications.mode,
    zones: [sip.zoneServer.status()],
    domains: control.document?.domains ?? [],
    control: control.document?.control ?? null,
    tunnels: tunnels.status(),
    xcp: xcp.status(),
    https: https.status(),
    xmpp: xmpp.status(),
    ...sip.status(),
    listeners: [
      ...sip.status().listeners,
      ...[tunnels, xcp.status(), https, xmpp.status()].map(({ local }) => local),
      ...[...reserved].map((address) => ({ address, port: 8883 })),
      { address: inner, port: 443 },
    ],
    mediaPortsInUse: relay.portsInUse,
    mediaStrangers: relay.strangers,
  })
  running.use(
    await startAdministration({
      environment,
      configuration: () => configuration,
      status,
      product: 'VCS Expressway',
      address: inner,
    }),
  )
  signal.throwIfAborted()

  const management: Management = {
    state: async () => status(),
    configure: async (changed: unknown) => {
      const before = zone()
      configuration = parseExpresswayConfiguration(changed)
      if (isAnotherPeer(before, zone())) sip.zoneServer.restart()
    },
  }
  const components = running.move()
  return { ...service(environment.name, () => components.disposeAsync()), management }
}

/** Whether the zone now expects its Control to prove itself by something else. */
function isAnotherPeer(before: ExpresswayConfiguration['traversalServer'], after: typeof before): boolean {
  const fields = ['username', 'password', 'tlsVerify', 'tlsVerifySubjectName'] as const
  return fields.some((field) => before[field] !== after[field])
}
