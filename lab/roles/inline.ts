import { join } from 'node:path'
import { realMonotonicClock } from '#runtime/clock.ts'
import { startHost } from '#runtime/host.ts'
import { LogFile } from '#runtime/log-file.ts'
import { inlineManagement } from '#runtime/management.ts'
import type { TraceEvent } from '#runtime/trace.ts'
import { callbackTraceSink } from '#runtime/trace.ts'
import { programs } from './programs.ts'
import type { RoleFiller } from './role.ts'
import { Unsupported } from './role.ts'

/** Our programs in the runner's own process: a lab is up well under a second. */
export const inlinePrograms: RoleFiller = {
  async start({ role, specification, configuration }) {
    const start = await programs[role].load()
    let events: TraceEvent[] = []
    const stopping = new AbortController()
    const log = new LogFile(join(specification.data, `${specification.name}.log`), realMonotonicClock)
    const host = await startHost(start, specification, configuration, stopping.signal, {
      trace: callbackTraceSink((event) => events.push(event)),
      log: (record) => log.write(record),
      close: () => log.close(),
    })
    let isRunning = true
    const stop = async () => {
      isRunning = false
      stopping.abort()
      await host.stop()
    }
    return {
      name: specification.name,
      role,
      pid: process.pid,
      management: inlineManagement(specification.name, host.management),
      isRunning: () => isRunning,
      async takeTrace() {
        const taken = events
        events = []
        return taken
      },
      async kill() {
        throw new Unsupported(`${specification.name} runs inline; only a process can be killed`)
      },
      stop,
      [Symbol.asyncDispose]: stop,
    }
  },
}
