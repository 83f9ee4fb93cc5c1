import { configurationErrors } from '../configuration/configuration-errors.ts'
import type { Configuration, PendingChange } from '../configuration/configuration.ts'
import type { Product } from '../configuration/page.ts'
import type { AlarmId } from './alarm-catalogue.ts'
import { portConflict } from './port-conflict.ts'

/** Facts that alarms are judged by. */
export interface AlarmFacts {
  readonly product: Product
  readonly configuration: Configuration
  readonly status: Readonly<Record<string, unknown>>
  readonly pending: readonly PendingChange[]
}

export interface AlarmVerdict {
  readonly id: AlarmId
  readonly isRaised: boolean
  readonly detail?: string
}

/** Alarms that follow from what is configured and how it stands; those of single events are raised where they happen. */
export function alarmRules({ configuration, pending, status }: AlarmFacts): AlarmVerdict[] {
  const conflict = portConflict((status['zones'] ?? []) as Parameters<typeof portConflict>[0])
  const errors = configurationErrors(configuration).map(({ says }) => says)
  const has = (part: string) => errors.some((says) => says.includes(part))
  return [
    { id: 25010, isRaised: pending.length > 0 },
    { id: 35015, isRaised: conflict !== undefined, ...(conflict === undefined ? {} : { detail: conflict }) },
    { id: 40040, isRaised: has('TLS verify mode') },
    { id: 40043, isRaised: has('Media encryption mode') },
    { id: 40048, isRaised: has('Transport is not TLS') },
  ]
}
