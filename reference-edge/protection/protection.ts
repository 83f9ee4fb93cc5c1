import type { Timer } from '#runtime/clock.ts'
import type { Arrival, ConnectionGuard, ConnectionGuardStatus, GuardVerdict } from '#runtime/connection-guard.ts'
import type { HostEnvironment } from '#runtime/host.ts'
import type { Log } from '#runtime/log.ts'
import { type Service, service } from '#runtime/service.ts'
import type { AlarmPanel } from '../alarms/alarm-panel.ts'
import { rangeTest } from './address-range.ts'
import { type BlockedAddress, type BlockEnd, BlockTable } from './block-table.ts'
import { failureCategories, type FailureCategory, failureCategoryNames } from './failure-category.ts'
import type { FailureReport, ReportFailure } from './failure-category.ts'
import { FailureWindows } from './failure-windows.ts'
import { Firewall, type FirewallStatus } from './firewall.ts'
import type { FirewallRule, LanAddresses } from './firewall-rule.ts'
import type { CategorySettings, ProtectionSettings } from './protection-settings.ts'

export interface ProtectionOptions {
  readonly environment: HostEnvironment
  /** The guard of the host's network. */
  readonly guard: ConnectionGuard
  readonly settings: () => ProtectionSettings
  /** Default: LAN1 is the host's first address, LAN2 its second. */
  readonly lan?: () => LanAddresses
  /** Rules of the applications, before those of the administrator. Default none. */
  readonly applicationRules?: () => readonly FirewallRule[]
  /** Firewall rules confirmed before this start. Default: those in the settings. */
  readonly activeRules?: readonly FirewallRule[]
  readonly onRulesConfirmed?: (rules: readonly FirewallRule[]) => void
  readonly alarms?: AlarmPanel
  /** Blocked addresses or firewall rules are others now. */
  readonly onChange?: () => void
}

export interface CategoryStatus {
  readonly category: FailureCategory
  readonly title: string
  readonly status: 'Off' | 'On: Active' | 'On: Failed'
  readonly currentlyBlocked: number
  /** Since the start. */
  readonly totalFailures: number
  readonly totalBlocks: number
  readonly exemptions: number
}

export interface ProtectionStatus {
  readonly service: 'On' | 'Off'
  readonly categories: readonly CategoryStatus[]
  readonly blocked: readonly BlockedAddress[]
  readonly firewall: FirewallStatus
  readonly guard: ConnectionGuardStatus
}

/** Automated detection and firewall rules: one policy for the guard that stands before all listeners of a VCS. */
export interface Protection extends Service {
  /** Counts a failure; the one that reaches the trigger level blocks its source. Needs no `this`. */
  readonly report: ReportFailure
  readonly firewall: Pick<Firewall, 'activate' | 'confirm' | 'rollBack'>
  status(): ProtectionStatus
  /** Lifts the block of an address, in one category or in all; false where there is none. */
  unblock(address: string, category?: FailureCategory): boolean
  /** To be called when settings changed: the service switched off lifts every block at once, alarms follow. */
  refresh(): void
}

export function startProtection(options: ProtectionOptions): Protection {
  const detection = new Detection(options)
  const stopping = service('automated protection', async () => detection.stop())
  return {
    ...stopping,
    [Symbol.asyncDispose]: stopping.stop,
    report: (failure) => detection.report(failure),
    firewall: detection.firewall,
    status: () => detection.status(),
    unblock: (address, category) => detection.unblock(address, category),
    refresh: () => detection.refresh(),
  }
}

class Detection {
  readonly firewall: Firewall
  readonly #options: ProtectionOptions
  readonly #log: Log
  readonly #own: ReadonlySet<string>
  readonly #blocks: BlockTable
  readonly #counts: ReadonlyMap<FailureCategory, Counts>
  readonly #silencing = new Set<Timer>()

