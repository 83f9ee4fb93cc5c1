import * as v from 'valibot'
import { readConfiguration } from '#runtime/configuration.ts'
import type { Management } from '#runtime/management.ts'
import type { Cluster } from './cluster.ts'
import type { ControlCenter } from './control-center.ts'
import type { CallHistory } from './sip/call-history.ts'
import type { Registrations } from './sip/registrations.ts'
import { sourceOf } from './sip/registrations.ts'
import type { AccessLog } from './web/access-log.ts'
import { setPassword } from './web/start-web.ts'

interface Memory {
  readonly registrations: Registrations
  readonly history: CallHistory
  readonly accessLog: AccessLog
}

/**
 * What the lab may ask and change:
 * - `state` → `{ nodes, version, services, registrations: [{device, line, contact, source, since, expires, userAgent}], calls }`
 * - `history` → `{ registrations: RegistrationRecord[], calls: CallRecord[] }`
 * - `accessLog` → `AccessRecord[]`
 * - `set {path, value}`: one field of the configuration; rejects with every problem where it would be wrong
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
        registrations: registrations.all.map(({ device, line, contact, link, since, expires, userAgent }) => ({
          device,
          line,
          contact: contact.uri,
          source: sourceOf(link),
          since: since.toISOString(),
          expires: expires.toISOString(),
          userAgent,
        })),
        calls: history.all.filter((call) => call.end === undefined),
      }
    },
    async history() {
      return { registrations: registrations.history, calls: history.all }
    },
    async accessLog() {
      return accessLog.all
    },
    async set(parameters: unknown) {
      const { path, value } = readConfiguration('set', setParameters, parameters)
      await cluster.set(path, value)
    },
    async setPassword(parameters: unknown) {
      const { user, password } = readConfiguration('setPassword', passwordParameters, parameters)
      await setPassword(cluster, user, password)
    },
  }
}

const setParameters = v.strictObject({ path: v.pipe(v.string(), v.minLength(1)), value: v.unknown() })
const passwordParameters = v.strictObject({ user: v.string(), password: v.string() })
