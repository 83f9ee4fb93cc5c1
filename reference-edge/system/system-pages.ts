import type { Actions, Views, ViewRow } from '../administration/administered-system.ts'
import type { Alarms } from '../alarms/alarms.ts'
import type { ClusterService } from '../cluster/cluster-service.ts'
import type { Configuration } from '../configuration/configuration.ts'
import { restartOptions, maintenanceMode } from '../configuration/pages/maintenance.ts'
import { alarms as alarmsPage, resourceUsage } from '../configuration/pages/status.ts'
import { systemTime } from '../configuration/pages/system.ts'
import type { TimeClient } from '../time/time-client.ts'
import type { CertificatePagesOptions } from './pages/certificate-pages.ts'
import { certificatePages } from './pages/certificate-pages.ts'
import type { LoggingPagesOptions } from './pages/logging-pages.ts'
import { loggingPages } from './pages/logging-pages.ts'
import type { NetworkPagesOptions } from './pages/network-pages.ts'
import { networkPages } from './pages/network-pages.ts'
import { protectionPages } from './pages/protection-pages.ts'
import type { Protection } from '../protection/protection.ts'
import type { ResourceUsage } from './resource-usage.ts'
import { resourceUsageRows } from './resource-usage.ts'

export interface SystemPagesOptions extends CertificatePagesOptions, LoggingPagesOptions {
  readonly configuration: Configuration
  readonly alarms: Alarms
  readonly protection: Protection
  readonly cluster: Pick<ClusterService, 'views'>
  readonly time: () => TimeClient
  /** Raises and lowers the alarms that follow from the status. */
  readonly judgeAlarms: () => void
  readonly pending: () => ReturnType<Configuration['pending']>
  readonly restart: () => void
  readonly usage: () => ResourceUsage
  readonly network: NetworkPagesOptions
}

/** What stands on the pages of a VCS and what their buttons do; the applications add theirs. */
export function systemPages(options: SystemPagesOptions): { views: Views; actions: Actions } {
  const { protection } = options
  const parts = [
    certificatePages(options),
    loggingPages(options),
    protectionPages(protection),
    networkPages(options.network),
    { views: options.cluster.views(), actions: {} },
    ownPages(options),
  ]
  const views = Object.assign({}, ...parts.map((part) => part.views)) as Views
  const actions = Object.assign({}, ...parts.map((part) => part.actions)) as Actions
  return { views, actions }
}

/** Sentences above every page. */
export function bannersOf({ configuration, pending }: Pick<SystemPagesOptions, 'configuration' | 'pending'>): string[] {
  const fields = [...new Set(pending().map(({ page }) => page))]
  return [
    ...(fields.length === 0 ? [] : [`A restart is required for changes of ${fields.join(', ')} to take effect.`]),
    ...(configuration.values(maintenanceMode).mode === 'On' ? ['This VCS is in maintenance mode.'] : []),
  ]
}

function ownPages({ alarms, judgeAlarms, time, pending, restart, usage }: SystemPagesOptions): {
  views: Views
  actions: Actions
} {
  return {
    views: {
      [alarmsPage.resource]: {
        alarms: () => {
          judgeAlarms()
          return alarms.all().map(alarmRow)
        },
      },
      [resourceUsage.resource]: { usage: () => resourceUsageRows(usage()) },
      [systemTime.resource]: {
        status: () =>
          time()
            .status()
            .servers.map(({ address, state, stratum, offsetMs, reason }) => ({
              address,
              state,
              stratum,
              offset: offsetMs === undefined ? '' : `${offsetMs} ms`,
              reason,
            })),
      },
      [restartOptions.resource]: { pending: () => pending().map((change) => ({ ...change })) },
    },
    actions: {
      [alarmsPage.resource]: {
        acknowledge: async (values) =>
          alarms.acknowledge(values['alarm'] as string)
            ? { ok: true, says: 'The alarm is acknowledged' }
            : {
                ok: false,
                problems: [
                  {
                    page: alarmsPage.path,
                    field: 'Alarm',
                    says: 'is not raised',
                    action: 'Choose a raised alarm of the list',
                  },
                ],
              },
      },
      [restartOptions.resource]: {
        restart: async () => {
          // Behind the answer: it has to leave before its connection ends.
          setImmediate(restart)
          return { ok: true, says: 'The system restarts' }
        },
      },
    },
  }
}

function alarmRow(alarm: ReturnType<Alarms['all']>[number]): ViewRow {
  const { uuid, id, title, description, detail, state, severity, firstRaised, lastRaised, action, page } = alarm
  return {
    uuid,
    // What the row's Acknowledge button asks for; the others have none.
    alarm: state === 'Raised' ? uuid : undefined,
    id,
    title,
    description: detail === undefined ? description : `${description} (${detail})`,
    state,
    severity,
    firstRaised,
    lastRaised,
    action,
    page,
  }
}