  constructor(options: ProtectionOptions) {
    this.#options = options
    const { environment, settings, lan, applicationRules, activeRules, onRulesConfirmed, alarms } = options
    const { addresses, clocks } = environment.network
    this.#log = environment.log.child('fail2ban')
    this.#own = new Set([...addresses, ...(environment.loopback === undefined ? [] : [environment.loopback])])
    this.#blocks = new BlockTable(clocks.wall, (block, why) => this.#ended(block, why))
    this.#counts = new Map(
      failureCategoryNames.map((category) => [category, { windows: new FailureWindows(), failures: 0, blocks: 0 }]),
    )
    this.firewall = new Firewall({
      wall: clocks.wall,
      log: environment.log.child('web'),
      staged: () => settings().firewallRules,
      active: activeRules ?? settings().firewallRules,
      application: applicationRules ?? (() => []),
      lan: lan ?? (() => ({ LAN1: addresses[0], LAN2: addresses[1] })),
      ...(alarms === undefined ? {} : { alarms }),
      onApplied: () => this.#changed(),
      onConfirmed: (rules) => onRulesConfirmed?.(rules),
    })
    this.#enforce()
    this.refresh()
  }

  report({ category, source }: FailureReport): void {
    const settings = this.#options.settings()
    const limits = settings.categories[category]
    if (settings.service === 'Off' || limits.status === 'Off' || this.#own.has(source)) return
    const isExempt = isUsable(limits) ? exemptionTest(limits) : undefined
    if (isExempt === undefined) return this.refresh()
    if (isExempt(source)) return
    const counts = this.#counts.get(category)!
    counts.failures += 1
    // What was under way when the block began does not prolong it.
    if (this.#blocks.has(source, category)) return
    const { triggerLevel, detectionWindowSeconds } = limits
    const now = this.#options.environment.clocks.wall.now().getTime()
    if (counts.windows.add(source, now, detectionWindowSeconds * 1_000, triggerLevel) < triggerLevel) return
    counts.windows.forget(source)
    counts.blocks += 1
    this.#block(source, category, limits)
  }

  unblock(address: string, category: FailureCategory | undefined): boolean {
    return this.#blocks.end(address, category, 'unblocked')
  }

  refresh(): void {
    const { service, categories } = this.#options.settings()
    if (service === 'Off') this.#blocks.endAll('service off')
    const failed = failureCategoryNames.filter((name) => statusOf(service, categories[name]) === 'On: Failed')
    const titles = failed.map((name) => failureCategories[name].title)
    this.#options.alarms?.set(40034, failed.length > 0, titles.join(', '))
  }

  status(): ProtectionStatus {
    this.refresh()
    const { settings, guard } = this.#options
    const { service, categories } = settings()
    const blocked = this.#blocks.rows()
    return {
      service,
      categories: failureCategoryNames.map((category) => ({
        category,
        title: failureCategories[category].title,
        status: statusOf(service, categories[category]),
        currentlyBlocked: blocked.filter((row) => row.category === category).length,
        totalFailures: this.#counts.get(category)!.failures,
        totalBlocks: this.#counts.get(category)!.blocks,
        exemptions: categories[category].exemptions.length,
      })),
      blocked,
      firewall: this.firewall.status(),
      guard: guard.status(),
    }
  }

  stop(): void {
    for (const timer of this.#silencing) timer.cancel()
    this.firewall.stop()
    this.#blocks.endAll('stopped')
    this.#options.guard.use(undefined)
  }

  #block(address: string, category: FailureCategory, { blockDurationSeconds }: CategorySettings): void {
    const row = this.#blocks.add(address, category, blockDurationSeconds)
    this.#log.warn('Security Alert', { ...factsOf(row), Detail: `Ban ${address} until ${row.until}`, Level: 1 })
    this.#changed()
    // Only afterwards: the answer to the failure itself is still on its way out.
    const timer = this.#options.environment.clocks.monotonic.after(0, () => {
      this.#silencing.delete(timer)
      if (!this.#blocks.has(address, category)) return
      this.#options.guard.silence(address, ({ local }) => row.ports.includes(local.port))
    })
    this.#silencing.add(timer)
  }

  #ended(row: BlockedAddress, why: BlockEnd): void {
    this.#log.info('Security Alert', { ...factsOf(row), Detail: `Unban ${row.address}: ${why}`, Level: 1 })
    this.#changed()
  }

  #changed(): void {
    this.#enforce()
    this.#options.onChange?.()
  }

  /** Without a block or a rule there is nothing to ask, and a listener loses no time with it. */
  #enforce(): void {
    const { guard } = this.#options
    const isNeeded = this.#blocks.size > 0 || !this.firewall.isOpen
    guard.use(isNeeded ? (arrival) => this.#judge(arrival) : undefined)
    guard.release((arrival) => guard.judge(arrival) === 'admit')
  }

  /** In the order of wire facts §10.7: loopback and automated blocks, rules of applications, rules of users. */
  #judge(arrival: Arrival): GuardVerdict {
    const { remote, local } = arrival
    if (this.#own.has(remote.address)) return 'admit'
    const isClosed = this.#blocks.closes(remote.address, local.port) && this.#options.settings().service === 'On'
    return isClosed ? 'drop' : this.firewall.judge(arrival)
  }
}

interface Counts {
  readonly windows: FailureWindows
  failures: number
  blocks: number
}

function statusOf(service: 'On' | 'Off', category: CategorySettings): CategoryStatus['status'] {
  if (service === 'Off' || category.status === 'Off') return 'Off'
  return isUsable(category) && exemptionTest(category) !== undefined ? 'On: Active' : 'On: Failed'
}

function isUsable({ triggerLevel, detectionWindowSeconds, blockDurationSeconds }: CategorySettings): boolean {
  return [triggerLevel, detectionWindowSeconds, blockDurationSeconds].every((value) => value > 0)
}

/** Undefined where an exemption cannot be read: blocking whom it was meant for would be the worse mistake. */
function exemptionTest({ exemptions }: CategorySettings): ((address: string) => boolean) | undefined {
  const tests = exemptions.map(rangeTest)
  return tests.every((test) => test !== undefined)
    ? (address) => tests.some((isWithin) => isWithin(address))
    : undefined
}

function factsOf({ address, title, ports }: BlockedAddress): Record<string, unknown> {
  return { 'Src-ip': address, 'Dst-port': ports.join(','), Reason: title }
}
