import type { Connection } from '#runtime/network.ts'
import type { ApplicationFacts, Applications } from '../system/applications.ts'
import { optionKeys } from '../configuration/pages/maintenance.ts'
import { domains, imAndPresenceServers, unifiedCmServers } from '../configuration/pages/unified-communications.ts'
import { controlZones } from '../configuration/pages/zones.ts'
import { NonceBook } from '../protocol/sip/nonce.ts'
import { startControlHttp } from '../provisioning/control-http.ts'
import { CredentialCache } from '../provisioning/credential-cache.ts'
import { SharedSignIns } from '../provisioning/shared-sign-ins.ts'
import { UdsAuthentication } from '../provisioning/uds-authentication.ts'
import { startDiscovery } from '../unified-cm/discovery.ts'
import { NeighborZones } from '../unified-cm/zones.ts'
import { CallResources } from './call-resources.ts'
import { ControlDialPlan } from './control-dial-plan.ts'
import { controlPages, discoveryAnswer } from './control-pages.ts'
import { ControlSettings } from './control-settings.ts'
import { controlStatus } from './control-status.ts'
import { Expressways } from './expressways.ts'
import { generatedRow } from './generated-rows.ts'
import { RegistrationRelay } from './registration-relay.ts'
import { Registrations } from './registrations.ts'
import { RequestRouter } from './request-router.ts'
import { startSipListeners } from './sip-listeners.ts'
import { SipSide } from './sip-side.ts'

const provisioningModule = 'developer.edgeconfigprovisioning'

/** The applications of a VCS Control: Unified CM inside, users, SIP, and what is opened towards the Expressways. */
export async function startControlApplications(facts: ApplicationFacts): Promise<Applications> {
  const { environment, configuration } = facts
  const { network, clocks, random, fqdn, address } = environment
  const log = environment.log.child('tvcs')
  const own = {
    fqdn,
    address,
    get clusterName() {
      return facts.cluster.name
    },
  }
  const settings = new ControlSettings(configuration)
  await using running = new AsyncDisposableStack()

  // Unified CM and IM and Presence nodes make zones, search rules and links
  const discovery = running.use(
    startDiscovery({ environment, servers: () => settings.servers(), onChange: () => nodesChanged() }),
  )
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

  // What comes through the tunnels
  const http = running.use(
    startControlHttp({
      environment,
      configuration: () => ({
        domains: settings.edgeDomains(),
        expressways: expressways.provisioned,
        allowList: settings.allowList(),
        refusedNetworks: environment.refusedNetworks,
      }),
      signIns,
      nodes,
      homeOf: (user) => uds.home(user),
    }),
  )

  // SIP
  const sip = running.use(new SipSide(environment))
  const zones = new NeighborZones(environment, sip)
  running.defer(() => zones.stop())
  const resources = running.use(new CallResources({ ...facts, own, sip, settings }))
  const { b2bua, admission, media, limitAlarms } = resources
  const context = { layer: sip.layer, own, random }
  const registrations = running.use(
    new Registrations({ ...facts, own, sip, settings, limit: resources.capacity.registrations, limitAlarms }),
  )
  const { devices } = registrations
  const expressways = running.use(
    new Expressways({ ...facts, settings, own, sip, nodes, onChannel: (stream, ends) => http.accept(stream, ends) }),
  )
  const traversal = expressways.zones
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
  running.defer(() => plan.stop())
  plan.neighbors.update()
  const callers = {
    callerOf(connection: Connection) {
      const node = zones.callerOf(connection)
      const neighbor = node.zone === undefined ? plan.neighbors.callerOf(connection) : {}
      return neighbor.zone === undefined ? { ...neighbor, ...node } : neighbor
    },
  }
  const router = new RequestRouter({
    ...context,
    log,
    b2bua,
    plan,
    registrations: new RegistrationRelay({ context, table: registrations.proxied, log }),
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

  const sipListeners = running.use(await startSipListeners(environment, sip, callers))
  expressways.start()
  running.defer(() => endCalls('System restart'))

  function endCalls(reason: string): void {
    b2bua.endAll(reason)
    plan.calls.endAll(reason)
  }
  function nodesChanged(): void {
    zones.update(settings.isOn ? nodes().filter((node) => node.sipTcpPort !== undefined) : [])
    expressways.nodesChanged()
  }
  const status = () =>
    controlStatus({
      settings,
      discovery,
      zones,
      plan,
      expressways,
      registrations,
      http,
      b2bua,
      searches: router.searches,
      admission,
      media,
      sip,
      sipListeners,
      credentialsCached: cache.size,
    })
  const components = running.move()
  return {
    status,
    usage: () => ({ admission: admission.status(), ...registrations.usage() }),
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
      if (touches(optionKeys)) resources.judge()
      if (touches(controlZones)) {
        expressways.zonesChanged()
        plan.neighbors.update()
      }
      if (touches(domains)) {
        devices.domainsChanged()
        expressways.domainsChanged()
      }
      expressways.documentChanged()
      if (touches(unifiedCmServers, imAndPresenceServers)) void discovery.refresh()
      nodesChanged()
    },
    async created(resource, key) {
      if (resource !== unifiedCmServers.resource && resource !== imAndPresenceServers.resource) return undefined
      const page = resource === unifiedCmServers.resource ? unifiedCmServers.path : imAndPresenceServers.path
      return discoveryAnswer(page, await discovery.refresh([key]))
    },
    generatedRow: (resource, key) => generatedRow({ zones: zones.status().zones, nodes: nodes() }, resource, key),
    testConnectivity: () => expressways.testConnectivity(),
    management: {
      reset: async () => {
        endCalls('Reset')
        registrations.clear()
        cache.clear()
      },
      retry: async () => {
        expressways.retry()
        zones.retry()
        plan.neighbors.retry()
        await discovery.refresh()
      },
    },
    [Symbol.asyncDispose]: () => components.disposeAsync(),
  }
}
