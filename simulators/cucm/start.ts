import type { Host, HostEnvironment } from '#runtime/host.ts'
import type { Service } from '#runtime/service.ts'
import { service } from '#runtime/service.ts'
import type { Capf } from './capf/capf.ts'
import { startCapf } from './capf/capf.ts'
import { Cluster } from './cluster.ts'
import { readUnifiedCmConfiguration } from './configuration.ts'
import { unifiedCmManagement } from './management.ts'
import { ControlCenter } from './control-center.ts'
import { CallHistory } from './sip/call-history.ts'
import type { LineSide } from './sip/line-side.ts'
import { startLineSide } from './sip/line-side.ts'
import { Registrations } from './sip/registrations.ts'
import { AccessLog } from './web/access-log.ts'
import { startFiles, startTomcat } from './web/start-web.ts'

/**
 * Starts a Unified CM node: its database, Tomcat (UDS, AXL, administration), configuration files, and the SIP line
 * side. A publisher and its subscribers are several of these with the same data of the cluster, each with its own
 * `nodeName` and `fqdn`; nothing is replicated between them. A call rings the devices of a line at whichever node they
 * are registered.
 */
export async function startUnifiedCm(
  environment: HostEnvironment,
  configuration: unknown,
  signal: AbortSignal,
): Promise<Host> {
  const cluster = new Cluster(readUnifiedCmConfiguration(configuration))
  const { wall } = environment.clocks
  let lineSide: LineSide | undefined
  let capf: Capf | undefined
  const memory = {
    accessLog: new AccessLog(wall),
    registrations: new Registrations(wall),
    history: new CallHistory(),
    lineSide: () => lineSide,
    capf: () => capf,
  }
  await using started = new AsyncDisposableStack()
  started.use(await startTomcat(environment, cluster, memory.accessLog))
  signal.throwIfAborted()
  const controlCenter = started.use(
    await ControlCenter.start(cluster, {
      capf: async () => (capf = await startCapf(environment, cluster)),
      tftp: () => startFiles(environment, cluster, memory.accessLog),
      callManager: async () => (lineSide = await startLineSide(environment, cluster, memory)),
    }),
  )
  signal.throwIfAborted()
  const running = started.move()
  const host: Service = service(environment.name, () => running.disposeAsync())
  signal.addEventListener('abort', () => void host.stop(), { once: true })
  return { ...host, management: unifiedCmManagement(cluster, controlCenter, memory) }
}
