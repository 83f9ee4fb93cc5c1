import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { startHost } from '#runtime/host.ts'
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
    let isOpen = true
    const stopping = new AbortController()
    const logPath = join(specification.data, `${specification.name}.log`)
    const host = await startHost(start, specification, configuration, stopping.signal, {
      trace: callbackTraceSink((event) => events.push(event)),
      log: (record) => {
        // What a closing socket still has to say comes after the host's folder is gone.
        if (isOpen) appendFileSync(logPath, JSON.stringify(record) + '\n', { mode: 0o600 })
      },
    })
    let isRunning = true
    const stop = async () => {
      isRunning = false
      stopping.abort()
      await host.stop()
      isOpen = false
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
