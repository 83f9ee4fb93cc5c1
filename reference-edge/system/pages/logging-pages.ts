import type { ActionAnswer, Actions, Views } from '../../administration/administered-system.ts'
import type { Fields } from '../../configuration/field.ts'
import type { Configuration } from '../../configuration/configuration.ts'
import {
  diagnosticLogging,
  networkLogConfiguration,
  supportLogConfiguration,
} from '../../configuration/pages/maintenance.ts'
import { configurationLog, eventLog } from '../../configuration/pages/status.ts'
import type { DiagnosticAnswer, DiagnosticLog } from '../../logging/diagnostic-log.ts'
import type { VcsLog } from '../../logging/vcs-log.ts'

export interface LoggingPagesOptions {
  readonly configuration: Configuration
  readonly vcsLog: VcsLog
  readonly diagnosticLog: DiagnosticLog
}

/** Status > Logs and Maintenance > Diagnostics. */
export function loggingPages({ configuration, vcsLog, diagnosticLog }: LoggingPagesOptions): {
  views: Views
  actions: Actions
} {
  const setLevels = (level: 'INFO' | 'DEBUG') => async (): Promise<ActionAnswer> => {
    const fields = Object.keys(supportLogConfiguration.fields)
    const given = Object.fromEntries(fields.map((field) => [field, level]))
    configuration.save(supportLogConfiguration, given, 'admin')
    return { ok: true, says: `All modules are at ${level}` }
  }
  return {
    views: {
      [eventLog.resource]: { events: () => vcsLog.events().map(({ line }) => ({ line })) },
      [configurationLog.resource]: { changes: () => changeRows(configuration) },
      [diagnosticLogging.resource]: {
        state: () => {
          const { state, startedAt, stoppedAt, records } = diagnosticLog.status()
          return [{ state, started: startedAt, stopped: stoppedAt, lines: records }]
        },
      },
    },
    actions: {
      [diagnosticLogging.resource]: {
        start: async () => answered(diagnosticLog.start(), 'The log is started'),
        marker: async (values) => answered(diagnosticLog.addMarker(values['marker'] as string), 'The marker is added'),
        stop: async () => answered(diagnosticLog.stop(), 'The log is stopped'),
        download: async () => {
          const file = diagnosticLog.download()
          if (!file.ok) return answered(file, '')
          const { name, text } = file.result
          return { ok: true, says: name, download: { name, type: 'text/plain; charset=utf-8', body: text } }
        },
        archive: async () => {
          const file = await diagnosticLog.downloadArchive()
          if (!file.ok) return answered(file, '')
          const { name, bytes } = file.result
          return { ok: true, says: name, download: { name, type: 'application/gzip', body: bytes } }
        },
      },
      [supportLogConfiguration.resource]: { debug: setLevels('DEBUG'), info: setLevels('INFO') },
    },
  }
}

/** The modules that both pages name are at their levels. */
export function applyLogLevels(configuration: Configuration, vcsLog: VcsLog): void {
  for (const page of [supportLogConfiguration, networkLogConfiguration]) {
    const values: Readonly<Record<string, 'INFO' | 'DEBUG'>> = configuration.values<Fields>(page) as never
    for (const [name, { label }] of Object.entries(page.fields)) vcsLog.levels.set([label], values[name]!)
  }
}

function answered(answer: DiagnosticAnswer<unknown>, says: string): ActionAnswer {
  if (answer.ok) return { ok: true, says }
  const problem = { page: diagnosticLogging.path, field: '', says: answer.reason }
  return { ok: false, problems: [{ ...problem, action: 'Start new log, reproduce the issue, stop, then download' }] }
}

/** What was changed, with menu paths and labels; values of secrets and certificates stay out. */
function changeRows(configuration: Configuration) {
  return configuration.records(500).flatMap(({ at, by, page: resource, row, field, old, new: value }) => {
    const page = configuration.pages.find((candidate) => candidate.resource === resource)
    const described = page === undefined || page.kind === 'tool' ? undefined : page.fields[field]
    if (field === '' && value !== null) return [{ at, by, page: page?.path, row, field: 'created', old: '', new: '' }]
    if (field === '') return [{ at, by, page: page?.path, row, field: 'deleted', old: '', new: '' }]
    if (value === null) return []
    const isSecret = described === undefined || described.input === 'secret'
    const shown = (one: unknown) => (isSecret ? '…' : String(one ?? ''))
    return [{ at, by, page: page?.path, row, field: described?.label ?? field, old: shown(old), new: shown(value) }]
  })
}
