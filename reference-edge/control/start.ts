import type { Host, HostEnvironment } from '#runtime/host.ts'
import type { Management } from '#runtime/management.ts'
import type { Listener } from '#runtime/network.ts'
import { service } from '#runtime/service.ts'
import { startAdministration } from '../administration/administration.ts'
import { CallAdmission } from '../calls/admission.ts'
import { B2bua } from '../calls/control/b2bua.ts'
import { startXcpLinkClient } from '../messaging/xcp-link-client.ts'
import { NonceBook } from '../protocol/sip/nonce.ts'
import { startControlHttp } from '../provisioning/control-http.ts'
import { CredentialCache } from '../provisioning/credential-cache.ts'
import { UdsAuthentication } from '../provisioning/uds-authentication.ts'
import { ControlMedia } from '../traversal/media/control-media.ts'
import { startSshTunnelClient } from '../traversal/ssh-tunnel-client.ts'
import { makeTunnelKeyPair } from '../traversal/tunnel-keys.ts'
import { ZoneClient } from '../traversal/zone-client.ts'
import { startDiscovery } from '../unified-cm/discovery.ts'
import { NeighborZones } from '../unified-cm/zones.ts'
import { parseControlConfiguration } from './configuration.ts'
import { ControlView } from './control-view.ts'
import { ProvisionedExpressway } from './provisioned-expressway.ts'
import { readinessOf } from './readiness.ts'
import { RegistrationRelay } from './registration-relay.ts'
import { RegistrationTable } from './registration-table.ts'
import { RequestRouter } from './request-router.ts'
import { startSipListeners } from './sip-listeners.ts'
import { SipSide } from './sip-side.ts'

const provisioningModule = 'developer.edgeconfigprovisioning'

