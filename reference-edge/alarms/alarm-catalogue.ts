export type AlarmSeverity = 'Alert' | 'Critical' | 'Error' | 'Warning'

/** What stands on Status > Alarms. Ids are those of release X14 (wire facts §10.5); texts are ours. */
export interface AlarmDescription {
  readonly title: string
  readonly severity: AlarmSeverity
  readonly description: string
  /** The Action column. */
  readonly action: string
  /** Page of the VCS where it is mended, as menu path. */
  readonly page?: string
}

export const alarmCatalogue = {
  15004: {
    title: 'Application failed',
    severity: 'Error',
    description: 'An unexpected software error was detected in portforwarding.pyc',
    action: 'Check that the host name of the VCS Expressway has letters, digits and hyphens only, then restart',
    page: 'System > DNS',
  },
  25010: {
    title: 'Restart required',
    severity: 'Warning',
    description: 'Changes are stored that take effect when the system restarts',
    action: 'Restart the system',
    page: 'Maintenance > Restart options',
  },
} as const satisfies Record<number, AlarmDescription>

export type AlarmId = keyof typeof alarmCatalogue
