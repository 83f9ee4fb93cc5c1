import { LimitAlarms } from '../alarms/limit-alarms.ts'
import { CallAdmission } from '../calls/admission.ts'
import { startSipEdge } from '../calls/expressway/sip-edge.ts'
import { optionKeys } from '../configuration/pages/maintenance.ts'
import { expresswaySipProtocol } from '../configuration/pages/protocols.ts'
import { expresswayZones, localAuthenticationDatabase, turn as turnPage } from '../configuration/pages/zones.ts'
import { testExpresswayConnectivity } from '../network-utilities/expressway-connectivity.ts'
import type { ApplicationFacts, Applications } from '../system/applications.ts'
import { capacityOf, installedLicences } from '../system/capacity.ts'
import { lanInterfacesOf } from '../system/lan-interfaces.ts'
import { mediaPortPlans } from '../traversal/media/media-ports.ts'
import { EdgeMediaRelay } from '../traversal/media/edge-media-relay.ts'
import { TurnServer } from '../traversal/turn/turn-server.ts'
import type { EdgeServices } from './edge-services.ts'
import { startEdgeServices } from './edge-services.ts'
import { expresswayPages } from './expressway-pages.ts'
import { ExpresswaySettings } from './expressway-settings.ts'
import { reportedControls } from './reported-controls.ts'
import { ProvisionedControls } from './provisioned-controls.ts'
import { listenOnReservedPort } from './reserved-port.ts'

/**
 * The applications of a VCS Expressway: SIP and media always; with Unified Communications mode Mobile and remote access
 * what faces the Control, then what faces the internet.
 */
