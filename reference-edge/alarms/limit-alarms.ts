import type { AdmissionLimit, AdmissionStatus } from '../calls/admission.ts'
import type { Usage } from '../calls/usage-gauge.ts'
import type { AlarmId } from './alarm-catalogue.ts'
import type { AlarmPanel } from './alarm-panel.ts'

/** Alarms of one limit: that it is reached, and where there is one that it is close. */
interface AlarmsOfLimit {
  readonly reached: AlarmId
  readonly close?: AlarmId
}

const alarmsOfLimits = {
  traversalLicences: { reached: 30020, close: 30001 },
  nonTraversalLicences: { reached: 30019, close: 30004 },
  traversalResources: { reached: 30023, close: 30002 },
  nonTraversalResources: { reached: 30022, close: 30003 },
  registrations: { reached: 30014 },
} as const satisfies Record<AdmissionLimit | 'registrations', AlarmsOfLimit>

type LimitName = keyof typeof alarmsOfLimits

/**
 * Raises the alarms of a limit at nine tenths of it, at all of it and at each refusal; lowers them further down only, so
 * that calls that come and go at the limit do not make them flap. The fractions are ours.
 */
export class LimitAlarms {
  readonly #alarms: AlarmPanel
  readonly #raised = new Set<AlarmId>()

  constructor(alarms: AlarmPanel) {
    this.#alarms = alarms
  }

  judgeCalls(status: AdmissionStatus, refusedFor?: AdmissionLimit): void {
    const limits = ['traversalLicences', 'nonTraversalLicences', 'traversalResources', 'nonTraversalResources'] as const
    for (const name of limits) this.judge(name, status[name], name === refusedFor)
  }

  judge(name: LimitName, { current, limit }: Pick<Usage, 'current' | 'limit'>, wasRefused: boolean): void {
    const { reached, close }: AlarmsOfLimit = alarmsOfLimits[name]
    const share = limit === 0 ? undefined : current / limit
    this.#follow(reached, { isUp: wasRefused || (share ?? 0) >= 1, isDown: (share ?? 1) < 0.9 })
    if (close !== undefined) this.#follow(close, { isUp: (share ?? 0) >= 0.9, isDown: (share ?? 0) < 0.8 })
  }

  #follow(id: AlarmId, { isUp, isDown }: { isUp: boolean; isDown: boolean }): void {
    const isRaised = this.#raised.has(id)
    // A refusal counts also where there is room left: a call needed a whole licence of the half that is free.
    if (isUp && !isRaised) {
      this.#raised.add(id)
      this.#alarms.set(id, true)
    } else if (isDown && !isUp && isRaised) {
      this.#raised.delete(id)
      this.#alarms.set(id, false)
    }
  }
}
