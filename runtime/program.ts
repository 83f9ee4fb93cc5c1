import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { StartHost } from './host.ts'
import { startHost } from './host.ts'
import { serveManagement } from './management.ts'

/**
 * Runs a host alone: `node main.ts <file.json>` with `{ "host": HostSpecification, "configuration": … }`.
 * Prints one JSON line `{"ready":true,"socket":"…"}` when reachable and runs until SIGINT or SIGTERM.
 */
export async function runProgram(start: StartHost): Promise<void> {
  const path = process.argv[2]
  if (path === undefined) {
    process.stderr.write('usage: main.ts <host.json>\n')
    process.exit(2)
  }
  const { host: specification, configuration } = JSON.parse(readFileSync(path, 'utf8')) as {
    host: { name: string; data: string }
    configuration: unknown
  }
  const stopping = new AbortController()
  const host = await startHost(start, specification, configuration, stopping.signal)
  const socket = join(specification.data, `${specification.name}.sock`)
  const management = await serveManagement(socket, host.name, {
    ...host.management,
    async stop() {
      setImmediate(() => void shutDown())
    },
  })
  const shutDown = async () => {
    stopping.abort()
    await management.stop()
    await host.stop()
    process.exit(0)
  }
  process.once('SIGINT', () => void shutDown())
  process.once('SIGTERM', () => void shutDown())
  // The parent is gone when the pipe closes: a host never outlives its lab.
  process.stdin.on('end', () => void shutDown()).resume()
  process.stdout.write(JSON.stringify({ ready: true, socket }) + '\n')
}