export async function startExpresswayApplications(facts: ApplicationFacts): Promise<Applications> {
  const { environment, installation, configuration, alarms, onFailure } = facts
  const { network, fqdn, domain } = environment
  const lan = lanInterfacesOf({ configuration, installation, address: environment.address })
  const { address: inner } = lan.inner
  const { address: outer } = lan.outer
  const namedAddresses = { inner: lan.inner.named, outer: lan.outer.named }
  const settings = new ExpresswaySettings(configuration)
  const mediaPorts = mediaPortPlans[installation.mediaPorts]
  await using running = new AsyncDisposableStack()

  let services: EdgeServices | undefined
  const controls = new ProvisionedControls({
    clock: environment.clocks.monotonic,
    answer: () => ({
      ssh: { hostKeySha256: services?.tunnels.hostKeySha256 ?? '' },
      expressway: { fqdn, domain, zoneId: settings.ucZone?.id ?? 0 },
    }),
  })
  if (settings.isOn) {
    services = running.use(
      await startEdgeServices({ environment, settings, controls, inner, outer, alarms, onFailure }),
    )
  }

  const relay = running.use(
    await EdgeMediaRelay.start({
      network,
      innerAddress: inner,
      outerAddress: outer,
      namedAddresses,
      demultiplexing: mediaPorts.multiplexed,
      ports: mediaPorts.calls,
    }),
  )
  const capacity = capacityOf(installation)
  const limitAlarms = new LimitAlarms(alarms)
  const admission = new CallAdmission({
    licences: () => installedLicences(configuration),
    limits: capacity,
    onChange: (calls, refusedFor) => limitAlarms.judgeCalls(calls, refusedFor),
  })
  const sip = running.use(
    await startSipEdge({
      alarms,
      environment,
      addresses: { outer, inner },
      namedAddresses,
      zones: () => settings.zones(),
      ucZone: () => settings.ucZone,
      searchRules: () => settings.searchRules(),
      dnsZones: () => settings.dnsZones(),
      neighbors: () => settings.neighbors(),
      neighborPolicy: (name) => settings.authenticationPolicyOf(name),
      isTcpOn: () => settings.isSipTcpOn,
      settings: () => ({
        challenge: installation.challenge,
        registrationLimit: capacity.registrations,
        isInMaintenance: settings.isInMaintenance,
      }),
      relay,
      admission,
      onRegistrationUsage: (usage, wasRefused) => limitAlarms.judge('registrations', usage, wasRefused),
      control: () => {
        const zone = settings.ucZone
        if (!settings.isOn || zone === undefined || !controls.hasDocument) return undefined
        return { names: controls.names, zoneId: zone.id }
      },
      controlAddress: (name) => controls.sourceOf(name),
      onProvisioning: (exchanged, address) => controls.take(exchanged, address),
      onZoneActive(address) {
        controls.returned(address)
        if (settings.isOn) facts.onServing()
      },
      onControlLost: (address) => controls.lost(address),
      onControlsForgotten: () => controls.forget(),
      onFailure,
    }),
  )
  const log = environment.log.child('turn')
  const turn = running.use(await TurnServer.start({ network, log, address: outer, isOn: () => settings.isTurnOn }))
  const reserved = new Set([outer, inner])
  for (const address of reserved) running.use(await listenOnReservedPort(environment, address))

  const status = () => {
    const { tunnels, xcp, https, xmpp } = services ?? {}
    const open = [xcp?.status(), https, xmpp?.status()].flatMap((part) => part?.local ?? [])
    const told = sip.status()
    return {
      ready:
        sip.zoneServer?.status().state === 'Active' &&
        tunnels?.status().some(({ state }) => state === 'Active') === true,
      mode: settings.isOn ? 'Mobile and remote access' : 'Off',
      zones: sip.zoneStatus(),
      dnsZones: settings.dnsZones(),
      neighbors: sip.neighborStatus(),
      domains: controls.services,
      controls: controls.list(),
      tunnels: tunnels?.status() ?? [],
      xcp: xcp?.status() ?? null,
      https: https?.status() ?? null,
      xmpp: xmpp?.status() ?? null,
      turn: turn.status(),
      ...told,
      listeners: [
        ...told.listeners,
        ...(tunnels?.locals ?? []),
        ...open,
        ...[...reserved].map((address) => ({ address, port: 8883 })),
      ],
      admission: admission.status(),
      mediaPortsInUse: relay.portsInUse,
      mediaStrangers: relay.strangers,
    }
  }
  const components = running.move()
  return {
    status,
    usage: () => ({ admission: admission.status(), registrations: sip.status().registrationUsage }),
    ...expresswayPages({
      cluster: facts.cluster,
      own: fqdn,
      configuration,
      configurationErrors: facts.configurationErrors,
      status,
      lan,
    }),
    // Chat node aliases are copied from the Control's page as additional names.
    certificateNames: () => ({ kind: 'VCS Expressway', domains: controls.domains(), chatNodeAliases: [] }),
    configurationChanged(records) {
      const isZone = ({ page }: { page: string }) =>
        page === expresswayZones.resource || page === localAuthenticationDatabase.resource
      if (settings.isInMaintenance) sip.endCalls('Maintenance mode')
      if (records.some(({ page }) => page === turnPage.resource)) void turn.update()
      if (records.some(({ page }) => page === expresswaySipProtocol.resource)) void sip.updateListeners()
      if (records.some(({ page }) => page === optionKeys.resource)) limitAlarms.judgeCalls(admission.status())
      if (records.some(isZone)) void sip.updateZones()
    },
    testConnectivity: () =>
      testExpresswayConnectivity({
        environment,
        listeners: () => [
          { name: 'HTTP proxy', address: outer, port: 8443 },
          { name: 'SIP TLS', address: outer, port: 5061 },
          { name: 'XMPP', address: outer, port: 5222 },
          { name: 'SSH tunnels', address: inner, port: 2222 },
          { name: 'XCP', address: inner, port: 7400 },
        ],
        controls: () =>
          reportedControls({
            zone: sip.zoneServer?.status(),
            controls,
            tunnels: services?.tunnels.status() ?? [],
            links: services?.xcp.status().links ?? [],
          }),
      }),
    management: { retry: async () => undefined },
    [Symbol.asyncDispose]: () => components.disposeAsync(),
  }
}
