import type { Connection } from '#runtime/network.ts'
import type { ApplicationFacts, Applications } from '../system/applications.ts'
import { capacityOf, installedLicences } from '../system/capacity.ts'
import { LimitAlarms } from '../alarms/limit-alarms.ts'
import { CallAdmission } from '../calls/admission.ts'
import type { B2buaStatus } from '../calls/control/b2bua.ts'
import { B2bua } from '../calls/control/b2bua.ts'
import type { ProxiedCallsStatus } from '../calls/proxied/proxied-calls.ts'
import { optionKeys } from '../configuration/pages/maintenance.ts'
import {
  domains,
  httpAllowList,
  imAndPresenceServers,
  unifiedCmServers,
} from '../configuration/pages/unified-communications.ts'
import { controlZones } from '../configuration/pages/zones.ts'
import { startXcpLinkClient } from '../messaging/xcp-link-client.ts'
import { testControlConnectivity } from '../network-utilities/control-connectivity.ts'
import { NonceBook } from '../protocol/sip/nonce.ts'
import { startControlHttp } from '../provisioning/control-http.ts'
import { CredentialCache } from '../provisioning/credential-cache.ts'
import { SharedSignIns } from '../provisioning/shared-sign-ins.ts'
import { UdsAuthentication } from '../provisioning/uds-authentication.ts'
import { TraversalClientZones } from '../traversal/client-zones.ts'
import { mediaPortPlans } from '../traversal/media/media-ports.ts'
import { ControlMedia } from '../traversal/media/control-media.ts'
import { startDeviceServices } from '../registrar/start-device-services.ts'
import { startSshTunnelClient } from '../traversal/ssh-tunnel-client.ts'
import { makeTunnelKeyPair } from '../traversal/tunnel-keys.ts'
import { startDiscovery } from '../unified-cm/discovery.ts'
import { NeighborZones } from '../unified-cm/zones.ts'
import { ControlDialPlan } from './control-dial-plan.ts'
import { controlPages, discoveryAnswer } from './control-pages.ts'
import { ControlSettings } from './control-settings.ts'
import { ProvisionedExpressway } from './provisioned-expressway.ts'
import { readinessOf } from './readiness.ts'
import { RegistrationRelay } from './registration-relay.ts'
import { RegistrationTable } from './registration-table.ts'
import { RequestRouter } from './request-router.ts'
import { requirementsOf } from './requirements.ts'
import { startSipListeners } from './sip-listeners.ts'
import { SipSide } from './sip-side.ts'

const provisioningModule = 'developer.edgeconfigprovisioning'

