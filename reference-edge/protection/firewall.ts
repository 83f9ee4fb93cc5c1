import type { Timer, WallClock } from '#runtime/clock.ts'
import type { Arrival, GuardVerdict } from '#runtime/connection-guard.ts'
import type { Log } from '#runtime/log.ts'
import type { AlarmPanel } from '../alarms/alarm-panel.ts'
import type { CompiledRule, FirewallRule, InvalidRules, LanAddresses } from './firewall-rule.ts'
import { compileRules, isInvalid } from './firewall-rule.ts'

export interface FirewallOptions {
  readonly wall: WallClock
  readonly log: Log
  /** The rules of the page, as they are now. */
  readonly staged: () => readonly FirewallRule[]
  /** Rules confirmed before this start. */
  readonly active: readonly FirewallRule[]
  /** Rules of the applications: asked before those of the administrator. */
  readonly application: () => readonly FirewallRule[]
  readonly lan: () => LanAddresses
  readonly alarms?: AlarmPanel
  /** Other rules count from now on. */
  readonly onApplied: () => void
  /** An administrator confirmed these: they count after a restart too. */
  readonly onConfirmed: (rules: readonly FirewallRule[]) => void
}

export type Activation = { readonly kind: 'waiting for confirmation'; readonly until: string } | InvalidRules

export interface FirewallStatus {
  readonly state: 'Active' | 'Waiting for confirmation' | 'Failed'
  /** When unconfirmed rules are rolled back, ISO 8601. */
  readonly rollsBackAt: string | null
  readonly active: readonly FirewallRule[]
  /** The page differs from what is active. */
  readonly hasUnactivatedChanges: boolean
}

/** Seconds in which an activation has to be confirmed (wire facts §10.7). */
export const confirmationSeconds = 15

/**
 * Rules of System > Protection > Firewall rules. What the page holds counts after Activate; whoever shut himself out by
 * it cannot confirm, and the rules before are back after 15 s.
 */
export class Firewall {
  readonly #options: FirewallOptions
  #confirmed: readonly FirewallRule[]
  #active: readonly FirewallRule[]
  #rules: readonly CompiledRule[] = []
  #hasFailed = false
  #unconfirmed: { readonly rollback: Timer; readonly until: string } | undefined

  constructor(options: FirewallOptions) {
    this.#options = options
    this.#confirmed = options.active
    this.#active = options.active
    this.#apply(options.active)
  }

  /** Whether there is any rule to ask. */
  get isOpen(): boolean {
    return this.#rules.length === 0
  }

  /** The first rule that says something decides; where none does, everybody is admitted. */
  judge(arrival: Arrival): GuardVerdict {
    const lan = this.#options.lan()
    for (const rule of this.#rules) {
      const verdict = rule(arrival, lan)
      if (verdict !== undefined) return verdict
    }
    return 'admit'
  }

  activate(): Activation {
    const rules = [...this.#options.staged()]
    const outcome = this.#apply(rules)
    if (isInvalid(outcome)) return outcome
    const { wall, log } = this.#options
    this.#unconfirmed?.rollback.cancel()
    this.#active = rules
    const milliseconds = confirmationSeconds * 1_000
    const until = new Date(wall.now().getTime() + milliseconds).toISOString()
    const rollback = wall.after(milliseconds, 'roll back of firewall rules', () => void this.rollBack())
    this.#unconfirmed = { rollback, until }
    log.info('System Configuration Changed', { Detail: `${rules.length} firewall rules activated`, Level: 1 })
    this.#options.onApplied()
    return { kind: 'waiting for confirmation', until }
  }

  /** Keeps what was activated; false where nothing waits, for example because it was too late. */
  confirm(): boolean {
    if (this.#unconfirmed === undefined) return false
    this.#settle()
    this.#confirmed = this.#active
    this.#options.log.info('System Configuration Changed', { Detail: 'Firewall rules confirmed', Level: 1 })
    this.#options.onConfirmed(this.#confirmed)
    return true
  }

  /** Brings back the rules before; false where nothing waits. */
  rollBack(): boolean {
    if (this.#unconfirmed === undefined) return false
    this.#settle()
    this.#active = this.#confirmed
    this.#apply(this.#confirmed)
    this.#options.log.warn('System Configuration Changed', { Detail: 'Firewall rules rolled back', Level: 1 })
    this.#options.onApplied()
    return true
  }

  status(): FirewallStatus {
    const state = this.#hasFailed ? 'Failed' : this.#unconfirmed === undefined ? 'Active' : 'Waiting for confirmation'
    return {
      state,
      rollsBackAt: this.#unconfirmed?.until ?? null,
      active: this.#active,
      hasUnactivatedChanges: JSON.stringify(this.#active) !== JSON.stringify(this.#options.staged()),
    }
  }

  stop(): void {
    this.#settle()
  }

  #settle(): void {
    this.#unconfirmed?.rollback.cancel()
    this.#unconfirmed = undefined
  }

  /** Rules that cannot be read leave those before in place. */
  #apply(rules: readonly FirewallRule[]): readonly CompiledRule[] | InvalidRules {
    const { application, alarms, log } = this.#options
    const [fixed, own] = [compileRules(application()), compileRules(rules)]
    const invalid = [fixed, own].find(isInvalid)
    this.#hasFailed = invalid !== undefined
    alarms?.set(40030, this.#hasFailed, invalid?.problems.join('; '))
    if (invalid !== undefined) {
      log.error('Application Failed', { Detail: `Firewall rules: ${invalid.problems.join('; ')}`, Level: 1 })
      return invalid
    }
    return (this.#rules = [fixed, own].flatMap((compiled) => (isInvalid(compiled) ? [] : compiled)))
  }
}
