import * as v from 'valibot'
import { readConfiguration } from '#runtime/configuration.ts'
import type { Management } from '#runtime/management.ts'
import { add, applyConfig, byKey, pageNamed, remove, rowIndex, rowsOf, save } from './administration/page-values.ts'
import type { Capf } from './capf/capf.ts'
import type { Cluster } from './cluster.ts'
import type { ControlCenter } from './control-center.ts'
import type { CallHistory } from './sip/call-history.ts'
import type { LineSide } from './sip/line-side.ts'
import type { Registrations } from './sip/registrations.ts'
import { sourceOf } from './sip/registrations.ts'
import type { AccessLog } from './web/access-log.ts'
import { setPassword } from './web/start-web.ts'

interface Memory {
  readonly registrations: Registrations
  readonly history: CallHistory
  readonly accessLog: AccessLog
  /** While the Cisco CallManager service runs. */
  readonly lineSide: () => LineSide | undefined
  /** Since the service Cisco Certificate Authority Proxy Function was started. */
  readonly capf: () => Capf | undefined
}

/**
 * What the lab may ask and change:
 * - `state` → `{ nodes, version, services, registrations: [{device, line, contact, source, since, expires, userAgent, activeLoad?}], calls,
 *   sipPorts, throttled: { stalled, closed } }`
 * - `history` → `{ registrations: RegistrationRecord[], calls: CallRecord[], conferences: ConferenceRecord[] }`
 * - `showStatus {device, text}` → `{ status }`: final answer of the device to a REFER with remote call control
 * - `capf` → `{ certificate, history }` of the Certificate Authority Proxy Function, null where it has not run
 * - `accessLog` → `AccessRecord[]`
 * - `set {page, row?, field, value}`: one field by the names of the product's pages, `row` by its title as `page`
 *   tells it; or `set {path, value}`: one field of the configuration. Rejects with every problem it would make
 * - `page {page}` → `[{ row, fields }]`; `addRow {page, values}`; `deleteRow {page, row}`
 * - `applyConfig {page, row?}`: the button of pages whose changes wait for it
 * - `setPassword {user, password}`
 */
export function unifiedCmManagement(cluster: Cluster, controlCenter: ControlCenter, memory: Memory): Management {
  const { registrations, history, accessLog } = memory
  return {
    async state() {
      const { servers, version } = cluster.configuration
      return {
        nodes: servers.map((server) => server.fqdn),
        version,
        services: controlCenter.running,
        sipPorts: memory.lineSide()?.ports ?? [],
        throttled: memory.lineSide()?.throttled ?? { stalled: 0, closed: 0 },
        registrations: registrations.all.map(
          ({ device, line, contact, link, since, expires, userAgent, activeLoad }) => ({
            device,
            line,
            contact: contact.uri,
            source: sourceOf(link),
            since: since.toISOString(),
            expires: expires.toISOString(),
            userAgent,
            activeLoad,
          }),
        ),
        calls: history.all.filter((call) => call.end === undefined),
      }
    },
    async history() {
      return { registrations: registrations.history, calls: history.all, conferences: history.conferences }
    },
    async showStatus(parameters: unknown) {
      const { device, text: shown } = readConfiguration('showStatus', showParameters, parameters)
      const lineSide = memory.lineSide()
      if (lineSide === undefined) throw new Error('the Cisco CallManager service does not run')
      return { status: await lineSide.showStatus(device, shown) }
    },
    async capf() {
      const { certificate, history: enrolments } = memory.capf() ?? {}
      return certificate === undefined ? null : { certificate, history: enrolments }
    },
    async accessLog() {
      return accessLog.all
    },
    async set(parameters: unknown) {
      const change = readConfiguration('set', setParameters, parameters)
      if ('path' in change) return cluster.set(change.path, change.value)
      const page = pageNamed(change.page)
      const index = rowIndex(page, cluster.configuration, change.row)
      await save(cluster, page, index, byKey(page, { [change.field]: change.value }))
    },
    async page(parameters: unknown) {
      const page = pageNamed(readConfiguration('page', v.strictObject({ page: v.string() }), parameters).page)
      return rowsOf(page, cluster.configuration).map(({ title, values }) => ({
        row: title,
        fields: Object.fromEntries(page.fields.map(({ label, key }) => [label, values[key] ?? null])),
      }))
    },
    async addRow(parameters: unknown) {
      const { page: menu, values } = readConfiguration('addRow', addParameters, parameters)
      const page = pageNamed(menu)
      await add(cluster, page, byKey(page, values))
    },
    async deleteRow(parameters: unknown) {
      const { page: menu, row } = readConfiguration('deleteRow', deleteParameters, parameters)
      const page = pageNamed(menu)
      await remove(cluster, page, rowIndex(page, cluster.configuration, row))
    },
    async applyConfig(parameters: unknown) {
      const { page: menu, row } = readConfiguration('applyConfig', applyParameters, parameters)
      const page = pageNamed(menu)
      await applyConfig(cluster, page, rowIndex(page, cluster.configuration, row))
    },
    async setPassword(parameters: unknown) {
      const { user, password } = readConfiguration('setPassword', passwordParameters, parameters)
      await setPassword(cluster, user, password)
    },
  }
}

const text = v.pipe(v.string(), v.minLength(1))
const setParameters = v.union([
  v.strictObject({ path: text, value: v.unknown() }),
  v.strictObject({ page: text, row: v.optional(text), field: text, value: v.unknown() }),
])
const showParameters = v.strictObject({ device: text, text })
const addParameters = v.strictObject({ page: text, values: v.record(v.string(), v.unknown()) })
const deleteParameters = v.strictObject({ page: text, row: text })
const applyParameters = v.strictObject({ page: text, row: v.optional(text) })
const passwordParameters = v.strictObject({ user: v.string(), password: v.string() })
