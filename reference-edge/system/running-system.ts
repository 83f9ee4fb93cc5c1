import type { TlsIdentity } from '#runtime/network.ts'
import { derivedEnvironment } from '#runtime/derived-environment.ts'
import type { HostEnvironment } from '#runtime/host.ts'
import type { Management } from '#runtime/management.ts'
import { startAdministration } from '../administration/administration.ts'
import { alarmRules } from '../alarms/alarm-rules.ts'
import { Alarms } from '../alarms/alarms.ts'
import type { NamingFacts } from '../certificates/proposed-names.ts'
import { ClusterService } from '../cluster/cluster-service.ts'
import type { ClusterView } from '../cluster/subscriptions.ts'
import { pagesOf } from '../configuration/catalogue.ts'
import type { ChangeRecord, ChangeStore } from '../configuration/change-store.ts'
import { Configuration } from '../configuration/configuration.ts'
import type { Product } from '../configuration/page.ts'
import { clustering } from '../configuration/pages/clustering.ts'
import { optionKeys } from '../configuration/pages/maintenance.ts'
import { systemDns, systemTime } from '../configuration/pages/system.ts'
import { unifiedCommunications } from '../configuration/pages/unified-communications.ts'
import { ownAddressProblems } from '../configuration/peer-list.ts'
import { DiagnosticLog } from '../logging/diagnostic-log.ts'
import type { VcsLog } from '../logging/vcs-log.ts'
import type { Protection } from '../protection/protection.ts'
import { startProtection } from '../protection/protection.ts'
import { TimeClient } from '../time/time-client.ts'
import type { Applications, StartApplications } from './applications.ts'
import { activeFirewallRules, keepFirewallRules } from './active-firewall-rules.ts'
import { CertificateRecords } from './certificate-records.ts'
import type { Installation } from './installation.ts'
import type { LanInterfaces } from './lan-interfaces.ts'
import { lanInterfacesOf } from './lan-interfaces.ts'
import { applyLogLevels } from './pages/logging-pages.ts'
import { bannersOf, systemPages } from './system-pages.ts'
import { statusErrors } from './status-errors.ts'
import { dnsServersOf, fqdnOf, ntpSettingsOf, protectionSettingsOf } from './system-settings.ts'

export interface SystemOptions {
  readonly product: Product
  readonly environment: HostEnvironment
  /** See `Installation`. */
  readonly document: unknown
  readonly signal: AbortSignal
  readonly startApplications: StartApplications
}

/** What outlives a restart. */
export interface BootFacts extends SystemOptions {
  readonly installation: Installation
  readonly store: ChangeStore
  readonly log: VcsLog
  readonly restart: () => void
}

/** One run of a VCS, from its start to its next restart. */
export class System {
  readonly #options: BootFacts
  readonly #configuration: Configuration
  readonly #certificates: CertificateRecords
  readonly #alarms: Alarms
  readonly #identity: TlsIdentity
  readonly #trust: readonly string[]
  readonly #running = new AsyncDisposableStack()
  #environment: HostEnvironment
  #protection!: Protection
  #time!: TimeClient
  #cluster!: ClusterService
  #applications!: Applications
  #clusterView: ClusterView | undefined
  #hasServed = false
  #turn: Promise<void> = Promise.resolve()

  static async boot(facts: BootFacts): Promise<System> {
    const { store, environment, installation } = facts
    const certificates = await CertificateRecords.open(store, environment, installation.certificates)
    const system = new System(facts, certificates)
    try {
      await system.#start()
      return system
    } catch (error) {
      await system.stop()
      throw error
    }
  }

