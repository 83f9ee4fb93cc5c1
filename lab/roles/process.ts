import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connectManagement } from '#runtime/management.ts'
import { startChild } from './child.ts'
import { programs } from './programs.ts'
import type { RoleFiller } from './role.ts'
import { TraceFile } from './trace-file.ts'

/** Our programs as one child process a host: for kill -9, load, media and memory. */
export const childPrograms: RoleFiller = {
  async start({ role, specification, configuration }) {
    const { name, data } = specification
    mkdirSync(data, { recursive: true, mode: 0o700 })
    const path = join(data, `${name}.json`)
    writeFileSync(path, JSON.stringify({ host: specification, configuration }), { mode: 0o600 })
    const trace = new TraceFile(join(data, `${name}.trace.jsonl`))
    const child = await startChild(name, programs[role].main, path)
    const management = await connectManagement(child.socket)
    const stop = async () => {
      await management.close()
      await child.end()
    }
    return {
      name,
      role,
      pid: child.pid,
      management,
      isRunning: child.isRunning,
      async takeTrace() {
        if (child.isRunning()) await management.call('flush')
        return trace.take()
      },
      kill: child.kill,
      stop,
      [Symbol.asyncDispose]: stop,
    }
  },
}