/** The applications of a VCS Control, from the bottom up: users, SIP, Unified CM inside, then what is opened towards the Expressway. */
export async function startControlApplications(facts: ApplicationFacts): Promise<Applications> {
  const { environment, configuration, installation, alarms } = facts
  const { network, clocks, random, fqdn, address } = environment
  const log = environment.log.child('tvcs')
  const own = { fqdn, address }
  const settings = new ControlSettings(configuration)
  await using running = new AsyncDisposableStack()

  const nodes = () => discovery.nodes()

  // Users
  const uds = new UdsAuthentication({ network, log: environment.log.child(provisioningModule), nodes })
  const cache = new CredentialCache({
    wall: clocks.wall,
    random,
    authenticate: (user, password) => uds.verify(user, password),
    ages: () => settings.cacheAges(),
    own: fqdn,
    onVerified: (credential): Promise<void> => signIns.tellVerified(credential),
  })
  running.defer(() => cache.stop())
  const signIns = running.use(
    new SharedSignIns({
      cache,
      cluster: facts.cluster,
      clock: clocks.monotonic,
      homes: { of: (user) => uds.home(user)?.fqdn, learn: (user, home) => uds.learnHome(user, home) },
    }),
  )

  // SIP
  const sip = running.use(new SipSide(environment))
  const zones = new NeighborZones(environment, sip)
  running.defer(() => zones.stop())
  const media = running.use(new ControlMedia({ network, ports: mediaPortPlans[installation.mediaPorts].calls }))
  const context = { layer: sip.layer, own, random }
  const capacity = capacityOf(installation)
  const limitAlarms = new LimitAlarms(alarms)
  const admission = new CallAdmission({
    licences: () => installedLicences(configuration),
    limits: capacity,
    onChange: (calls, refusedFor) => limitAlarms.judgeCalls(calls, refusedFor),
  })
  const b2bua = new B2bua({
    ...context,
    clocks,
    log,
    media,
    admission,
    mediaEncryption: () => settings.mediaEncryption(),
  })
  const registrations = new RegistrationTable({
    clock: clocks.wall,
    limit: capacity.registrations,
    onUsage: (_, wasRefused) => judgeRegistrations(wasRefused),
    others: (): number => devices.registrar.size,
    onExpired: ({ aor, contact }) =>
      log.info('Registration Removed', { AOR: aor, Contact: contact, Reason: 'Expired' }),
  })
  running.defer(() => registrations.clear())
  const devices = running.use(
    startDeviceServices({
      environment,
      own,
      sip,
      settings,
      onFull: (isFull) => judgeRegistrations(isFull),
      onFailure: facts.onFailure,
      limit: capacity.registrations,
      proxied: (): number => registrations.size,
    }),
  )
  function judgeRegistrations(wasRefused: boolean): void {
    const current = registrations.size + devices.registrar.size
    limitAlarms.judge('registrations', { current, limit: capacity.registrations }, wasRefused)
  }
  const traversal = running.use(
    new TraversalClientZones({
      environment,
      own,
      sip,
      alarms,
      zones: () => settings.zones(),
      onActive: () => {
        if (settings.isOn) facts.onServing()
        void expressway.refresh()
      },
    }),
  )
  const nonces = new NonceBook(clocks.wall, random)
  const plan = new ControlDialPlan({
    environment,
    own,
    log,
    sip,
    settings,
    traversal,
    devices,
    b2bua,
    admission,
    nonces,
  })
  running.defer(() => plan.neighbors.stop())
  plan.neighbors.update()
  const callers = {
    callerOf(connection: Connection) {
      const node = zones.callerOf(connection)
      const neighbor = node.zone === undefined ? plan.neighbors.callerOf(connection) : {}
      return neighbor.zone === undefined ? { ...neighbor, ...node } : neighbor
    },
  }
  const sipListeners = running.use(await startSipListeners(environment, sip, callers))
  const router = new RequestRouter({
    ...context,
    log,
    b2bua,
    plan,
    registrations: new RegistrationRelay({ context, table: registrations, log }),
    devices: devices.services,
    zones,
    traversalZone: traversal.peer,
    service: {
      trust: network.trust,
      wall: clocks.wall,
      random,
      log,
      password: async (user) => (settings.isOn ? signIns.password(user) : undefined),
    },
    nonces,
    authenticationPolicy: () => settings.authenticationPolicy(),
    isInMaintenance: () => settings.isInMaintenance,
  })
  sip.decideBy(router)

  // Unified CM and IM and Presence nodes make zones, search rules and links
  const discovery = running.use(
    startDiscovery({ environment, servers: () => settings.servers(), onChange: () => nodesChanged() }),
  )

  // Towards the Expressway
  const key = makeTunnelKeyPair('vcsc')
  const expressway = new ProvisionedExpressway({
    exchange: (said) => traversal.uc?.exchange(said) ?? Promise.reject(new Error('there is no traversal zone')),
    document: () => ({
      ssh: { user: key.user, publicKey: key.publicKey },
      domains: settings.edgeDomains(),
      control: { fqdn, address },
    }),
    clock: clocks.monotonic,
    log,
    onProvisioned: () => expresswayChanged(),
  })
  running.defer(() => expressway.stop())
  const http = running.use(
    startControlHttp({
      environment,
      configuration: () => ({
        domains: settings.edgeDomains(),
        expressways: expressway.answer === undefined ? [] : [expressway.answer.expressway],
        allowList: settings.allowList(),
        refusedNetworks: environment.refusedNetworks,
      }),
      signIns,
      nodes,
      homeOf: (user) => uds.home(user),
    }),
  )
  const tunnel = running.use(
    startSshTunnelClient({
      network,
      log: environment.log.child('portforwarding'),
      key,
      alarms,
      target: () => {
        const zone = settings.ucZone
        if (!settings.isOn || expressway.answer === undefined || zone === undefined) return undefined
        const { ssh, expressway: told } = expressway.answer
        return { host: zone.peer1, fqdn: told.fqdn, hostKeySha256: ssh.hostKeySha256 }
      },
      onChannel: (stream, ends) => http.accept(stream, ends),
    }),
  )
  const xcp = running.use(
    startXcpLinkClient({
      environment,
      edges: () => (expressway.answer === undefined ? [] : settings.xcpEdges()),
      nodes: () => settings.xcpNodes(nodes()),
      domains: () => settings.chatDomains(),
    }),
  )
  running.defer(() => endCalls('System restart'))

  function endCalls(reason: string): void {
    b2bua.endAll(reason)
    plan.calls.endAll(reason)
  }
  function nodesChanged(): void {
    zones.update(settings.isOn ? nodes().filter((node) => node.sipTcpPort !== undefined) : [])
    xcp.refresh()
  }
  function expresswayChanged(): void {
    alarms.set(35014, expressway.refusal !== undefined)
    tunnel.retry()
    xcp.refresh()
  }
  const isUp = () => traversal.uc?.status().state === 'Active'
  const isServed = () => isUp() && expressway.refusal === undefined
  const discovered = () =>
    // Guide, Discovering IM&P servers: Inactive until there is a traversal zone.
    discovery
      .status()
      .map((server) =>
        server.kind === 'unified-cm' || isServed() ? server : { ...server, state: 'Inactive' as const },
      )
  const status = () => {
    const linked = xcp.status()
    const neighbors = zones.status()
    return {
      ...readinessOf([
        { name: 'traversal zone', isMet: isUp() },
        ...(expressway.refusal === undefined ? [] : [{ name: expressway.refusal, isMet: false }]),
        ...requirementsOf(settings, { nodes: nodes(), zones: neighbors.zones, tunnel: tunnel.status(), xcp: linked }),
      ]),
      mode: settings.isOn ? 'Mobile and remote access' : 'Off',
      zones: [...traversal.status(), ...plan.neighbors.status(), ...neighbors.zones],
      searchRules: neighbors.searchRules,
      domains: settings.edgeDomains(),
      httpAllowList: settings.allowList(),
      credentialsCached: cache.size,
      expressway: expressway.answer?.expressway ?? null,
      discovery: discovered(),
      tunnels: [tunnel.status()],
      xcp: linked,
      ...http.status(),
      registrations: registrations.list().map(({ node, expiresAt, ...registration }) => ({
        ...registration,
        expires: expiresAt.toISOString(),
        zone: node.zoneName,
      })),
      localRegistrations: devices.registrar.status(),
      presence: devices.presence.status(),
      calls: allCalls(b2bua.status(), plan.calls.status()),
      searchHistory: router.searches.list(),
      admission: admission.status(),
      mediaPortsInUse: media.portsInUse,
      sip: sip.status(),
      listeners: sipListeners.listeners.map(({ protocol, local, open }) => ({ protocol, ...local, open })),
    }
  }
  const components = running.move()
  return {
    status,
    usage: () => ({
      admission: admission.status(),
      registrations: registrations.usage(),
      ownRegistrations: devices.registrar.size,
    }),
    ...controlPages({
      cluster: facts.cluster,
      own: fqdn,
      configuration,
      configurationErrors: facts.configurationErrors,
      status,
      refresh: (publishers) => discovery.refresh(publishers),
    }),
    certificateNames: () => ({
      kind: 'VCS Control',
      phoneSecurityProfiles: discovery.tlsProfiles(),
      chatNodeAliases: discovery.chatNodeAliases(),
    }),
    configurationChanged(records) {
      const touches = (...pages: { resource: string }[]) =>
        records.some((record) => pages.some(({ resource }) => resource === record.page))
      if (settings.isInMaintenance) endCalls('Maintenance mode')
      if (touches(optionKeys)) limitAlarms.judgeCalls(admission.status())
      if (touches(controlZones)) {
        if (settings.ucZone === undefined) expressway.forget()
        traversal.update()
        plan.neighbors.update()
      }
      if (touches(domains)) devices.domainsChanged()
      if (touches(domains, httpAllowList)) expressway.refreshIfChanged()
      if (touches(unifiedCmServers, imAndPresenceServers)) void discovery.refresh()
      nodesChanged()
      if (touches(controlZones, domains)) expresswayChanged()
    },
    async created(resource, key) {
      if (resource !== unifiedCmServers.resource && resource !== imAndPresenceServers.resource) return undefined
      const page = resource === unifiedCmServers.resource ? unifiedCmServers.path : imAndPresenceServers.path
      return discoveryAnswer(page, await discovery.refresh([key]))
    },
    testConnectivity: () =>
      testControlConnectivity({
        environment,
        zone: () => ({ peer: settings.ucZone?.peer1 ?? '', port: settings.ucZone?.port ?? 7001 }),
        zoneState: () => traversal.uc?.status() ?? { state: 'Failed', reason: 'no zone is configured' },
        tunnelState: () => tunnel.status(),
        linkState: () => (settings.chatDomains().length === 0 ? undefined : xcp.status().edges[0]),
      }),
    management: {
      reset: async () => {
        endCalls('Reset')
        registrations.clear()
        devices.clear()
        cache.clear()
      },
      retry: async () => {
        traversal.retry()
        tunnel.retry()
        xcp.retry()
        zones.retry()
        plan.neighbors.retry()
        await discovery.refresh()
      },
    },
    [Symbol.asyncDispose]: () => components.disposeAsync(),
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