  private constructor(facts: BootFacts, certificates: CertificateRecords) {
    const { environment, product, store } = facts
    this.#options = facts
    this.#certificates = certificates
    this.#identity = certificates.identity
    this.#trust = certificates.trust
    this.#configuration = new Configuration({
      product,
      pages: pagesOf(product, facts.installation.release),
      store,
      clock: environment.clocks.wall,
      isInService: () => this.#hasServed,
      isModeOn: () => this.#isModeOn,
      hasAdvancedNetworking: () => this.#configuration.values(optionKeys).advancedNetworking === 'On',
      checks: { [clustering.resource]: (values) => ownAddressProblems(values, environment.network.addresses) },
    })
    this.#environment = this.#derive()
    const { wall } = environment.clocks
    this.#alarms = new Alarms({ wall, random: environment.random, log: this.#environment.log.child('alarm') })
  }

  get management(): Management {
    const { management } = this.#applications
    const retry = async (given: never) => {
      this.#cluster.retry()
      await management['retry']?.(given)
    }
    return { ...management, retry }
  }

  status(): Record<string, unknown> {
    this.#judgeAlarms()
    return {
      ...this.#applications.status(),
      product: this.#options.product,
      fqdn: this.#fqdn,
      systemUnit: { software: { version: this.#options.installation.release } },
      time: this.#time.status(),
      protection: this.#protection.status(),
      cluster: this.#cluster.status(),
      alarms: this.#alarms.list(),
      pendingRestart: this.#pending(),
    }
  }

  /** Resolves when what was changed last is in force. */
  settled(): Promise<void> {
    return this.#turn
  }

  async stop(): Promise<void> {
    await this.#turn
    await this.#running.disposeAsync()
    await this.#stopApplications()
  }

  async #start(): Promise<void> {
    const environment = this.#environment
    const { wall } = environment.clocks
    applyLogLevels(this.#configuration, this.#options.log)
    this.#running.use(this.#options.log.markIn(environment.log))
    this.#running.defer(this.#configuration.onChange((records) => this.#changed(records)))
    this.#protection = this.#running.use(
      startProtection({
        environment,
        guard: environment.network.guard,
        settings: () => protectionSettingsOf(this.#configuration),
        lan: () => this.#lanAddresses(),
        alarms: this.#alarms,
        activeRules: activeFirewallRules(this.#options.store),
        onRulesConfirmed: (rules) => keepFirewallRules(this.#options.store, rules, wall.now()),
      }),
    )
    this.#cluster = this.#running.use(
      new ClusterService({
        environment,
        configuration: this.#configuration,
        release: this.#options.installation.release,
        alarms: this.#alarms,
        fqdn: () => this.#fqdn,
      }),
    )
    await this.#startApplications()
    this.#cluster.start()
    const diagnosticLog = this.#running.use(
      new DiagnosticLog({
        vcsLog: this.#options.log,
        log: environment.log.child('web'),
        trace: environment.trace,
        wall,
        hostName: () => environment.name,
        dumps: {
          configuration: () => JSON.stringify(this.#configuration.dump(), null, 2),
          status: () => JSON.stringify(this.status(), null, 2),
        },
      }),
    )
    const pages = systemPages({
      environment,
      records: this.#certificates,
      naming: () => this.#naming(),
      isMobileAndRemoteAccess: () => this.#isModeOn,
      configuration: this.#configuration,
      alarms: this.#alarms,
      vcsLog: this.#options.log,
      diagnosticLog,
      protection: this.#protection,
      cluster: this.#cluster,
      time: () => this.#time,
      judgeAlarms: () => this.#judgeAlarms(),
      pending: () => this.#pending(),
      restart: this.#options.restart,
      usage: () => this.#applications.usage(),
      network: {
        environment: () => this.#environment,
        testConnectivity: () => this.#applications.testConnectivity(),
      },
    })
    const applications = () => this.#applications
    this.#running.use(
      await startAdministration({
        product: this.#options.product,
        environment,
        identity: this.#identity,
        administrator: () => this.#options.installation.administrator,
        configuration: this.#configuration,
        // Applications start anew when the mode changes.
        get views() {
          return { ...pages.views, ...applications().views }
        },
        get actions() {
          return { ...pages.actions, ...applications().actions }
        },
        status: () => this.status(),
        banners: (path) => [
          ...this.#cluster.banners(this.#configuration.pages.find((page) => page.path === path)),
          ...bannersOf({ configuration: this.#configuration, pending: () => this.#pending() }),
        ],
        alarmCount: () => this.#raisedAlarms(),
        onLoginFailure: (source) => this.#protection.report({ category: 'web-login', source }),
        onCreated: async (resource, key) => applications().created?.(resource, key),
        generatedRow: (resource, key) => applications().generatedRow?.(resource, key),
        address: this.#lan().inner.address,
      }),
    )
  }

  get #fqdn(): string {
    return fqdnOf(this.#configuration, this.#options.environment.name)
  }

  get #isModeOn(): boolean {
    return this.#configuration.storedValues(unifiedCommunications).mode !== 'Off'
  }

  #pending() {
    return [...this.#configuration.pending(), ...this.#certificates.pending()]
  }

  #configurationErrors() {
    const certificates = this.#certificates.read()
    return statusErrors({
      configuration: this.#configuration,
      certificates,
      pending: this.#pending(),
      clusterName: this.#cluster.name,
    })
  }

  #raisedAlarms(): number {
    this.#judgeAlarms()
    return this.#alarms.list().filter(({ state }) => state === 'Raised').length
  }

  #naming(): NamingFacts {
    const { hostName, domainName } = this.#configuration.storedValues(systemDns)
    return {
      fqdn: hostName === '' || domainName === '' ? undefined : `${hostName}.${domainName}`,
      ...(this.#cluster.name === undefined ? {} : { clusterName: this.#cluster.name }),
      system: this.#applications.certificateNames(),
    }
  }

  /** By name, DNS, trust and certificate as they run now. */
  #derive(): HostEnvironment {
    const { environment } = this.#options
    const configuration = this.#configuration
    return derivedEnvironment(environment, {
      fqdn: fqdnOf(configuration, environment.name),
      domain: configuration.values(systemDns).domainName,
      dnsServers: dnsServersOf(configuration),
      trust: this.#trust,
      identity: this.#identity,
      log: environment.log.through(this.#options.log),
    })
  }

  async #startApplications(): Promise<void> {
    this.#environment = this.#derive()
    this.#time = TimeClient.start({
      environment: this.#environment,
      settings: () => ntpSettingsOf(this.#configuration),
      alarms: this.#alarms,
    })
    this.#clusterView = this.#cluster.view()
    this.#applications = await this.#options.startApplications({
      environment: this.#environment,
      installation: this.#options.installation,
      configuration: this.#configuration,
      configurationErrors: () => this.#configurationErrors(),
      alarms: this.#alarms,
      cluster: this.#clusterView,
      onFailure: this.#protection.report,
      onServing: () => (this.#hasServed = true),
    })
    this.#cluster.applicationsStarted()
  }

  async #stopApplications(): Promise<void> {
    await this.#applications?.[Symbol.asyncDispose]()
    this.#clusterView?.[Symbol.dispose]()
    await this.#time?.stop()
  }

  /** A change that is in force: most parts read it when they need it; a new name, other DNS servers or mode start them anew. */
  #changed(records: readonly ChangeRecord[]): void {
    const touches = (page: { resource: string }, field?: string) =>
      records.some((record) => record.page === page.resource && (field === undefined || record.field === field))
    this.#protection.refresh()
    applyLogLevels(this.#configuration, this.#options.log)
    if (touches(systemTime)) this.#time.reload()
    if (touches(clustering)) {
      this.#cluster.update()
      this.#next(() => this.#cluster.settled())
    }
    if ((touches(systemDns) && !this.#hasServed) || touches(unifiedCommunications, 'mode')) {
      this.#next(async () => {
        await this.#stopApplications()
        await this.#startApplications()
      })
    } else {
      this.#next(() => this.#applications.configurationChanged(records))
    }
  }

  /** Behind what was changed before; what one change breaks does not stop the next. */
  #next(action: () => void | Promise<void>): void {
    this.#turn = this.#turn.then(action).catch((error: Error) => {
      this.#environment.log.error('Application failed', { Detail: error.message })
    })
  }

  #judgeAlarms(): void {
    const { product } = this.#options
    const status = this.#applications.status()
    const pending = this.#pending()
    for (const { id, isRaised, detail } of alarmRules({
      product,
      configuration: this.#configuration,
      status,
      pending,
    })) {
      this.#alarms.set(id, isRaised, detail)
    }
  }

  #lanAddresses() {
    const { inner, outer } = this.#lan()
    return { LAN1: inner.address, LAN2: outer === inner ? undefined : outer.address }
  }

  #lan(): LanInterfaces {
    const { installation, environment } = this.#options
    return lanInterfacesOf({ configuration: this.#configuration, installation, address: environment.address })
  }
}