/** A VCS Control, from the bottom up: Unified CM inside, SIP, then what is opened towards the Expressway. */
export async function startControl(
  environment: HostEnvironment,
  document: unknown,
  signal: AbortSignal,
): Promise<Host> {
  let configuration = parseControlConfiguration(document)
  const { network, clocks, random, fqdn, address } = environment
  const log = environment.log.child('tvcs')
  const own = { fqdn, address }
  const view = new ControlView(environment, () => configuration)
  await using running = new AsyncDisposableStack()

  const nodes = () => discovery.nodes()

  // Users
  const uds = new UdsAuthentication({ network, log: environment.log.child(provisioningModule), nodes })
  const cache = new CredentialCache({
    wall: clocks.wall,
    random,
    authenticate: (user, password) => uds.verify(user, password),
    ages: () => view.cacheAges(),
  })
  running.defer(() => cache.stop())

  // SIP
  const sip = running.use(new SipSide(environment))
  const zones = new NeighborZones(environment, sip)
  running.defer(() => zones.stop())
  const media = running.use(new ControlMedia({ network }))
  const context = { layer: sip.layer, own, random }
  const b2bua = new B2bua({ ...context, clocks, log, media, admission: new CallAdmission() })
  const registrations = new RegistrationTable({
    clock: clocks.wall,
    onExpired: ({ aor, contact }) =>
      log.info('Registration Removed', { AOR: aor, Contact: contact, Reason: 'Expired' }),
  })
  running.defer(() => registrations.clear())
  const sipListeners = running.use(await startSipListeners(environment, sip, zones))
  const zone = running.use(
    ZoneClient.start({
      environment,
      own,
      sip,
      zone: () => configuration.traversalClient,
      onActive: () => void expressway.refresh(),
    }),
  )
  sip.decideBy(
    new RequestRouter({
      ...context,
      log,
      b2bua,
      registrations: new RegistrationRelay({ context, table: registrations, log }),
      zones,
      traversalZone: zone.peer,
      service: {
        trust: network.trust,
        wall: clocks.wall,
        random,
        log,
        password: (user) => (view.isOn ? cache.password(user) : undefined),
      },
      nonces: new NonceBook(clocks.wall, random),
      authenticationPolicy: () => configuration.traversalClient.authenticationPolicy,
    }),
  )

  // Unified CM and IM and Presence nodes make zones, search rules and links
  const discovery = running.use(
    startDiscovery({ environment, servers: () => view.servers(), onChange: () => nodesChanged() }),
  )

  // Towards the Expressway
  const key = makeTunnelKeyPair('vcsc')
  const expressway = new ProvisionedExpressway({
    exchange: (said) => zone.exchange(said),
    document: () => view.provisioning(key),
    clock: clocks.monotonic,
    log,
    onProvisioned: () => expresswayChanged(),
  })
  running.defer(() => expressway.stop())
  const http = running.use(
    startControlHttp({
      environment,
      configuration: () => view.http(expressway.answer),
      cache,
      nodes,
      homeOf: (user) => uds.home(user),
    }),
  )
  const tunnel = running.use(
    startSshTunnelClient({
      network,
      log: environment.log.child('portforwarding'),
      key,
      target: () => view.tunnelTarget(expressway.answer),
      onChannel: (stream, ends) => http.accept(stream, ends),
    }),
  )
  const xcp = running.use(
    startXcpLinkClient({
      environment,
      edges: () => view.xcpEdges(expressway.answer),
      nodes: () => view.xcpNodes(nodes()),
      domains: () => view.chatDomains(),
    }),
  )

  function nodesChanged(): void {
    zones.update(view.isOn ? nodes().filter((node) => node.sipTcpPort !== undefined) : [])
    xcp.refresh()
  }
  function expresswayChanged(): void {
    tunnel.retry()
    xcp.refresh()
  }
  function rediscover(): void {
    discovery.refresh().catch((error: Error) => log.error('Discovery', { Detail: error.message }))
  }
  const status = () => {
    const linked = xcp.status()
    return {
      ...readinessOf([
        { name: 'traversal zone', isMet: zone.status().state === 'Active' },
        ...view.requirements({ nodes: nodes(), zones: zones.status().zones, tunnel: tunnel.status(), xcp: linked }),
      ]),
      name: configuration.system.name,
      mode: configuration.unifiedCommunications.mode,
      zones: [zone.status(), ...zones.status().zones],
      searchRules: zones.status().searchRules,
      domains: configuration.domains,
      httpAllowList: configuration.unifiedCommunications.httpAllowList,
      credentialsCached: cache.size,
      expressway: expressway.answer?.expressway ?? null,
      discovery: view.serverStatus(discovery.status(), zone.status().state === 'Active'),
      tunnels: [tunnel.status()],
      xcp: linked,
      ...http.status(),
      registrations: registrations
        .list()
        .map(({ node, ...registration }) => ({ ...registration, zone: node.zoneName })),
      calls: b2bua.status(),
      mediaPortsInUse: media.portsInUse,
      sip: sip.status(),
      listeners: [...sipListeners.listeners, administration].map(({ protocol, local, open }) => ({
        protocol,
        ...local,
        open,
      })),
    }
  }
  const administration: Listener = running.use(
    await startAdministration({ environment, configuration: () => configuration, status, product: 'VCS Control' }),
  )
  running.defer(() => b2bua.endAll('System restart'))
  signal.throwIfAborted()

  const management: Management = {
    state: async () => status(),
    configure: async (changed: unknown) => {
      const before = configuration
      configuration = parseControlConfiguration(changed)
      if (view.isOtherZone(before)) zone.restart()
      else expressway.refreshIfChanged()
      if (view.hasOtherServers(before)) rediscover()
      nodesChanged()
      expresswayChanged()
    },
    reset: async () => {
      b2bua.endAll('Reset')
      registrations.clear()
      cache.clear()
    },
    retry: async () => {
      zone.retry()
      tunnel.retry()
      xcp.retry()
      zones.retry()
      rediscover()
    },
  }
  const components = running.move()
  return { ...service(environment.name, () => components.disposeAsync()), management }
}
